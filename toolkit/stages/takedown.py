"""Leave out what somebody asked to be removed.  CLEAN_POSTS + DUPLICATES -> CLEAN_POSTS + DUPLICATES."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.results import TAKEN_DOWN, StageResult, split_by_verdict


@dataclass(frozen=True)
class TakedownResult(StageResult):
    """What stays and what leaves.

    Attributes:
        duplicates: `schemas.DUPLICATES` without the rows that name a post that left.
    """

    duplicates: pa.Table


def take_down(posts: pa.Table, duplicates: pa.Table, post_ids: Sequence[str]) -> TakedownResult:
    """Remove posts by id, and all evidence about them.

    This comes after dedup: a post that left because it says the same as one of these does not come back in its place.

    Args:
        posts: conform to `schemas.CLEAN_POSTS`.
        duplicates: conform to `schemas.DUPLICATES`.
        post_ids: of the posts to remove; one that is not there is no error.

    Returns:
        `kept` has the schema of `posts`; `dropped` has reason `TAKEN_DOWN`.
    """
    ids = pa.array(post_ids, pa.string())
    is_asked = pc.is_in(posts["post_id"], value_set=ids)
    judged = posts.append_column("drop_reason", pc.if_else(is_asked, TAKEN_DOWN, pa.scalar(None, pa.string())))
    judged = judged.append_column("drop_value", pa.nulls(posts.num_rows, pa.string()))
    result = split_by_verdict(judged, stage="takedown", key="post_id")
    named = pc.or_(*(pc.is_in(duplicates[column], value_set=ids) for column in ("post_id", "kept_id")))
    return TakedownResult(result.kept, result.dropped, duplicates.filter(pc.invert(named)).combine_chunks())
