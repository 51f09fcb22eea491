"""Sentence alignments against gold, with the definitions of vecalign's score.py (Thompson & Koehn 2019).

Strict: a bead is in the other alignment, as it is. Lax: it shares a sentence on both sides with one that is there.
Null beads (a side is empty) never count in recall. vecalign counts them in precision, where only a null bead of gold,
as it is, is right: `strict_nulls_*` and `lax_nulls_*` are the figures to hold against published ones. `strict_*` and
`lax_*` leave them out; null lines are looked at one by one instead: those left alone (gold aligns them with nothing,
and so does the test), and true lines lost (gold aligns them with something, the test with nothing).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from toolkit.evaluation.intervals import Evaluation, evaluate_counts, precision_recall_f1, ratio

Bead = tuple[tuple[int, ...], tuple[int, ...]]  # Russian and English lines, from 0

_FORMULAS: Final = {
    **precision_recall_f1("strict_right", "test_beads", "strict_right", "gold_beads", "strict_"),
    **precision_recall_f1("lax_right", "test_beads", "lax_found", "gold_beads", "lax_"),
    **precision_recall_f1("_strict_right_nulls", "_all_test_beads", "strict_right", "gold_beads", "strict_nulls_"),
    **precision_recall_f1("_lax_right_nulls", "_all_test_beads", "lax_found", "gold_beads", "lax_nulls_"),
    "null_lines_left_alone": lambda sums: ratio(sums["null_lines_left_alone"], sums["null_lines"]),
    "true_lines_lost": lambda sums: ratio(sums["true_lines_lost"], sums["true_lines"]),
}


def evaluate_beads(texts: Iterable[tuple[Sequence[Bead], Sequence[Bead]]]) -> Evaluation:
    """Return strict and lax precision, recall and F1, both without and with null beads, and what became of lines.

    The recall of the figures with null beads is the recall without them; it is not repeated. The intervals draw texts;
    one text has none.

    Args:
        texts: (gold, test) beads of each text, at least one; a bead that is there twice counts once.

    >>> gold, test = [((0,), (0, 1)), ((1,), ())], [((0,), (0,)), ((), (1,)), ((1,), ())]
    >>> found = evaluate_beads([(gold, test)])
    >>> {name: figure.value for name, figure in found.figures.items() if "precision" in name}
    {'strict_precision': 0.0, 'lax_precision': 1.0, 'strict_nulls_precision': 0.3333, 'lax_nulls_precision': 0.6667}
    """
    rows = [count_beads(gold, test) for gold, test in texts]
    counts = {name: np.array([row[name] for row in rows], float) for name in rows[0]}
    formulas = {name: formula for name, formula in _FORMULAS.items() if not name.endswith("nulls_recall")}
    return evaluate_counts(counts, formulas, "texts")


def count_beads(gold: Iterable[Bead], test: Iterable[Bead]) -> dict[str, int]:
    """Count what the figures of one text are made of; names that begin with "_" are not for the reader."""
    every_gold, every_test = ({bead for bead in beads if any(bead)} for beads in (gold, test))
    known, found = ({bead for bead in beads if all(bead)} for beads in (every_gold, every_test))
    lax = sum(_touching(found, known))
    right_nulls = len((every_gold & every_test) - known)
    true, used = _lines(known), _lines(found)
    nulls = _lines(every_gold - known) - true
    return {
        "gold_beads": len(known),
        "test_beads": len(found),
        "strict_right": len(known & found),
        "lax_right": lax,
        "lax_found": sum(_touching(known, found)),
        "null_lines": len(nulls),
        "null_lines_left_alone": len(nulls - used),
        "true_lines": len(true),
        "true_lines_lost": len(true - used),
        "_all_test_beads": len(every_test),
        "_strict_right_nulls": len(known & found) + right_nulls,
        "_lax_right_nulls": lax + right_nulls,
    }


def _touching(beads: Iterable[Bead], others: Iterable[Bead]) -> list[bool]:
    """Tell of each bead whether it shares a line on both sides with one of the others."""
    partners: dict[int, set[int]] = defaultdict(set)
    for ru, en in others:
        for i in ru:
            partners[i].update(en)
    return [any(not partners[i].isdisjoint(en) for i in ru if i in partners) for ru, en in beads]


def _lines(beads: Iterable[Bead]) -> set[tuple[int, int]]:
    return {(side, line) for bead in beads for side in (0, 1) for line in bead[side]}
