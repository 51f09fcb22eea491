from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.encoders import Encoder, load_encoder
from toolkit.options import EncoderOptions
from toolkit.stages.align import align_posts

RU = [
    "Мэр открыл новый мост через реку.",
    "На строительство ушло три года и 40 миллионов рублей.",
    "Раньше жители ездили в объезд, теряя почти час.",
    "Движение запустят в понедельник.",
]
EN = [
    "The mayor opened a new bridge across the river.",
    "It took three years and 40 million roubles to build.",
    "People used to take a detour and lost almost an hour.",
    "Traffic will start on Monday.",
]
PAIRS = [("b ~ y", "b", "y", 0.9), ("a ~ x", "a", "x", 0.8)]
COLUMNS = ("pair_id", "ru_post_id", "en_post_id", "probability")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(EncoderOptions())


def posts() -> pa.Table:
    texts = [("a", "\n".join(RU[:2]), None), ("b", RU[2], None), ("x", None, " ".join(EN[:2])), ("y", None, EN[3])]
    columns = zip(*texts, strict=True)
    return pa.table(dict(zip(("post_id", "text_ru", "text_en"), map(list, columns), strict=True)))


def pairs(order: Sequence[int]) -> pa.Table:
    rows = [PAIRS[i] for i in order]
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)})


def test_posts_to_beads(encoder: Encoder) -> None:
    beads = align_posts(pairs([0, 1]), posts(), encoder)
    assert beads.schema == schemas.BEADS
    rows = beads.to_pylist()
    assert [row["bead_id"] for row in rows] == ["a ~ x#0", "a ~ x#1", "b ~ y#0", "b ~ y#1"]
    assert [(row["ru_text"], row["en_text"], row["bead_type"]) for row in rows] == [
        (RU[0], EN[0], "1:1"),
        (RU[1], EN[1], "1:1"),
        (RU[2], None, "1:0"),
        (None, EN[3], "0:1"),
    ]
    assert [row["score"] is None for row in rows] == [False, False, True, True]


def test_order_of_rows_does_not_matter(encoder: Encoder) -> None:
    shuffled = align_posts(pairs([1, 0]), posts().take([2, 0, 3, 1]), encoder)
    assert shuffled.equals(align_posts(pairs([0, 1]), posts(), encoder), check_metadata=True)


def test_a_sentence_of_a_merged_post_is_in_one_pair(encoder: Encoder) -> None:
    """Both Russian posts have the first sentence; the more probable pair gets its counterpart."""
    texts = {"a": (RU[0], None), "b": ("\n".join([RU[0], RU[3]]), None), "x": (None, " ".join([EN[0], EN[3]]))}
    merged = pa.table(
        {
            "post_id": list(texts),
            "text_ru": [ru for ru, _ in texts.values()],
            "text_en": [en for _, en in texts.values()],
        }
    )
    two = pa.table({"pair_id": ["a ~ x", "b ~ x"], "ru_post_id": ["a", "b"], "en_post_id": ["x", "x"],
                    "probability": [0.6, 0.9]})  # fmt: skip
    rows = align_posts(two, merged, encoder).to_pylist()
    assert [(row["bead_id"], row["ru_text"], row["en_text"]) for row in rows] == [
        ("a ~ x#0", RU[0], None),
        ("a ~ x#1", None, EN[0]),
        ("a ~ x#2", None, EN[3]),
        ("b ~ x#0", RU[0], EN[0]),
        ("b ~ x#1", RU[3], EN[3]),
    ]


def test_no_pairs(encoder: Encoder) -> None:
    none = pairs([0]).slice(1)
    assert align_posts(none, posts(), encoder).equals(schemas.BEADS.empty_table())
