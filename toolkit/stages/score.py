"""Stage `score`: what a reader would want to know before trusting a bead or a post pair.  Adds columns, drops nothing.

BEADS -> SCORED_BEADS, row-local; POST_PAIRS + BEADS -> POST_PAIRS with coverage and relation.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.text.anchors import number_overlap
from toolkit.text.cues import count_letters
from toolkit.text.language import detect_language

_LANGUAGE_LETTERS: Final = 15  # shorter texts have no language that could be told
_ALIGNED: Final = 0.5  # probability from which a bead counts as covered: more likely right than wrong
_COVERED: Final = 0.7  # share of a text that must be covered; translators drop and add a sentence in honest work


def score_beads(beads: pa.Table, pairs: pa.Table, engine: Engine = EMBEDDED) -> pa.Table:
    """Compare the two texts of every bead.

    Args:
        beads: BEADS.
        pairs: POST_PAIRS with `relation`, as `score_pairs` returns them.
        engine: where it runs.

    Returns:
        SCORED_BEADS, row for row, sorted by bead_id; null beads have null comparisons.
    """
    beads = schemas.conform(beads, schemas.BEADS).sort_by("bead_id")
    relation = schemas.look_up(beads["pair_id"], pairs, "pair_id", "relation")
    return engine.map_batches(beads.append_column("relation", relation), _score_batch, schemas.SCORED_BEADS)


def score_pairs(pairs: pa.Table, beads: pa.Table, posts: pa.Table) -> pa.Table:
    """Tell how much of each text of a pair is covered by the other, and so what the two are to each other.

    Args:
        pairs: POST_PAIRS.
        beads: BEADS of all these pairs.
        posts: CLEAN_POSTS with the posts of the pairs.

    Returns:
        POST_PAIRS sorted by pair_id, with `coverage_ru`, `coverage_en` (share of letters in beads that are more likely
        right than wrong) and `relation`: `parallel` if both are covered, `partial` if one is (the other has more to
        say), else `comparable`.
    """
    pairs = schemas.conform(pairs, schemas.POST_PAIRS).sort_by("pair_id")
    aligned = _aligned_letters(beads)
    totals = {lang: _letters_by_post(posts, lang) for lang in ("ru", "en")}
    columns: dict[str, list[Any]] = {"coverage_ru": [], "coverage_en": [], "relation": []}
    for pair in pairs.select(["pair_id", "ru_post_id", "en_post_id"]).to_pylist():
        ru, en = (
            min(aligned[pair["pair_id"], lang] / max(totals[lang][pair[f"{lang}_post_id"]], 1), 1.0)
            for lang in ("ru", "en")
        )
        columns["coverage_ru"].append(round(ru, 4))
        columns["coverage_en"].append(round(en, 4))
        columns["relation"].append(relation_of(ru, en))
    for name, values in columns.items():
        field = schemas.POST_PAIRS.field(name)
        pairs = pairs.set_column(pairs.schema.get_field_index(name), field, pa.array(values, field.type))
    return schemas.conform(pairs, schemas.POST_PAIRS)


def relation_of(coverage_ru: float, coverage_en: float) -> str:
    """Return what two posts are to each other, from the covered share of each.

    >>> relation_of(0.95, 0.9), relation_of(0.3, 1.0), relation_of(0.5, 0.4)
    ('parallel', 'partial', 'comparable')
    """
    covered = (coverage_ru >= _COVERED) + (coverage_en >= _COVERED)
    return ("comparable", "partial", "parallel")[covered]


def _score_batch(beads: pa.Table) -> pa.Table:
    texts = list(zip(beads["ru_text"].to_pylist(), beads["en_text"].to_pylist(), strict=True))
    scores: list[tuple[str, list[Any]]] = [
        ("length_ratio", [_length_ratio(ru, en) for ru, en in texts]),
        ("number_match", [number_overlap(ru, en) if ru and en else None for ru, en in texts]),
        ("ru_lang", [_language(ru) for ru, _ in texts]),
        ("en_lang", [_language(en) for _, en in texts]),
    ]
    for name, values in scores:
        field = schemas.SCORED_BEADS.field(name)
        rounded = [round(value, 4) if isinstance(value, float) else value for value in values]
        beads = beads.append_column(field, pa.array(rounded, field.type))
    return schemas.conform(beads, schemas.SCORED_BEADS)


def _length_ratio(ru: str | None, en: str | None) -> float | None:
    if ru is None or en is None:
        return None
    shorter, longer = sorted((count_letters(ru), count_letters(en)))
    return shorter / longer if longer else 1.0


def _language(text: str | None) -> str | None:
    return detect_language(text).lang if text is not None and count_letters(text) >= _LANGUAGE_LETTERS else None


def _aligned_letters(beads: pa.Table) -> dict[tuple[str, str], int]:
    """Return the letters of (pair_id, lang) that stand in probable beads."""
    probable = beads.filter(pc.fill_null(pc.greater_equal(beads["score"], _ALIGNED), False))
    letters: dict[tuple[str, str], int] = defaultdict(int)
    for bead in probable.select(["pair_id", "ru_text", "en_text"]).to_pylist():
        letters[bead["pair_id"], "ru"] += count_letters(bead["ru_text"])
        letters[bead["pair_id"], "en"] += count_letters(bead["en_text"])
    return letters


def _letters_by_post(posts: pa.Table, lang: str) -> dict[str, int]:
    texts = posts.select(["post_id", f"text_{lang}"]).to_pylist()
    return {post["post_id"]: count_letters(post[f"text_{lang}"] or "") for post in texts}
