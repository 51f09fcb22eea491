"""Find the pairs of texts whose word shingles are nearly the same.

MinHash bands only propose pairs; a pair counts if the exact Jaccard similarity reaches the threshold, and it is counted
only where bitmaps do not show that it cannot: posts of one template are proposed by the million. Posts with the same
words are one item throughout, so that a text posted ten thousand times costs as much as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.kernels.bitmaps import N_WORDS, bitmaps, may_be_alike
from toolkit.kernels.minhash import band_keys, candidate_pairs, jaccard, minhash_signatures
from toolkit.options import DedupOptions
from toolkit.text.shingles import hash_words, word_shingles, words_keys

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

_PAIRS = 1 << 15  # candidates that are verified at a time; bounds the memory for their shingles


class NearPairs(NamedTuple):
    """Verified pairs of items. An item is the posts with the same words in the same language.

    Attributes:
        item_of: the item of each post, numbered by its first post.
        pairs: (n, 2) items that are near-duplicates, each pair once.
        similarity: exact Jaccard of each pair.
    """

    item_of: Ints
    pairs: Ints
    similarity: Reals


def hashed_schema(options: DedupOptions) -> pa.Schema:
    """Return the schema of `hash_texts`: what is kept of each text, whatever its length."""
    return pa.schema(
        [
            ("words_key", pa.binary(16)),
            ("bands", pa.list_(pa.uint64(), options.n_bands)),
            ("bitmap", pa.list_(pa.uint64(), N_WORDS)),
            ("n_shingles", pa.int64()),
        ]
    )


def hash_texts(texts: Sequence[str], options: DedupOptions) -> pa.Table:
    """Return for each text a key of its words in their order, and what proposes pairs of texts and rules them out."""
    words = hash_words(texts)
    shingles = word_shingles(words, options.shingle_words)
    bands = band_keys(minhash_signatures(*shingles, options.num_perm, options.seed), options.n_bands)
    columns = [
        pa.array(words_keys(words), pa.binary(16)),
        pa.FixedSizeListArray.from_arrays(pa.array(bands.ravel()), options.n_bands),
        pa.FixedSizeListArray.from_arrays(pa.array(bitmaps(*shingles).ravel()), N_WORDS),
        pa.array(np.diff(shingles.offsets)),
    ]
    return pa.table(columns, schema=hashed_schema(options))


def find_near_pairs(posts: pa.Table, hashed: pa.Table, n_new: int, options: DedupOptions) -> NearPairs:
    """Find the pairs of items that reach the threshold.

    A text of fewer words than a shingle has is one shingle: only the same words in another language are near it. A
    Russian and an English post are never a pair.

    Args:
        posts: has text and lang.
        hashed: of the texts, see `hash_texts`.
        n_new: posts after the first `n_new` are published; two items that both have such a post are in no pair.
        options: shingles, bands and threshold.
    """
    item_of = _items(hashed["words_key"], posts["lang"])
    first = np.unique(item_of, return_index=True)[1]
    is_published = np.zeros(len(first), bool)
    is_published[item_of[n_new:]] = True
    side = language_sides(posts["lang"].take(pa.array(first)))
    bands, maps = (_lists(hashed[name])[first] for name in ("bands", "bitmap"))
    sizes = np.asarray(hashed["n_shingles"])[first]
    found = [(np.empty((0, 2), np.int64), np.empty(0))]
    for candidates in candidate_pairs(bands, _PAIRS):
        fits = (side[candidates].prod(axis=1) >= 0) & ~is_published[candidates].all(axis=1)
        pairs = candidates[fits & may_be_alike(maps, sizes, candidates, options.threshold)]
        used, numbers = np.unique(pairs, return_inverse=True)
        similarity = _jaccard(posts["text"].take(pa.array(first[used])).to_pylist(), numbers.reshape(-1, 2), options)
        enough = similarity >= options.threshold
        found.append((pairs[enough], similarity[enough]))
    return NearPairs(item_of, *(np.concatenate(column) for column in zip(*found, strict=True)))


def _lists(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return lists of one length as rows."""
    return np.asarray(column.combine_chunks().flatten()).reshape(len(column), column.type.list_size)


def _items(words_keys: pa.ChunkedArray, langs: pa.ChunkedArray) -> Ints:
    lang = langs.combine_chunks().dictionary_encode()
    key = words_keys.combine_chunks().dictionary_encode()
    both = np.asarray(key.indices).astype(np.int64) * max(len(lang.dictionary), 1) + np.asarray(lang.indices)
    return np.asarray(pa.array(both).dictionary_encode().indices).astype(np.int64)


def language_sides(langs: pa.ChunkedArray) -> NDArray[np.int8]:
    """Return 1 for Russian, -1 for English, else 0: posts say the same only if the product is not negative."""
    return np.asarray(pc.equal(langs, "ru")).astype(np.int8) - np.asarray(pc.equal(langs, "en")).astype(np.int8)


def similarities(texts: list[str], others: list[str], options: DedupOptions) -> Reals:
    """Return the exact Jaccard similarity of each text to the other one in its place."""
    numbers = np.arange(len(texts))
    return _jaccard([*texts, *others], np.stack([numbers, numbers + len(texts)], axis=1), options)


def _jaccard(texts: list[str], pairs: Ints, options: DedupOptions) -> Reals:
    return jaccard(*word_shingles(hash_words(texts), options.shingle_words), pairs)
