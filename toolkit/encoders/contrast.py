"""The learning step of a static model: InfoNCE over the pairs of a batch, Adam on the rows that the batch touches.

A text's negatives are the batch's other texts of both languages (GTE's "improved contrastive loss", Li et al. 2023).

A token's vector is the sum of a row of its own and of rows that it shares with tokens of the same letters (fastText,
Bojanowski et al. 2017), so that the rare form of a frequent word, or a name, does not start from nothing. The sums are
folded into one vector a token when training ends: sharing costs nothing afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.encoders.runs import Runs

if TYPE_CHECKING:
    from toolkit.options import TrainOptions

Vectors = NDArray[np.float32]

_BETAS: Final = (0.9, 0.999)
_EPSILON: Final = 1e-8
_WARM_UP: Final = 100  # steps, but a quarter of a short training at most
_LAST_RATE: Final = 0.02  # of the learning rate, in the last step
_NEVER: Final = -1e4  # the logit of what is no negative
_ROWS_AT_ONCE: Final = 512  # that Adam moves: as many as a processor's cache holds, which makes it three times as fast
_FIRST_SPREAD: Final = 0.1  # standard deviation of a row before training


def share_letters(tokens: Sequence[str]) -> Runs:
    """Return the rows that make up each token's vector: its own, and those of the letter groups it shares.

    Letter groups are the 3 and 4 letters in a row of the token with marks at its ends, and its beginnings of 4 to 9
    letters; a group that only one token has is left out. Row i is token i's own; token 0, the unknown one, shares none.

    >>> rows = share_letters(["<unk>", "кот", "кота", "##та"])
    >>> [rows.numbers[a:b].tolist() for a, b in zip(rows.ends, rows.ends[1:])]
    [[0], [1, 4, 5, 6], [2, 4, 5, 6], [3]]
    """
    groups = [[], *(_letter_groups(token) for token in tokens[1:])]
    times = Counter(group for own in groups for group in own)
    places: dict[str, int] = {}
    rows = []
    for number, own in enumerate(groups):
        shared = [places.setdefault(group, len(tokens) + len(places)) for group in own if times[group] > 1]
        rows.append([number, *shared])
    return Runs.of(rows)


def _letter_groups(token: str) -> list[str]:
    marked = token[2:] if token.startswith("##") else f"^{token}"
    groups = [marked[start : start + size] for size in (3, 4) for start in range(len(marked) - size + 1)]
    if marked[0] == "^":
        groups += [f"{marked[:size]}-" for size in range(5, min(len(marked) - 1, 10))]
    return list(dict.fromkeys(groups))


class Learner:
    """The rows of a model in training, with what Adam remembers of each."""

    def __init__(self, rows: Runs, options: TrainOptions, steps: int, vectors: Vectors | None = None):
        """Start from nothing, or from a model's vectors.

        Args:
            rows: what makes up each token's vector; see `share_letters`.
            options: of the training.
            steps: how many there will be; the learning rate falls towards the last.
            vectors: one a token, to start from; shared rows then start from zero.
        """
        import torch

        self._rows, self._options, self._steps = rows, options, steps
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        count, tokens = int(rows.numbers.max()) + 1, len(rows)
        start = np.random.default_rng(options.seed).normal(0, _FIRST_SPREAD, (count, options.dim)).astype(np.float32)
        start[tokens:] *= 0.5  # a token has several of them
        if vectors is not None:
            start[:tokens], start[tokens:] = vectors, 0
        start[0] = 0
        self._values = torch.from_numpy(start).to(self._device)
        self._first, self._second = torch.zeros_like(self._values), torch.zeros_like(self._values)

    def step(self, number: int, en: Runs, ru: Runs, twins: NDArray[np.bool_]) -> float:
        """Learn from a batch; return its loss.

        Args:
            number: of the step, from 0.
            en: tokens of the English texts.
            ru: tokens of the Russian texts, pair by pair.
            twins: pairs of pairs that share a text, which are no negatives; shape (batch, batch).
        """
        import torch
        from torch.nn import functional

        generator = np.random.default_rng([self._options.seed, number])
        tokens, places = np.unique(np.concatenate([en.numbers, ru.numbers]), return_inverse=True)
        made_of = self._rows.take(tokens.astype(np.int64))
        touched, parts = np.unique(made_of.numbers, return_inverse=True)
        index = torch.from_numpy(touched.astype(np.int64)).to(self._device)
        leaf = self._values[index].requires_grad_()
        table = self._add(leaf, parts, made_of.ends)
        sides = []
        for runs, own in ((en, places[: len(en.numbers)]), (ru, places[len(en.numbers) :])):
            weights = (runs.numbers != 0) & (generator.random(len(own)) >= self._options.dropout)
            sides.append(functional.normalize(self._add(table, own, runs.ends, weights), dim=1, eps=1e-6))
        loss = self._info_nce(sides[0], sides[1], torch.from_numpy(twins).to(self._device))
        loss.backward()
        self._adam(number, index, leaf.grad)
        return float(loss.item())

    def _info_nce(self, en: Any, ru: Any, twins: Any) -> Any:
        """Return the loss of unit vectors: each text is to find its own among all others of both languages."""
        import torch
        from torch.nn import functional

        labels = torch.arange(len(en), device=self._device)
        itself = torch.eye(len(en), dtype=torch.bool, device=self._device)
        across = (self._options.scale * en @ ru.T).masked_fill(twins, _NEVER)
        losses = []
        for side, found in ((en, across), (ru, across.T)):
            within = (self._options.scale * side @ side.T).masked_fill(twins | itself, _NEVER)
            losses.append(functional.cross_entropy(torch.cat([found, within], dim=1), labels))
        return (losses[0] + losses[1]) / 2

    def _add(self, table: Any, places: NDArray[Any], ends: NDArray[np.int64], weights: Any = None) -> Any:
        """Sum rows of a table by runs."""
        import torch
        from torch.nn import functional

        index, starts = torch.from_numpy(places.astype(np.int64)), torch.from_numpy(ends[:-1].copy())
        if weights is not None:
            weights = torch.from_numpy(weights.astype(np.float32)).to(self._device)
        return functional.embedding_bag(
            index.to(self._device), table, starts.to(self._device), mode="sum", per_sample_weights=weights
        )

    def _adam(self, number: int, index: Any, gradient: Any) -> None:
        """Move the touched rows only; the others' moments stand still (torch's SparseAdam does the same)."""
        rate = self._options.learning_rate * min(1.0, (number + 1) / max(1, min(_WARM_UP, self._steps // 4)))
        rate *= max(_LAST_RATE, 1 - number / self._steps)
        rate *= float(np.sqrt(1 - _BETAS[1] ** (number + 1)) / (1 - _BETAS[0] ** (number + 1)))
        at_once = _ROWS_AT_ONCE if self._device.type == "cpu" else len(index)
        for rows, slope in zip(index.split(at_once), gradient.split(at_once), strict=True):
            first = self._first[rows].mul_(_BETAS[0]).add_(slope, alpha=1 - _BETAS[0])
            second = self._second[rows].mul_(_BETAS[1]).addcmul_(slope, slope, value=1 - _BETAS[1])
            self._first[rows], self._second[rows] = first, second
            self._values[rows] -= rate * first / (second.sqrt() + _EPSILON)

    def vectors(self) -> Vectors:
        """Return one vector a token, float32, shape (tokens, dim): the sum of its rows; zeros for the unknown one."""
        import torch

        with torch.no_grad():
            made = self._add(self._values, self._rows.numbers, self._rows.ends).cpu().numpy()
        made[0] = 0
        return np.ascontiguousarray(made, np.float32)

    def state(self) -> dict[str, Vectors]:
        """Return all that `restore` needs."""
        return {"values": self._values.cpu().numpy(), "first": self._first.cpu().numpy(),
                "second": self._second.cpu().numpy()}  # fmt: skip

    def restore(self, state: Mapping[str, Vectors]) -> None:
        """Go on from a state."""
        import torch

        self._values, self._first, self._second = (
            torch.from_numpy(state[name]).to(self._device) for name in ("values", "first", "second")
        )
