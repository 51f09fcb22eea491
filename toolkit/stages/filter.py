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
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.options import FilterOptions
from toolkit.partitions import Made, Part, Partitions, Store
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

_KEY = pa.binary(16)
_JUDGED = pa.schema(
    [("bead_id", pa.string()), ("key", _KEY), ("drop_reason", pa.string()), ("drop_value", pa.string())]
)
_READ = ["ru_text", "en_text", "bead_type", "relation", "score", "ru_lang", "en_lang", "length_ratio", "number_match"]
_KEYED = ["bead_id", "key"]

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
    judged = _judge_table(scored, options)
    return _filtered(scored, judged, _repeats(judged.select(_KEYED), _published(published)), sort=True)


def filter_parts(
    scored: Partitions, options: FilterOptions, store: Store, published: pa.Table | None = None
) -> dict[str, Partitions]:
    """Do what `filter_beads` does, of beads that are on disk: the driver sees ids and hashes of texts.

    Returns:
        judged (an inner table), filter and filter.dropped, part by part.
    """
    judge = partial(_judge_part, options=options)
    judged = store.map(judge, scored.tasks(), {"judged": _JUDGED}, "judge")[0]["judged"]
    repeats = _repeats(judged.read(_KEYED), _published(published))
    made = {"filter": schemas.BITEXT, "filter.dropped": schemas.DROPPED}
    own = [repeats.slice(start, end - start) for start, end in pairwise(judged.starts.tolist())]
    tasks = list(zip(scored.tasks(), judged.tasks(), own, strict=True))
    return store.map(_filter_part, tasks, made, "filter")[0]


def _judge_part(part: Part, options: FilterOptions) -> Made:
    return Made({"judged": _judge_table(part.read(), options)})


def _filter_part(task: tuple[Part, Part, pa.Array]) -> Made:
    scored, judged, repeats = task
    result = _filtered(scored.read(), judged.read(), repeats, sort=False)
    return Made({"filter": result.kept, "filter.dropped": result.dropped})


def _judge_table(scored: pa.Table, options: FilterOptions) -> pa.Table:
    """Return the verdict about each bead by itself, and the key of its texts if it may stay."""
    beads = scored.select(_READ).to_pylist()
    verdicts = [_judge(bead, options) for bead in beads]
    keys = [
        _key(bead["ru_text"], bead["en_text"]) if reason is None else None
        for bead, (reason, _) in zip(beads, verdicts, strict=True)
    ]
    values = [None if value is None else str(value) for _, value in verdicts]
    reasons = [reason for reason, _ in verdicts]
    columns = [scored["bead_id"], pa.array(keys), pa.array(reasons), pa.array(values)]
    return pa.table([column.cast(field.type) for column, field in zip(columns, _JUDGED, strict=True)], schema=_JUDGED)


def _published(pairs: pa.Table | None) -> pa.Table:
    """Return bead_id and key of the pairs of the version before."""
    if pairs is None:
        return _JUDGED.empty_table().select(_KEYED)
    keys = [_key(*texts) for texts in zip(pairs["ru_text"].to_pylist(), pairs["en_text"].to_pylist(), strict=True)]
    return pa.table([pairs["bead_id"].cast(pa.string()), pa.array(keys, _KEY)], names=_KEYED)


def _repeats(keyed: pa.Table, published: pa.Table) -> pa.Array:
    """Return for each bead the one whose texts it repeats: a published one, else the smallest id; null if none."""
    counts = pc.value_counts(pc.drop_null(pa.concat_tables([keyed, published])["key"]))
    often = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    first: dict[bytes, str] = {}
    repeats: list[str | None] = [None] * keyed.num_rows
    for row in published.filter(pc.is_in(published["key"], value_set=often)).sort_by("bead_id").to_pylist():
        first[row["key"]] = row["bead_id"]
    numbered = keyed.append_column("row", pa.array(np.arange(keyed.num_rows)))
    for row in numbered.filter(pc.is_in(keyed["key"], value_set=often)).sort_by("bead_id").to_pylist():
        one = first.setdefault(row["key"], row["bead_id"])
        repeats[row["row"]] = None if one == row["bead_id"] else one
    return pa.array(repeats, pa.string())


def _filtered(scored: pa.Table, judged: pa.Table, repeats: pa.Array, *, sort: bool) -> StageResult:
    reasons = pc.if_else(pc.is_valid(repeats), DUPLICATE_PAIR, judged["drop_reason"].combine_chunks())
    table = scored.append_column("drop_reason", reasons)
    table = table.append_column("drop_value", pc.coalesce(repeats, judged["drop_value"].combine_chunks()))
    result = split_by_verdict(table, stage="filter", key="bead_id", sort=sort)
    return StageResult(schemas.conform(result.kept, schemas.BITEXT), result.dropped)


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
