"""The same post from two sources stays once: the one edited last, else the one named first."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.errors import SourceError
from toolkit.stages.merge import merge_posts


def post(post_id: str, text: str, *, edited: int | None = None, file: str = "a.json") -> dict[str, object]:
    return {
        "post_id": post_id, "channel": "harbour", "date_precision": "none", "lang": "en", "lang_source": "detected",
        "text": text, "text_raw": text, "reactions": [], "urls": [], "hashtags": [], "media": [], "flags": [],
        "source_format": "table", "source_file": file, "source_span": "row 1",
        "edited": None if edited is None else datetime(2024, 1, edited, tzinfo=UTC),
    }  # fmt: skip


def table(*posts: dict[str, object]) -> pa.Table:
    return schemas.from_rows(list(posts), schemas.POSTS)


@pytest.mark.parametrize(
    ("first", "second", "kept", "left"),
    [
        (post("h/1", "old"), post("h/1", "new", file="b.json"), "old", "b.json"),
        (post("h/1", "old"), post("h/1", "new", file="b.json", edited=1), "new", "a.json"),
        (post("h/1", "old", edited=2), post("h/1", "new", file="b.json", edited=1), "old", "b.json"),
        (post("h/1", "old", edited=2), post("h/1", "new", file="b.json", edited=2), "old", "b.json"),
    ],
)
def test_which_of_two_stays(first: dict[str, object], second: dict[str, object], kept: str, left: str) -> None:
    merged = merge_posts([table(post("h/2", "other"), first), table(second)])
    assert merged.kept["post_id"].to_pylist() == ["h/1", "h/2"]
    assert merged.kept["text"].to_pylist() == [kept, "other"]
    assert merged.dropped.to_pylist() == [{"row_id": "h/1", "stage": "merge", "reason": "same_post", "value": left}]


def test_three_times_the_same_leaves_one() -> None:
    merged = merge_posts([table(post("h/1", text)) for text in "abc"])
    assert merged.kept["text"].to_pylist() == ["a"]
    assert merged.dropped.num_rows == 2
    assert merged.older["text"].to_pylist() == ["b", "c"]


def test_older_versions_are_handed_on() -> None:
    old, new = post("h/1", "old", edited=1), post("h/1", "new", edited=2, file="b.json")
    merged = merge_posts([table(post("h/2", "other"), old), table(new)])
    assert merged.older.to_pylist() == table(old).to_pylist()
    assert merged.older.schema.equals(schemas.POSTS, check_metadata=True)


def test_posts_that_differ_in_a_kept_number_both_stay() -> None:
    """The source gave them no ids, and personal values are kept: one id, no versions, so no false edit either."""
    posts = [post("h/00112233445566aa", f"Call {number}") | {"flags": ["id_from_text"]} for number in "12"]
    merged = merge_posts([table(one) for one in posts])
    assert merged.kept["text"].to_pylist() == ["Call 1", "Call 2"]
    assert (merged.dropped.num_rows, merged.older.num_rows) == (0, 0)


def test_sources_of_different_channels_with_one_name() -> None:
    tables = [table(post("h/1", first), post("h/2", second)) for first, second in (("Fog.", "Sun."), ("Tea?", "Go!"))]
    with pytest.raises(SourceError, match=r"a.json \(source 1\) and a.json \(source 2\) have posts of a channel"):
        merge_posts(tables)
