"""The list of posts whose removal was asked for: one file beside the run config, honoured by every build."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from toolkit.errors import OptionError
from toolkit.storage import changing, read_lines, write_text
from toolkit.text.links import is_address, post_link

_COLUMNS = ("post_id", "date", "reason", "words")
_HEADER = "\t".join(_COLUMNS)
_ID = re.compile(r"[^,#/][^,/]*/[^\s,]+")  # a file's name is a channel too, and may have spaces
_KEY = re.compile(r"[0-9a-f]{32}")


def read_takedowns(path: Path | None) -> dict[str, tuple[str, ...]]:
    """Return post id -> keys of its words (`stages.takedown.text_keys`), in the order of the file.

    Args:
        path: a TSV: an id, or the address of a message; date and reason, for people; keys with spaces between them, or
            nothing. Lines with `#` are remarks. None: no list.

    Raises:
        SourceError: if the file cannot be read.
        OptionError: if a line has no id, or something else where keys are.
    """
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(read_lines(path) if path else (), 1):
        if _is_remark(line):
            continue
        first, *others = line.split("\t")
        post_id = _as_id(first.strip(), path, number)
        keys = others[2].split() if len(others) > 2 else []
        if wrong := [key for key in keys if not _KEY.fullmatch(key)]:
            fix = "Leave that column to `bitext takedown`"
            raise OptionError(f"{wrong[0]!r} in column 4 is no key of words", where=path, line=number, fix=fix)
        found[post_id] = tuple(dict.fromkeys((*found.get(post_id, ()), *keys)))
    return found


def add_takedowns(
    path: Path, post_ids: Sequence[str], *, date: str, reason: str, words: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    """Add ids to a list, which is made if it is not there; those that it has stay, and get keys that they lack.

    Others who add to the list at the same time wait for one another.

    Args:
        path: of the list.
        post_ids: channel/message id.
        date: of the request, for people.
        reason: in a word, for people.
        words: id -> keys of its words, as far as they are known.

    Returns:
        The ids that are new.

    Raises:
        OptionError: if an id names no post.
        ToolkitError: if the list cannot be written.
    """
    for post_id in post_ids:
        as_post_id(post_id)
    with changing(path) as listed:
        return _add(listed, post_ids, words or {}, (date, reason))


def _add(path: Path, post_ids: Sequence[str], words: Mapping[str, Sequence[str]], about: tuple[str, str]) -> list[str]:
    """Add ids with date and reason to a list that nobody else changes meanwhile."""
    lines = read_lines(path) if path.exists() else [_HEADER]
    known = read_takedowns(path) if path.exists() else {}
    new = [post_id for post_id in dict.fromkeys(post_ids) if post_id not in known]
    lines = [_with_keys(line, words) for line in lines]
    rows = [(post_id, *about, " ".join(words.get(post_id, ()))) for post_id in new]
    lines += ["\t".join(" ".join(text.split()) for text in row) for row in rows]
    write_text(path, "".join(f"{line}\n" for line in lines))
    return new


def as_post_id(text: str) -> str:
    """Return the id that a text is, or whose message it is the address of.

    >>> as_post_id("https://t.me/harbour_ru/123"), as_post_id("harbour_ru/123")
    ('harbour_ru/123', 'harbour_ru/123')

    Raises:
        OptionError: if it is neither.
    """
    return _as_id(text, None, None)


def _as_id(text: str, path: Path | None, number: int | None) -> str:
    fix = "Give channel/message; `bitext explain` and the config `posts` show ids"
    if link := post_link(text):
        return link.post_id
    if "~" in text:
        fix = "Name the posts to remove, the one, the other or both"
        raise OptionError(f"{text!r} names a pair", where=path, line=number, fix=fix)
    if not text:
        raise OptionError("has no id in its first column" if path else "'' is no id of a post", where=path, line=number)
    if is_address(text) or not _ID.fullmatch(text) or not text.isprintable() or text != text.strip():
        raise OptionError(f"{text!r} is no id of a post", where=path, line=number, fix=fix)
    return text


def _is_remark(line: str) -> bool:
    return not line.strip() or line.startswith("#") or line.split("\t")[0] == _COLUMNS[0]


def _with_keys(line: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return a line of the list with the keys that it lacks."""
    if _is_remark(line):
        return _HEADER if line.split("\t")[0] == _COLUMNS[0] else line
    cells = [*line.split("\t"), "", "", ""]
    keys = dict.fromkeys((*cells[3].split(), *words.get(as_post_id(cells[0].strip()), ())))
    return "\t".join([*cells[:3], " ".join(keys)]) if keys else line
