"""Which texts are nearly the same, and how much."""

import numpy as np
import pyarrow as pa
import pytest

from toolkit.duplicates.items import language_sides
from toolkit.duplicates.near_pairs import find_pairs, hash_texts, similarities
from toolkit.options import DedupOptions

OPTIONS = DedupOptions()
LONG = " ".join(f"word{n}" for n in range(60))
EDITED, LOUD = LONG.replace("word30", "new"), LONG.upper()


def found(posts: list[tuple[str, str]], n_new: int) -> tuple[list[int], list[tuple[int, int, float]]]:
    columns = {
        "text": pa.array([text for text, _ in posts], pa.string()),
        "lang": pa.array([lang for _, lang in posts], pa.string()),
        "channel": pa.array(["a"] * len(posts), pa.string()),
        "urls": pa.array([[]] * len(posts), pa.list_(pa.string())),
        "date": pa.nulls(len(posts), pa.timestamp("ms", tz="UTC")),
    }
    table, order, timeless = pa.table(columns), np.arange(len(posts)), np.zeros(len(posts), bool)
    hashed = hash_texts(table["text"].to_pylist(), None, OPTIONS)
    item_of, pairs, similarity, _ = find_pairs(table, hashed, n_new, order, {}, OPTIONS, timeless)
    return item_of.tolist(), [(*pair, round(value, 4)) for pair, value in zip(pairs.tolist(), similarity, strict=True)]


@pytest.mark.parametrize(
    ("posts", "n_new", "items", "pairs"),
    [
        ([(LONG, "en"), (EDITED, "en"), (LOUD, "en")], 3, [0, 1, 0], [(0, 1, 0.8361)]),
        ([(LONG, "en"), (EDITED, "ru"), (LOUD, "ru")], 3, [0, 1, 2], [(1, 2, 0.8361)]),
        ([(LONG, "mixed"), (EDITED, "ru"), (EDITED, "en")], 3, [0, 1, 2], [(0, 1, 0.8361), (0, 2, 0.8361)]),
        ([(LONG, "en"), (EDITED, "en")], 1, [0, 1], [(0, 1, 0.8361)]),
        ([(LONG, "en"), (EDITED, "en")], 0, [0, 1], []),  # both are published
        ([(LONG, "en"), (EDITED, "en"), (LOUD, "en"), (EDITED, "en")], 2, [0, 1, 0, 1], []),  # both are published
        ([("good morning", "en"), ("good morning all", "en")], 2, [0, 1], []),
        ([], 0, [], []),
    ],
)
def test_near_pairs(
    posts: list[tuple[str, str]], n_new: int, items: list[int], pairs: list[tuple[int, int, float]]
) -> None:
    assert found(posts, n_new) == (items, pairs)


def test_similarities_are_those_of_lists_side_by_side() -> None:
    assert similarities([LONG, LONG, "да"], [EDITED, LOUD, "нет"], OPTIONS).round(4).tolist() == [0.8361, 1.0, 0.0]
    assert similarities([], [], OPTIONS).tolist() == []


def test_language_sides() -> None:
    assert language_sides(pa.chunked_array([["ru", "en"], ["mixed", "uk", "und"]])).tolist() == [1, -1, 0, 0, 0]
    assert language_sides(pa.chunked_array([], pa.string())).dtype == np.int8
