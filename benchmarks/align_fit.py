"""Fit the weights of kernels/bead_evidence.py to texts with known beads, and say how well they do on unseen texts.

    python benchmarks/align_fit.py FOLDER [--encoder NAME_OR_PATH]

FOLDER has NAME.ru, NAME.en (a sentence a line) and NAME.gold ("[0, 1]:[0]").

The weights are those of a semi-Markov CRF: maximum conditional likelihood with a Gaussian prior, by L-BFGS; the
gradient of a weight is its feature in the expected alignment minus that in the known one. Each text is also shown with
the English of another one, to be left alone: real pairs of posts can be wrong, and known beads alone would teach that
nearly everything has a counterpart. Cross-validation is over texts: the figures are of weights that have not seen them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from align import Gold, Tally, read_folder, tell_errors, wrong_pairs  # the file beside this one
from numpy.typing import NDArray
from scipy.optimize import minimize

from toolkit.alignment.evidence import evidence
from toolkit.alignment.sentences import Bead
from toolkit.encoders import Encoder, load_encoder
from toolkit.evaluation.beads import evaluate_beads
from toolkit.kernels.bead_dp import Lattice, Step, best_paths, posteriors
from toolkit.kernels.bead_evidence import FEATURES, bead_features, bead_shapes
from toolkit.options import AlignOptions, EncoderOptions

Real = NDArray[np.float64]
_NAMES = (*FEATURES, "null")
_SHAPES = bead_shapes(AlignOptions().max_sentences)
_FOLDS = 5
_PRIOR = 0.05  # precision of the Gaussian prior: it matters for features that are seldom seen


_WRONG = 0.1  # what a wrong pair counts: about so many matched posts may be wrong


@dataclass(frozen=True)
class Example:
    """A text with its features, (shapes, features, n + 1, m + 1), those of its known alignment, and what it counts."""

    gold: Gold
    weight: float
    features: Real
    exists: NDArray[np.bool_]
    known: Real

    def lattice(self, weights: Real) -> Lattice:
        """Return the scores of all its beads."""
        scores = np.where(self.exists, np.einsum("tkij,k->tij", self.features, weights[:-1], optimize=True), -np.inf)
        n, m = self.exists.shape[1] - 1, self.exists.shape[2] - 1
        return Lattice(
            _SHAPES, scores[None], np.full((1, n), weights[-1]), np.full((1, m), weights[-1]), np.array([[n, m]])
        )


def make_example(gold: Gold, encoder: Encoder, weight: float) -> Example:
    n, m = len(gold.ru), len(gold.en)
    features = np.zeros((len(_SHAPES), len(FEATURES), n + 1, m + 1))
    exists = np.zeros((len(_SHAPES), n + 1, m + 1), bool)
    (_, ru, en), *more = evidence([(gold.ru, gold.en)], encoder, AlignOptions().max_sentences)
    if more:
        raise SystemExit(f"{gold.name} is too long to learn from")
    for t, (there, values) in enumerate(bead_features(ru, en, _SHAPES, encoder.background)):
        exists[t, :n, :m] = there[0]
        features[t, :, :n, :m] = np.stack([value[0] for value in values]) * there[0]
    known = np.zeros(len(_NAMES))
    for i, j, rows, columns in _steps(gold):
        if (rows, columns) in _SHAPES:
            known[:-1] += features[_SHAPES.index((rows, columns)), :, i, j]
        else:  # larger than any bead that may be formed
            known[-1] += rows + columns
    return Example(gold, weight, features, exists, known)


def _steps(gold: Gold) -> Iterable[Step]:
    """Return the known alignment as the kernel walks it: null beads one by one."""
    return [(ru[0] if ru else 0, en[0] if en else 0, len(ru), len(en)) for ru, en in gold.beads]


def loss(weights: Real, examples: list[Example]) -> tuple[float, Real]:
    """Return the negative log-likelihood of the known alignments, and its gradient."""
    total, gradient = _PRIOR * float(weights @ weights), 2 * _PRIOR * weights
    for example in examples:
        chances = posteriors(example.lattice(weights))
        expected = np.empty_like(weights)
        expected[:-1] = np.einsum("tij,tkij->k", chances.beads[0], example.features, optimize=True)
        expected[-1] = chances.null_rows.sum() + chances.null_columns.sum()
        total += example.weight * float(chances.log_total[0] - example.known @ weights)
        gradient += example.weight * (expected - example.known)
    return total, gradient


def fit(examples: list[Example], start: Real) -> Real:
    weights: Real = minimize(loss, start, args=(examples,), jac=True, method="L-BFGS-B", options={"ftol": 1e-7}).x
    return weights


def align(example: Example, weights: Real) -> list[Bead]:
    """Return the beads that the stage would find with these weights; similarities are left out."""
    lattice = example.lattice(weights)
    chances = posteriors(lattice).beads[0]
    beads = []
    for i, j, m, n in best_paths(lattice)[0]:
        score = round(float(chances[_SHAPES.index((m, n)), i, j]), 4) if m and n else None
        beads.append(Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), score=score))
    return beads


def cross_validate(true: list[Example], wrong: list[Example], start: Real, skips: Iterable[float]) -> Iterator[str]:
    """Align every text with weights fitted to other texts; `skips` are added to the weight of null beads."""
    order = np.random.default_rng(0).permutation(len(true)).tolist()
    found: dict[float, list[tuple[Gold, list[Bead]]]] = {skip: [] for skip in skips}
    for fold in range(_FOLDS):
        unseen = order[fold::_FOLDS]
        fitted = fit([one[k] for one in (true, wrong) for k in range(len(true)) if k not in unseen], start)
        for skip, texts in found.items():
            shifted = fitted + np.array([*[0.0] * len(FEATURES), skip])
            texts += [(one[k].gold, align(one[k], shifted)) for k in unseen for one in (true, wrong)]
    for skip, texts in found.items():
        right, false = Tally(), Tally()
        for gold, beads in texts:
            (right if any(map(all, gold.beads)) else false).add(gold, [(bead.ru_ids, bead.en_ids) for bead in beads])
        counts = evaluate_beads(false.texts).counts
        alone = f"{counts['null_lines_left_alone']}/{counts['null_lines']}"
        yield f"skip {skip:4.1f}: {right}; wrong pairs: lines left alone {alone}; {tell_errors(texts)}"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--encoder", default=EncoderOptions().name)
def main(folder: Path, encoder: str) -> None:
    model = load_encoder(EncoderOptions(name=encoder))
    texts = read_folder(folder)
    true = [make_example(text, model, 1.0) for text in texts]
    wrong = [make_example(text, model, _WRONG) for text in wrong_pairs(texts)]
    weights = fit(true + wrong, np.zeros(len(_NAMES)))
    for name, weight in zip(_NAMES, weights.tolist(), strict=True):
        click.echo(f"{name:20s} {weight:7.2f}")
    for line in cross_validate(true, wrong, weights, (-1.5, -1.0, -0.5, 0.0)):
        click.echo(line)


if __name__ == "__main__":
    main()
