"""`bitext lineage`: who published first, and who repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from toolkit.cli.explain import load_tables, one_line
from toolkit.cli.options import FILE, check_outputs, harmless, json_option, quiet_option, spreadsheet_option

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN: Final = 8  # channels that a note names


@click.command("lineage")
@click.option("--release", metavar="DIR", type=FILE, help="Ask this release, and not the last build.")
@click.option("--work", type=FILE, default=Path(".bitext"), show_default=True, help="Work folder of the build.")
@click.option("--against", metavar="RELEASE", type=FILE, multiple=True,
              help="Older release that has posts of the items: follow them into it; may be given again.")  # fmt: skip
@click.option("--summary", is_flag=True, help="Count by channels: who came after whom, how often and how much later.")
@click.option("-o", "--out", metavar="FILE", type=FILE, help="Write .tsv or .parquet, and not to the terminal.")
@spreadsheet_option
@json_option
@quiet_option
def command(
    release: Path | None, work: Path, against: tuple[Path, ...], summary: bool, out: Path | None, spreadsheet: bool,
    as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Tell, for every item that was published more than once, who was first and who repeated it.

    An item is a post with its duplicates and translations. A row is a post of it: its place, channel and language,
    how many hours after the first it came, how it repeats which other one (exact, near, copy, contained,
    translation), and how sure that is. Without -o the table goes to standard output as TSV. --summary has a row for
    each channel and language that was first and each that came later: on how many items, by copies, by parts or by
    translations, how much later.

    \b
    Examples:
      bitext lineage --release releases/demo/0.1.0 -o lineage.tsv
      bitext lineage --summary
      bitext lineage --release releases/news/2.0.0 --against releases/news/1.0.0
    """
    import json

    from toolkit.errors import OptionError
    from toolkit.lineage import count_by_channels, trace_items
    from toolkit.storage import write_table, write_text

    if out is not None and out.suffix not in (".tsv", ".parquet"):
        raise OptionError(f"--out is {out.name!r}, wanted a name that ends in .tsv or .parquet")
    check_outputs([out])
    tables = load_tables(release, work)
    lineage = trace_items(tables, _read_older(against, tables))
    table = count_by_channels(lineage) if summary else lineage
    if out is not None and out.suffix == ".parquet":
        write_table(out, table)
    elif out is not None:
        write_text(out, _tsv(table, spreadsheet=spreadsheet))
    if as_json:
        click.echo(json.dumps(table.to_pylist(), ensure_ascii=False, indent=2, default=str))
    elif out is None:
        click.echo(_tsv(table, spreadsheet=spreadsheet), nl=False)
    if not quiet:
        for line in _notes(lineage):
            click.echo(line, err=True)


def _read_older(folders: tuple[Path, ...], tables: Mapping[str, pa.Table]) -> dict[str, Mapping[str, pa.Table]]:
    """Read older releases, all of which have posts that others were left out for."""
    from toolkit.errors import OptionError
    from toolkit.release.read import read_release, run_tables

    evidence = [tables[name]["kept_in"] for name in ("duplicates", "carried.duplicates") if name in tables]
    named = sorted({name for column in evidence for name in column.drop_null().to_pylist()})
    older: dict[str, Mapping[str, pa.Table]] = {}
    for folder in folders:
        release = read_release(folder)
        if release.name not in named:
            raise OptionError(
                f"no post was left out for one of {release.name}; older releases here: {', '.join(named) or 'none'}",
                where=folder, fix="Leave out --against, or give the one that was compared with",
            )  # fmt: skip
        older[release.name] = run_tables(release)
    return older


def _notes(lineage: pa.Table) -> Iterator[str]:
    """Say in words who was first, and what the table cannot tell."""
    from collections import Counter

    from toolkit.lineage import items_of

    items = list(items_of(lineage))
    rows = [row for item in items for row in item]
    yield f"{len(items):,} items in {len(rows):,} posts"
    raced = [item for item in items if len(item) > 1 and item[1]["date"] is not None]
    if raced:
        first = Counter(_named(item[0]) for item in raced).most_common(_SHOWN)
        shown = ", ".join(f"{channel} {count:,}" for channel, count in first)
        yield f"first, of the {len(raced):,} items with two known dates or more: {shown}"
    undated = sum(row["date"] is None for row in rows)
    if undated:
        yield f"{undated:,} posts have no known date: no place in their item, and none in the summary"
    local = Counter(_named(row) for row in rows if row["date_precision"] == "local_no_offset").most_common(_SHOWN)
    if local:
        yield (
            f"local times without offset, so places and lags may be hours off: {', '.join(name for name, _ in local)}; "
            "say their time zone where they are read"
        )
    days = sum(row["date_precision"] == "day" for row in rows)
    if days:
        yield f"{days:,} posts have a day without time: placed at its end, and without a lag"
    unread = Counter(row["kept_in"] for row in rows if row["kept_in"] and row["text"] is None)
    for name, count in sorted(unread.items()):
        yield f"{count:,} posts are in {name}, which was not read: give its folder with --against"


def _named(row: Mapping[str, Any]) -> str:
    """Return the channel of a row, with what it is called where it is a number."""
    return one_line(f"{row['channel']} {row['channel_name']}" if row["channel_name"] else row["channel"])


def _tsv(table: pa.Table, *, spreadsheet: bool) -> str:
    rows = [table.column_names, *zip(*(table[name].to_pylist() for name in table.column_names), strict=True)]
    cells = (["" if value is None else _cell(value) for value in row] for row in rows)
    if spreadsheet:
        cells = ([harmless(cell) if isinstance(value, str) else cell for cell, value in zip(row, values, strict=True)]
                 for row, values in zip(cells, rows, strict=True))  # fmt: skip
    return "".join("\t".join(row) + "\n" for row in cells)


def _cell(value: object) -> str:
    """Return a value without tabs or line breaks; numbers as they are."""
    return str(value) if isinstance(value, int | float) else one_line(value, width=1000)
