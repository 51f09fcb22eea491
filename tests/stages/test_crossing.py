"""Near-duplicates across splits: which of two leaves, and that both sides must be near."""

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.options import DedupOptions
from toolkit.stages.crossing import NearIndex, drop_crossing

# Ten words, six shingles of five; an eleventh word makes seven, and 6/7 is above 0.8. A changed word leaves 1 to 5.
RU = "Паром снова ходит по вечерам до самого конца этого года"
EN = "the ferry runs in the evenings until the very end"

Row = tuple[str, str, str, str]  # bead_id, Russian, English, split


def bitext(*rows: Row) -> pa.Table:
    made: list[dict[str, object]] = [
        {"bead_id": bead, "pair_id": "p", "ru_ids": [0], "en_ids": [0], "ru_text": ru, "en_text": en,
         "bead_type": "1:1", "relation": "parallel", "component_id": bead, "split": split}
        for bead, ru, en, split in rows
    ]  # fmt: skip
    return schemas.from_rows(made, schemas.SPLIT_BITEXT)


CASES: list[tuple[str, list[Row], dict[str, str]]] = [  # rows, bead that leaves: the one it leaves for
    ("both sides near", [("a", RU, EN, "train"), ("b", RU + " вновь", EN + " again", "test")], {"b": "a"}),
    ("only Russian", [("a", RU, EN, "train"), ("b", RU + " вновь", "Something else entirely.", "test")], {}),
    ("only English", [("a", RU, EN, "train"), ("b", "Совсем о другом.", EN + " again", "test")], {}),
    ("each side with another row", [("a", RU, "One.", "train"), ("b", "Два.", EN, "train"), ("c", RU, EN, "test")], {}),
    ("one word changed", [("a", RU, EN, "train"), ("b", RU.replace("вечерам", "утрам"), EN, "test")], {}),
    ("short ones with the same words", [("a", "Да, так!", "Yes.", "train"), ("b", "да так", "YES", "validation")],
     {"b": "a"}),
    ("short ones with other words", [("a", "Да, так.", "Yes.", "train"), ("b", "Да.", "Yes.", "validation")], {}),
    ("signs", [("a", "👍", "👍", "train"), ("b", "👍", "👎", "test"), ("c", "👍", "👍", "test")], {"c": "a"}),
    ("validation leaves for test", [("a", RU, EN, "validation"), ("b", RU, EN, "test")], {"a": "b"}),
    ("but not for what left itself", [("a", RU, EN, "train"), ("b", RU + " вновь", EN, "test"),
                                      ("c", RU + " вновь и снова", EN, "validation")], {"b": "a"}),
    ("the first of several", [("c", RU, EN, "train"), ("b", RU, EN, "train"), ("d", RU, EN, "test")], {"d": "b"}),
    ("within a split", [("a", RU, EN, "test"), ("b", RU, EN, "test"), ("c", RU, EN, "train")], {"a": "c", "b": "c"}),
    ("no train", [("a", RU, EN, "test"), ("b", RU, EN, "test")], {}),
    ("nothing", [], {}),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "gone"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_who_leaves(rows: list[Row], gone: dict[str, str]) -> None:
    for order in (rows, rows[::-1]):
        result = drop_crossing(bitext(*order))
        assert result.dropped.select(["row_id", "value"]).to_pylist() == [
            {"row_id": bead, "value": other} for bead, other in gone.items()
        ]
        assert result.kept["bead_id"].to_pylist() == sorted({row[0] for row in rows} - set(gone))
        assert result.kept.schema.equals(schemas.SPLIT_BITEXT, check_metadata=True)
    assert set(result.dropped["reason"].to_pylist()) <= {"near_other_split"}


def test_published_pairs_stay_and_new_ones_leave_for_them() -> None:
    published = bitext(("x", RU, EN, "test"), ("y", "Да.", "Yes.", "train"))
    new = bitext(("a", RU + " вновь", EN, "train"), ("b", RU, EN, "test"), ("c", "Да.", "Yes.", "validation"))
    result = drop_crossing(new, published=published)
    assert result.dropped.select(["row_id", "value"]).to_pylist() == [
        {"row_id": "a", "value": "x"}, {"row_id": "c", "value": "y"},
    ]  # fmt: skip


def test_the_threshold_is_that_of_dedup() -> None:
    rows = bitext(("a", RU, EN, "train"), ("b", RU + " вновь", EN, "test"))
    assert drop_crossing(rows, DedupOptions(threshold=0.85)).dropped.num_rows == 1  # 6/7 = 0.857
    assert drop_crossing(rows, DedupOptions(threshold=0.86)).dropped.num_rows == 0


def test_what_is_near_in_one_column() -> None:
    rows, others = (pa.chunked_array([texts]) for texts in ([RU, "Да.", "Нет."], ["да", RU + " вновь", RU]))
    index = NearIndex([rows], DedupOptions())
    found = [pair for block in index.near([others]).rows for pair in zip(*map(list, block), strict=True)]
    assert sorted(found) == [(0, 1), (0, 2), (1, 0)]
    assert not [pair for held, _ in index.near([others.slice(0, 0)]).rows for pair in held]
