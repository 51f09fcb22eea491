"""Find the posts that stand in longer ones: by word shingles at any time, by letters within the window.

A part of a post that each version makes longer stands in all later ones; it is linked to some of them only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.duplicates.channel_footers import FootersOf
from toolkit.duplicates.copies import LETTERS, MIN_PART_WORDS, PART_SHARE, PART_TIMES, is_part
from toolkit.duplicates.items import language_sides
from toolkit.duplicates.near_pairs import MAX_HOLDERS, PostFacts, letter_shares, met_often, pair_blocks
from toolkit.kernels.containment import contained_pairs
from toolkit.kernels.sketches import find_meetings
from toolkit.options import DedupOptions

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

_MAX_WHOLES = 8  # longer posts that a part is linked to: those that have most of it, the nearest in length first
_MS_PER_HOUR = 3_600_000


class Parts(NamedTuple):
    """Posts that stand in longer ones.

    Attributes:
        pairs: (n, 2) the part and the whole, sorted.
        share: of the part's shingles that the whole has.
        by_letters: whether the letters tell it; else the words do.
    """

    pairs: Ints
    share: Reals
    by_letters: NDArray[np.bool_]


def find_parts(posts: pa.Table, hashed: pa.Table, footers: FootersOf, options: DedupOptions) -> Parts:
    """Find the parts.

    Args:
        posts: has text, lang, date and channel.
        hashed: shingles of words (lists of hashes) and n_words of the texts, grams and n_body_words of the bodies.
        footers: of the channels.
        options: thresholds and the window.
    """
    n_words, side = np.asarray(hashed["n_words"]), language_sides(posts["lang"])
    pairs, share = _by_words(hashed["shingles"].combine_chunks(), options)
    fits = (n_words[pairs[:, 0]] >= options.part_words) & (side[pairs].prod(axis=1) >= 0)
    found = [Parts(pairs[fits], share[fits], np.zeros(fits.sum(), bool))]
    if options.copies:
        found.append(_by_letters(posts, hashed, footers, options))
    pairs, share, by_letters = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((by_letters, pairs[:, 1], pairs[:, 0]))  # what both tell, words tell
    is_new = np.ones(len(order), bool)
    is_new[1:] = (pairs[order[1:]] != pairs[order[:-1]]).any(axis=1)
    chosen = order[is_new]
    if not options.all_pairs:
        chosen = chosen[_are_few(pairs[chosen], share[chosen], n_words)]
    return Parts(pairs[chosen], share[chosen], by_letters[chosen])


def _by_words(shingles: pa.LargeListArray, options: DedupOptions) -> tuple[Ints, Reals]:
    offsets = np.asarray(shingles.offsets)
    values = np.asarray(shingles.flatten())
    return contained_pairs(values, offsets - offsets[:1], options.threshold, options.boilerplate_posts)


def _by_letters(posts: pa.Table, hashed: pa.Table, footers: FootersOf, options: DedupOptions) -> Parts:
    facts, side = PostFacts(posts, footers), language_sides(posts["lang"])
    n_words = np.asarray(hashed["n_body_words"])
    dates = np.asarray(pc.cast(posts["date"], pa.int64()).to_numpy(zero_copy_only=False), np.float64)
    grams = hashed["grams"].combine_chunks()
    offsets = np.asarray(grams.offsets) - np.asarray(grams.offsets)[:1]
    met = find_meetings(np.asarray(grams.flatten()), offsets, None if options.all_pairs else MAX_HOLDERS)
    pairs = met.pairs[met_often(met, offsets)]
    pairs = np.where((n_words[pairs[:, 0]] > n_words[pairs[:, 1]])[:, None], pairs[:, ::-1], pairs)
    sizes = n_words[pairs]
    near_in_time = np.abs(dates[pairs[:, 0]] - dates[pairs[:, 1]]) <= options.copy_hours * _MS_PER_HOUR
    may = (sizes[:, 0] >= MIN_PART_WORDS) & (sizes[:, 1] >= PART_TIMES * sizes[:, 0]) & near_in_time
    pairs = pairs[may & (side[pairs].prod(axis=1) >= 0)]
    found, shares = [np.empty((0, 2), np.int64)], [np.empty(0)]
    for some in pair_blocks(pairs, np.asarray(pc.utf8_length(posts["text"])).astype(np.int64)):
        used, numbers = np.unique(some, return_inverse=True)
        bodies = [facts.of(int(post)).body for post in used]
        share = letter_shares(bodies, numbers.reshape(-1, 2)).contained
        enough = [
            score >= PART_SHARE and is_part(facts.of(part), facts.of(whole), score)
            for (part, whole), score in zip(some.tolist(), share.tolist(), strict=True)
        ]
        found.append(some[enough])
        shares.append(share[enough])
    both = np.concatenate(found)
    return Parts(both, np.concatenate(shares), np.ones(len(both), bool))


def _are_few(pairs: Ints, share: Reals, n_words: Ints) -> NDArray[np.bool_]:
    """Choose the wholes that each part is linked to; `pairs` are sorted."""
    order = np.lexsort((pairs[:, 1], n_words[pairs[:, 1]], -share, pairs[:, 0]))
    parts = pairs[order, 0]
    place = np.arange(len(order)) - np.searchsorted(parts, parts)
    chosen = np.zeros(len(order), bool)
    chosen[order[place < _MAX_WHOLES]] = True
    return chosen


def rule_of(by_letters: bool, options: DedupOptions) -> str:
    """Return what decided, for the evidence."""
    if by_letters:
        return (
            f"{PART_SHARE:g} of its letter {LETTERS}-grams are in a post {PART_TIMES:g} times as long within "
            f"{options.copy_hours:g} hours, no number, name, day, month or currency swapped"
        )
    return f"{options.threshold:g} of its word {options.shingle_words}-grams are in a longer post"
