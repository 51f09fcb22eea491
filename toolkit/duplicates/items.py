"""Posts with the same words as one item: what is compared, so that a text posted ten thousand times costs as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_MS_PER_HOUR = 3_600_000
_UNKNOWN = np.iinfo(np.int64).min


class Items(NamedTuple):
    """Posts with the same words in the same language, of one occasion.

    Attributes:
        item_of: the item of each post, numbered by its first post.
        first: the first post of each item.
        order: all items, the one with the best post first.
        is_published: whether an older release has a post of it.
        side: of its language, see `language_sides`.
        is_dated: whether the dates of all its posts are known.
        is_timeless: whether a post of it is.
        earliest: of its dates, milliseconds; of no meaning if one is not known.
        latest: as `earliest`.
        channel: a number of its posts' channel; -1 if they are of several.
        channels_of: item -> the numbers of its channels, where they are several.
    """

    item_of: Ints
    first: Ints
    order: Ints
    is_published: NDArray[np.bool_]
    side: NDArray[np.int8]
    is_dated: NDArray[np.bool_]
    is_timeless: NDArray[np.bool_]
    earliest: Ints
    latest: Ints
    channel: Ints
    channels_of: dict[int, frozenset[int]]

    def hours_apart(self, pairs: Ints) -> NDArray[np.float64]:
        """Return the hours between the nearest posts of each pair of items.

        nan where a date is not known, 0 where an item is timeless.
        """
        one, other = pairs[:, 0], pairs[:, 1]
        gap = np.maximum(self.earliest[other] - self.latest[one], self.earliest[one] - self.latest[other])
        hours = np.where(self.is_dated[one] & self.is_dated[other], np.maximum(gap, 0) / _MS_PER_HOUR, np.nan)
        return np.where(self.is_timeless[one] | self.is_timeless[other], 0.0, hours)

    def are_own(self, pairs: Ints) -> NDArray[np.bool_]:
        """Tell which pairs of items have posts of one channel."""
        channel = self.channel[pairs]
        own: NDArray[np.bool_] = channel[:, 0] == channel[:, 1]
        for at in np.flatnonzero((channel < 0).any(axis=1)).tolist():
            one, other = (self._channels(item) for item in pairs[at].tolist())
            own[at] = bool(one & other)
        return own

    def _channels(self, item: int) -> frozenset[int]:
        return self.channels_of.get(item) or frozenset([int(self.channel[item])])


class Occasions(NamedTuple):
    """When posts with the same words speak of several occasions.

    Attributes:
        hours: they are further apart than that, and all their dates are known.
        timeless: (posts,) none of them is such a post.
        speaks_for_itself: tells of a post whether its words are the same item at any time.
    """

    hours: float
    timeless: NDArray[np.bool_]
    speaks_for_itself: Callable[[int], bool]


def make_items(
    posts: pa.Table,
    keys: pa.ChunkedArray,
    n_new: int,
    order: Ints,
    occasions: Occasions | None = None,
) -> Items:
    """Join the posts that have the same words in the same language.

    Args:
        posts: has lang, date and channel.
        keys: of their words.
        n_new: posts after the first `n_new` are published.
        order: all posts, best first.
        occasions: None: all posts with the same words are one item.
    """
    dates = np.asarray(pc.fill_null(posts["date"].cast(pa.int64()), _UNKNOWN))
    codes = item_codes(keys, posts["lang"])
    if occasions is not None:
        codes = _part_occasions(codes, dates, occasions)
    item_of = np.asarray(pa.array(codes).dictionary_encode().indices).astype(np.int64)
    first = np.unique(item_of, return_index=True)[1]
    size = len(first)
    earliest, latest = np.full(size, np.iinfo(np.int64).max), np.full(size, _UNKNOWN)
    np.minimum.at(earliest, item_of, dates)
    np.maximum.at(latest, item_of, dates)
    is_published, is_timeless = np.zeros(size, bool), np.zeros(size, bool)
    if occasions is not None:
        is_timeless[item_of[occasions.timeless]] = True
    is_published[item_of[n_new:]] = True
    channel = np.asarray(posts["channel"].combine_chunks().dictionary_encode().indices).astype(np.int64)
    is_mixed = np.zeros(size, bool)
    is_mixed[item_of[channel != channel[first][item_of]]] = True
    channels_of: dict[int, set[int]] = defaultdict(set)
    for post in np.flatnonzero(is_mixed[item_of]).tolist():
        channels_of[int(item_of[post])].add(int(channel[post]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(size, len(order))
    np.minimum.at(best, item_of, rank)
    return Items(
        item_of, first, np.argsort(best), is_published, language_sides(posts["lang"].take(pa.array(first))),
        earliest != _UNKNOWN, is_timeless, earliest, latest, np.where(is_mixed, -1, channel[first]),
        {item: frozenset(channels) for item, channels in channels_of.items()},
    )  # fmt: skip


def item_codes(keys: pa.ChunkedArray, langs: pa.ChunkedArray) -> Ints:
    """Return a number for each pair of a key and a language."""
    lang = langs.combine_chunks().dictionary_encode()
    key = keys.combine_chunks().dictionary_encode()
    codes: Ints = np.asarray(key.indices).astype(np.int64) * max(len(lang.dictionary), 1) + np.asarray(lang.indices)
    return codes


def _part_occasions(codes: Ints, dates: Ints, occasions: Occasions) -> Ints:
    """Give posts of other occasions other codes: an occasion lasts for the window from its first post on."""
    window = occasions.hours * _MS_PER_HOUR
    order = np.lexsort((dates, codes))
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    parted = codes.copy()
    free = int(codes.max(initial=-1)) + 1
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=True):
        when = dates[order[start:stop]]
        if stop - start > 1 and when[0] != _UNKNOWN and when[-1] - when[0] > window:
            if occasions.timeless[order[start:stop]].any() or occasions.speaks_for_itself(int(order[start])):
                continue
            begin = 0
            while begin < len(when):
                end = int(np.searchsorted(when, when[begin] + window, side="right"))
                parted[order[start + begin : start + end]] = free
                free, begin = free + 1, end
    return parted


def language_sides(langs: pa.ChunkedArray) -> NDArray[np.int8]:
    """Return 1 for Russian, -1 for English, else 0: posts say the same only if the product is not negative."""
    return np.asarray(pc.equal(langs, "ru")).astype(np.int8) - np.asarray(pc.equal(langs, "en")).astype(np.int8)
