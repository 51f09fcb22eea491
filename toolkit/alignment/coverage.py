"""How much of two texts an alignment covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from toolkit.alignment.sentences import Bead
from toolkit.text.cues import count_letters


def covered_shares(beads: Iterable[Bead], ru: Sequence[str], en: Sequence[str]) -> tuple[float, float]:
    """Return the expected share of the letters of each text that has a counterpart, 0..1.

    Args:
        beads: of the two texts; each counts with its probability.
        ru: the Russian sentences.
        en: the English sentences.

    >>> covered_shares([Bead((0,), (0,), 0.8, 0.9), Bead((1,), ())], ["Да.", "Нет."], ["Yes."])
    (0.36, 0.9)
    """
    sizes = [[count_letters(text) for text in texts] for texts in (ru, en)]
    found = [0.0, 0.0]
    for bead in beads:
        for side, ids in enumerate((bead.ru_ids, bead.en_ids)):
            found[side] += (bead.score or 0) * sum(sizes[side][place] for place in ids)
    shares = [min(part / max(sum(size), 1), 1.0) for part, size in zip(found, sizes, strict=True)]
    return round(shares[0], 4), round(shares[1], 4)
