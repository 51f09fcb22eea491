"""Leave out what somebody asked to be removed.  CLEAN_POSTS -> CLEAN_POSTS.

A post leaves if its id is asked for, or if it has the words of one that is, in the same order: the text came back from
another source, with another id. A text that was written anew is another text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.results import TAKEN_DOWN, StageResult, split_by_verdict
from toolkit.text.repeats import repeat_start
from toolkit.text.shingles import hash_words, words_keys


@dataclass(frozen=True)
class TakedownResult(StageResult):
    """What stays and what leaves.

    Attributes:
        asked: the posts that leave: what says the same as one of them must not come in its place.
    """

    asked: pa.Table


def take_down(posts: pa.Table, takedowns: Sequence[str]) -> TakedownResult:
    """Remove posts by id and by words.

    Args:
        posts: conform to `schemas.CLEAN_POSTS`.
        takedowns: ids of posts and keys of words (`text_keys`); one that is of no post here is no error.

    Returns:
        `kept` and `asked` have the schema of `posts`; `dropped` has reason `TAKEN_DOWN`.
    """
    is_asked = are_asked(posts, takedowns)
    judged = posts.append_column("drop_reason", pc.if_else(is_asked, TAKEN_DOWN, pa.scalar(None, pa.string())))
    judged = judged.append_column("drop_value", pa.nulls(posts.num_rows, pa.string()))
    result = split_by_verdict(judged, stage="takedown", key="post_id")
    return TakedownResult(result.kept, result.dropped, posts.filter(is_asked).sort_by("post_id").combine_chunks())


def are_asked(posts: pa.Table, takedowns: Sequence[str]) -> pa.ChunkedArray:
    """Tell which posts somebody asked to be removed; they have post_id, text and footer.

    Compared are the words of the text, of the text with its footer, and of both without a second copy of the body.
    """
    by_id = pc.is_in(posts["post_id"], value_set=pa.array(takedowns, pa.string()))
    if not (keys := {one for one in takedowns if "/" not in one}) or not posts.num_rows:
        return by_id
    texts = posts["text"].to_pylist()
    bodies = [_without_copy(text) for text in texts]
    footers = [f"\n{footer or ''}" for footer in posts["footer"].to_pylist()]
    both = [[text + footer for text, footer in zip(some, footers, strict=True)] for some in (texts, bodies)]
    versions = zip(*map(text_keys, (texts, bodies, *both)), strict=True)
    return pc.or_(by_id, pa.array([not keys.isdisjoint(found) for found in versions], pa.bool_()))


def text_keys(texts: Sequence[str]) -> list[str]:
    """Return 32 hex digits for each text, the same for the same words in the same order; no "/" as an id has."""
    return [key.hex() for key in words_keys(hash_words(texts))]


def drop_evidence(duplicates: pa.Table, post_ids: pa.ChunkedArray) -> pa.Table:
    """Return `schemas.DUPLICATES` without the rows that name one of the posts."""
    ids = post_ids.combine_chunks()
    named = pc.or_(*(pc.is_in(duplicates[column], value_set=ids) for column in ("post_id", "kept_id")))
    return duplicates.filter(pc.invert(named)).combine_chunks()


def _without_copy(text: str) -> str:
    start = repeat_start(text)
    return text if start is None else text[:start].rstrip()
