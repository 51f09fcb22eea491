import pytest

from toolkit.errors import SourceError
from toolkit.evaluation.ids import shared_names


@pytest.mark.parametrize(
    ("gold", "test", "is_same"),
    [
        (["news/17"], ["news/17"], True),
        (["17"], ["news/17"], True),
        (["news/17"], ["17"], True),
        (["a/b/17"], ["17"], True),
    ],
)
def test_names_that_are_compared(gold: list[str], test: list[str], is_same: bool) -> None:
    names = shared_names(gold, test)
    assert (names[gold[0]] == names[test[0]]) is is_same


def test_whole_ids_are_told_apart_by_channel() -> None:
    names = shared_names(["news/17", "old/1"], ["old/17", "old/1"])
    assert names["news/17"] != names["old/17"]


@pytest.mark.parametrize(
    ("gold", "test", "message"),
    [
        (["17"], ["news/17", "old/17"], "news/17 and old/17 are both 17 in the other file"),
        (["news/17", "old/17"], ["17"], "news/17 and old/17 are both 17 in the other file"),
        (["news/17"], ["old/17"], "no id is in both files: gold has 'news/17', the other 'old/17'"),
    ],
)
def test_ids_that_cannot_be_compared(gold: list[str], test: list[str], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        shared_names(gold, test)


def test_numbers_that_gold_does_not_name_may_be_in_two_channels() -> None:
    assert shared_names(["1"], ["news/1", "news/17", "old/17"])["old/17"] == "17"
