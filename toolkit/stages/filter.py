"""Stage `filter`: SCORED_BEADS to BITEXT.  Decides on the scores that are there; a dropped bead has one reason.

The first reason that holds counts, in this order:

    null_bead         a sentence without counterpart
    not_parallel      `relations` does not have the relation of the pair of posts
    low_score         probability below `min_score`
    too_short         fewer than `min_letters` letters and digits on a side
    too_long          more than `max_letters` on a side
    untranslated      both sides are the same string but for case
    wrong_language    a side that is long enough to tell is in another language than its own
    length_ratio      shorter / longer below `min_length_ratio`
    number_mismatch   shared / all numbers below `min_number_match`
    duplicate_pair    the same two texts, but for case, are published already or in a bead with a smaller bead_id
"""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa

from toolkit import schemas
from toolkit.options import FilterOptions
from toolkit.results import (
    DUPLICATE_PAIR,
    LENGTH_RATIO,
    LOW_SCORE,
    NOT_PARALLEL,
    NULL_BEAD,
    NUMBER_MISMATCH,
    TOO_LONG,
    TOO_SHORT,
    UNTRANSLATED,
    WRONG_LANGUAGE,
    StageResult,
    split_by_verdict,
)
from toolkit.text.cues import count_letters

_BATCH = 1 << 14  # published pairs that are read at a time

Verdict = tuple[str | None, object]  # reason or None = KEEP, and the value that decided


def filter_beads(
    scored: pa.Table,
    options: FilterOptions = FilterOptions(),  # noqa: B008
    published: pa.Table | None = None,
) -> StageResult:
    """Keep the beads that are good enough to publish.

    Global: a duplicate is known by the beads before it, in the order of bead_id.

    Args:
        scored: SCORED_BEADS.
        options: limits.
        published: `bead_id`, `ru_text`, `en_text` of the pairs of the version before; they stay.

    Returns:
        `kept` conforms to BITEXT; `dropped` has the reasons of this module's list.
    """
    scored = schemas.conform(scored, schemas.SCORED_BEADS).sort_by("bead_id")
    kept_as = {} if published is None else _published_keys(published, scored)
    reasons, values = [], []
    for bead in scored.to_pylist():
        reason, value = _judge(bead, options)
        if reason is None:
            first = kept_as.setdefault(_key(bead["ru_text"], bead["en_text"]), bead["bead_id"])
            if first != bead["bead_id"]:
                reason, value = DUPLICATE_PAIR, first
        reasons.append(reason)
        values.append(None if value is None else str(value))
    judged = scored.append_column("drop_reason", pa.array(reasons, pa.string()))
    judged = judged.append_column("drop_value", pa.array(values, pa.string()))
    result = split_by_verdict(judged, stage="filter", key="bead_id")
    return StageResult(schemas.conform(result.kept, schemas.BITEXT), result.dropped)


def _published_keys(published: pa.Table, scored: pa.Table) -> dict[bytes, str]:
    """Return key -> bead_id of those published pairs that new beads repeat: of a million, few stay in memory."""
    texts = zip(scored["ru_text"].to_pylist(), scored["en_text"].to_pylist(), strict=True)
    wanted = {_key(ru, en) for ru, en in texts if ru is not None and en is not None}
    found = {}
    for batch in published.select(["bead_id", "ru_text", "en_text"]).to_batches(max_chunksize=_BATCH):
        for bead_id, ru, en in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            key = _key(ru, en)
            if key in wanted:
                found[key] = bead_id
    return found


def _key(ru: str, en: str) -> bytes:
    """Return 16 bytes, equal for texts that differ in case only."""
    sides = "\0".join((ru.casefold(), en.casefold()))
    return hashlib.blake2b(sides.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _judge(bead: dict[str, Any], options: FilterOptions) -> Verdict:
    """Return the first reason against a bead taken by itself."""
    ru, en = bead["ru_text"], bead["en_text"]
    if ru is None or en is None:
        return NULL_BEAD, bead["bead_type"]
    if bead["relation"] not in options.relations:
        return NOT_PARALLEL, bead["relation"]
    if bead["score"] < options.min_score:
        return LOW_SCORE, _shown(bead["score"])
    shorter, longer = sorted((count_letters(ru), count_letters(en)))
    if shorter < options.min_letters:
        return TOO_SHORT, shorter
    if longer > options.max_letters:
        return TOO_LONG, longer
    return _judge_text(bead, options)


def _judge_text(bead: dict[str, Any], options: FilterOptions) -> Verdict:
    if bead["ru_text"].casefold() == bead["en_text"].casefold():
        return UNTRANSLATED, None
    for lang in ("ru", "en"):
        if bead[f"{lang}_lang"] not in (lang, None):
            return WRONG_LANGUAGE, f"{lang}: {bead[f'{lang}_lang']}"
    if bead["length_ratio"] < options.min_length_ratio:
        return LENGTH_RATIO, _shown(bead["length_ratio"])
    if bead["number_match"] is not None and bead["number_match"] < options.min_number_match:
        return NUMBER_MISMATCH, _shown(bead["number_match"])
    return None, None


def _shown(value: float) -> str:
    return f"{value:.4f}"
