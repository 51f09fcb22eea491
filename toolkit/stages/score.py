"""Stage `score`: what a reader would want to know before trusting a bead or a post pair.

BEADS -> SCORED_BEADS, row-local; POST_PAIRS + BEADS -> POST_PAIRS with coverage and relation. Adds columns; drops pairs
that turn out to be no translations, where nothing shows that they are on one event either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import reduce
from itertools import compress
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.partitions import Made, Part, Partitions, Store
from toolkit.results import UNRELATED, StageResult, split_by_verdict
from toolkit.text.anchors import number_overlap
from toolkit.text.cues import count_letters
from toolkit.text.language import detect_languages
from toolkit.text.likeliest import Odds

_LANGUAGE_LETTERS: Final = 15  # shorter texts have no language that could be told
# Two posts that share no number, name or link are on one event if they are at least so much nearer to each other than
# to their neighbours. Reports of one event have 1.5 and more, posts of one field (two tools, two recipes) up to 1.35.
_NEAR: Final = 1.4
# A sentence comes from a post in its language, and most that look otherwise by themselves are names and proverbs. One
# that is in another language shows it by far more than this.
_PRIORS: Final[dict[str, Odds]] = {"ru": {"ru": 10.0}, "en": {"en": 20.0}}
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
    return engine.map_batches(
        beads.append_column("relation", _relations(beads, pairs)), _score_batch, schemas.SCORED_BEADS
    )


def score_parts(pairs: Partitions, beads: Partitions, store: Store) -> dict[str, Partitions]:
    """Compare the beads of pairs that are on disk, and leave out pairs that turn out to be none.

    Args:
        pairs: POST_PAIRS as `score_pairs` returns them.
        beads: BEADS, cut as the pairs are.
        store: where the results go.

    Returns:
        pairs, scored and score.dropped, part by part.
    """
    made = {"pairs": schemas.POST_PAIRS, "scored": schemas.SCORED_BEADS, "score.dropped": schemas.DROPPED}
    return store.map(_score_part, list(zip(pairs.tasks(), beads.tasks(), strict=True)), made)[0]


def _score_part(task: tuple[Part, Part]) -> Made:
    pairs, beads = (part.read() for part in task)
    judged = drop_unrelated(pairs, sort=False)
    beads = beads.filter(pc.is_in(beads["pair_id"], value_set=judged.kept["pair_id"].combine_chunks()))
    scored = _score_batch(beads.append_column("relation", _relations(beads, judged.kept)))
    return Made({"pairs": judged.kept, "scored": scored, "score.dropped": judged.dropped})


def _relations(beads: pa.Table, pairs: pa.Table) -> pa.ChunkedArray:
    return schemas.look_up(beads["pair_id"], pairs, "pair_id", "relation")


def score_pairs(pairs: pa.Table, beads: pa.Table, posts: pa.Table) -> pa.Table:
    """Tell how much of each text of a pair is covered by the other, and so what the two are to each other.

    Args:
        pairs: POST_PAIRS.
        beads: BEADS of all these pairs.
        posts: CLEAN_POSTS with the posts of the pairs.

    Returns:
        POST_PAIRS sorted by pair_id, with `coverage_ru`, `coverage_en` (expected share of letters that have
        a counterpart: each bead counts with its probability), `relation`: `parallel` if both are covered, `partial` if
        one is (the other has more to say), else `comparable`; and `variant`, what the schema says.
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
    ids = [pairs[f"{lang}_post_id"].to_pylist() for lang in ("ru", "en")]
    columns["variant"] = _variants(ids[0], ids[1], columns)
    for name, values in columns.items():
        field = schemas.POST_PAIRS.field(name)
        pairs = pairs.set_column(pairs.schema.get_field_index(name), field, pa.array(values, field.type))
    return schemas.conform(pairs, schemas.POST_PAIRS)


def drop_unrelated(pairs: pa.Table, *, sort: bool = True) -> StageResult:
    """Leave out comparable pairs that are no two reports of one event.

    One post is no two reports, whatever its texts say; two posts share a number, a name or a link, or are far nearer to
    each other than to all others.

    Args:
        pairs: POST_PAIRS as `score_pairs` returns them.
        sort: by pair_id; else they stay in their order.

    Returns:
        `kept` conforms to POST_PAIRS; `dropped` has reason `UNRELATED`, value is the margin.
    """
    shared = [pc.greater(pc.fill_null(pairs[f"{name}_overlap"], 0), 0) for name in ("number", "name", "link")]
    are_near = reduce(pc.or_, [*shared, pc.greater_equal(pairs["margin"], _NEAR)])
    is_report = pc.and_(pc.not_equal(pairs["ru_post_id"], pairs["en_post_id"]), are_near)
    leaves = pc.and_not(pc.equal(pairs["relation"], "comparable"), is_report)
    judged = pairs.append_column("drop_reason", pc.if_else(leaves, UNRELATED, pa.scalar(None, pa.string())))
    judged = judged.append_column("drop_value", pc.if_else(leaves, pairs["margin"].cast(pa.string()), None))
    return split_by_verdict(judged, stage="score", key="pair_id", sort=sort)


def relation_of(coverage_ru: float, coverage_en: float) -> str:
    """Return what two posts are to each other, from the covered share of each.

    >>> relation_of(0.95, 0.9), relation_of(0.3, 1.0), relation_of(0.5, 0.4)
    ('parallel', 'partial', 'comparable')
    """
    covered = (coverage_ru >= _COVERED) + (coverage_en >= _COVERED)
    return ("comparable", "partial", "parallel")[covered]


def _variants(ru_ids: list[str], en_ids: list[str], columns: dict[str, list[Any]]) -> list[str | None]:
    """Return what kind of variants the posts of each pair are; a comparable pair does not count as a counterpart."""
    related = [relation != "comparable" for relation in columns["relation"]]
    ru_times, en_times = (Counter(compress(ids, related)) for ids in (ru_ids, en_ids))
    return [
        variant_of(relation, covered, (ru_times[ru], en_times[en]))
        for ru, en, relation, *covered in zip(
            ru_ids, en_ids, columns["relation"], columns["coverage_ru"], columns["coverage_en"], strict=True
        )
    ]


def variant_of(relation: str, coverage: Sequence[float], times: tuple[int, int]) -> str | None:
    """Return what two posts make of each other.

    Args:
        relation: of the pair.
        coverage: of the Russian and of the English post.
        times: in how many pairs that are not comparable the Russian and the English post are.

    >>> variant_of("partial", (0.3, 1.0), (1, 1)), variant_of("partial", (1.0, 0.5), (1, 2))
    ('shortened_en', 'merged_en')
    """
    if relation == "comparable":
        return None
    if max(times) > 1:
        return "merged_ru" if times[0] > 1 else "merged_en"
    if relation == "parallel":
        return "full"
    return "shortened_ru" if coverage[0] > coverage[1] else "shortened_en"


def _score_batch(beads: pa.Table) -> pa.Table:
    texts = list(zip(beads["ru_text"].to_pylist(), beads["en_text"].to_pylist(), strict=True))
    ru_letters = [count_letters(ru or "") for ru, _ in texts]
    en_letters = [count_letters(en or "") for _, en in texts]
    ru_langs = _languages([ru for ru, _ in texts], ru_letters, "ru")
    en_langs = _languages([en for _, en in texts], en_letters, "en")
    scores: list[tuple[str, list[Any]]] = [
        (
            "length_ratio",
            [
                None if ru is None or en is None else _length_ratio(*letters)
                for (ru, en), letters in zip(texts, zip(ru_letters, en_letters, strict=True), strict=True)
            ],
        ),
        ("number_match", [number_overlap(ru, en) if ru and en else None for ru, en in texts]),
        ("ru_lang", [lang for lang, _ in ru_langs]),
        ("ru_lang_confidence", [confidence for _, confidence in ru_langs]),
        ("en_lang", [lang for lang, _ in en_langs]),
        ("en_lang_confidence", [confidence for _, confidence in en_langs]),
    ]
    for name, values in scores:
        field = schemas.SCORED_BEADS.field(name)
        rounded = [round(value, 4) if isinstance(value, float) else value for value in values]
        beads = beads.append_column(field, pa.array(rounded, field.type))
    return schemas.conform(beads, schemas.SCORED_BEADS)


def _length_ratio(ru: int, en: int) -> float:
    shorter, longer = sorted((ru, en))
    return shorter / longer if longer else 1.0


def _languages(texts: list[str | None], letters: list[int], side: str) -> list[tuple[str | None, float | None]]:
    long = [at for at, count in enumerate(letters) if count >= _LANGUAGE_LETTERS]
    found: list[tuple[str | None, float | None]] = [(None, None)] * len(texts)
    detected = detect_languages([texts[at] or "" for at in long], [_PRIORS[side]] * len(long))
    for at, language in zip(long, detected, strict=True):
        found[at] = language
    return found


def _aligned_letters(beads: pa.Table) -> dict[tuple[str, str], float]:
    """Return the letters of (pair_id, lang) that stand in beads, each bead weighed with its probability."""
    letters: dict[tuple[str, str], float] = defaultdict(float)
    aligned = beads.filter(pc.is_valid(beads["score"]))
    for bead in aligned.select(["pair_id", "ru_text", "en_text", "score"]).to_pylist():
        letters[bead["pair_id"], "ru"] += bead["score"] * count_letters(bead["ru_text"])
        letters[bead["pair_id"], "en"] += bead["score"] * count_letters(bead["en_text"])
    return letters


def _letters_by_post(posts: pa.Table, lang: str) -> dict[str, int]:
    texts = posts.select(["post_id", f"text_{lang}"]).to_pylist()
    return {post["post_id"]: count_letters(post[f"text_{lang}"] or "") for post in texts}
