"""Anything that holds posts -> `schemas.POSTS`, one module a format.

A reader has two functions: `recognises(source)` looks at the content, never at the name, and `read(source)` returns
rows and says of every line, message or row of the input what became of it. Readers never use each other; what they
share is in `files`, `inputs`, `source`, `json_stream`, `html` and `desktop`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pyarrow as pa

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources.inputs import Inputs, open_inputs, source_hash
from toolkit.sources.readers import FORMATS, check_format, find_format, known_formats, read_format
from toolkit.sources.report import ParseReport, ParseResult, merge_reports
from toolkit.sources.rows import flags_of, to_posts, without_taken
from toolkit.sources.source import (
    Parsed,
    Reader,
    Row,
    Source,
    content_id,
    language_code,
    local_time,
    parse_time,
    permalink,
)

__all__ = [
    "FORMATS",
    "ParseReport",
    "ParseResult",
    "Parsed",
    "Reader",
    "Row",
    "Source",
    "content_id",
    "language_code",
    "local_time",
    "parse_time",
    "permalink",
    "read_source",
    "source_hash",
]


def read_source(options: SourceOptions) -> ParseResult:
    """Read the posts of a file, a folder, a pattern with stars, or an archive.

    Args:
        options: path, and what the files do not say about themselves.

    Returns:
        Posts in reading order, files in natural order; stages sort them. A post that several files of a folder or
        archive have is there once, as the first of them has it; the report tells whether texts differed.

    Raises:
        SourceError: if a file is missing, empty, broken, of no known format, or holds a whole account.
        OptionError: if the time zone, a column or the format does not exist.
    """
    check_format(options.format, options.path)
    local_time(datetime(2000, 1, 1), options.timezone)  # an unknown zone is told even if no date needs it
    with open_inputs(options.path) as inputs:
        if inputs.is_one:
            return _read(Source(options, inputs.files[0]))
        return _read_all(options, inputs)


def _read_all(options: SourceOptions, inputs: Inputs) -> ParseResult:
    """Read the files of a folder, pattern or archive; those of no known format are skipped, with a word in the report.

    Files that are of a known format, but broken, are errors: posts would be missing.
    """
    results: list[ParseResult] = []
    taken: dict[str, int] = {}
    for file in inputs.files:
        source = Source(options, file)
        if not source.head.strip():
            inputs.skipped[file.name] = "empty"
        elif options.format is None and find_format(source) is None:
            inputs.skipped[file.name] = "in no known format"
        else:
            result = _read(source)
            posts, again = without_taken(result.posts, taken)
            result.report.dropped.update(again)
            results.append(ParseResult(posts, result.report, result.trace))
    if not results:
        seen = "; ".join(f"{name}: {why}" for name, why in sorted(inputs.skipped.items())[:3])
        raise SourceError(f"has no posts that can be read ({seen})", where=options.path, fix=_name_a_format())
    posts = pa.concat_tables([result.posts for result in results]).combine_chunks()
    report = merge_reports(options.path.name, [result.report for result in results], posts.num_rows, inputs.skipped)
    trace = [{"file": result.report.file, **unit} for result in results for unit in result.trace]
    return ParseResult(posts, report, trace)


def _read(source: Source) -> ParseResult:
    """Read the posts of one file."""
    if not source.head.strip():
        raise source.error("is empty, wanted posts")
    name = source.options.format or find_format(source)
    if name is None:
        broken = source.shape.broken
        if broken is not None and source.is_all_head:
            raise source.error(f"is no valid JSON: {broken.what}", line=broken.line)
        raise source.error(_what_is_wrong(source), fix=_name_a_format())
    parsed = read_format(name, source)
    posts = to_posts(parsed.rows, source)
    roles = Counter(unit["role"] for unit in parsed.trace)
    report = ParseReport(
        file=source.input.name,
        format=name,
        unit=parsed.unit,
        units=parsed.units,
        roles=dict(sorted(roles.items())),
        posts=posts.num_rows,
        dropped=dict(sorted(parsed.dropped.items())),
        flags=flags_of(posts),
        skipped={},
        unexplained=parsed.units - roles.total(),
    )
    return ParseResult(posts, report, parsed.trace)


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
