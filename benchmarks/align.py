"""Measure sentence alignment on texts with known beads, beside a textbook alignment with the same vectors.

    python benchmarks/align.py FOLDER [--encoder NAME_OR_PATH]

FOLDER has NAME.ru, NAME.en (a sentence a line) and NAME.gold ("[0, 1]:[0]"). Last, all texts are aligned as one.

strict: the bead is in the gold standard; lax: it shares a sentence on both sides with one that is. Null beads are left
out of precision and recall (vecalign's definitions); what is done with them stands beside: null lines left alone, and
true lines lost, which have a counterpart and were left alone. Sentences a second are of both sides, encoding included.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from toolkit.encoders import Encoder, load_encoder
from toolkit.options import EncoderOptions
from toolkit.stages.align import align_texts
from toolkit.storage import read_lines

_SKIP = 0.3  # the best constant for the textbook on the texts that we measure with: it is shown at its best

Vectors = NDArray[np.float32]
Ids = tuple[int, ...]
Beads = list[tuple[Ids, Ids]]
Texts = list[tuple[list[str], list[str]]]


class Gold(NamedTuple):
    """Two texts and their known beads; null beads have one sentence each and stand in reading order."""

    name: str
    ru: list[str]
    en: list[str]
    beads: Beads


@dataclass
class Tally:
    """Counts over many texts."""

    test: int = 0
    gold: int = 0
    strict: int = 0
    lax: int = 0
    lax_found: int = 0
    nulls: int = 0
    nulls_alone: int = 0
    lines: int = 0
    lost: int = 0

    def add(self, gold: Gold, test: Beads) -> None:
        """Count one text."""
        known = [bead for bead in gold.beads if all(bead)]
        found = [bead for bead in test if all(bead)]
        self.test, self.gold = self.test + len(found), self.gold + len(known)
        self.strict += len(set(known) & set(found))
        self.lax += sum(_touches(bead, known) for bead in found)
        self.lax_found += sum(_touches(bead, found) for bead in known)
        true, used = _lines(known), _lines(found)
        everything = {(0, i) for i in range(len(gold.ru))} | {(1, j) for j in range(len(gold.en))}
        self.nulls, self.nulls_alone = (
            self.nulls + len(everything - true),
            self.nulls_alone + len(everything - true - used),
        )
        self.lines, self.lost = self.lines + len(true), self.lost + len(true - used)

    def __str__(self) -> str:
        strict = 2 * self.strict / max(self.test + self.gold, 1)
        precision, recall = self.lax / max(self.test, 1), self.lax_found / max(self.gold, 1)
        lax = 2 * precision * recall / max(precision + recall, 1e-9)
        return (
            f"strict F1 {strict:.4f}  lax F1 {lax:.4f}  null lines left alone {self.nulls_alone}/{self.nulls}"
            f"  true lines lost {self.lost}/{self.lines}"
        )


def _touches(bead: tuple[Ids, Ids], others: Beads) -> bool:
    return any(set(bead[0]) & set(ru) and set(bead[1]) & set(en) for ru, en in others)


def _lines(beads: Beads) -> set[tuple[int, int]]:
    return {(side, i) for bead in beads for side in (0, 1) for i in bead[side]}


def read_folder(folder: Path) -> list[Gold]:
    """Read all texts of a folder, sorted by name."""
    texts = []
    for path in sorted(folder.glob("*.gold")):
        lines = [line.split(":")[:2] for line in read_lines(path) if line]
        beads = [(tuple(ast.literal_eval(ru)), tuple(ast.literal_eval(en))) for ru, en in lines]
        ru, en = (read_lines(path.with_suffix(f".{lang}")) for lang in ("ru", "en"))
        texts.append(Gold(path.stem, ru, en, beads))
    if not texts:
        raise SystemExit(f"{folder}: no *.gold files")
    return texts


def ours(texts: Texts, encoder: Encoder) -> list[Beads]:
    return [[(bead.ru_ids, bead.en_ids) for bead in beads] for beads in align_texts(texts, encoder)]


def textbook(texts: Texts, encoder: Encoder) -> list[Beads]:
    """Return the alignments with the highest sum of (cosine - a constant) over 1:1, 1:2 and 2:1 beads."""
    return [_textbook(encoder.encode_sums(ru), encoder.encode_sums(en)) for ru, en in texts]


def _textbook(ru: Vectors, en: Vectors) -> Beads:
    best = np.full((len(ru) + 1, len(en) + 1), -np.inf)
    best[0, 0] = 0.0
    step = np.zeros((*best.shape, 2), int)
    for i in range(len(ru) + 1):
        for j in range(len(en) + 1):
            for m, n in ((1, 1), (1, 2), (2, 1), (1, 0), (0, 1)):
                if m <= i and n <= j:
                    gain = _cosine(ru[i - m : i].sum(axis=0), en[j - n : j].sum(axis=0)) - _SKIP if m and n else 0.0
                    if best[i - m, j - n] + gain > best[i, j]:
                        best[i, j], step[i, j] = best[i - m, j - n] + gain, (m, n)
    beads, i, j = [], len(ru), len(en)
    while i or j:
        m, n = step[i, j].tolist()
        i, j = i - m, j - n
        beads.append((tuple(range(i, i + m)), tuple(range(j, j + n))))
    return beads[::-1]


def _cosine(x: Vectors, y: Vectors) -> float:
    return float(x @ y) / max(float(np.linalg.norm(x) * np.linalg.norm(y)), 1e-9)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--encoder", default=EncoderOptions().name, help="Must be additive.")
def main(folder: Path, encoder: str) -> None:
    model = load_encoder(EncoderOptions(name=encoder))
    model.encode(["warm", "up"])
    gold = read_folder(folder)
    texts = [(text.ru, text.en) for text in gold]
    systems: dict[str, Callable[[Texts, Encoder], list[Beads]]] = {"ours": ours, "textbook": textbook}
    for name, align in systems.items():
        found, seconds = _timed(align, texts, model)
        tally = Tally()
        for text, beads in zip(gold, found, strict=True):
            tally.add(text, beads)
        click.echo(f"{name:9s} {tally}  {sum(len(ru) + len(en) for ru, en in texts) / seconds:8.0f} sentences/s")
    whole = ([line for ru, _ in texts for line in ru], [line for _, en in texts for line in en])
    _, seconds = _timed(ours, [whole], model)
    click.echo(f"all texts as one, {len(whole[0])} x {len(whole[1])} sentences: {seconds:.2f} s")


def _timed(align: Callable[[Texts, Encoder], list[Beads]], texts: Texts, encoder: Encoder) -> tuple[list[Beads], float]:
    start = time.perf_counter()
    found = align(texts, encoder)
    return found, time.perf_counter() - start


if __name__ == "__main__":
    main()
