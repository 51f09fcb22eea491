"""`bitext export`: pairs of a release for other tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import FILE, OptionOf, json_option, quiet_option

if TYPE_CHECKING:
    from toolkit.exports import ExportReport

_FORMATS = ("tmx", "moses", "tsv", "jsonl", "sentence-transformers")
_CONFIGS = ("sentence_pairs", "post_pairs", "comparable_pairs")


@click.command("export")
@click.argument("release", type=FILE)
@click.option("-o", "--out", metavar="OUT", type=FILE, required=True,
              help="File; moses: beginning of names; sentence-transformers: folder.")  # fmt: skip
@click.option("--format", "format_name", type=click.Choice(_FORMATS), required=True, help="What to write; see above.")
@click.option("--config", type=click.Choice(_CONFIGS), default=_CONFIGS[0], show_default=True, help="Which pairs.")
@click.option("--split", "splits", metavar="NAME", multiple=True, help="As train; repeatable.  [default: all]")
@click.option("--min-score", type=OptionOf("FilterOptions", "min_score"), metavar="X",
              help="Leave out pairs below: of score, of posts of probability.  [default: keep all]")  # fmt: skip
@click.option("--relation", "relations", type=click.Choice(["parallel", "partial", "comparable"]), multiple=True,
              help="Of the posts; repeatable.  [default: all]")  # fmt: skip
@click.option("--spreadsheet", is_flag=True, help="tsv: put ' before texts that begin as a formula does.")
@json_option
@quiet_option
def command(
    release: Path, out: Path, format_name: str, config: str, splits: tuple[str, ...], min_score: float | None,
    relations: tuple[str, ...], spreadsheet: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Write pairs of the release in the folder RELEASE for other tools, the good ones if asked for.

    \b
      tmx     TMX 1.4b, a unit a pair with its score and relation; OUT ends in .tmx
      moses   OUT.ru and OUT.en, a pair a line; OUT.ids (both posts, sentences in each, as in OPUS), OUT.scores
      tsv     all columns under a header, quoted as in CSV: pandas.read_csv(OUT, sep="\\t") reads it as it is.
              A spreadsheet computes texts that begin with = + - @; with --spreadsheet they get an apostrophe in front
      jsonl   all columns, an object a line
      sentence-transformers   a folder that load_dataset("OUT") reads: anchor (Russian) and positive (English), for
              MultipleNegativesRankingLoss, GISTEmbedLoss, their Cached forms, and MegaBatchMarginLoss

    Each split has files of its own, pairs-train.tmx; if --split names one, it has the name OUT. With .gz at the end of
    OUT files are gzipped. What a format has no place for, line breaks in moses, characters that XML forbids, becomes
    a space. Files appear when all of them are complete.

    \b
    Examples:
      bitext export releases/demo/0.1.0 -o pairs.tmx.gz --format tmx --min-score 0.9 --relation parallel
      bitext export releases/demo/0.1.0 -o news.ru-en --format moses --split train
      bitext export releases/demo/0.1.0 -o posts.jsonl --format jsonl --config post_pairs
      bitext export releases/demo/0.1.0 -o for-training --format sentence-transformers
    """
    import json

    from toolkit.errors import OptionError
    from toolkit.exports import Choice, export_release

    if spreadsheet and format_name != "tsv":
        raise OptionError("--spreadsheet is of tables", fix="Give --format tsv with it")
    choice = Choice(config, splits, min_score, relations)
    with _progress(show=not quiet) as progress:
        report = export_release(release, out, "spreadsheet" if spreadsheet else format_name, choice, progress=progress)
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    elif not quiet:
        _echo_report(report, choice.min_score)


def _echo_report(report: ExportReport, min_score: float | None) -> None:
    for split, counts in report.splits.items():
        reasons = {"other relation": counts.other_relation, f"score below {min_score}": counts.below_score}
        out = ", ".join(f"{reason} {rows:,}" for reason, rows in reasons.items() if rows)
        left = f" (left out: {out})" if out else ""
        click.echo(f"{split}: {counts.kept:,} of {counts.rows:,} pairs{left}: {', '.join(counts.files)}", err=True)


@contextmanager
def _progress(*, show: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function that moves a bar on stderr, which is gone at the end; None if nothing is to be shown."""
    if not show:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("pairs", total=None)
        yield lambda done, rows: bar.update(task, completed=done, total=rows)
