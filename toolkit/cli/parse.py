"""`bitext parse`: what is in a dump."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from toolkit.cli.options import FILE, check_outputs, column_mapping, json_option, quiet_option

if TYPE_CHECKING:
    import pyarrow as pa

    from toolkit.options import PiiOptions, SourceOptions
    from toolkit.sources import ParseResult


@click.command("parse")
@click.argument("sources", metavar="SOURCE...", type=FILE, nargs=-1, required=True)
@click.option("-o", "--out", type=FILE, help="File for the posts: .parquet or .jsonl.")
@click.option(
    "--format", "format_", metavar="FORMAT",
    help="tme_html, desktop_html, desktop_json, api_json, table, extracted_text.  [default: by content]",
)  # fmt: skip
@click.option("--channel", metavar="HANDLE", help="Channel that the posts are from.  [default: the export's own]")
@click.option("--lang", metavar="CODE", help="Language of all posts, as ru or en.  [default: detected, post by post]")
@click.option("--timezone", metavar="ZONE", help='Of dates without offset, as "Europe/Moscow".')
@click.option("--column", "columns", metavar="OURS=THEIRS", multiple=True, help="Tables: name of a column; repeatable.")
@click.option("--pii", type=click.Choice(["mask", "hash", "drop", "keep"]), default="mask", show_default=True,
              help="What becomes of phone numbers, mail addresses, cards and personal handles.")  # fmt: skip
@click.option("--report", type=FILE, help="File for the report as JSON.")
@click.option("--roles", type=FILE, help="File for the role of every line, message or row, as JSON lines.")
@json_option
@quiet_option
def command(
    sources: tuple[Path, ...], out: Path | None, format_: str | None, channel: str | None, lang: str | None,
    timezone: str | None, columns: tuple[str, ...], pii: str, report: Path | None, roles: Path | None, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Read posts from dumps, exports and tables; account for every line.

    A source is a file, a folder, a pattern in quotes, a ZIP archive or a file packed with gzip. Formats are told by
    content: pages of t.me/s, exports of Telegram Desktop (HTML, JSON), messages of Telethon, Pyrogram, the Bot API and
    TGDataset, tables (CSV, XLSX, JSON, Parquet, datasets) with a column of texts, and the text of t.me pages as
    extractors write it. Posts are written in reading order, once where several sources have one: the version edited
    last. Where a source has no ids, they are made of text and date, and do not depend on --pii; hash needs a salt in
    BITEXT_PII_SALT.

    What cannot be read of a folder, pattern or archive is left out with a warning, and so are rows that are broken.

    \b
    Examples:
      bitext parse dump.txt
      bitext parse dump.txt -o posts.jsonl --roles lines.jsonl
      bitext parse ru/result.json en/result.json -o posts.parquet --report report.json
      bitext parse ChatExport_2025-03-01 --channel bayport -o posts.parquet
      bitext parse 'pages/*.html' -o posts.jsonl
      bitext parse news.csv --column text=body --timezone Europe/Moscow -o posts.parquet
    """
    from toolkit.duplicates.same_ids import join_posts
    from toolkit.options import PiiOptions, SourceOptions
    from toolkit.sources import read_source, without_copies
    from toolkit.validation import read_options

    _check_out(out)
    check_outputs([out, report, roles], sources)
    given = {"path": Path(), "format": format_, "channel": channel, "lang": lang, "timezone": timezone}
    shared = read_options(SourceOptions, {**given, "columns": column_mapping(columns)})
    hiding = PiiOptions.model_validate(dict.fromkeys(("phone", "email", "card", "handle"), pii))
    results = _masked([read_source(_of(shared, path)) for path in sources], hiding)
    if len(results) > 1:
        results = without_copies(results, join_posts([result.posts for result in results]))
    _write(results, out, report, roles)
    if as_json:
        click.echo(_to_json([result.report.to_dict() for result in results]))
    elif not quiet:
        for result in results:
            click.echo(f"{result.report.file}: {result.report.summary()}", err=True)


def _masked(results: list[ParseResult], options: PiiOptions) -> list[ParseResult]:
    from dataclasses import replace

    from toolkit.stages.mask import mask_sources

    masked = mask_sources([result.posts for result in results], options)
    return [replace(result, posts=posts) for result, posts in zip(results, masked, strict=True)]


def _of(shared: SourceOptions, path: Path) -> SourceOptions:
    return shared.model_copy(update={"path": path})


def _check_out(out: Path | None) -> None:
    from toolkit.errors import OptionError

    if out is not None and out.suffix not in (".parquet", ".jsonl"):
        raise OptionError(f"--out is {out.name!r}, wanted a name that ends in .parquet or .jsonl")


def _write(results: list[ParseResult], out: Path | None, report: Path | None, roles: Path | None) -> None:
    """Write what was asked for, after everything was read."""
    import pyarrow as pa

    from toolkit.storage import write_table, write_text

    posts = pa.concat_tables([result.posts for result in results])
    if out is not None and out.suffix == ".parquet":
        write_table(out, posts)
    elif out is not None:
        write_text(out, "".join(_to_json_line(row) for row in _readable(posts)))
    if report is not None:
        write_text(report, _to_json([result.report.to_dict() for result in results]) + "\n")
    if roles is not None:
        units = ({"file": result.report.file, **unit} for result in results for unit in result.trace)
        write_text(roles, "".join(map(_to_json_line, units)))


def _readable(posts: pa.Table) -> list[dict[str, Any]]:
    """Return rows with times as ISO 8601, and without the digits that a 32-bit float does not have."""
    rows: list[dict[str, Any]] = posts.to_pylist()
    for row in rows:
        if row["lang_confidence"] is not None:
            row["lang_confidence"] = round(row["lang_confidence"], 4)
        for key in ("date", "edited"):
            row[key] = row[key].isoformat() if row[key] else None
    return rows


def _to_json(data: object) -> str:
    import json

    return json.dumps(data, ensure_ascii=False, indent=2)


def _to_json_line(row: dict[str, Any]) -> str:
    import json

    return json.dumps(row, ensure_ascii=False) + "\n"
