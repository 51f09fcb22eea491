"""Tell what a version adds: posts that the version before does not have as they are.  CLEAN_POSTS -> CLEAN_POSTS."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.results import CARRIED_ON, StageResult, split_by_verdict
from toolkit.text.pii import part_handles
from toolkit.text.shingles import hash_words, words_keys


def find_news(posts: pa.Table, published: pa.Table, duplicates: pa.Table) -> StageResult:
    """Keep the posts that are new, or say something else than they did.

    A post is the same if it has the same words in the same order; markup, what is taken for its footer, and what
    readers do to it (views, reactions) make no news. Nor does a source that is older than the last edit that was
    published, nor a handle that is hidden here and was not then, or the other way round.

    Args:
        posts: conform to `schemas.CLEAN_POSTS`.
        published: `post_id`, `edited`, `text` of the posts of the version before, with all that was parted from the
            text.
        duplicates: `post_id`, `kept_id`, `text` of the posts that left it because another one said the same. Such a
            post is judged anew if the one that stayed in its place is edited.

    Returns:
        `kept` conforms to `schemas.CLEAN_POSTS`, sorted by post_id; `dropped` has reason `CARRIED_ON`.
    """
    posts = posts.sort_by("post_id").combine_chunks()
    is_outdated = _are_outdated(posts, published)
    current = posts.filter(pc.invert(is_outdated))
    edited = _same_posts(current, published, same_words=False)
    known = pc.is_in(duplicates["kept_id"], value_set=edited)
    unchanged = pa.concat_arrays(
        [
            _same_posts(current, published, same_words=True),
            _same_posts(current, duplicates.filter(pc.invert(known)), same_words=True),
        ]
    )
    is_old = pc.or_(is_outdated, pc.is_in(posts["post_id"], value_set=unchanged))
    judged = posts.append_column("drop_reason", pc.if_else(is_old, CARRIED_ON, pa.scalar(None, pa.string())))
    judged = judged.append_column("drop_value", pa.nulls(posts.num_rows, pa.string()))
    return split_by_verdict(judged, stage="news", key="post_id")


def _are_outdated(posts: pa.Table, published: pa.Table) -> pa.ChunkedArray:
    """Tell which posts were published with a later edit than they have here.

    In a file that tells edits, a post without one is not edited yet; other files know no edits, and may be newer.
    """
    was = published["edited"].take(pc.index_in(posts["post_id"], value_set=published["post_id"].combine_chunks()))
    tells_edits = posts.filter(pc.is_valid(posts["edited"]))["source_file"].combine_chunks()
    unedited = pc.and_(pc.is_null(posts["edited"]), pc.is_in(posts["source_file"], value_set=tells_edits))
    not_yet = pc.and_(unedited, pc.is_valid(was))
    return pc.fill_null(pc.or_kleene(not_yet, pc.less(posts["edited"], was)), False)


def _same_posts(posts: pa.Table, older: pa.Table, *, same_words: bool) -> pa.Array:
    """Return the ids that both tables have and whose texts have the same words, or do not."""
    place = pc.index_in(posts["post_id"], value_set=older["post_id"].combine_chunks())
    now = posts.select(["post_id", "text", "footer"]).filter(pc.is_valid(place))
    whole = pc.binary_join_element_wise(now["text"], now["footer"], "\n", null_handling="skip")
    # What was published of a duplicate is its text without the footer.
    texts = [column.to_pylist() for column in (older["text"].take(pc.drop_null(place)), whole, now["text"])]
    is_same = [was in versions for was, *versions in zip(*map(_words, texts), strict=True)]
    for at in (at for at, same in enumerate(is_same) if not same):
        was, *versions = (column[at] for column in texts)
        is_same[at] = any(_are_hidden_alike(was, version) for version in versions)
    return now["post_id"].filter(pa.array([same is same_words for same in is_same], pa.bool_())).combine_chunks()


def _are_hidden_alike(one: str, other: str) -> bool:
    """Tell whether two texts differ only in which of their handles are hidden."""
    (first, names), (second, others) = part_handles(one), part_handles(other)
    if len(names) != len(others) or names == others:
        return False
    are_alike = (
        name == then or name.startswith("[") != then.startswith("[") for name, then in zip(names, others, strict=True)
    )
    return all(are_alike) and len(set(_words([first, second]))) == 1


def _words(texts: list[str]) -> list[bytes]:
    return words_keys(hash_words(texts))
