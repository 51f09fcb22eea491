from pathlib import Path

import pytest

from toolkit.errors import SourceError
from toolkit.evaluation.pairs import Item, evaluate_pairs, read_items, read_pairs

# 1 is told in 11; 2 and its repost 3 in 12; 4 in nothing; 13 tells nothing; 5 in 15.
GOLD = "ru_id\ten_id\n1\t11\n2 3\t12\n4\t\n\t13\n5\t15\n5\t15\n"


@pytest.fixture
def items(tmp_path: Path) -> list[Item]:
    path = tmp_path / "gold.tsv"
    path.write_text(GOLD, "utf-8")
    return read_items(path)


@pytest.mark.parametrize(
    ("pairs", "found", "false", "precision", "recall", "f1"),
    [
        ([("1", "11"), ("2", "12"), ("5", "15")], 3, 0, 1.0, 1.0, 1.0),
        ([("1", "11"), ("3", "12"), ("2", "12")], 2, 0, 1.0, 0.6667, 0.8),  # one item, found once
        ([("1", "12"), ("2", "11")], 0, 2, 0.0, 0.0, 0.0),
        ([("1", "11"), ("4", "13")], 1, 1, 0.5, 0.3333, 0.4),  # neither has a counterpart
        ([("1", "11"), ("77", "88"), ("77", "88")], 1, 1, 0.5, 0.3333, 0.4),  # gold has all posts
        ([("1", "11"), ("5", "88"), ("77", "15")], 1, 2, 0.3333, 0.3333, 0.3333),
        ([], 0, 0, 0.0, 0.0, 0.0),
    ],
)
def test_figures(
    items: list[Item], pairs: list[tuple[str, str]], found: int, false: int, precision: float, recall: float, f1: float
) -> None:
    result = evaluate_pairs(items, pairs)
    assert [figure.value for figure in result.figures.values()] == [precision, recall, f1]
    assert result.counts == {"gold_items": 3, "found": found, "false_pairs": false}


def test_partial_gold_judges_pairs_of_its_own_posts_only(items: list[Item]) -> None:
    pairs = [("1", "11"), ("77", "88"), ("5", "99")]
    result = evaluate_pairs(items, pairs, partial=True)
    assert result.figures["precision"].value == 0.5
    assert result.counts == {"gold_items": 3, "found": 1, "false_pairs": 1, "pairs_not_judged": 1}


def test_channels_are_left_out_where_gold_has_none(items: list[Item]) -> None:
    assert evaluate_pairs(items, [("ru/1", "en/11"), ("ru/3", "en/12")]).counts["found"] == 2


def test_a_bilingual_post_is_its_own_counterpart() -> None:
    items = [Item(frozenset({"7"}), frozenset({"7"})), Item(frozenset({"8"}), frozenset())]
    assert evaluate_pairs(items, [("7", "7")]).figures["f1"].value == 1.0


@pytest.mark.parametrize(("pairs", "found", "false"), [([("1", "9")], 1, 0), ([("1", "9"), ("2", "9")], 2, 0),
                                                       ([("1", "9"), ("3", "9")], 1, 1)])  # fmt: skip
def test_a_digest_of_two_items_wants_both(pairs: list[tuple[str, str]], found: int, false: int) -> None:
    items = [
        Item(frozenset({ru}), frozenset({en}) if en else frozenset()) for ru, en in (("1", "9"), ("2", "9"), ("3", ""))
    ]
    result = evaluate_pairs(items, pairs)
    assert result.counts == {"gold_items": 2, "found": found, "false_pairs": false}


def test_the_ways_to_write_gold_are_the_same(tmp_path: Path, items: list[Item]) -> None:
    lists = tmp_path / "gold.jsonl"
    lists.write_text(
        '{"ru_ids": [1], "en_ids": [11], "note": ""}\n{"ru_ids": [2, 3], "en_ids": [12]}\n'
        '{"ru_ids": [4], "en_ids": []}\n{"ru_ids": [], "en_ids": ["13"]}\n{"ru_ids": [5], "en_ids": [15]}\n',
        "utf-8",
    )
    plain = tmp_path / "plain.tsv"
    plain.write_text(GOLD.split("\n", 1)[1], "utf-8")
    assert items == read_items(lists) == read_items(plain)
    assert len(items) == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\t\n", "has no pair, wanted ru_id<TAB>en_id lines"),
        ("ru_id\ten_id\tnote\n1\t2\t\n \t \tx\n", ":3: names no post"),
        ('{"ru_ids": [1.5], "en_ids": [2]}\n', ":1: has id 1.5, wanted text or a whole number"),
    ],
)
def test_bad_gold(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "gold"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError) as error:
        read_items(path)
    assert message in str(error.value)


def test_a_pair_has_two_ids(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("a/1\tb/2\t0.9\na/1\t\t0.8\n", "utf-8")
    with pytest.raises(SourceError, match=r"pairs\.tsv:2: lacks an id"):
        read_pairs(path)
