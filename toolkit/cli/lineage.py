"""`bitext lineage`: who published first, and who repeated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.explain import load_tables, one_line
from toolkit.cli.options import FILE, json_option

if TYPE_CHECKING:
    import pyarrow as pa


@click.command("lineage")
@click.option("--release", metavar="DIR", type=FILE, help="Ask this release, and not the last build.")
@click.option("--work", type=FILE, default=Path(".bitext"), show_default=True, help="Work folder of the build.")
@click.option("--summary", is_flag=True, help="Count by channels: who came after whom, how often and how much later.")
@click.option("-o", "--out", metavar="FILE", type=FILE, help="Write .tsv or .parquet, and not to the terminal.")
@json_option
def command(release: Path | None, work: Path, summary: bool, out: Path | None, as_json: bool) -> None:
    """Tell, for every item that was published more than once, who was first and who repeated it.

    An item is a post with its duplicates and translations. A row is a post of it: its place, channel and language, how
    many hours after the first it came, how it repeats which other one (exact, near, contained, translation), and how
    sure that is. Without -o the table goes to standard output as TSV.

    \b
    Examples:
      bitext lineage --release releases/demo/0.1.0 -o lineage.tsv
      bitext lineage --summary
    """
    import json

    from toolkit.errors import OptionError
    from toolkit.lineage import count_by_channels, trace_items
    from toolkit.storage import write_table, write_text

    if out is not None and out.suffix not in (".tsv", ".parquet"):
        raise OptionError(f"--out is {out.name!r}, wanted a name that ends in .tsv or .parquet")
    table = trace_items(load_tables(release, work))
    table = count_by_channels(table) if summary else table
    if out is not None and out.suffix == ".parquet":
        write_table(out, table)
    elif out is not None:
        write_text(out, _tsv(table))
    if as_json:
        click.echo(json.dumps(table.to_pylist(), ensure_ascii=False, indent=2, default=str))
    elif out is None:
        click.echo(_tsv(table), nl=False)


def _tsv(table: pa.Table) -> str:
    rows = [table.column_names, *zip(*(table[name].to_pylist() for name in table.column_names), strict=True)]
    cells = (["" if value is None else _cell(value) for value in row] for row in rows)
    return "".join("\t".join(row) + "\n" for row in cells)


def _cell(value: object) -> str:
    """Return a value without tabs or line breaks; numbers as they are."""
    return str(value) if isinstance(value, int | float) else one_line(value, width=1000)
