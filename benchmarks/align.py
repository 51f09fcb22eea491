"""Measure sentence alignment on texts with known beads, beside others with the same vectors in the same run.

    python benchmarks/align.py FOLDER [--encoder NAME_OR_PATH]

FOLDER has NAME.ru, NAME.en (a sentence a line) and NAME.gold ("[0, 1]:[0]"). Speed is measured with the texts as they
are and cut into pairs as short as posts; last, all texts are aligned as one.

The others: a textbook dynamic programme, and Bertalign (Liu & Zhu 2022) with its defaults where it can be imported. It
wants Python 3.12 and would bring a torch of its own; in an environment that has this package:

    pip install --no-deps bertalign && pip install numba lingua-language-detector sentence-splitter

Figures are those of `bitext evaluate beads`, strict F1 with its 95 % interval. Sentences a second are of both sides,
encoding included, all after the same warm-up. How well scores tell errors is the area under the ROC curve, with as many
wrong pairs (a text with the English of another one) as right ones: whether beads in the gold standard have higher
scores than all others, and whether right pairs have a higher `share_aligned`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from toolkit.alignment.sentences import Bead, align_texts, share_aligned
from toolkit.encoders import Encoder, load_encoder
from toolkit.evaluation.bead_files import read_beads
from toolkit.evaluation.beads import evaluate_beads
from toolkit.options import EncoderOptions
from toolkit.storage import read_lines

_SHORT = (3, 5, 8, 13, 21, 34)  # sentences of a post
_SKIP = 0.35  # the best constant for the textbook on the texts that we measure with: it is shown at its best

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


class Tally:
    """Alignments of many texts beside the known ones."""

    def __init__(self) -> None:
        self.texts: list[tuple[Beads, Beads]] = []

    def add(self, gold: Gold, test: Beads) -> None:
        """Add one text."""
        self.texts.append((gold.beads, test))

    def __str__(self) -> str:
        found = evaluate_beads(self.texts)
        strict, lax = (found.figures[f"{kind}_f1"] for kind in ("strict", "lax"))
        counts = found.counts
        return (
            f"strict F1 {strict.value:.4f} [{strict.low:.4f}, {strict.high:.4f}]  lax F1 {lax.value:.4f}"
            f"  null lines left alone {counts['null_lines_left_alone']}/{counts['null_lines']}"
            f"  true lines lost {counts['true_lines_lost']}/{counts['true_lines']}"
        )


def read_folder(folder: Path) -> list[Gold]:
    """Read all texts of a folder, sorted by name."""
    texts = []
    for path in sorted(folder.glob("*.gold")):
        beads = read_beads(path)
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


class _Vectors:
    """What Bertalign asks of its model, answered by our encoder."""

    def __init__(self, encoder: Encoder) -> None:
        self.encode = encoder.encode


def bertalign(texts: Texts, encoder: Encoder) -> list[Beads]:
    """Return the alignments of Bertalign with its defaults; it wants no blank lines.

    Raises:
        ImportError: if it is not installed.
        SyntaxError: if it is, but this Python is too old for it.
    """
    library = import_module("bertalign")
    model = object.__new__(library.Encoder)  # its constructor would load a model
    model.model, model.model_name = _Vectors(encoder), encoder.name
    found = []
    for text in texts:
        ru, en = ("\n".join(" ".join(line.split()) or "." for line in lines) for lines in text)
        beads = library.Bertalign(ru, en, is_split=True, model=model).align_sents()
        found.append([(tuple(ru_ids), tuple(en_ids)) for ru_ids, en_ids in beads])
    return found


def cut_short(texts: list[Gold]) -> Texts:
    """Cut texts between known beads into pairs as short as posts: of 3 to 40 sentences a side, as far as they go."""
    short: Texts = []
    sizes = cycle(_SHORT)
    for text in texts:
        top, left, size = 0, 0, next(sizes)
        ends = [(0, 0)]
        for ru, en in text.beads:
            ends.append((ru[-1] + 1 if ru else ends[-1][0], en[-1] + 1 if en else ends[-1][1]))
        for bottom, right in ends:
            is_end = (bottom, right) == (len(text.ru), len(text.en))
            if is_end or (min(bottom - top, right - left) >= size and len(text.ru) - bottom >= min(_SHORT)):
                short.append((text.ru[top:bottom], text.en[left:right]))
                top, left, size = bottom, right, next(sizes)
    return short


def _length(text: tuple[list[str], list[str]]) -> int:
    return len(text[0]) + len(text[1])


def wrong_pairs(texts: list[Gold]) -> list[Gold]:
    """Give every text the English of the one that is half the folder away."""
    others = texts[len(texts) // 2 :] + texts[: len(texts) // 2]
    return [
        Gold(a.name, a.ru, b.en, [((i,), ()) for i in range(len(a.ru))] + [((), (j,)) for j in range(len(b.en))])
        for a, b in zip(texts, others, strict=True)
    ]


def tell_errors(texts: list[tuple[Gold, list[Bead]]]) -> str:
    """Say how well the scores of beads and the shares of pairs tell the right ones, among texts and `wrong_pairs`."""
    beads: dict[bool, list[float]] = {True: [], False: []}
    pairs: dict[bool, list[float]] = {True: [], False: []}
    for gold, found in texts:
        known = {bead for bead in gold.beads if all(bead)}
        pairs[bool(known)].append(share_aligned(found))
        for bead in found:
            if bead.score is not None:
                beads[(bead.ru_ids, bead.en_ids) in known].append(bead.score)
    areas = [f"{name} {_area(one[True], one[False])}" for name, one in (("beads", beads), ("pairs", pairs))]
    return f"area under the ROC curve: {', '.join(areas)}"


def _area(right: list[float], wrong: list[float]) -> str:
    """Return the chance that a right one has a higher score than a wrong one, and how many there are."""
    ranks = rankdata([*right, *wrong])[: len(right)]
    area = (ranks.sum() - len(right) * (len(right) + 1) / 2) / max(len(right) * len(wrong), 1)
    return f"{area:.4f} ({len(right)} right, {len(wrong)} wrong)"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--encoder", default=EncoderOptions().name, help="Must be additive.")
def main(folder: Path, encoder: str) -> None:
    model = load_encoder(EncoderOptions(name=encoder))
    gold = read_folder(folder)
    texts = [(text.ru, text.en) for text in gold]
    short = cut_short(gold)
    sizes = [_length(pair) for pair in short]
    click.echo(f"{len(texts)} texts; cut short, {len(sizes)} pairs of {min(sizes)} to {max(sizes)} sentences")
    systems: dict[str, Callable[[Texts, Encoder], list[Beads]]] = {
        "ours": ours, "textbook": textbook, "bertalign": bertalign,
    }  # fmt: skip
    model.encode([line for text in texts for side in text for line in side])  # its tokenizer remembers words
    for name, align in systems.items():
        try:
            align(texts[:1], model)  # load, compile
        except (ImportError, SyntaxError) as error:
            click.echo(f"{name:9s} left out: {error}; how to install it is at the top of {Path(__file__).name}")
            continue
        found, seconds = _timed(align, texts, model)
        _, short_seconds = _timed(align, short, model)
        tally = Tally()
        for text, beads in zip(gold, found, strict=True):
            tally.add(text, beads)
        total = sum(map(_length, texts))
        click.echo(f"{name:9s} {tally}  {total / seconds:.0f} sentences/s, cut short {total / short_seconds:.0f}/s")
    seeded = gold + wrong_pairs(gold)
    scored = align_texts([(text.ru, text.en) for text in seeded], model)
    click.echo(tell_errors(list(zip(seeded, scored, strict=True))))
    whole = ([line for ru, _ in texts for line in ru], [line for _, en in texts for line in en])
    _, seconds = _timed(ours, [whole], model)
    click.echo(f"all texts as one, {len(whole[0])} x {len(whole[1])} sentences: {seconds:.2f} s")


def _timed(align: Callable[[Texts, Encoder], list[Beads]], texts: Texts, encoder: Encoder) -> tuple[list[Beads], float]:
    start = time.perf_counter()
    found = align(texts, encoder)
    return found, time.perf_counter() - start


if __name__ == "__main__":
    main()
