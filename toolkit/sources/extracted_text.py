"""Read text that an extractor made of a t.me/s page: no ids, no dates, bodies twice; see `text/dump_grammar.py`."""

from __future__ import annotations

import re
from typing import Any, Final

from toolkit.sources.source import Parsed, Row, Source, name_by_text, unique_ids
from toolkit.text.dump_grammar import DumpPost, parse_dump
from toolkit.text.lines import split_lines
from toolkit.text.telegram import forward_source, line_role, parse_reactions

_NO_SIGN: Final = (None, "size")  # roles of lines that any text may have
# Of the lines of dumps with bodies said twice a quarter and more are in such blocks, of other texts hardly one in ten.
_MIN_SAID_TWICE: Final = 0.2
_MAX_BLOCK: Final = 60  # lines
_SENTENCE: Final = re.compile(r"(?:[^\W\d_]+\W+){5}[^\W\d_]")  # six words in a row
_MIN_SNIPPET: Final = 16  # letters of a reply's snippet that are enough to know the post it is from


def recognises(source: Source) -> bool:
    """Tell whether the text has a sign of a Telegram page: reactions, words of the interface, bodies said twice."""
    if source.head_text.lstrip().lower().startswith(("<!doctype", "<html", "<?xml")):
        return False
    if source.shape.keys or source.shape.first is not None:
        return False  # JSON that has such lines in it
    lines = [line.strip() for line in split_lines(source.text) if line.strip()]
    has_sign = any(parse_reactions(line) or line_role(line) not in _NO_SIGN for line in lines)
    return has_sign or _share_said_twice(lines) >= _MIN_SAID_TWICE


def _share_said_twice(lines: list[str]) -> float:
    """Return the share of lines that are in a block with a copy of it right below, as extractors write bodies.

    A block has a line of a sentence's length: logs and lists repeat themselves, too.
    """
    last: dict[str, int] = {}
    at = covered = 0
    while at < len(lines):
        size = at - last.get(lines[at], at)
        block = lines[at - size : at]
        if 0 < size <= _MAX_BLOCK and block == lines[at : at + size] and any(map(_SENTENCE.search, block)):
            covered, at, last = covered + 2 * size, at + size, {}
        else:
            last[lines[at]] = at
            at += 1
    return covered / max(1, len(lines))


def read(source: Source) -> Parsed:
    """Read the posts; a post without text is dropped, unless an extractor lost its text."""
    lines = split_lines(source.text)
    posts = parse_dump(lines)
    kept = [post for post in posts if post.body or "text_lost" in post.flags]
    rows = [_row(post, lines, source.file_channel) for post in kept]
    for row, name in zip(rows, unique_ids(row["post_id"] for row in rows), strict=True):
        row["post_id"] = name  # now, because replies name them
    _resolve_replies(rows, kept, lines)
    trace: list[dict[str, Any]] = []
    for number, post in enumerate(posts, 1):
        for at, role in enumerate(post.roles, post.start):
            unit = {"line": at + 1, "post": number, "role": role}
            if at in post.repeat_of:
                unit["repeat_of"] = post.repeat_of[at] + 1
            trace.append(unit)
    dropped = {"no_text": len(posts) - len(kept)} if len(posts) > len(kept) else {}
    return Parsed(rows, "lines", len(lines), trace, dropped)


def _row(post: DumpPost, lines: list[str], channel: str) -> dict[str, Any]:
    raw = "\n".join(lines[post.start : post.stop])
    text = "\n".join(lines[at].strip() for at in post.body)
    headers = post.lines_with("forward_header")
    reactions = [pair for at in post.lines_with("reactions") for pair in parse_reactions(lines[at]) or ()]
    media = [lines[at].strip() for at in post.lines_with("document")]
    row: Row = {
        "channel": channel,
        "text": text,
        "text_raw": raw,
        "forwarded_from": forward_source(lines[headers[0]]) if headers else None,
        "reactions": [{"emoji": emoji, "count": count} for emoji, count in reactions],
        "media": media + ["video"] * len(post.lines_with("media_marker")),
        "flags": post.flags,
        "source_format": "extracted_text",
        "source_span": f"lines {post.start + 1}-{post.stop}",
    }
    name_by_text(row)
    return row


def _resolve_replies(rows: list[dict[str, Any]], posts: list[DumpPost], lines: list[str]) -> None:
    """Set `reply_to` where the snippet above a reply begins exactly one other post of the dump."""
    for row, post in zip(rows, posts, strict=True):
        shown = post.lines_with("reply")
        snippet = lines[shown[-1]].strip().rstrip("….").rstrip() if shown else ""
        if len(snippet) < _MIN_SNIPPET:
            continue
        answered = [other["post_id"] for other in rows if other is not row and other["text"].startswith(snippet)]
        if len(answered) == 1:
            row["reply_to"] = answered[0]
