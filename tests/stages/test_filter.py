from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.options import FilterOptions
from toolkit.stages.filter import filter_beads

GOOD: dict[str, Any] = {
    "bead_id": "r ~ e#0",
    "pair_id": "r ~ e",
    "ru_ids": [0],
    "en_ids": [0],
    "ru_text": "Мост открыт.",
    "en_text": "The bridge is open.",
    "bead_type": "1:1",
    "similarity": 0.7,
    "score": 0.9,
    "length_ratio": 0.7,
    "number_match": None,
    "ru_lang": None,
    "en_lang": "en",
    "relation": "parallel",
}
NULL = {"en_text": None, "en_ids": [], "bead_type": "1:0", "similarity": None, "score": None, "length_ratio": None}


def table(*rows: dict[str, Any]) -> pa.Table:
    return schemas.from_rows([GOOD | row for row in rows], schemas.SCORED_BEADS)


@pytest.mark.parametrize(
    ("change", "options", "reason", "value"),
    [
        ({}, {}, None, None),
        (NULL, {}, "null_bead", "1:0"),
        ({"relation": "comparable"}, {}, "not_parallel", "comparable"),
        ({"relation": "comparable"}, {"relations": ("comparable",)}, None, None),
        ({"relation": "partial"}, {}, None, None),
        ({"score": 0.49}, {}, "low_score", "0.4900"),
        ({"score": 0.5}, {}, None, None),
        ({"ru_text": "Ы!", "en_text": "A!"}, {}, "too_short", "1"),
        ({"ru_text": "М" * 2001}, {}, "too_long", "2001"),
        ({"ru_text": "THE bridge is open."}, {}, "untranslated", None),
        ({"ru_lang": "uk"}, {}, "wrong_language", "ru: uk"),
        ({"en_lang": "mixed"}, {}, "wrong_language", "en: mixed"),
        ({"length_ratio": 0.25}, {}, "length_ratio", "0.2500"),
        ({"number_match": 0.0}, {}, None, None),
        ({"number_match": 0.2}, {"min_number_match": 0.5}, "number_mismatch", "0.2000"),
        # Two reasons: the first of the documented order counts.
        (NULL | {"relation": "comparable"}, {}, "null_bead", "1:0"),
        ({"relation": "comparable", "score": 0.1}, {}, "not_parallel", "comparable"),
        ({"score": 0.1, "length_ratio": 0.1}, {}, "low_score", "0.1000"),
        ({"ru_lang": "uk", "length_ratio": 0.1}, {}, "wrong_language", "ru: uk"),
    ],
)
def test_one_reason(change: dict[str, Any], options: dict[str, Any], reason: str | None, value: str | None) -> None:
    scored = table(change)
    result = filter_beads(scored, FilterOptions(**options))
    if reason is None:
        assert result.kept.equals(scored)
        assert result.dropped.num_rows == 0
    else:
        assert result.kept.num_rows == 0
        assert result.dropped.to_pylist() == [
            {"row_id": "r ~ e#0", "stage": "filter", "reason": reason, "value": value}
        ]
    assert (result.kept.schema, result.dropped.schema) == (schemas.BITEXT, schemas.DROPPED)


def test_the_first_of_equal_pairs_stays() -> None:
    rows = [
        {"bead_id": "b#0", "ru_text": "МОСТ открыт."},
        {"bead_id": "a#1", "score": 0.1},  # a worse bead with the same texts that leaves does not count
        {"bead_id": "a#2"},
        {"bead_id": "c#0", "en_text": "The bridge has been opened."},
    ]
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        result = filter_beads(table(*(rows[i] for i in order)))
        assert result.kept["bead_id"].to_pylist() == ["a#2", "c#0"]
        dropped = result.dropped.select(["row_id", "reason", "value"]).to_pylist()
        assert [tuple(row.values()) for row in dropped] == [
            ("a#1", "low_score", "0.1000"),
            ("b#0", "duplicate_pair", "a#2"),
        ]


def test_what_is_published_stays_and_the_new_one_leaves() -> None:
    published = table({"bead_id": "z#0", "ru_text": "МОСТ открыт."}, {"bead_id": "z#1", "ru_text": "Мост закрыт."})
    result = filter_beads(table({"bead_id": "a#0"}, {"bead_id": "a#1", "en_text": "Open."}, NULL), published=published)
    assert result.kept["bead_id"].to_pylist() == ["a#1"]
    assert ("a#0", "duplicate_pair", "z#0") in [
        tuple(row.values()) for row in result.dropped.select(["row_id", "reason", "value"]).to_pylist()
    ]


def test_no_beads() -> None:
    result = filter_beads(schemas.SCORED_BEADS.empty_table())
    assert result.kept.equals(schemas.BITEXT.empty_table())
    assert result.dropped.equals(schemas.DROPPED.empty_table())
