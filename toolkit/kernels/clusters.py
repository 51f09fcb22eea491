"""Groups of near-duplicates: who stays, whom each stands for, and all pairs in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

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


def post_pairs(item_of: Ints, pairs: Ints, similarity: Reals, block: int) -> Iterator[tuple[Ints, Ints, Reals]]:
    """Yield the pairs of posts that pairs of items stand for, about `block` of them at a time.

    Args:
        item_of: the item of each post; posts of one item are pairs of similarity 1.
        pairs: (n, 2) items.
        similarity: (n,) of each pair of items.
        block: all pairs of one post come together, even if they are more.

    Yields:
        Posts, the later posts that they are paired with, and their similarity; sorted by both posts.

    >>> found = post_pairs(np.array([0, 1, 0, 2]), np.array([[1, 0]]), np.array([0.9]), 100)
    >>> [[column.tolist() for column in part] for part in found]
    [[[0, 0, 1], [1, 2, 2], [0.9, 1.0, 0.9]]]
    """
    sizes = np.bincount(item_of)
    same = np.flatnonzero(sizes > 1)
    both = np.concatenate([pairs, pairs[:, ::-1], np.stack([same, same], axis=1)])
    order = np.argsort(both[:, 0], kind="stable")
    item, partner = both[order].T
    values = np.concatenate([similarity, similarity, np.ones(len(same))])[order]
    n_partners = np.bincount(item, minlength=len(sizes))
    n_others = np.bincount(item, weights=sizes[partner], minlength=len(sizes))
    first_partner, first_member = np.cumsum(n_partners) - n_partners, np.cumsum(sizes) - sizes
    members = np.argsort(item_of, kind="stable")
    posts = np.flatnonzero(n_partners[item_of])
    block_of = np.cumsum(n_others[item_of[posts]]) // block
    for some in np.split(posts, np.flatnonzero(np.diff(block_of)) + 1):
        items = item_of[some]
        row, at = _ranges(first_partner[items], n_partners[items])
        post, other, similar = some[row], partner[at], values[at]
        row, at = _ranges(first_member[other], sizes[other])
        is_later = members[at] > post[row]
        post, others, similar = post[row][is_later], members[at][is_later], similar[row][is_later]
        if len(post):
            order = np.lexsort((others, post))
            yield post[order], others[order], similar[order]


def star_groups(
    item_of: Ints, pairs: Ints, similarity: Reals, kept_of: Ints, kept_similarity: Reals, max_posts: int
) -> tuple[Ints, Ints, Reals]:
    """Return what `post_pairs` takes, but with a star instead of all pairs for each large group of posts.

    Args:
        item_of: the item of each post.
        pairs: (n, 2) items.
        similarity: (n,) of each pair of items.
        kept_of: of each post, the one that stays in its place.
        kept_similarity: of each post to that one.
        max_posts: of a group, what pairs of items tie together, that is listed pair by pair.

    >>> star = star_groups(np.array([0, 0, 0, 1]), np.array([[0, 1]]), np.array([0.9]), np.array([0, 0, 0, 0]),
    ...                    np.array([1.0, 1.0, 1.0, 0.9]), 3)
    >>> [column.tolist() for part in post_pairs(*star, 100) for column in part]
    [[0, 0, 0], [1, 2, 3], [1.0, 1.0, 0.9]]
    """
    n_items = int(item_of.max(initial=-1)) + 1
    graph = sparse.coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n_items, n_items))
    group_of = connected_components(graph, directed=False)[1]
    is_large = np.bincount(group_of[item_of], minlength=n_items)[group_of] > max_posts
    posts = np.flatnonzero(is_large[item_of])
    if not len(posts):
        return item_of, pairs, similarity
    alone = item_of.copy()
    alone[posts] = n_items + np.arange(len(posts))
    leaving = posts[kept_of[posts] != posts]
    star = np.stack([alone[leaving], alone[kept_of[leaving]]], axis=1)
    small = ~is_large[pairs[:, 0]]
    return (
        alone,
        np.concatenate([pairs[small], star]),
        np.concatenate([similarity[small], kept_similarity[leaving]]),
    )


def _ranges(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Return start, start + 1, ... for each start, `counts` of them, after the number of the start that each is of."""
    row = np.repeat(np.arange(len(starts)), counts)
    return row, np.arange(len(row)) + (starts - np.cumsum(counts) + counts)[row]


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
