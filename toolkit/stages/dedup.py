"""Remove posts that say the same as another one, with the evidence for each.  CLEAN_POSTS -> CLEAN_POSTS, DUPLICATES.

MinHash bands only propose pairs; a pair counts if the exact Jaccard similarity of its word shingles reaches the
threshold, and a post leaves only if it makes such a pair with the very post that stays in its place. Posts with the
same words are one item until the end, so that a text posted ten thousand times costs as much as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import SchemaError
from toolkit.kernels.clusters import post_pairs, representatives
from toolkit.kernels.minhash import band_keys, candidate_pairs, jaccard, minhash_signatures
from toolkit.options import DedupOptions
from toolkit.results import DUPLICATE, PUBLISHED, StageResult
from toolkit.text.repeats import repeat_start
from toolkit.text.shingles import hash_words, word_shingles, words_keys

RULE_VERSION = "1"

_COMPARED = ["post_id", "channel", "date", "lang", "text"]  # all that decides

_BATCH = 4096  # posts that are hashed at a time
_PAIRS = 1 << 17  # candidate pairs that are verified at a time; bounds the memory for their shingles


class Published(NamedTuple):
    """The posts of an older release.

    Attributes:
        name: of the release, for the evidence.
        posts: has post_id, channel, date, lang and text.
    """

    name: str
    posts: pa.Table


@dataclass(frozen=True)
class DedupResult(StageResult):
    """What stays and what leaves, and why.

    Attributes:
        duplicates: conform to `schemas.DUPLICATES`, sorted by post_id: one row for each post that left, and one of
            kind `repeat` for each post whose body stood in it twice (text: the copy that was cut).
    """

    duplicates: pa.Table
    _n_posts: int
    _post_ids: pa.Array
    _pairs: _Pairs

    @property
    def near_pairs(self) -> pa.Table:
        """All verified pairs, exact ones too, as `schemas.NEAR_PAIRS`, sorted by id_a and id_b.

        A post of an older release is only ever id_b; two texts that it has are no pair. n posts with the same words
        make n(n - 1)/2 pairs; `near_pair_batches` never holds all of them.
        """
        return pa.concat_tables([schemas.NEAR_PAIRS.empty_table(), *self.near_pair_batches()]).combine_chunks()

    def near_pair_batches(self) -> Iterator[pa.Table]:
        """Yield the rows of `near_pairs`, some at a time."""
        waiting: list[tuple[NDArray[np.int64], ...]] = []
        n_waiting = 0
        for post, others, similarity in post_pairs(*self._pairs):
            if post >= self._n_posts:
                break  # from here on both are published
            waiting.append((np.full(len(others), post), others, np.round(similarity, 4)))
            n_waiting += len(others)
            if n_waiting >= _PAIRS:
                yield self._pair_table(waiting)
                waiting, n_waiting = [], 0
        if waiting:
            yield self._pair_table(waiting)

    def _pair_table(self, parts: list[tuple[NDArray[np.int64], ...]]) -> pa.Table:
        first, second, similarity = (np.concatenate(column) for column in zip(*parts, strict=True))
        columns = [self._post_ids.take(pa.array(first)), self._post_ids.take(pa.array(second)), pa.array(similarity)]
        return pa.table(columns, names=schemas.NEAR_PAIRS.names).cast(schemas.NEAR_PAIRS)


class _Pairs(NamedTuple):
    """Verified pairs of items. An item is the posts with the same words in the same language.

    Attributes:
        item_of: the item of each post; posts are in the order of post_id.
        pairs: (n, 2) items that are near-duplicates, each pair once.
        similarity: of each pair.
    """

    item_of: NDArray[np.int64]
    pairs: NDArray[np.int64]
    similarity: NDArray[np.float64]


def dedup_posts(
    posts: pa.Table,
    options: DedupOptions = DedupOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
    published: Published | None = None,
) -> DedupResult:
    """Keep one of several posts that say the same, in one language.

    Three kinds, in this order: `repeat`, a body that stands in its post twice (the copy is cut, the post stays);
    `exact`, the same words in the same order; `near`, word shingles with a Jaccard similarity of at least
    `options.threshold`. A text of fewer words than a shingle has is one shingle, so it has exact duplicates only.
    A post with Russian text is never a duplicate of one with English text.

    Args:
        posts: conform to `schemas.CLEAN_POSTS` or `schemas.POSTS`; `post_id` is unique.
        options: when two posts are the same, and which of them stays.
        engine: where texts are hashed; pairs are verified in this process.
        published: an older release. Its posts always stay, and are in no table of the result; a post that says the same
            as one of them leaves. A post with the id of a published one and other words is news.

    Returns:
        `kept` has the schema of `posts`, `dropped` the reason `DUPLICATE` or `PUBLISHED` and as value the post that
        stays. Of a group the best post stays, then the best of those that are not paired with it, and so on: each post
        that leaves is paired with the one that stays in its place. The best is the published one; else of the channel
        that `options.prefer` names first; then the longest, if `options.keep` says so; then the earliest (unknown
        dates are last, then the smaller post_id).

    Raises:
        SchemaError: if a column is missing, or a post_id occurs twice.
    """
    schema = schemas.CLEAN_POSTS if "text_ru" in posts.column_names else schemas.POSTS
    posts = schemas.conform(posts, schema).sort_by("post_id").combine_chunks()
    _refuse_same_ids(posts["post_id"])
    n_posts = posts.num_rows
    older = [] if published is None else [published.posts.select(_COMPARED).cast(posts.select(_COMPARED).schema)]
    texts = pa.concat_tables([table.select(["text"]) for table in (posts, *older)]).combine_chunks()
    hashed = engine.map_batches(texts, partial(_hash_batch, options=options), _hashed_schema(options), rows=_BATCH)
    posts, repeats = _cut_repeats(posts, np.asarray(hashed["repeat_start"])[:n_posts], options)
    compared = pa.concat_tables([posts.select(_COMPARED), *older]).combine_chunks()
    item_of = _items(hashed["words_key"], compared["lang"])
    pairs = _verified_pairs(compared, hashed["bands"], item_of, n_posts, options)
    kept_of, similarity = _kept_posts(_best_first(compared, n_posts, options), pairs)
    kept_of, similarity = kept_of[:n_posts], similarity[:n_posts]
    removals = _evidence(compared, kept_of, similarity, pairs.item_of, options)
    duplicates = _in_place(pa.concat_tables([repeats, removals]), compared["post_id"], kept_of, published)
    return DedupResult(
        kept=posts.filter(pa.array(kept_of == np.arange(n_posts))).combine_chunks(),
        dropped=_dropped(duplicates),
        duplicates=duplicates.sort_by([(name, "ascending") for name in ("post_id", "kept_id", "kind")]),
        _n_posts=n_posts,
        _post_ids=compared["post_id"].combine_chunks(),
        _pairs=pairs,
    )


def _refuse_same_ids(post_ids: pa.ChunkedArray) -> None:
    counts = pc.value_counts(post_ids)
    again = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(again):
        raise SchemaError(
            f"post_id {again[0]['values'].as_py()!r} occurs {again[0]['counts'].as_py()} times",
            fix="Give every post its own id",
        )


def _hashed_schema(options: DedupOptions) -> pa.Schema:
    bands = pa.list_(pa.uint64(), options.n_bands)
    return pa.schema([("repeat_start", pa.int64()), ("words_key", pa.binary(16)), ("bands", bands)])


def _hash_batch(posts: pa.Table, options: DedupOptions) -> pa.Table:
    """Hash each text without its repeat; repeat_start is -1 where there is none."""
    texts = posts["text"].to_pylist()
    starts = [-1 if (start := repeat_start(text)) is None else start for text in texts]
    texts = [text if start < 0 else text[:start].rstrip() for text, start in zip(texts, starts, strict=True)]
    words = hash_words(texts)
    signatures = minhash_signatures(*word_shingles(words, options.shingle_words), options.num_perm, options.seed)
    keys = band_keys(signatures, options.n_bands)
    columns = [
        pa.array(starts, pa.int64()),
        pa.array(words_keys(words), pa.binary(16)),
        pa.FixedSizeListArray.from_arrays(pa.array(keys.ravel()), options.n_bands),
    ]
    return pa.table(columns, schema=_hashed_schema(options))


def _cut_repeats(posts: pa.Table, starts: NDArray[np.int64], options: DedupOptions) -> tuple[pa.Table, pa.Table]:
    """Return the posts without their repeats, and the evidence."""
    has_repeat = pa.array(starts >= 0)
    rows = posts.filter(has_repeat)
    copies = [text[start:].strip() for text, start in zip(rows["text"].to_pylist(), starts[starts >= 0], strict=True)]
    for name in {"text", "text_ru", "text_en"} & set(posts.column_names):
        shorter = pa.array([_without_repeat(text) for text in rows[name].to_pylist()], pa.string())
        column = pc.replace_with_mask(posts[name].combine_chunks(), has_repeat, shorter)
        posts = posts.set_column(posts.schema.get_field_index(name), posts.schema.field(name), column)
    bodies = posts.filter(has_repeat)["text"].to_pylist()
    evidence = {
        "post_id": rows["post_id"],
        "kept_id": rows["post_id"],
        "kind": pa.repeat(pa.scalar("repeat"), len(copies)),
        "removed": pa.repeat(pa.scalar(False), len(copies)),
        "similarity": pa.array(_similarities(bodies, copies, options), pa.float64()),
        "rule": pa.repeat(pa.scalar("the text ends with a copy of its body"), len(copies)),
        "hours_later": pa.nulls(len(copies), pa.float32()),
        "text": pa.array(copies, pa.string()),
    }
    return posts, _as_duplicates(evidence, rows)


def _without_repeat(text: str | None) -> str | None:
    start = repeat_start(text) if text else None
    return text if text is None or start is None else text[:start].rstrip()


def _similarities(bodies: list[str], copies: list[str], options: DedupOptions) -> NDArray[np.float64]:
    """Return the similarity of each body to its copy."""
    sets = word_shingles(hash_words([*bodies, *copies]), options.shingle_words)
    numbers = np.arange(len(bodies))
    return np.round(jaccard(*sets, np.stack([numbers, numbers + len(bodies)], axis=1)), 4)


def _as_duplicates(evidence: dict[str, pa.Array], removed: pa.Table) -> pa.Table:
    facts = {"channel": removed["channel"], "date": removed["date"]}
    more = {
        "rule_version": pa.repeat(pa.scalar(RULE_VERSION), removed.num_rows),
        "kept_in": pa.nulls(removed.num_rows, pa.string()),
    }
    return schemas.conform(pa.table(evidence | facts | more), schemas.DUPLICATES)


def _items(words_keys: pa.ChunkedArray, langs: pa.ChunkedArray) -> NDArray[np.int64]:
    """Number the groups of posts with the same words in the same language, by their first post."""
    lang = langs.combine_chunks().dictionary_encode()
    key = words_keys.combine_chunks().dictionary_encode()
    both = np.asarray(key.indices).astype(np.int64) * max(len(lang.dictionary), 1) + np.asarray(lang.indices)
    return np.asarray(pa.array(both).dictionary_encode().indices).astype(np.int64)


def _verified_pairs(
    posts: pa.Table, bands: pa.ChunkedArray, item_of: NDArray[np.int64], n_posts: int, options: DedupOptions
) -> _Pairs:
    """Find the pairs of items that reach the threshold; texts of one Russian and one English post never do.

    Pairs of published texts, which are after the first `n_posts`, are left out.
    """
    first = np.unique(item_of, return_index=True)[1]
    is_published = np.zeros(len(first), bool)
    is_published[item_of[n_posts:]] = True
    texts = posts["text"].take(pa.array(first))
    langs = posts["lang"].take(pa.array(first))
    side = np.asarray(pc.equal(langs, "ru")).astype(np.int8) - np.asarray(pc.equal(langs, "en")).astype(np.int8)
    keys = np.asarray(bands.combine_chunks().flatten()).reshape(-1, options.n_bands)[first]
    found = [(np.empty((0, 2), np.int64), np.empty(0))]
    for pairs in candidate_pairs(keys, _PAIRS):
        pairs = pairs[(side[pairs[:, 0]] * side[pairs[:, 1]] >= 0) & ~is_published[pairs].all(axis=1)]
        for start in range(0, len(pairs), _PAIRS):
            part = pairs[start : start + _PAIRS]
            used, numbers = np.unique(part, return_inverse=True)
            words = hash_words(texts.take(pa.array(used)).to_pylist())
            sets = word_shingles(words, options.shingle_words)
            similarity = jaccard(*sets, numbers.reshape(-1, 2))
            enough = similarity >= options.threshold
            found.append((part[enough], similarity[enough]))
    return _Pairs(item_of, np.concatenate([pairs for pairs, _ in found]), np.concatenate([s for _, s in found]))


def _best_first(posts: pa.Table, n_posts: int, options: DedupOptions) -> NDArray[np.int64]:
    """Return all posts in the order in which they would stay."""
    number = np.arange(posts.num_rows)
    time = np.asarray(pc.fill_null(posts["date"].cast(pa.int64()), np.iinfo(np.int64).max))
    shortness = -np.asarray(pc.utf8_length(posts["text"])) if options.keep == "longest" else np.zeros_like(number)
    place = pc.index_in(posts["channel"], value_set=pa.array(options.prefer, pa.string()))
    preference = np.asarray(pc.fill_null(place, len(options.prefer)))
    return np.lexsort((number, time, shortness, preference, number < n_posts))


def _kept_posts(order: NDArray[np.int64], pairs: _Pairs) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each post the one that stays in its place (itself if it stays), and their similarity."""
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    n_items = int(pairs.item_of.max(initial=-1)) + 1
    best_post = np.empty(n_items, np.int64)
    best_post[pairs.item_of[order[::-1]]] = order[::-1]  # the last one written is the best post
    kept_item, similarity = representatives(np.argsort(rank[best_post]), pairs.pairs, pairs.similarity)
    return best_post[kept_item][pairs.item_of], similarity[pairs.item_of]


def _evidence(
    posts: pa.Table,
    kept_of: NDArray[np.int64],
    similarity: NDArray[np.float64],
    item_of: NDArray[np.int64],
    options: DedupOptions,
) -> pa.Table:
    """Return a row of DUPLICATES for each post that leaves."""
    gone = np.flatnonzero(kept_of != np.arange(len(kept_of)))
    removed, kept = posts.take(pa.array(gone)), posts.take(pa.array(kept_of[gone]))
    is_exact = pa.array(item_of[gone] == item_of[kept_of[gone]])
    near_rule = f"jaccard of word {options.shingle_words}-grams >= {options.threshold:g}"
    milliseconds = pc.subtract(removed["date"].cast(pa.int64()), kept["date"].cast(pa.int64()))
    evidence = {
        "post_id": removed["post_id"],
        "kept_id": kept["post_id"],
        "kind": pc.if_else(is_exact, "exact", "near"),
        "removed": pa.repeat(pa.scalar(True), len(gone)),
        "similarity": pa.array(np.round(similarity[gone], 4)),
        "rule": pc.if_else(is_exact, "same words in the same order", near_rule),
        "hours_later": pc.round(pc.divide(milliseconds.cast(pa.float64()), 3_600_000.0), 4),
        "text": removed["text"],
    }
    return _as_duplicates(evidence, removed)


def _in_place(
    duplicates: pa.Table, post_ids: pa.ChunkedArray, kept_of: NDArray[np.int64], published: Published | None
) -> pa.Table:
    """Let all evidence about a post that left name the one that stays in its place, and the release that has it."""
    place = pc.index_in(duplicates["post_id"], value_set=post_ids.slice(0, len(kept_of)).combine_chunks())
    kept = kept_of[np.asarray(place).astype(np.int64)]
    name = pa.scalar(published and published.name, pa.string())
    facts = {
        "kept_id": post_ids.take(pa.array(kept)),
        "kept_in": pc.if_else(pa.array(kept >= len(kept_of)), name, pa.scalar(None, pa.string())),
    }
    for column, values in facts.items():
        duplicates = duplicates.set_column(duplicates.schema.get_field_index(column), column, values)
    return schemas.conform(duplicates, schemas.DUPLICATES)


def _dropped(duplicates: pa.Table) -> pa.Table:
    gone = duplicates.filter(duplicates["removed"])
    columns = {
        "row_id": gone["post_id"],
        "stage": pa.repeat(pa.scalar("dedup"), gone.num_rows),
        "reason": pc.if_else(pc.is_null(gone["kept_in"]), DUPLICATE, PUBLISHED),
        "value": gone["kept_id"],
    }
    return schemas.conform(pa.table(columns), schemas.DROPPED).sort_by("row_id").combine_chunks()
