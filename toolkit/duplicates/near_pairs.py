"""Find the pairs of texts that say the same: near duplicates, and edited copies.

MinHash bands and samples of shingles only propose pairs; a pair counts if the exact Jaccard similarity reaches a
threshold and, where dates or channels tell posts apart, if their facts agree (see `copies`). It is counted only where
bitmaps do not show that it cannot: posts of one template are proposed by the million.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.duplicates.channel_footers import FootersOf
from toolkit.duplicates.copies import LETTERS, MIN_SIMILARITY, NEAR, PART_TIMES, SAME, Setting, judge, speaks_for_itself
from toolkit.duplicates.facts import Facts
from toolkit.duplicates.hidden_links import hidden_targets
from toolkit.duplicates.items import Items, Occasions, item_codes, make_items
from toolkit.kernels.bitmaps import N_WORDS, bitmaps, may_be_alike
from toolkit.kernels.clusters import representatives
from toolkit.kernels.minhash import (
    CandidatePairs,
    band_keys,
    count_shared,
    jaccard,
    minhash_signatures,
    ordered_sets,
)
from toolkit.kernels.sketches import Meetings, find_meetings, sample_sets
from toolkit.options import DedupOptions
from toolkit.text.compared import body_of
from toolkit.text.footers import NO_FOOTERS, Footers
from toolkit.text.shingles import Hashes, hash_folded, hash_letters, hash_words, word_shingles, words_keys

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

_PAIRS = 1 << 15  # candidates that are verified at a time; bounds the memory for their shingles
_MEMBERS = 1 << 24  # shingles of their texts; a live post may have many versions, and long ones
_BODIES = 64  # whose letters are hashed at a time
_GRAM_WORDS = 3  # survive an edit two words on
_SAMPLE = 32  # grams of a text
_MIN_SHARED = 2  # of them; one is enough where a text has few
_FEW_GRAMS = 8
_MAX_BUCKET = 64  # posts that share a band and all meet
MAX_HOLDERS = 32  # posts that share a gram and all meet
_NONE = np.empty(0, np.uint64)
_LATE_WORDS, _LATE_SIMILARITY = 15, 0.5  # the least that `copies.judge` asks of texts of different times


class Pairs(NamedTuple):
    """Verified pairs of items. An item is the posts with the same words in the same language, of one occasion.

    Attributes:
        item_of: the item of each post, numbered by its first post.
        pairs: (n, 2) items that say the same, each pair once.
        similarity: exact Jaccard of each pair: of word shingles by rule `NEAR`, of letter shingles by the others.
        rules: number of the rule in `copies.RULES`.
    """

    item_of: Ints
    pairs: Ints
    similarity: Reals
    rules: Ints


def hashed_schema(options: DedupOptions) -> pa.Schema:
    """Return the schema of `hash_texts`: what is kept of each text, whatever its length."""
    return pa.schema(
        [
            ("words_key", pa.binary(16)),
            ("letters_key", pa.binary(16)),
            ("bands", pa.list_(pa.uint64(), options.n_bands)),
            ("bitmap", pa.list_(pa.uint64(), N_WORDS)),
            ("n_shingles", pa.int64()),
            ("n_words", pa.int64()),
            ("grams", pa.large_list(pa.uint64())),
        ]
    )


def hash_texts(texts: Sequence[str], footers: Sequence[Footers] | None, options: DedupOptions) -> pa.Table:
    """Return for each text a key of its words in their order, and what proposes pairs of texts and rules them out.

    Args:
        texts: as they were posted.
        footers: of each text; None: no text has markup, footers or addresses.
        options: shingles and bands.

    Returns:
        `hashed_schema`: words_key, bands and bitmap of the words as they are written, letters_key and grams of the
        folded words of the body (see `bodies.body_of`).
    """
    words = hash_words(texts)
    shingles = word_shingles(words, options.shingle_words)
    bands = band_keys(minhash_signatures(*shingles, options.num_perm, options.seed), options.n_bands)
    bodies = texts if footers is None else [body_of(*each) for each in zip(texts, footers, strict=True)]
    own = hash_folded(bodies)
    # Of a text without grams no copies are found.
    grams = sample_grams(own) if footers is not None and options.copies else Hashes(_NONE, np.zeros_like(own.offsets))
    columns = [
        pa.array(words_keys(words), pa.binary(16)),
        pa.array(words_keys(own), pa.binary(16)),
        pa.FixedSizeListArray.from_arrays(pa.array(bands.ravel()), options.n_bands),
        pa.FixedSizeListArray.from_arrays(pa.array(bitmaps(*shingles).ravel()), N_WORDS),
        pa.array(np.diff(shingles.offsets)),
        pa.array(np.diff(own.offsets)),
        pa.LargeListArray.from_arrays(pa.array(grams.offsets), pa.array(grams.hashes)),
    ]
    return pa.table(columns, schema=hashed_schema(options))


def sample_grams(words: Hashes) -> Hashes:
    """Return some runs of a few words of each text: those that any other text would choose too."""
    return Hashes(*sample_sets(*word_shingles(words, _GRAM_WORDS), _SAMPLE))


def find_pairs(
    posts: pa.Table,
    hashed: pa.Table,
    n_new: int,
    order: Ints,
    footers: FootersOf,
    options: DedupOptions,
    timeless: NDArray[np.bool_],
) -> Pairs:
    """Find the pairs of items that say the same.

    A text of fewer words than a shingle has is one shingle: only the same words in another language are near it. A
    Russian and an English post are never a pair. Where more than some dozens are alike, each is compared with the best
    of them and with its neighbours, and those that stay once more; so all that leave are paired with one that stays,
    and the work is linear. With `options.all_pairs` all are.

    Args:
        posts: has text, urls, lang, date and channel.
        hashed: of the texts, see `hash_texts`.
        n_new: posts after the first `n_new` are published; two items that both have such a post are in no pair.
        order: all posts, best first.
        footers: of the channels.
        options: shingles, bands, thresholds and the window.
        timeless: whether what says the same as a post is one item with it at any time.
    """
    facts = PostFacts(posts, footers)
    if is_bare(posts) or not options.copies:
        items = make_items(posts, hashed["words_key"], n_new, order)
        return _Search(posts, hashed, items, facts, options, judges=False).run()
    occasions = Occasions(options.copy_hours, timeless, facts.speaks_for_itself)
    items = make_items(posts, hashed["letters_key"], n_new, order, occasions)
    return _Search(posts, hashed, items, facts, options, judges=True).run()


def is_bare(posts: pa.Table) -> bool:
    """Tell whether neither dates nor channels tell posts apart: texts of any kind, and not what somebody posted."""
    return bool(posts["date"].null_count == posts.num_rows and len(pc.unique(posts["channel"])) < 2)


class PostFacts:
    """The facts of posts, taken from each once."""

    def __init__(self, posts: pa.Table, footers: FootersOf) -> None:
        self._texts, self._channels, self._footers = posts["text"], posts["channel"], footers
        self._hidden = hidden_targets(posts)
        self._known: dict[int, Facts] = {}

    def of(self, post: int) -> Facts:
        """Return the facts of a post, by its number in the table."""
        if post not in self._known:
            footers = self._footers.get(self._channels[post].as_py(), NO_FOOTERS)
            self._known[post] = Facts(self._texts[post].as_py(), footers, self._hidden.get(post, frozenset()))
        return self._known[post]

    def speaks_for_itself(self, post: int) -> bool:
        """Tell whether the words of a post are the same item at any time."""
        return speaks_for_itself(self.of(post), self.of(post))


class _Search:
    """The search among items."""

    def __init__(
        self, posts: pa.Table, hashed: pa.Table, items: Items, facts: PostFacts, options: DedupOptions, *, judges: bool
    ) -> None:
        self._items, self._facts, self._options, self._judges = items, facts, options, judges
        self._posts = posts
        first = items.first
        self._bands, self._maps = (_lists(hashed[name])[first] for name in ("bands", "bitmap"))
        self._sizes, self._n_words = (np.asarray(hashed[name])[first] for name in ("n_shingles", "n_words"))
        self._lengths = np.asarray(pc.utf8_length(posts["text"]))[first].astype(np.int64)
        self._letters_keys = hashed["letters_key"].take(pa.array(first))
        self._grams = hashed["grams"].combine_chunks().take(pa.array(first))

    def run(self) -> Pairs:
        """Search among all items, then among those that stay of what was compared in part only."""
        none = (np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.int64))
        found = Pairs(self._items.item_of, *(none if self._judges else self._same_letters()))
        active = self._items.order
        while len(active) > 1:
            parts, is_cut = self._round(active)
            n_before = len(found.pairs)
            columns = zip(found[1:], *parts, strict=True)
            found = Pairs(found.item_of, *(np.concatenate(column) for column in columns))
            if not is_cut.any() or len(found.pairs) == n_before:
                break
            kept, _ = representatives(self._items.order, found.pairs, found.similarity)
            active = active[is_cut & (kept[active] == active)]
        return found

    def _same_letters(self) -> tuple[Ints, Reals, Ints]:
        """Pair items that have the same words but for ё, case, look-alikes and such, each with the best of them."""
        items = self._items
        codes = item_codes(self._letters_keys, self._posts["lang"].take(pa.array(items.first)))
        ordered = codes[items.order]
        _, first, group = np.unique(ordered, return_index=True, return_inverse=True)
        best = items.order[first[group]]
        pairs = np.sort(np.stack([best, items.order], axis=1)[best != items.order], axis=1)
        pairs = pairs[self._may_say_the_same(pairs)]
        return pairs, np.ones(len(pairs)), np.full(len(pairs), SAME)

    def _round(self, active: Ints) -> tuple[list[tuple[Ints, Reals, Ints]], NDArray[np.bool_]]:
        """Return pairs, similarities and rules found among some items, best first, and whose search was cut."""
        everyone = self._options.all_pairs
        candidates = CandidatePairs(self._bands[active], _PAIRS, None if everyone else _MAX_BUCKET)
        near = list(self._near(active, candidates))
        is_cut = candidates.is_cut
        parts = [self._judged(pairs, similarity, is_near=True) for pairs, similarity in near]
        if self._judges:
            more, also_cut = self._copies(active, [pairs for pairs, _ in near], None if everyone else MAX_HOLDERS)
            parts += more
            is_cut = is_cut | also_cut
        return parts, is_cut

    def _near(self, active: Ints, candidates: CandidatePairs) -> Iterator[tuple[Ints, Reals]]:
        threshold = self._options.threshold
        for places in candidates:
            pairs = np.sort(active[places], axis=1)
            pairs = pairs[self._may_say_the_same(pairs)]
            pairs = pairs[may_be_alike(self._maps, self._sizes, pairs, threshold)]
            pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]  # the pairs of a text are in one block
            for some in pair_blocks(pairs, self._sizes):
                used, numbers = np.unique(some, return_inverse=True)
                texts = self._posts["text"].take(pa.array(self._items.first[used])).to_pylist()
                similarity = _jaccard(texts, numbers.reshape(-1, 2), self._options, threshold)
                enough = similarity >= threshold
                yield some[enough], similarity[enough]

    def _may_say_the_same(self, pairs: Ints) -> NDArray[np.bool_]:
        sides, published = self._items.side[pairs], self._items.is_published[pairs]
        may: NDArray[np.bool_] = (sides.prod(axis=1) >= 0) & ~published.all(axis=1)
        return may

    def _judged(self, pairs: Ints, similarity: Reals, *, is_near: bool) -> tuple[Ints, Reals, Ints]:
        """Leave out pairs whose facts do not agree."""
        if not self._judges:
            return pairs, similarity, np.full(len(pairs), NEAR)
        rules = np.full(len(pairs), -1)
        hours, own = self._items.hours_apart(pairs), self._items.are_own(pairs)
        posts = self._items.first[pairs].tolist()
        for at, ((one, other), score) in enumerate(zip(posts, similarity.tolist(), strict=True)):
            gap = None if np.isnan(hours[at]) else float(hours[at])
            setting = Setting(gap, bool(own[at]), gap is not None and gap <= self._options.copy_hours)
            rule = judge(self._facts.of(one), self._facts.of(other), score, is_near, setting)
            rules[at] = -1 if rule is None else rule
        holds = rules >= 0
        return pairs[holds], similarity[holds], rules[holds]

    def _copies(
        self, active: Ints, near: list[Ints], max_holders: int | None
    ) -> tuple[list[tuple[Ints, Reals, Ints]], NDArray[np.bool_]]:
        """Find the copies among items, but for pairs that are near."""
        grams = self._grams.take(pa.array(active))
        offsets = np.asarray(grams.offsets)
        met = find_meetings(np.asarray(grams.flatten()), offsets - offsets[0], max_holders)
        pairs = np.sort(active[met.pairs[met_often(met, offsets)]], axis=1)
        pairs = pairs[self._may_say_the_same(pairs) & self._may_be_copies(pairs)]
        codes = pairs[:, 0] * len(self._items.first) + pairs[:, 1]
        known = np.concatenate([np.empty((0, 2), np.int64), *near])
        pairs = pairs[~np.isin(codes, known[:, 0] * len(self._items.first) + known[:, 1])]
        parts = []
        for some in pair_blocks(pairs, self._lengths):
            similarity = letter_shares(*self._bodies(some)).jaccard
            alike = similarity >= MIN_SIMILARITY
            alike &= self._are_soon(some) | (similarity >= _LATE_SIMILARITY)
            parts.append(self._judged(some[alike], similarity[alike], is_near=False))
        return parts, met.is_cut

    def _are_soon(self, pairs: Ints) -> NDArray[np.bool_]:
        soon: NDArray[np.bool_] = self._items.hours_apart(pairs) <= self._options.copy_hours
        return soon

    def _may_be_copies(self, pairs: Ints) -> NDArray[np.bool_]:
        n_words = np.sort(self._n_words[pairs], axis=1)
        may: NDArray[np.bool_] = n_words[:, 1] < PART_TIMES * n_words[:, 0]
        return may & (self._are_soon(pairs) | (n_words[:, 0] >= _LATE_WORDS))

    def _bodies(self, pairs: Ints) -> tuple[list[str], Ints]:
        used, numbers = np.unique(pairs, return_inverse=True)
        return [self._facts.of(int(post)).body for post in self._items.first[used]], numbers.reshape(-1, 2)


def met_often(met: Meetings, offsets: Ints) -> NDArray[np.bool_]:
    """Tell which meetings are worth a look; `offsets` are those of the samples."""
    counts = np.diff(offsets)[met.pairs].min(axis=1)
    often: NDArray[np.bool_] = (met.shared >= _MIN_SHARED) | (counts <= _FEW_GRAMS)
    return often


def pair_blocks(pairs: Ints, sizes: Ints) -> Iterator[Ints]:
    """Cut pairs into runs that are verified at a time: of so many pairs, and so many shingles of different texts.

    Args:
        pairs: (n, 2) numbers of texts, sorted, so that a text is in few runs.
        sizes: shingles of the texts, about.
    """
    start, members = 0, 0
    seen: set[int] = set()
    for at, pair in enumerate(pairs.tolist(), 1):
        new = set(pair) - seen
        seen |= new
        members += sum(int(sizes[text]) for text in new)
        if members >= _MEMBERS or at - start == _PAIRS:
            yield pairs[start:at]
            start, members, seen = at, 0, set()
    if start < len(pairs):
        yield pairs[start:]


class Shares(NamedTuple):
    """How much two texts have in common, by the shingles of their letters.

    Attributes:
        jaccard: what both have, of what any has.
        contained: what both have, of what the one with fewer shingles has.
    """

    jaccard: Reals
    contained: Reals


def letter_shares(bodies: list[str], pairs: Ints) -> Shares:
    """Compare the letters of bodies (see `bodies.body_of`), pair by pair."""
    members, sizes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(0, len(bodies), _BODIES):
        one, offsets = ordered_sets(*word_shingles(hash_letters(bodies[start : start + _BODIES]), LETTERS))
        members.append(one)
        sizes.append(np.diff(offsets))
    n_members = np.concatenate(sizes)
    offsets = np.concatenate([[0], np.cumsum(n_members)])
    shared = count_shared(np.concatenate(members), offsets, pairs)
    both = n_members[pairs]
    return Shares(shared / (both.sum(axis=1) - shared), shared / both.min(axis=1))


def _lists(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return lists of one length as rows."""
    return np.asarray(column.combine_chunks().flatten()).reshape(len(column), column.type.list_size)


def similarities(texts: list[str], others: list[str], options: DedupOptions) -> Reals:
    """Return the exact Jaccard similarity of each text to the other one in its place."""
    numbers = np.arange(len(texts))
    return _jaccard([*texts, *others], np.stack([numbers, numbers + len(texts)], axis=1), options)


def _jaccard(texts: list[str], pairs: Ints, options: DedupOptions, least: float = 0.0) -> Reals:
    return jaccard(*word_shingles(hash_words(texts), options.shingle_words), pairs, least)
