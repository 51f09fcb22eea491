from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.stages.score import drop_unrelated, score_beads, score_pairs


def bead(number: int, ru: str | None, en: str | None, score: float | None = 1.0, pair: str = "r ~ e") -> dict[str, Any]:
    return {
        "bead_id": f"{pair}#{number}",
        "pair_id": pair,
        "ru_ids": [] if ru is None else [number],
        "en_ids": [] if en is None else [number],
        "ru_text": ru,
        "en_text": en,
        "bead_type": f"{int(ru is not None)}:{int(en is not None)}",
        "similarity": None if ru is None or en is None else 0.7,
        "score": None if ru is None or en is None else score,
    }


def pair_table(*pairs: tuple[str, str, str], relation: str | None = None) -> pa.Table:
    rows: list[dict[str, object]] = [
        {"pair_id": pair, "ru_post_id": ru, "en_post_id": en, "probability": 0.9, "length_ratio": 1.0,
         "relation": relation} for pair, ru, en in pairs
    ]  # fmt: skip
    return schemas.from_rows(rows, schemas.POST_PAIRS)


def post_table(**texts: tuple[str | None, str | None]) -> pa.Table:
    columns = {"post_id": list(texts), "text_ru": [ru for ru, _ in texts.values()],
               "text_en": [en for _, en in texts.values()]}  # fmt: skip
    return pa.table(columns, schema=pa.schema([(name, pa.string()) for name in columns]))


@pytest.mark.parametrize(
    ("ru", "en", "length_ratio", "number_match", "ru_lang", "en_lang"),
    [
        ("В 2020 году построили 3 школы.", "Three schools were built in 2020.", 0.8889, 1.0, "ru", "en"),
        ("Погибли 13 человек, сообщает мэрия.", "The mayor says 15 people died.", 0.8276, 0.0, "ru", "en"),
        ("Да.", "Yes.", 0.6667, None, None, None),
        ("The harbour was closed yesterday.", "The harbour was closed yesterday.", 1.0, None, "en", "en"),
        ("🔥", "🔥", 1.0, None, None, None),
        ("Снег идёт.", None, None, None, None, None),
        (None, "It is snowing in the whole region.", None, None, None, "en"),
    ],
)
def test_beads(
    ru: str | None,
    en: str | None,
    length_ratio: float | None,
    number_match: float | None,
    ru_lang: str | None,
    en_lang: str | None,
) -> None:
    beads = schemas.from_rows([bead(0, ru, en)], schemas.BEADS)
    scored = score_beads(beads, pair_table(("r ~ e", "r", "e"), relation="parallel"))
    assert scored.schema == schemas.SCORED_BEADS
    (row,) = scored.to_pylist()
    assert row["length_ratio"] == (None if length_ratio is None else pytest.approx(length_ratio, abs=1e-4))
    assert (row["number_match"], row["ru_lang"], row["en_lang"]) == (number_match, ru_lang, en_lang)
    for lang in ("ru_lang", "en_lang"):
        sure = row[f"{lang}_confidence"]
        assert sure is None if row[lang] is None else 0.5 < sure <= 1
    assert row["relation"] == "parallel"
    assert scored.select(schemas.BEADS.names).equals(beads)


@pytest.mark.parametrize(
    ("beads", "ru", "en", "expected"),
    [
        ([bead(0, "мост" * 5, "bridge" * 3)], "мост" * 5, "bridge" * 3, (1.0, 1.0, "parallel")),
        ([bead(0, "мост" * 5, "bridge" * 3), bead(1, "река" * 2, None)], "мост" * 5 + "\n" + "река" * 2, "bridge" * 3,
         (0.7143, 1.0, "parallel")),
        ([bead(0, "мост" * 5, "bridge" * 3), bead(1, "река" * 5, None)], "мост" * 5 + "\n" + "река" * 5, "bridge" * 3,
         (0.5, 1.0, "partial")),
        ([bead(0, "мост" * 5, "bridge" * 3), bead(1, None, "river" * 6)], "мост" * 5, "bridge" * 3 + " " + "river" * 6,
         (1.0, 0.375, "partial")),
        ([bead(0, "мост" * 5, "bridge" * 3, score=0.4)], "мост" * 5, "bridge" * 3, (0.4, 0.4, "comparable")),
        ([bead(0, "мост", None), bead(1, None, "river")], "мост", "river", (0.0, 0.0, "comparable")),
        ([], "🔥", "🔥", (0.0, 0.0, "comparable")),
    ],
)  # fmt: skip
def test_coverage_tells_the_relation(
    beads: list[dict[str, Any]], ru: str, en: str, expected: tuple[float, float, str]
) -> None:
    pairs = pair_table(("r ~ e", "r", "e"))
    scored = score_pairs(pairs, schemas.from_rows(beads, schemas.BEADS), post_table(r=(ru, None), e=(None, en)))
    assert scored.schema == schemas.POST_PAIRS
    (row,) = scored.to_pylist()
    assert (row["coverage_ru"], row["coverage_en"]) == pytest.approx(expected[:2], abs=1e-4)
    assert row["relation"] == expected[2]
    one_says_less = "shortened_ru" if expected[0] > expected[1] else "shortened_en"
    assert row["variant"] == {"parallel": "full", "partial": one_says_less, "comparable": None}[expected[2]]
    untouched = [
        name for name in pairs.column_names if name not in ("coverage_ru", "coverage_en", "relation", "variant")
    ]
    assert scored.select(untouched).equals(pairs.select(untouched))


def test_a_bilingual_post_is_its_own_counterpart() -> None:
    beads = schemas.from_rows([bead(0, "Мост открыт.", "The bridge is open.", pair="p ~ p")], schemas.BEADS)
    posts = post_table(p=("Мост открыт.", "The bridge is open."))
    (row,) = score_pairs(pair_table(("p ~ p", "p", "p")), beads, posts).to_pylist()
    assert (row["coverage_ru"], row["coverage_en"], row["relation"]) == (1.0, 1.0, "parallel")


@pytest.mark.parametrize(
    ("score", "variants"), [(0.9, ["merged_en", "merged_en"]), (0.1, ["shortened_ru", None])], ids=["merged", "alone"]
)
def test_a_post_in_two_pairs_is_merged_and_a_comparable_pair_does_not_count(
    score: float, variants: list[str | None]
) -> None:
    ru = "мост" * 5, "река" * 5
    en = "bridge" * 3, "river" * 3
    posts = post_table(r=(ru[0], None), s=(ru[1], None), e=(None, " ".join(en)))
    beads = [bead(0, ru[0], en[0]), bead(0, ru[1], en[1], pair="s ~ e", score=score)]
    pairs = pair_table(("r ~ e", "r", "e"), ("s ~ e", "s", "e"))
    assert score_pairs(pairs, schemas.from_rows(beads, schemas.BEADS), posts)["variant"].to_pylist() == variants


def test_comparable_pairs_are_two_reports_of_one_event() -> None:
    facts: dict[str, tuple[str, str, dict[str, float | None], bool]] = {
        "shares a number": ("r", "e", {"number_overlap": 0.2, "margin": 1.0}, True),
        "shares a name": ("r", "e", {"name_overlap": 1.0, "margin": 1.0}, True),
        "shares a link": ("r", "e", {"link_overlap": 0.5, "margin": 1.0}, True),
        "shares nothing, and is near": ("r", "e", {"number_overlap": 0.0, "margin": 1.6}, True),
        "shares nothing": ("r", "e", {"number_overlap": 0.0, "margin": 1.3}, False),
        "one post": ("p", "p", {"number_overlap": 1.0, "name_overlap": 1.0, "margin": 3.0}, False),
    }
    for relation in ("comparable", "partial"):
        pairs = pair_table(*((name, ru, en) for name, (ru, en, *_) in facts.items()), relation=relation)
        rows = [row | facts[row["pair_id"]][2] for row in pairs.to_pylist()]
        result = drop_unrelated(schemas.from_rows(rows, schemas.POST_PAIRS))
        stays = {name for name, (*_, is_kept) in facts.items() if is_kept or relation == "partial"}
        assert set(result.kept["pair_id"].to_pylist()) == stays
        assert {row["row_id"]: row["reason"] for row in result.dropped.to_pylist()} == dict.fromkeys(
            facts.keys() - stays, "unrelated"
        )


def test_no_beads() -> None:
    none = schemas.BEADS.empty_table()
    assert score_beads(none, pair_table()).equals(schemas.SCORED_BEADS.empty_table())
    assert score_pairs(pair_table(), none, post_table()).equals(schemas.POST_PAIRS.empty_table())
