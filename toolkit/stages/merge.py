"""Join the posts of all sources into one table: the same post read twice stays once.  POSTS... -> POSTS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.duplicates.same_ids import join_posts
from toolkit.results import SAME_POST, StageResult, split_by_verdict


@dataclass(frozen=True)
class MergeResult(StageResult):
    """What stays and what leaves.

    Attributes:
        older: `schemas.POSTS`: the versions that left, as many of a post as there were, sorted by post_id and text.
    """

    older: pa.Table


def merge_posts(tables: Sequence[pa.Table]) -> MergeResult:
    """Return all posts, each `post_id` once.

    The same channel is often exported twice, or in two formats. What is one post, and which of its versions stays,
    is in `duplicates.same_ids`.

    Args:
        tables: conform to `schemas.POSTS`, in the order in which the user named the sources.

    Returns:
        `kept` conforms to `schemas.POSTS`; `dropped` has reason `SAME_POST`, and as value the file that it came from.

    Raises:
        SourceError: if sources of different channels have one name.
    """
    joined = join_posts([schemas.conform(table, schemas.POSTS) for table in tables])
    posts, again = joined.posts, pa.array(joined.is_again)
    nothing = pa.nulls(posts.num_rows, pa.string())
    judged = posts.append_column("drop_reason", pc.if_else(again, SAME_POST, nothing))
    judged = judged.append_column("drop_value", pc.if_else(again, posts["source_file"], nothing))
    result = split_by_verdict(judged, stage="merge", key="post_id")
    older = posts.filter(again).sort_by([("post_id", "ascending"), ("text", "ascending"), ("source_file", "ascending")])
    return MergeResult(result.kept, result.dropped, older.combine_chunks())
