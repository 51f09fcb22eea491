"""Take out of posts what reaches one person, before anything else sees them.  POSTS -> POSTS."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.options import PiiOptions
from toolkit.text.masking import Mask
from toolkit.text.pii import public_values

_WORDS: Final = ("text", "text_raw", "forwarded_from", "channel_title", "permalink")
_LISTS: Final = ("urls", "hashtags", "media")
_BATCH: Final = 4096  # rows that are dicts at a time


class Doubts:
    """What is public by what the run knows beyond a source; remembers the values for which that was asked.

    A source that was read once need not be read again when the run knows more, unless that is about one of them.
    """

    def __init__(self, alone: Iterable[str]) -> None:
        """Get ready.

        Args:
            alone: what is public without the run, as `PiiOptions.public` has it.
        """
        self.alone = tuple(alone)
        self.asked: set[str] = set()
        self._by_source: Collection[str] = ()
        self._by_run: Collection[str] = ()

    def between(self, by_source: Collection[str], by_run: Collection[str]) -> Doubts:
        """Take what is public without and with the run, and be asked for what is not in the first."""
        self._by_source, self._by_run = by_source, by_run
        return self

    def __contains__(self, value: object) -> bool:
        """Tell whether a value is public."""
        if value in self._by_source:
            return True
        self.asked.add(str(value))
        return value in self._by_run

    def __iter__(self) -> Iterator[str]:
        """Yield what is public."""
        return iter({*self._by_source, *self._by_run})

    def __len__(self) -> int:
        """Return how many values are public."""
        return len({*self._by_source, *self._by_run})


def mask_posts(
    posts: pa.Table,
    options: PiiOptions = PiiOptions(),  # noqa: B008
    doubts: Doubts | None = None,
) -> pa.Table:
    """Replace telephone numbers, mail addresses, cards and personal handles in all that a post says.

    Handles of the posts' channels are public, and so are those that any of the posts shows to be channels'.

    Args:
        posts: conform to `schemas.POSTS`; those of one source together, because the links in them count.
        options: what becomes of which kind, and what stays.
        doubts: told what only `options.public` can show to be public, beyond the values that are public anyway.

    Returns:
        POSTS in the order given, with `personal` set, and with the flag `encoding_repaired`, as clean gives it, where
        values showed only when the text was decoded anew. Masked twice is masked once, with the counts of both.

    Raises:
        OptionError: if values are to be hashed and there is no salt.
    """
    posts = schemas.conform(posts, schemas.POSTS)
    public: Collection[str] = _public(posts, options.public)
    mask = Mask(options, doubts.between(_public(posts, doubts.alone), public) if doubts is not None else public)
    masked = [schemas.POSTS.empty_table()]
    for start in range(0, posts.num_rows, _BATCH):
        rows = posts.slice(start, _BATCH)
        changed = [_masked(row, mask) for row in rows.select([*_WORDS, *_LISTS, "flags", "personal"]).to_pylist()]
        columns = {name: rows[name] for name in rows.column_names}
        for name in changed[0]:
            columns[name] = pa.array([row[name] for row in changed], schemas.POSTS.field(name).type)
        masked.append(schemas.conform(pa.table(columns), schemas.POSTS))
    return pa.concat_tables(masked).combine_chunks()


def _public(posts: pa.Table, named: Iterable[str]) -> frozenset[str]:
    named = [*named, *pc.unique(posts["channel"]).to_pylist()]
    titles = pc.unique(pc.drop_null(posts["channel_title"])).to_pylist()
    return public_values(named, _texts_with_names(posts), [*titles, *named])


def _texts_with_names(posts: pa.Table) -> Iterator[str]:
    for column in (posts["text"], posts["permalink"], pc.list_flatten(posts["urls"])):
        has_names = pc.match_substring_regex(column, r"t(elegram)?\.(me|dog)/|@")
        yield from pc.drop_null(column.filter(has_names)).to_pylist()


def _masked(row: dict[str, Any], mask: Mask) -> dict[str, Any]:
    text, counts, is_decoded = mask.apply_and_count(row["text"])
    for known in row["personal"] or ():  # a table that was masked before
        counts[known["kind"]] = counts.get(known["kind"], 0) + known["count"]
    raw = row["text_raw"]
    return {
        **{name: row[name] and mask.apply(row[name]) for name in _WORDS[2:]},
        **{name: [shown for given in row[name] if (shown := mask.apply(given).strip())] for name in _LISTS},
        "text": text,
        "text_raw": text if raw == row["text"] else mask.apply(raw),
        "flags": sorted({*row["flags"], "encoding_repaired"}) if is_decoded else row["flags"],
        "personal": [{"kind": kind, "count": count} for kind, count in sorted(counts.items())],
    }
