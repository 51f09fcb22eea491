"""Which Russian sentences say the same as which English ones, in reading order.

Every sentence is in exactly one bead; one without counterpart is a null bead of its own. The score of a bead is its
probability among all alignments of the pair (`kernels/bead_dp.py`), from the log-odds of `kernels/bead_evidence.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from toolkit.alignment.evidence import Piece, evidence
from toolkit.kernels.bead_dp import Lattice, best_paths, posteriors
from toolkit.kernels.bead_evidence import WEIGHTS, Side, bead_scores, bead_shapes
from toolkit.options import AlignOptions

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

_SURE: Final = 0.8  # least probability of a crossing: sentences that found nothing in order have little in common


@dataclass(frozen=True)
class Bead:
    """Sentences that say the same.

    Attributes:
        ru_ids: indexes of consecutive Russian sentences, from 0; empty in a null bead of the English side.
        en_ids: the same of the English sentences.
        similarity: cosine of the two sides, 4 decimals; None in a null bead.
        score: probability that the bead is in the alignment, 4 decimals; None in a null bead.
        crossing: of a null bead, indexes of sentences of the other side that say the same in another order of the text;
            they cannot be one bead, because alignments run in reading order. Usually empty.
    """

    ru_ids: tuple[int, ...]
    en_ids: tuple[int, ...]
    similarity: float | None = None
    score: float | None = None
    crossing: tuple[int, ...] = ()


def align_sentences(
    ru: Sequence[str],
    en: Sequence[str],
    encoder: Encoder,
    options: AlignOptions = AlignOptions(),  # noqa: B008
) -> list[Bead]:
    """Align two texts given as sentences; blank sentences keep their index and are null beads.

    Wrongly decoded lines are read as they were meant.

    Returns:
        Beads in reading order that cover every sentence of both sides once; Russian null beads before English ones.
    """
    return align_texts([(ru, en)], encoder, options)[0]


def align_texts(
    pairs: Sequence[tuple[Sequence[str], Sequence[str]]],
    encoder: Encoder,
    options: AlignOptions = AlignOptions(),  # noqa: B008
) -> list[list[Bead]]:
    """Do what `align_sentences` does for many pairs at once, which is many times faster for short ones."""
    found = _align_in_order(pairs, encoder, options)
    rests = {number: rest for number, beads in enumerate(found) if (rest := _rest(beads))}
    texts = [([pairs[k][0][i] for i in ru], [pairs[k][1][j] for j in en]) for k, (ru, en) in rests.items()]
    for (k, (ru, en)), beads in zip(rests.items(), _align_in_order(texts, encoder, options), strict=True):
        sure = [bead for bead in beads if (bead.score or 0) > _SURE]
        again = [(tuple(ru[i] for i in bead.ru_ids), tuple(en[j] for j in bead.en_ids)) for bead in sure]
        found[k] = _note_crossings(found[k], again)
    return found


def _rest(beads: Sequence[Bead]) -> tuple[list[int], list[int]] | None:
    """Return the sentences of either side without counterpart; None if there is nothing that they could cross."""
    ru = [bead.ru_ids[0] for bead in beads if not bead.en_ids]
    en = [bead.en_ids[0] for bead in beads if not bead.ru_ids]
    return (ru, en) if ru and en and len(ru) + len(en) < len(beads) else None


def _note_crossings(beads: list[Bead], again: Iterable[tuple[tuple[int, ...], tuple[int, ...]]]) -> list[Bead]:
    """Return the beads with `crossing` filled in where sentences were aligned again, without those between them."""
    counterparts: dict[tuple[int, int], tuple[int, ...]] = {}
    for ru, en in again:
        is_one_place = all(ids[-1] - ids[0] == len(ids) - 1 for ids in (ru, en))
        if is_one_place and any(
            bead.score is not None and (bead.ru_ids[0] < ru[0]) != (bead.en_ids[0] < en[0]) for bead in beads
        ):
            counterparts |= {(0, i): en for i in ru} | {(1, j): ru for j in en}
    if not counterparts:
        return beads
    return [
        bead if bead.score is not None
        else replace(bead, crossing=counterparts.get((0, bead.ru_ids[0]) if bead.ru_ids else (1, bead.en_ids[0]), ()))
        for bead in beads
    ]  # fmt: skip


def _align_in_order(
    pairs: Sequence[tuple[Sequence[str], Sequence[str]]], encoder: Encoder, options: AlignOptions
) -> list[list[Bead]]:
    """Do the work of `align_texts` but for `crossing`."""
    found: list[dict[Piece, list[Bead]]] = [{} for _ in pairs]
    for batch, ru, en in evidence(pairs, encoder, options.max_sentences):
        aligned = _align_batch(batch, ru, en, encoder.background, options)
        for piece, beads in zip(batch, aligned, strict=True):
            found[piece.pair][piece] = beads
    return [[bead for _, beads in sorted(pieces.items()) for bead in beads] for pieces in found]


def share_aligned(beads: Iterable[Bead]) -> float:
    """Return the quality of an alignment: the share of its sentences that are expected to have a counterpart, 0..1.

    It is near 1 for a translation and near 0 for two texts that have nothing to do with each other.

    >>> share_aligned([Bead((0,), (0, 1), 0.8, 0.9), Bead((1,), ())])
    0.675
    """
    aligned = total = 0.0
    for bead in beads:
        size = len(bead.ru_ids) + len(bead.en_ids)
        aligned, total = aligned + size * (bead.score or 0), total + size
    return round(aligned / max(total, 1), 4)


def _align_batch(
    batch: list[Piece], ru: Side, en: Side, background: tuple[float, float], options: AlignOptions
) -> list[list[Bead]]:
    """Align the pieces of a batch."""
    shapes = bead_shapes(options.max_sentences)
    skip = WEIGHTS["null"] + options.skip
    sizes = np.array([(p.bottom - p.top, p.right - p.left) for p in batch])
    scores = bead_scores(ru, en, shapes, background)
    lattice = Lattice(shapes, scores, np.full(ru.letters.shape, skip), np.full(en.letters.shape, skip), sizes)
    chances = posteriors(lattice).beads
    found = []
    for b, (piece, path) in enumerate(zip(batch, best_paths(lattice), strict=True)):
        beads = []
        for i, j, m, n in path:
            ru_ids = tuple(range(piece.top + i, piece.top + i + m))
            en_ids = tuple(range(piece.left + j, piece.left + j + n))
            if m and n:
                cosine = float(ru.runs[m - 1][b, i] @ en.runs[n - 1][b, j])
                chance = float(chances[b, shapes.index((m, n)), i, j])
                beads.append(Bead(ru_ids, en_ids, round(cosine, 4), round(chance, 4)))
            else:
                beads.append(Bead(ru_ids, en_ids))
        found.append(beads)
    return found
