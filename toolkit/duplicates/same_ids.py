"""Which posts of several files are one post: the same id, unless the texts say that the ids are of different channels.

An id that the source gave stays with a post when it is edited, so posts with one such id are its versions. An id made
of a text (flag `id_from_text`) knows no versions: it is the same post only if all of it is the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.errors import SourceError
from toolkit.text.links import post_link

# Flag of a post whose source has no ids; who edits its text gives it another id.
ID_FROM_TEXT: Final = "id_from_text"

# Share of the shorter text's pairs of neighbouring words that the other one has; less is another post. Of posts that
# have nothing to do with each other one in 200 has as much, of posts that keep half of their words nearly all. (Times
# tell less: pages that somebody generated may have the same ones.)
_RELATED: Final = 0.2
# Files of different channels under one name: of the ids that two files share, so many have unrelated texts. A text may
# be rewritten from end to end; a fifth of all are not.
_MIN_UNRELATED: Final = 2
_MAX_UNRELATED_SHARE: Final = 0.2

_TEXT_ID: Final = re.compile(r"(.*/[0-9a-f]{16})(?:-\d+)?", re.DOTALL)
_File = tuple[int, str]  # place of its table, name


class _Pair(NamedTuple):
    """Two files that have posts of one channel."""

    channel: str
    first: _File
    second: _File

    def names(self) -> str:
        """Return how a person can tell them apart."""
        files = (self.first, self.second)
        if self.first[1] == self.second[1]:
            return " and ".join(f"{name} (source {number + 1})" for number, name in files)
        return " and ".join(name for _, name in files)


@dataclass(frozen=True)
class Joined:
    """The posts of several tables, one after the other.

    Attributes:
        posts: all rows; posts that are different have different ids.
        is_again: (n,) whether a row is another copy or version of one that stays.
        is_same: (n,) whether it also has the text of the one that stays; false for those that stay.
    """

    posts: pa.Table
    is_again: NDArray[np.bool_]
    is_same: NDArray[np.bool_]


def join_posts(tables: Sequence[pa.Table], where: str | Path | None = None) -> Joined:
    """Find the posts that several tables have.

    Of several versions of a post the one edited last stays (no edit counts as earliest), and of those the first.

    Args:
        tables: conform to `schemas.POSTS`; in the order in which the user named the files.
        where: what they are from, for errors.

    Raises:
        SourceError: if two files have many unrelated texts under the same ids, or two channels have other texts under
            one.
    """
    tables = _with_apart_ids(_with_one_spelling(tables))
    posts = pa.concat_tables(tables).combine_chunks()
    edited = np.asarray(pc.fill_null(posts["edited"].cast(pa.int64()), np.iinfo(np.int64).min))
    codes = np.asarray(posts["post_id"].combine_chunks().dictionary_encode().indices)
    order = np.lexsort((np.arange(posts.num_rows), -edited.astype(np.float64), codes))
    is_first = np.ones(posts.num_rows, bool)
    is_first[1:] = codes[order[1:]] != codes[order[:-1]]
    kept_of = np.empty(posts.num_rows, np.int64)
    kept_of[order] = order[is_first][np.cumsum(is_first) - 1]
    again = np.flatnonzero(kept_of != np.arange(posts.num_rows))
    number = np.repeat(np.arange(len(tables)), [table.num_rows for table in tables])
    facts = posts.select(["post_id", "channel", "text", "source_file"]).append_column("table", pa.array(number))
    copies, stay = (facts.take(pa.array(rows)) for rows in (again, kept_of[again]))
    same = np.asarray(pc.equal(copies["text"], stay["text"]))
    _refuse_other_channels(copies, stay, same, where)
    _refuse_strangers(copies, stay, same, where)
    is_again, is_same = np.zeros(posts.num_rows, bool), np.zeros(posts.num_rows, bool)
    is_again[again], is_same[again] = True, same
    return Joined(posts, is_again, is_same)


# ---------------------------------------------------------------- handles, the same in any case


def _with_one_spelling(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Spell each handle as the first table that has it does, most often: links have it as their authors typed it."""
    counts = (pc.value_counts(table["channel"]).to_pylist() for table in tables)
    spellings = [{one["values"]: one["counts"] for one in some} for some in counts]
    chosen: dict[str, str] = {}
    for some in spellings:
        first: dict[str, str] = {}
        for name, _ in sorted(some.items(), key=lambda item: (-item[1], item[0])):
            first.setdefault(name.lower(), name)
        chosen = first | chosen
    others = {name: chosen[name.lower()] for some in spellings for name in some if post_link(f"t.me/{name}/1")}
    return [_respelled(table, {old: new for old, new in others.items() if old != new}) for table in tables]


def _respelled(table: pa.Table, handles: dict[str, str]) -> pa.Table:
    """Put other spellings of handles into channels and ids."""
    if not handles:
        return table
    channels = table["channel"].to_pylist()
    names = {}
    for column in ("post_id", "reply_to"):
        for name, channel in zip(table[column].to_pylist(), channels, strict=True):
            if name is not None and channel in handles and name.startswith(f"{channel}/"):
                names[name] = f"{handles[channel]}{name.removeprefix(channel)}"
    at = table.schema.get_field_index("channel")
    values = pa.array([handles.get(channel, channel) for channel in channels], pa.string())
    return _renamed(table, names).set_column(at, table.schema.field(at), values)


# ---------------------------------------------------------------- ids made of texts


def _with_apart_ids(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Give posts with one id made of their texts different ids, if the texts differ in what the id hides.

    The nth post with a text in one table is the nth with that text in any other: which of two such posts a table has
    first does not matter.
    """
    masks = [_is_named_by_text(table) for table in tables]
    if not any(mask.any() for mask in masks):
        return list(tables)
    names = [table["post_id"].to_pylist() for table in tables]
    given = {name for ids, mask in zip(names, masks, strict=True) for name in np.array(ids, object)[~mask]}
    id_of: dict[tuple[str, str, int], str] = {}
    owner: dict[str, object] = dict.fromkeys(given)
    joined = []
    for table, ids, mask in zip(tables, names, masks, strict=True):
        texts = table["text"].to_pylist()
        seen: Counter[tuple[str, str]] = Counter()
        renamed: dict[str, str] = {}
        for at in np.flatnonzero(mask):
            found = _TEXT_ID.fullmatch(ids[at])
            words = (found[1] if found else ids[at], texts[at])
            seen[words] += 1
            key = (*words, seen[words])
            if key not in id_of:
                id_of[key] = _free(ids[at], words[0], owner)
                owner[id_of[key]] = key
            renamed[ids[at]] = id_of[key]
        joined.append(_renamed(table, renamed))
    return joined


def _is_named_by_text(table: pa.Table) -> NDArray[np.bool_]:
    flags = table["flags"].combine_chunks()
    mask = np.zeros(table.num_rows, bool)
    has_flag = pc.equal(pc.list_flatten(flags), ID_FROM_TEXT)
    mask[np.asarray(pc.list_parent_indices(flags).filter(has_flag))] = True
    return mask


def _free(name: str, base: str, owner: dict[str, object]) -> str:
    """Return a name, or if it is taken the first of base, base-2, base-3, ... that is not."""
    if name not in owner:
        return name
    return next(new for n in count(1) if (new := base if n == 1 else f"{base}-{n}") not in owner)


def _renamed(table: pa.Table, names: dict[str, str]) -> pa.Table:
    if all(old == new for old, new in names.items()):
        return table
    for column in ("post_id", "reply_to"):
        at = table.schema.get_field_index(column)
        values = [names.get(name, name) for name in table[column].to_pylist()]
        table = table.set_column(at, table.schema.field(at), pa.array(values, pa.string()))
    return table


# ---------------------------------------------------------------- texts that are no versions


def _refuse_other_channels(copies: pa.Table, stay: pa.Table, same: NDArray[np.bool_], where: str | Path | None) -> None:
    """Raise an error if posts of different channels have one id and different texts; arguments as `_refuse_strangers`.

    A channel's name is the same in any case, as on t.me.
    """
    is_other = np.asarray(pc.not_equal(*(pc.utf8_lower(table["channel"]) for table in (copies, stay)))) & ~same
    if not is_other.any():
        return
    at = int(np.argmax(is_other))
    one, other = (table.slice(at, 1).to_pylist()[0] for table in (stay, copies))
    names = _Pair(other["channel"], *((row["table"], row["source_file"]) for row in (one, other))).names()
    raise SourceError(
        f"{names} have posts of different channels, {one['channel']!r} and {other['channel']!r}, with the same ids: "
        f"{int(is_other.sum()):,}, as {one['post_id']}. Posts would be lost",
        where=where,
        fix="Give each id its channel, as CHANNEL/ID",
    )


def _refuse_strangers(copies: pa.Table, stay: pa.Table, same: NDArray[np.bool_], where: str | Path | None) -> None:
    """Raise an error if two files have one channel's ids with unrelated texts.

    Args:
        copies: the rows that would leave: post_id, channel, text, source_file, and the place of their table.
        stay: for each the row that would stay.
        same: whether both have one text.
        where: what they are from.
    """
    others = pa.array(~same)
    texts = zip(*(table["text"].filter(others).to_pylist() for table in (copies, stay)), strict=True)
    unrelated = np.flatnonzero(~same)[[not are_versions(*pair) for pair in texts]]
    if len(unrelated) < _MIN_UNRELATED:
        return
    pairs = list(map(_Pair, copies["channel"].to_pylist(), _files(stay), _files(copies)))
    totals, counts = Counter(pairs), Counter(pairs[at] for at in unrelated)
    bad = sorted(
        (pair for pair, n in counts.items() if n >= max(_MIN_UNRELATED, _MAX_UNRELATED_SHARE * totals[pair])),
        key=lambda pair: (-counts[pair], pair),
    )
    if not bad:
        return
    worst = bad[0]
    example = next(copies["post_id"][at].as_py() for at in unrelated.tolist() if pairs[at] == worst)
    n_files = len({file for pair in bad for file in (pair.first, pair.second)})
    names = f"{worst.names()} have" if n_files == 2 else f"{n_files} files, as {worst.names()}, have"
    raise SourceError(
        f"{names} posts of a channel {worst.channel!r} with the same ids and texts that have nothing in common: "
        f"{sum(counts[pair] for pair in bad):,} of {sum(totals[pair] for pair in bad):,} such ids, as {example}. They "
        "seem to be different channels under one name, and posts would be lost",
        where=where,
        fix="Read them one by one, each with its channel's name: --channel HANDLE, or channel: of its source in a run "
        "config",
    )


def _files(posts: pa.Table) -> list[_File]:
    return list(zip(posts["table"].to_pylist(), posts["source_file"].to_pylist(), strict=True))


def are_versions(one: str, other: str) -> bool:
    """Tell whether two texts under one id can be versions of a post.

    >>> are_versions("Tea is served at five in the garden.", "Tea will be served at five in the garden of the museum.")
    True
    >>> are_versions("Tea is served at five in the garden.", "A ship has run aground.")
    False
    """
    first, second = _pairs_of_words(one), _pairs_of_words(other)
    return len(first & second) >= _RELATED * min(len(first), len(second))


def _pairs_of_words(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(pairwise(words)) or {(word,) for word in words}
