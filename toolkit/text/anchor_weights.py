"""What shared and missing anchors are worth: a number that three posts of ten thousand have proves more than a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum, log
from typing import Final, NamedTuple

from toolkit.text.anchors import (
    Names,
    Shared,
    link_key,
    names,
    shared_names,
    shared_numbers,
)
from toolkit.text.numerals import Numbers, read_numbers

_WORLD: Final = 50  # posts without it that stand for the world outside a small pool
_FURNITURE: Final = 3  # a link in more posts of one side than this is a footer's


class Anchors(NamedTuple):
    """What a post can be recognised by."""

    numbers: Numbers
    names: Names
    links: frozenset[str]


class Weighed(NamedTuple):
    """Two posts' anchors compared; see `schemas.POST_PAIRS` for the overlaps.

    Attributes:
        number_overlap: shared numbers / all numbers, None if there are none.
        name_overlap: names of one side found in the other, None if a side has none.
        link_overlap: shared links / all links, None if there are none.
        numbers_shared: rarity of the numbers that both have, in nats.
        numbers_missing: rarity of the numbers that one side alone has; of the two sides the one that misses less
            counts, because a shortened variant lacks much.
        names_shared: as for numbers.
        names_missing: as for numbers.
    """

    number_overlap: float | None
    name_overlap: float | None
    link_overlap: float | None
    numbers_shared: float
    numbers_missing: float
    names_shared: float
    names_missing: float


def find_anchors(text: str, urls: Iterable[str]) -> Anchors:
    """Return the anchors of a post with these links."""
    links = frozenset(key for url in urls if (key := link_key(url)))
    return Anchors(read_numbers(text), names(text), links)


def weigh_anchors(a: Sequence[Anchors], b: Sequence[Anchors], pairs: Iterable[tuple[int, int]]) -> list[Weighed]:
    """Compare the anchors of pairs of posts.

    Rarity is counted over all posts of both sides. Links that many posts of a side have are no anchors.

    Args:
        a: of the posts of one side.
        b: of the posts of the other side.
        pairs: indexes into both.

    >>> posts = [find_anchors(text, []) for text in ("840 м", "840 metres in 2024", "2024")]
    >>> first, second = weigh_anchors(posts[:1], posts[1:], [(0, 0), (0, 1)])
    >>> first.number_overlap, round(first.numbers_shared, 2), first.numbers_missing
    (0.5, 2.87, 0.0)
    >>> second.number_overlap, second.numbers_shared, round(second.numbers_missing, 2)
    (0.0, 0.0, 2.87)
    """
    everything = [*a, *b]
    number_rarity = _rarity([anchors.numbers.sure for anchors in everything])
    name_rarity = _rarity([anchors.names.all for anchors in everything])
    links_a, links_b = _without_furniture(a), _without_furniture(b)
    weighed = []
    for i, j in pairs:
        found_numbers = shared_numbers(a[i].numbers, b[j].numbers)
        found_names = shared_names(a[i].names, b[j].names)
        links = links_a[i] | links_b[j]
        weighed.append(
            Weighed(
                found_numbers.overlap,
                found_names.overlap,
                len(links_a[i] & links_b[j]) / len(links) if links else None,
                *_weights(found_numbers, number_rarity),
                *_weights(found_names, name_rarity),
            )
        )
    return weighed


def _rarity(sets: list[frozenset[str]]) -> dict[str, float]:
    counts = Counter(item for items in sets for item in items)
    return {item: log((len(sets) + _WORLD) / (count + 1)) for item, count in counts.items()}


def _without_furniture(posts: Sequence[Anchors]) -> list[frozenset[str]]:
    counts = Counter(link for anchors in posts for link in anchors.links)
    return [frozenset(link for link in anchors.links if counts[link] <= _FURNITURE) for anchors in posts]


def _weights(found: Shared, rarity: dict[str, float]) -> tuple[float, float]:
    """Return the rarity of what is shared and of what is missing; fsum does not depend on the order of a set."""
    shared, only_a, only_b = (fsum(rarity[item] for item in part) for part in (found.both, found.only_a, found.only_b))
    return shared, min(only_a, only_b)
