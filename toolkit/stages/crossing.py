"""Stage `crossing`: no sentence pair of a split is nearly the same as one of another.  SPLIT_BITEXT -> SPLIT_BITEXT.

Components keep posts that repeat each other together, but two posts that share one sentence are no duplicates. What is
near is what deduplication means by it: word shingles with a Jaccard similarity of at least `threshold`; a text of fewer
words than a shingle has is one shingle, so it is near to the same words only. Found exactly, by an inverted index.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.kernels.minhash import jaccard
from toolkit.kernels.overlap import SetIndex
from toolkit.options import DedupOptions
from toolkit.results import NEAR_OTHER_SPLIT, StageResult, split_by_verdict
from toolkit.text.shingles import Hashes, hash_words, word_shingles

_BATCH = 1 << 15  # rows that are hashed at a time
_SIDES = ("ru_text", "en_text")
_ORDER = ("train", "test", "validation")  # of two new pairs of different splits the one that comes later here leaves


def drop_crossing(
    bitext: pa.Table,
    options: DedupOptions = DedupOptions(),  # noqa: B008
    published: pa.Table | None = None,
) -> StageResult:
    """Remove the sentence pairs that are near to one of another split on both sides.

    A pair of validation or test leaves for one of train, and a pair of validation for one of test that stays; any new
    pair leaves for a published one.

    Args:
        bitext: conforms to `schemas.SPLIT_BITEXT`.
        options: threshold and shingle_words.
        published: `bead_id`, `ru_text`, `en_text`, `split` of the pairs of the version before; they stay.

    Returns:
        `kept` conforms to `schemas.SPLIT_BITEXT`; `dropped` has as value the bead_id of the other pair, the first of
        several.
    """
    bitext = bitext.sort_by("bead_id")
    names = ["bead_id", *_SIDES, "split"]
    nothing = bitext.select(names).slice(0, 0)
    stays = nothing if published is None else published.select(names).cast(nothing.schema)
    judged = [_judged(bitext.slice(0, 0), [])]
    for split in _ORDER:
        rows = bitext.filter(pc.equal(bitext["split"], split))
        others = stays.filter(pc.not_equal(stays["split"], split)).sort_by("bead_id")
        nearest = nearest_rows([rows[side] for side in _SIDES], [others[side] for side in _SIDES], options)
        ids = others["bead_id"].take(pa.array(nearest, mask=nearest < 0))
        judged.append(_judged(rows, ids.to_pylist()))
        stays = pa.concat_tables([stays, rows.select(names).filter(pc.is_null(ids))])
    result = split_by_verdict(pa.concat_tables(judged), stage="split", key="bead_id")
    return StageResult(schemas.conform(result.kept, schemas.SPLIT_BITEXT), result.dropped)


def nearest_rows(
    rows: Sequence[pa.ChunkedArray], others: Sequence[pa.ChunkedArray], options: DedupOptions
) -> NDArray[np.int64]:
    """Return for each row the first one of the others that is near to it in every column, -1 if none is.

    Args:
        rows: columns of texts, none null.
        others: the same columns of other rows.
        options: threshold and shingle_words.
    """
    nearest = np.full(len(rows[0]), len(others[0]), np.int64)
    if len(rows[0]) and len(others[0]):
        index = SetIndex(*_joint_shingles(rows, options))
        for start in range(0, len(others[0]), _BATCH):
            batch = [column.slice(start, _BATCH) for column in others]
            for numbers, found in index.near(*_joint_shingles(batch, options), options.threshold):
                pairs = np.stack([found, numbers], axis=1)  # if each column is near, so are all taken together
                near = pairs[_is_near(rows, batch, pairs, options)]
                np.minimum.at(nearest, near[:, 0], near[:, 1] + start)
    nearest[nearest == len(others[0])] = -1
    return nearest


def _is_near(
    rows: Sequence[pa.ChunkedArray],
    batch: Sequence[pa.ChunkedArray],
    pairs: NDArray[np.int64],
    options: DedupOptions,
) -> NDArray[np.bool_]:
    is_near = np.ones(len(pairs), bool)
    left, right = (np.unique(pairs[:, side], return_inverse=True) for side in (0, 1))
    numbers = np.stack([left[1].reshape(-1), right[1].reshape(-1) + len(left[0])], axis=1)
    for one, other in zip(rows, batch, strict=True):
        texts = [*one.take(pa.array(left[0])).to_pylist(), *other.take(pa.array(right[0])).to_pylist()]
        if texts:
            sets = word_shingles(hash_words(texts), options.shingle_words)
            is_near &= jaccard(*sets, numbers) >= options.threshold
    return is_near


def _joint_shingles(columns: Sequence[pa.ChunkedArray], options: DedupOptions) -> Hashes:
    """Return one set for each row, of the shingles of all its columns; no two columns share any."""
    parts = [word_shingles(hash_words(column.to_pylist()), options.shingle_words) for column in columns]
    owners = np.concatenate([np.repeat(np.arange(len(part.offsets) - 1), np.diff(part.offsets)) for part in parts])
    hashes = np.concatenate([part.hashes + np.uint64(number) for number, part in enumerate(parts)])
    return Hashes(hashes[np.argsort(owners, kind="stable")], np.sum([part.offsets for part in parts], axis=0))


def _judged(rows: pa.Table, near_ids: Sequence[str | None]) -> pa.Table:
    reasons = [near_id and NEAR_OTHER_SPLIT for near_id in near_ids]
    rows = rows.append_column("drop_reason", pa.array(reasons, pa.string()))
    return rows.append_column("drop_value", pa.array(near_ids, pa.string()))
