"""The list of posts whose removal was asked for: one file beside the run config, honoured by every build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from toolkit.errors import OptionError
from toolkit.storage import read_lines, write_text

_HEADER = "post_id\tdate\treason"


def read_takedowns(path: Path | None) -> tuple[str, ...]:
    """Return the ids of a list, each once, in the order of the file.

    Args:
        path: a TSV whose first column is an id, the others are for people; lines with `#` are remarks. None: no list.

    Raises:
        SourceError: if the file cannot be read.
        OptionError: if a line has no id.
    """
    ids = []
    for number, line in enumerate(read_lines(path) if path else (), 1):
        post_id = line.split("\t")[0].strip()
        if line == _HEADER or line.startswith("#") or not line.strip():
            continue
        if not post_id:
            raise OptionError("has no id in its first column", where=path, line=number)
        ids.append(post_id)
    return tuple(dict.fromkeys(ids))


def add_takedowns(path: Path, post_ids: Sequence[str], *, date: str, reason: str) -> list[str]:
    """Add ids to a list, which is made if it is not there; those that it has stay as they are.

    Args:
        path: of the list.
        post_ids: channel/message id.
        date: of the request, for people.
        reason: in a word, for people.

    Returns:
        The ids that are new.

    Raises:
        OptionError: if an id names no post.
    """
    for post_id in post_ids:
        if not post_id.isprintable() or post_id != post_id.strip() or not post_id or post_id.startswith("#"):
            raise OptionError(f"{post_id!r} is no id of a post", fix="`bitext explain` and the config `posts` show ids")
        if "~" in post_id:
            raise OptionError(f"{post_id!r} names a pair", fix="Name the posts to remove, the one, the other or both")
    lines = read_lines(path) if path.exists() else [_HEADER]
    known = set(read_takedowns(path)) if path.exists() else set()
    new = [post_id for post_id in dict.fromkeys(post_ids) if post_id not in known]
    row = [" ".join(text.split()) for text in (date, reason)]
    write_text(path, "".join(f"{line}\n" for line in [*lines, *("\t".join([post_id, *row]) for post_id in new)]))
    return new
