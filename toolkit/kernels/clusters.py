"""Groups of near-duplicates: who stays, whom each stands for, and all pairs in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Name = TypeVar("Name", str, tuple[str, str])


def representatives(order: Ints, pairs: Ints, similarity: Reals) -> tuple[Ints, Reals]:
    """Choose who stays so that each one that leaves is paired with one that stays.

    Walking along connected pairs (a ~ b ~ c) alone would remove c for the sake of a, which it need not resemble. Here
    the best of a connected group stays, then the best of those that are not paired with it, and so on.

    Args:
        order: all items, best first.
        pairs: (n, 2) verified pairs of items, each once.
        similarity: (n,) of each pair.

    Returns:
        For each item the one that stays in its place, itself or the best of the kept ones that it is paired with; and
        the similarity to it.

    >>> order, pairs = np.array([0, 1, 2, 3]), np.array([[0, 1], [1, 2]])  # 2 is no duplicate of 0
    >>> kept, similarity = representatives(order, pairs, np.array([0.9, 0.8]))
    >>> kept.tolist(), similarity.tolist()
    ([0, 0, 2, 3], [1.0, 0.9, 1.0, 1.0])
    """
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    kept, similar = np.arange(len(order)), np.ones(len(order))
    worse = np.where(rank[pairs[:, 0]] > rank[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    better = pairs.sum(axis=1) - worse
    # By the worse item's rank: when its turn comes, all its better partners are decided. The best partner is first.
    for place in np.lexsort((rank[better], rank[worse])):
        item, partner = worse[place], better[place]
        if kept[item] == item and kept[partner] == partner:
            kept[item], similar[item] = partner, similarity[place]
    return kept, similar


def post_pairs(item_of: Ints, pairs: Ints, similarity: Reals) -> Iterator[tuple[int, Ints, Reals]]:
    """Yield the pairs of posts that pairs of items stand for.

    Args:
        item_of: the item of each post; posts of one item are pairs of similarity 1.
        pairs: (n, 2) items.
        similarity: (n,) of each pair of items.

    Yields:
        A post, the later posts that it is paired with, ascending, and their similarity; in the order of posts.

    >>> found = post_pairs(np.array([0, 1, 0, 2]), np.array([[1, 0]]), np.array([0.9]))
    >>> [(post, others.tolist(), values.tolist()) for post, others, values in found]
    [(0, [1, 2], [0.9, 1.0]), (1, [2], [0.9])]
    """
    counts = np.bincount(item_of)
    same = np.flatnonzero(counts > 1)
    both = np.concatenate([pairs, pairs[:, ::-1], np.stack([same, same], axis=1)])
    values = np.concatenate([similarity, similarity, np.ones(len(same))])
    order = np.argsort(both[:, 0], kind="stable")
    partners, values = both[order, 1], values[order]
    starts = np.searchsorted(both[order, 0], np.arange(len(counts) + 1))
    members = np.argsort(item_of, kind="stable")
    ends = np.cumsum(counts)
    for post in np.flatnonzero(np.diff(starts)[item_of]):
        here = slice(starts[item_of[post]], starts[item_of[post] + 1])
        groups = [members[ends[item] - counts[item] : ends[item]] for item in partners[here]]
        others, similar = np.concatenate(groups), np.repeat(values[here], counts[partners[here]])
        later = np.flatnonzero(others > post)
        later = later[np.argsort(others[later])]
        if len(later):
            yield int(post), others[later], similar[later]


def join_groups(pairs: Iterable[tuple[Name, Name]]) -> dict[Name, Name]:
    """Return, for everything that is in a pair, the smallest of all that pairs tie to it.

    >>> join_groups([("b", "c"), ("a", "b"), ("x", "y")])
    {'b': 'a', 'c': 'a', 'a': 'a', 'x': 'x', 'y': 'x'}
    """
    parent: dict[Name, Name] = {}

    def top(name: Name) -> Name:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b in pairs:
        first, second = sorted((top(a), top(b)))
        parent[second] = first
    return {name: top(name) for name in parent}
