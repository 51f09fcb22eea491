"""Anything that holds posts -> `schemas.POSTS`, one module a format.

A reader has two functions: `recognises(source)` looks at the content, never at the name, and `read(source)` returns
rows and says of every line, message or row of the input what became of it. Readers never use each other; what they
share is in `files`, `inputs`, `source`, `times`, `values`, `tally`, `json_stream`, `html`, `pieces`, `rich_text`,
`message_body` and `desktop`. `second_count` checks each of them.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.duplicates.same_ids import join_posts
from toolkit.errors import OptionError, SourceError, ToolkitError
from toolkit.options import SourceOptions
from toolkit.sources.columns import no_text_column
from toolkit.sources.csv_rows import csv_sample
from toolkit.sources.inputs import Input, Inputs, open_inputs, source_hash
from toolkit.sources.readers import FORMATS, check_format, find_format, known_formats, read_format
from toolkit.sources.report import ParseReport, ParseResult, flags_of, merge_reports, without_copies
from toolkit.sources.rows import to_posts
from toolkit.sources.second_count import unexplained
from toolkit.sources.source import Parsed, Reader, Row, Source, known_language, permalink
from toolkit.sources.times import local_time, parse_time

__all__ = [
    "FORMATS",
    "ParseReport",
    "ParseResult",
    "Parsed",
    "Reader",
    "Row",
    "Source",
    "local_time",
    "parse_time",
    "permalink",
    "read_source",
    "source_hash",
    "without_copies",
]

_LOG: Final = logging.getLogger(__name__)
_CSV_NAME: Final = re.compile(r"\.[ct]sv(\.(gz|bz2|xz|zst))?$", re.IGNORECASE)
_SHOWN: Final = 5  # warnings that are shown; the report has all


def read_source(options: SourceOptions) -> ParseResult:
    """Read the posts of a file, a folder, a pattern with stars, or an archive.

    What cannot be read is left out, with a warning that is logged and in the report: a row, and a file of several. A
    file that was named itself, or most rows of which are broken, is an error.

    Args:
        options: path, and what the files do not say about themselves.

    Returns:
        Posts in reading order, files in natural order; stages sort them. A post that several files of a folder or
        archive have is there once, see `duplicates.same_ids`; the report tells whether texts differed.

    Raises:
        SourceError: if a file is missing, empty, broken, of no known format, or holds a whole account; of several
            files, if no one can be read, or two have unrelated posts with the same ids.
        OptionError: if the time zone, the language, a column or the format does not exist.
    """
    check_format(options.format, options.path)
    local_time(datetime(2000, 1, 1), options.timezone)  # an unknown zone is told even if no date needs it
    if options.lang and known_language(options.lang) is None:
        raise OptionError(f"unknown language {options.lang!r}, wanted a code such as ru or en", where=options.path)
    with open_inputs(options.path) as inputs:
        result = _read(Source(options, inputs.files[0])) if inputs.is_one else _read_all(options, inputs)
    for line in result.report.warnings[:_SHOWN]:
        _LOG.warning("warning: %s: %s", result.report.file, line)
    if len(result.report.warnings) > _SHOWN:
        more = len(result.report.warnings) - _SHOWN
        _LOG.warning("warning: %s: %d more; bitext parse --report lists them", result.report.file, more)
    return result


def _read_all(options: SourceOptions, inputs: Inputs) -> ParseResult:
    """Read the files of a folder, pattern or archive; those that hold no posts are skipped, broken ones with a word."""
    results: list[ParseResult] = []
    for file in inputs.files:
        try:
            found = _read_if_posts(options, file)
        except ToolkitError as error:
            inputs.broken[file.name] = error
        else:
            if isinstance(found, ParseResult):
                results.append(found)
            else:
                inputs.skipped[file.name] = found
    if not results:
        raise _nothing_to_read(options, inputs)
    copies = _pages_of_exports(results)
    results = [result for result in results if result.report.file not in copies]
    joined = join_posts([result.posts for result in results], options.path)
    results = without_copies(results, joined)
    report = merge_reports(
        options.path.name,
        [result.report for result in results],
        skipped=inputs.skipped | copies | {name: error.what for name, error in inputs.broken.items()},
        warnings=[f"left out: {error}" for _, error in sorted(inputs.broken.items())],
    )
    trace = [{"file": result.report.file, **unit} for result in results for unit in result.trace]
    posts = pa.concat_tables([result.posts for result in results]).combine_chunks()
    return ParseResult(posts, report, trace)


def _read_if_posts(options: SourceOptions, file: Input) -> ParseResult | str:
    """Read a file of a folder, or return why it has no posts."""
    source = Source(options, file)
    if not source.head.strip():
        return "empty"
    return "in no known format" if options.format is None and find_format(source) is None else _read(source)


def _nothing_to_read(options: SourceOptions, inputs: Inputs) -> ToolkitError:
    if len(inputs.broken) == 1:
        return next(iter(inputs.broken.values()))
    reasons = {name: error.what for name, error in sorted(inputs.broken.items())} | dict(sorted(inputs.skipped.items()))
    seen = "; ".join(f"{name}: {why}" for name, why in list(reasons.items())[:3])
    return SourceError(f"has no posts that can be read ({seen})", where=options.path, fix=_name_a_format())


def _pages_of_exports(results: list[ParseResult]) -> dict[str, str]:
    """Return the pages of Telegram Desktop that are of an export of which result.json was read too -> why they leave.

    Such an export has both in one folder, and says in JSON what channel it is, in HTML only what it is called.
    """
    copies: dict[str, str] = {}
    pages = [result for result in results if result.report.format == "desktop_html"]
    for export in (result for result in results if pages and result.report.format == "desktop_json"):
        folder, titles, numbers = _what_and_where(export)
        for page in pages:
            its_folder, its_titles, its_numbers = _what_and_where(page)
            if its_folder == folder and its_titles == titles and its_numbers <= numbers:
                copies[page.report.file] = f"the same export as {export.report.file}"
    return copies


def _what_and_where(result: ParseResult) -> tuple[PurePosixPath, set[str], set[str]]:
    """Return the folder of an export, the title of its chat, and the numbers of its posts."""
    titles = {" ".join((title or "").split()) for title in pc.unique(result.posts["channel_title"]).to_pylist()}
    numbers = {name.rpartition("/")[2] for name in result.posts["post_id"].to_pylist()}
    return PurePosixPath(result.report.file).parent, titles, numbers


def _read(source: Source) -> ParseResult:
    """Read the posts of one file."""
    if not source.head.strip():
        raise source.error("is empty, wanted posts")
    name = source.options.format or find_format(source)
    if name is None:
        broken = source.shape.broken
        if broken is not None and (source.is_all_head or source.shape.is_too_long):
            raise source.error(f"is no valid JSON: {broken.what}", line=broken.line)
        raise _unknown_format(source)
    parsed = read_format(name, source)
    posts = to_posts(parsed.rows, source)
    _refuse_mostly_broken(source, parsed)
    lost = unexplained(source, name, parsed)
    roles = Counter(unit["role"] for unit in parsed.trace)
    report = ParseReport(
        file=source.input.name,
        format=name,
        unit=parsed.unit,
        units=parsed.units + lost,
        roles=dict(sorted(roles.items())),
        posts=posts.num_rows,
        dropped=dict(sorted(parsed.dropped.items())),
        flags=flags_of(posts),
        skipped={},
        warnings=[note.what for note in source.notes],
        unexplained=parsed.units + lost - roles.total(),
    )
    return ParseResult(posts, report, parsed.trace)


def _refuse_mostly_broken(source: Source, parsed: Parsed) -> None:
    noted = [note for note in source.notes if note.unit is not None]
    broken = len({note.unit for note in noted})
    if 2 * broken > parsed.units:
        many = f"has {broken:,} of {parsed.units:,} {parsed.unit} that cannot be read: " if parsed.units > 1 else ""
        raise source.error(f"{many}{noted[0].what}")


def _unknown_format(source: Source) -> SourceError:
    """Return the error for a file that no reader recognises."""
    sample = csv_sample(source.head_text) if _CSV_NAME.search(source.input.name) else None
    if sample is not None:
        what, fix = no_text_column(*sample)
        return source.error(what, fix=fix)
    return source.error(_what_is_wrong(source), fix=_name_a_format())


def _what_is_wrong(source: Source) -> str:
    """Say why no reader recognises a file."""
    shape = source.shape
    if shape.root == "[":
        return "is a JSON array, but not of objects with id, date and text"
    if shape.root == "{":
        keys = ", ".join(shape.keys[:8]) or "none"
        return f"is JSON, but has no column of texts and no list of messages; its keys are {keys}"
    if source.head_text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        return "is an HTML page, but neither one of t.me/s with posts nor one that Telegram Desktop exported"
    return (
        "is in no known format: neither a page of t.me, nor a Telegram export, nor what an API gave, nor a table with "
        "a text column, nor the text of a t.me page"
    )


def _name_a_format() -> str:
    return f"Check the file, or name its format: {', '.join(known_formats())}"
