"""Which pairs a new version may have, and what it may not lose."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from toolkit.errors import ReleaseError
from toolkit.release.read import Release, read_release
from toolkit.run.increment import are_new_pairs, require_all_posts

ROOT = Path(__file__).parents[2]
SPLITS = {"ru/1": "train", "en/1": "train", "ru/2": "train", "en/2": "test", "ru/3": "test", "en/3": "test"}


@pytest.fixture(scope="module")
def demo() -> Release:
    return read_release(ROOT / "dist" / "demo" / "0.1.0")


@pytest.fixture
def before(demo: Release) -> Release:
    """A version in which ru/1 was paired with a post that has left, and ru/2 is comparable to en/1."""
    pairs = pa.table({"ru_post_id": ["ru/1"], "en_post_id": ["en/9"]})
    posts = pa.table({"post_id": list(SPLITS), "split": list(SPLITS.values())})
    return replace(
        demo, tables={"post_pairs": pairs, "comparable_pairs": pa.table({"pair_id": ["ru/2 ~ en/1"]}), "posts": posts}
    )


@pytest.mark.parametrize(
    ("ru", "en", "is_new"),
    [
        ("ru/new", "en/2", True),
        ("ru/2", "en/new", True),
        ("ru/1", "en/1", True),  # freed, and of the same split
        ("ru/1", "en/2", False),  # freed, but neither can move to the other's split
        ("ru/2", "en/1", False),  # known as comparable
        ("ru/3", "en/3", False),  # both were open before
    ],
)
def test_pairs_that_the_version_before_could_not_have(before: Release, ru: str, en: str, is_new: bool) -> None:
    pairs = pa.table({"pair_id": [f"{ru} ~ {en}"], "ru_post_id": [ru], "en_post_id": [en]})
    news = pa.table({"post_id": ["ru/new", "en/new"]})
    assert are_new_pairs(pairs, news, before).to_pylist() == [is_new]


def test_nothing_may_be_lost_when_all_is_computed_anew(before: Release) -> None:
    there = [post_id for post_id in SPLITS if post_id != "en/2"]
    require_all_posts(pa.table({"post_id": list(SPLITS)}), before, "another option", [])
    require_all_posts(pa.table({"post_id": there}), before, "another option", ["en/2"])
    with pytest.raises(ReleaseError, match=r"1 posts would be lost, as 'en/2': nothing of demo 0\.1\.0 can be carried"):
        require_all_posts(pa.table({"post_id": there}), before, "another option", [])
