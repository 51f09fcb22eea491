from pathlib import Path

import pytest

from toolkit.errors import SourceError
from toolkit.evaluation.dedup import evaluate_dedup, exact_pairs, read_duplicate_pairs

GOLD = frozenset({("a", "b"), ("a", "c"), ("b", "c"), ("x", "y")})


def values(test: set[tuple[str, str]], judged: frozenset[tuple[str, str]] | None = None) -> list[float]:
    return [figure.value for figure in evaluate_dedup(GOLD, frozenset(test), judged).figures.values()]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (set(GOLD), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        # b, c, x, y are where they belong but for a: precision 1; recall (1/3 + 2/3 + 2/3 + 1 + 1) / 5
        ({("b", "c"), ("x", "y")}, [1.0, 0.5, 0.6667, 1.0, 0.7333, 0.8462]),
        # all of gold's pairs but a-c, and z thrown in with x and y: clusters of three are right by 2/3, z by 1/3
        ({("a", "b"), ("b", "c"), ("x", "y"), ("y", "z")}, [0.75, 0.75, 0.75, 0.7778, 1.0, 0.875]),
    ],
)
def test_pairs_and_clusters(test: set[tuple[str, str]], expected: list[float]) -> None:
    assert values(test) == expected


def test_only_judged_pairs_count() -> None:
    judged = GOLD | {("x", "z")}
    assert values({("a", "b"), ("x", "z"), ("q", "r")}, judged)[:3] == [0.5, 0.25, 0.3333]


def test_files(tmp_path: Path) -> None:
    plain, named = tmp_path / "pairs.tsv", tmp_path / "gold.tsv"
    plain.write_text("b\ta\t0.8947\na\tc\t0.7\n", "utf-8")
    named.write_text("lang\tid_b\tid_a\tjaccard\nru\ta\tb\t0.8947\nru\tc\ta\t0.7\n", "utf-8")
    assert read_duplicate_pairs(plain) == read_duplicate_pairs(named) == {("a", "b"), ("a", "c")}
    assert read_duplicate_pairs(plain, 0.8) == read_duplicate_pairs(named, 0.8, "jaccard") == {("a", "b")}
    with pytest.raises(SourceError, match=r"gold\.tsv:2: has similarity None, wanted a number"):
        read_duplicate_pairs(named, 0.8)
    plain.write_text("a\ta\n", "utf-8")
    with pytest.raises(SourceError, match=r"pairs\.tsv:1: wanted two ids"):
        read_duplicate_pairs(plain)


def test_exact_pairs() -> None:
    words = [f"w{number}" for number in range(10)]
    texts = {
        "a": " ".join(words),
        "b": " ".join(words[:9]).upper() + "!",  # 5 of 6 shingles
        "c": " ".join(words[:7]),  # 3 of 6, and 3 of 5 with b
        "d": "two words",
        "e": "Two, words",
        "f": "words",
    }
    assert exact_pairs(texts, 0.8) == {("a", "b"), ("d", "e")}
    assert exact_pairs(texts, 0.6) == {("a", "b"), ("b", "c"), ("d", "e")}
    assert exact_pairs(texts | {"0": texts["a"].title()}, 0.8) == {("0", "a"), ("0", "b"), ("a", "b"), ("d", "e")}


def test_copies_are_not_compared_shingle_by_shingle() -> None:
    text = " ".join(f"w{number}" for number in range(3000))
    assert len(exact_pairs({str(number): text for number in range(200)}, 1.0)) == 200 * 199 / 2
