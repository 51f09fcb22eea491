"""`bitext build`: from a run config to a release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import (
    FILE,
    GivenEncoder,
    check_outputs,
    encoder_options,
    engine_options,
    json_option,
    quiet_option,
)

if TYPE_CHECKING:
    from toolkit.engine import Engine
    from toolkit.options import RunConfig
    from toolkit.run.summary import BuildReport


@click.command("build")
@click.argument("config", type=FILE)
@click.option(
    "--out", type=FILE, default=Path("dist"), show_default=True, help="Folder for releases: OUT/NAME/VERSION."
)
@click.option("--work", type=FILE, default=Path(".bitext"), show_default=True, help="Folder for stored stage outputs.")
@click.option("--previous", type=FILE, help="Folder of the version before, which this one goes on from.")
@click.option("--set-version", metavar="VERSION", help="In place of release.version: MAJOR.MINOR.PATCH, or `next`.")
@encoder_options
@engine_options
@click.option(
    "--resume/--fresh",
    default=True,
    show_default=True,
    help="Reuse stored outputs, or compute all but the vectors of texts again.",
)
@click.option("--dry-run", is_flag=True, help="Print the plan and the effective options; compute nothing.")
@json_option
@quiet_option
def command(
    config: Path, out: Path, work: Path, previous: Path | None, set_version: str | None,
    encoder: GivenEncoder, engine: Engine,
    resume: bool, dry_run: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Build a dataset release from the run config CONFIG.

    Reads the sources, cleans and deduplicates the posts, pairs Russian and English variants, aligns their sentences,
    and writes a verified release with a dataset card. A killed run goes on where it stopped.

    With --previous (or `previous:` in CONFIG) only what is new is embedded and matched, and what was published stays as
    it is, unless a post was edited or its removal was asked for. Version `next` is the number that this asks for.

    \b
    Examples:
      bitext build configs/demo.yaml
      bitext build corpus.yaml --previous dist/corpus/1.0.0 --set-version next
      bitext build corpus.yaml --encoder sentence-transformers/LaBSE --revision 836121a --work /big/disk
      bitext build corpus.yaml --engine ray --address 10.0.0.1:6379
    """
    import json

    from toolkit.cli.progress import show_progress
    from toolkit.options import load_run_config, with_version
    from toolkit.pipeline import build_dataset

    for folder in () if dry_run else (out, work):
        check_outputs([], folder=folder)
    run_config = _with_encoder(load_run_config(config), encoder)
    if previous:
        run_config = run_config.model_copy(update={"previous": previous})
    if set_version:
        run_config = with_version(run_config, set_version)
    if dry_run:
        _echo_plan(run_config, work, as_json)
        return
    with show_progress(quiet) as on_step:
        report = build_dataset(run_config, out=out, work=work, engine=engine, fresh=not resume, on_step=on_step)
    for post_id in report.unknown_takedowns:
        click.echo(f"Note: {run_config.takedowns}: no post has or had the id {post_id!r}", err=True)
    for post_id in report.wordless_takedowns:
        remember = f"`bitext takedown {post_id} --config {config} --release RELEASE` remembers its words"
        click.echo(f"Note: {run_config.takedowns}: knows {post_id!r} by its id only; {remember}", err=True)
    if report.no_pairs:
        click.echo(f"warning: no sentence pair was found: {report.no_pairs}", err=True)
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        _echo_summary(report)


def _with_encoder(config: RunConfig, given: GivenEncoder) -> RunConfig:
    """Let the command line's encoder options win; another encoder does not inherit revision and prompt."""
    from toolkit.options import EncoderOptions
    from toolkit.validation import read_options

    kept = config.encoder.model_dump(exclude={"revision", "prompt"} if "name" in given else None)
    return config.model_copy(update={"encoder": read_options(EncoderOptions, kept | dict(given))})


def _echo_plan(config: RunConfig, work: Path, as_json: bool) -> None:
    import json

    import yaml

    from toolkit.pipeline import plan_run
    from toolkit.run.resolved import Run

    run = Run.resolve(config)
    steps = plan_run(run, work).steps
    options = config.model_dump(mode="json")
    if as_json:
        plan = [{"step": step.name, "key": step.key, "stored": step.is_stored(work)} for step in steps]
        click.echo(json.dumps({"plan": plan, "options": options}, ensure_ascii=False, indent=2))
        return
    if config.previous:
        click.echo(f"Goes on from {config.previous}{f'; nothing is carried on: {run.anew}' if run.anew else ''}")
    click.echo("Plan:")
    for step in steps:
        click.echo(f"  {step.key}  {'stored' if step.is_stored(work) else 'to do ':<6}  {step.label}")
    click.echo("Effective options:")
    click.echo(yaml.safe_dump(options, allow_unicode=True, sort_keys=False).rstrip())


def _echo_summary(report: BuildReport) -> None:
    """Print the summary that a person reads at the end."""
    import sys

    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 100)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    table.add_column(justify="right", style="bold")
    table.add_column()
    table.add_column(style="dim")
    for count, what, detail in report.rows():
        table.add_row(f"{count:,}", what, detail)
    console.print(f"\n{report.name} {report.version}", style="bold")
    console.print(table)
    if report.anew:
        console.print(f"\nNothing is carried on from {report.previous}: {report.anew}", soft_wrap=True)
    console.print(f"\nRelease:  {report.release} (verified)", soft_wrap=True)
    console.print(f'Load it:  datasets.load_dataset("{report.release}", "{report.default_config}")', soft_wrap=True)
