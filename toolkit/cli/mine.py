"""`bitext mine`: sentence pairs out of two loose files of sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import (
    FILE,
    GivenEncoder,
    OptionOf,
    check_outputs,
    encoder_options,
    harmless,
    json_option,
    make_encoder,
    quiet_option,
    spreadsheet_option,
)

if TYPE_CHECKING:
    from toolkit.kernels.margin import Margin, Retrieval


@click.command()
@click.argument("ru", type=FILE)
@click.argument("en", type=FILE)
@click.option("-o", "--out", type=FILE, help="Where to write.  [default: stdout]")
@click.option("--margin", type=click.Choice(["ratio", "distance", "absolute"]), default="ratio", show_default=True,
              help="Cosine against the mean of the k nearest: divided by it, less it, or as it is.")  # fmt: skip
@click.option("--retrieval", type=click.Choice(["fwd", "bwd", "max", "intersect"]), default="max", show_default=True,
              help="Best of each Russian line, of each English one, both lists, only what both have.")  # fmt: skip
@click.option("-k", "--neighbors", type=OptionOf("MineOptions", "neighbors"), metavar="N", default=4, show_default=True,
              help="k of the margin.")  # fmt: skip
@click.option("--threshold", type=OptionOf("MineOptions", "threshold"), metavar="X",
              help="Lowest score to write.  [default: all are written]")  # fmt: skip
@click.option("--exact", is_flag=True, help="Compare all at any size; else faiss above 200,000 x 200,000 lines.")
@spreadsheet_option
@encoder_options
@json_option
@quiet_option
def command(
    ru: Path,
    en: Path,
    out: Path | None,
    margin: Margin,
    retrieval: Retrieval,
    neighbors: int,
    threshold: float | None,
    exact: bool,
    spreadsheet: bool,
    encoder: GivenEncoder,
    as_json: bool,
    quiet: bool,
) -> None:
    """Mine sentence pairs from two files, a sentence a line, in any order.

    Writes score<TAB>Russian<TAB>English, best score first, equal scores in the order of the lines. The score is
    LASER's margin (Artetxe & Schwenk 2019): comparable within a run, so sort and cut it; 1.04 to 1.2 are usual cuts of
    the ratio. Empty lines take no part. Counts go to stderr, or with --json, which needs --out, to stdout.

    \b
    Examples:
      bitext mine ru.txt en.txt -o mined.tsv
      bitext mine ru.txt en.txt --retrieval intersect --threshold 1.1 | head
    """
    import json

    import numpy as np

    from toolkit.errors import OptionError, SourceError
    from toolkit.kernels.margin import mine
    from toolkit.kernels.neighbors import nearest_both_ways
    from toolkit.sources.files import read_text_lines
    from toolkit.storage import write_text

    if as_json and out is None:
        raise OptionError("--json would mix with the pairs on stdout", fix="Write the pairs to a file with --out")
    check_outputs([out], [ru, en])
    ru_lines, en_lines = (_sentences(read_text_lines(path)) for path in (ru, en))
    for path, lines in ((ru, ru_lines), (en, en_lines)):
        if not lines:
            raise SourceError("has no sentences", where=path)
    model = make_encoder(**encoder)
    forward, backward = nearest_both_ways(model.encode(ru_lines), model.encode(en_lines), neighbors, exact=exact)
    mined = mine(forward, backward, margin=margin, retrieval=retrieval)
    scores = mined.scores.round(4)
    order = np.lexsort((mined.b, mined.a, -scores))  # rounding may have made equals of two
    rows = zip(scores[order].tolist(), mined.a[order].tolist(), mined.b[order].tolist(), strict=True)
    if spreadsheet:
        ru_lines, en_lines = (list(map(harmless, lines)) for lines in (ru_lines, en_lines))
    lines = [
        f"{score:.4f}\t{ru_lines[i]}\t{en_lines[j]}\n"
        for score, i, j in rows
        if threshold is None or score >= threshold
    ]
    if out is None:
        click.echo("".join(lines), nl=False)
        return
    write_text(out, "".join(lines))
    report = {"ru": len(ru_lines), "en": len(en_lines), "pairs": len(lines)}
    if as_json:
        click.echo(json.dumps(report, indent=2))
    elif not quiet:
        click.echo(f"{report['ru']:,} Russian and {report['en']:,} English lines: {report['pairs']:,} pairs", err=True)


def _sentences(lines: list[str]) -> list[str]:
    """Return the lines that have text, with single spaces, so that none can hold a tab."""
    return [sentence for line in lines if (sentence := " ".join(line.split()))]
