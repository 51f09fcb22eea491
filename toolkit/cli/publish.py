"""`bitext publish`: a release to where others find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import FILE, json_option, quiet_option

if TYPE_CHECKING:
    from toolkit.publishing import PublishReport


@click.command("publish")
@click.argument("release", type=FILE)
@click.argument("destination")
@click.option("--private", is_flag=True, help="On the Hub: a private dataset; refused if it is public already.")
@click.option("--dry-run", is_flag=True, help="Only list what would be sent and what is there already.")
@json_option
@quiet_option
def command(release: Path, destination: str, private: bool, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """Publish the release in the folder RELEASE, which is verified first.

    \b
    DESTINATION is one of
      a folder                 gets NAME/VERSION, all of it at once
      s3://bucket/prefix       gets NAME/VERSION, the manifest last; so do other URLs of fsspec
      hf://datasets/ORG/NAME   one commit for all files, then a tag with the version

    Only what is not there yet is sent. What was cut off is resumed by running it again; what is complete stays as it
    is, and a version that is there with other content is never changed. The Hub's token is that of `hf auth login` or
    HF_TOKEN, the keys of S3 are those of its environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ...).

    \b
    Examples:
      bitext publish releases/demo/0.1.0 /srv/datasets
      bitext publish releases/demo/0.1.0 s3://datasets/public --dry-run
      bitext publish releases/demo/0.1.0 hf://datasets/example-org/demo --private
    """
    import json

    from toolkit.publishing import publish_release

    with _progress(show=not quiet) as on_sent:
        report = publish_release(release, destination, private=private, dry_run=dry_run, on_sent=on_sent)
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
        return
    if dry_run:
        _echo_plan(report)
    if not quiet:
        click.echo(_summary(report), err=True)
    click.echo(report.load)


def _echo_plan(report: PublishReport) -> None:
    for name, size in report.sent.items():
        click.echo(f"send    {size:>13,}  {name}")
    for name in report.there:
        click.echo(f"there   {'':>13}  {name}")
    for name in report.deleted:
        click.echo(f"delete  {'':>13}  {name}")


def _summary(report: PublishReport) -> str:
    size = f"{len(report.sent):,} files, {sum(report.sent.values()):,} bytes"
    said = {
        "published": f"published: {size} sent, {len(report.there):,} were there",
        "tagged": "tagged: all files were there",
        "unchanged": "unchanged: this version is there already, with the same content",
        "dry run": f"dry run: {size} would be sent, {len(report.there):,} are there",
    }
    return f"{report.name} {report.version} -> {report.destination}\n{said[report.outcome]}"


@contextmanager
def _progress(*, show: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that moves a bar on stderr, which is gone at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not show or not console.is_terminal) as bar:
        task = bar.add_task("verifying", total=None)
        yield lambda done, total: bar.update(task, description="sending", completed=done, total=total)
