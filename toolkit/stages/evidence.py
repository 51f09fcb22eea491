"""Report what posts repeat of each other without being the same.  CLEAN_POSTS -> DUPLICATES.

Nothing leaves here. A forward with a comment has text of its own, and the post that it forwards is the better partner
for a translation; a digest has paragraphs of many posts. So both stay, and the evidence says what they share.
"""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.kernels.containment import contained_pairs
from toolkit.kernels.minhash import jaccard
from toolkit.options import DedupOptions
from toolkit.text.shingles import hash_words, word_shingles, words_keys

RULE_VERSION = "1"

_BATCH = 4096  # posts that are hashed at a time
_KEY = pa.binary(16)
_HASHED = pa.schema(
    [
        ("shingles", pa.large_list(pa.uint64())),
        ("n_words", pa.int64()),
        ("paragraphs", pa.list_(pa.struct([("key", _KEY), ("n_words", pa.int64()), ("text", pa.string())]))),
    ]
)
_NAMES_A_FILE = re.compile(r"[\d.]")  # a kind of media, as "photo", has neither
_SHORT_NAME = 6  # "a.jpg", "12": names that mean nothing


def find_shared(
    posts: pa.Table,
    options: DedupOptions = DedupOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
) -> pa.Table:
    """Return the evidence that one post is a part of another, or shares paragraphs or a file with it.

    Three kinds: `contained`, at least `options.threshold` of the word shingles of a post of `options.part_words` words
    or more are in a longer post; `paragraph`, a line of that many words stands in another post word for word, unless
    one of the two contains the other; `media`, the same named file or media id. What stands in more than
    `options.boilerplate_posts` posts, a signature or a template, is evidence of nothing. A post with Russian text and
    one with English text share files only.

    Args:
        posts: conform to `schemas.CLEAN_POSTS` or `schemas.POSTS`; those that stay after dedup.
        options: the limits.
        engine: where texts are hashed.

    Returns:
        `schemas.DUPLICATES`, sorted; `removed` is false in all rows. `kept_id` is the longer post of `contained`, else
        the earliest that has the paragraph or the file. `text` is the shared paragraphs, or the whole post.
    """
    posts = posts.sort_by("post_id").combine_chunks()
    hashed = engine.map_batches(
        posts.select(["text"]), partial(_hash_batch, options=options), _HASHED, rows=_BATCH
    ).combine_chunks()
    contained = _contained(posts, hashed, options)
    paragraphs = _paragraphs(posts, hashed["paragraphs"].combine_chunks(), contained, options)
    tables = [contained, paragraphs, _media(posts, options)]
    return _sorted(pa.concat_tables([schemas.DUPLICATES.empty_table(), *tables]))


def record_edits(
    posts: pa.Table,
    older: pa.Table,
    duplicates: pa.Table,
    options: DedupOptions = DedupOptions(),  # noqa: B008
) -> pa.Table:
    """Return what posts said before they were edited.

    Args:
        posts: as in `find_shared`, but before dedup.
        older: of the same schema: other versions of posts, any number of each. One whose post is not among `posts`, or
            that has the same words, is no edit.
        duplicates: of dedup: which posts left for which.
        options: shingles of the similarity.

    Returns:
        `schemas.DUPLICATES` of kind `edit`, a row for each post and earlier text, sorted.
    """
    names = ["post_id", "channel", "date", "edited", "text"]
    place = pc.index_in(older["post_id"], value_set=posts["post_id"].combine_chunks())
    older = older.select(names).filter(pc.is_valid(place))
    now = posts.select(names).take(pc.drop_null(place))
    keys = [words_keys(hash_words(table["text"].to_pylist())) for table in (older, now)]
    is_other = pa.array([old != new for old, new in zip(*keys, strict=True)], pa.bool_())
    older, now = older.filter(is_other), now.filter(is_other)
    texts = [*older["text"].to_pylist(), *now["text"].to_pylist()]
    times = [pc.coalesce(table["edited"], table["date"]) for table in (older, now)]
    found = _rows(
        older.set_column(2, "date", times[0]), now.set_column(2, "date", times[1]), "edit",
        similarity=_similarity(texts, options), rule="the same post_id, other words; the version edited last stays",
    )  # fmt: skip
    found = _sorted(_in_place(found, duplicates.filter(duplicates["removed"])))
    # The same earlier text may be in several exports; the first date counts.
    versions = list(zip(found["post_id"].to_pylist(), found["text"].to_pylist(), strict=True))
    is_first = [one != before for one, before in zip(versions, [None, *versions[:-1]], strict=False)]
    return found.filter(pa.array(is_first, pa.bool_())).combine_chunks()


def _in_place(rows: pa.Table, removed: pa.Table) -> pa.Table:
    """Let evidence about a post that left name the one that stays in its place, as dedup's own does."""
    place = pc.index_in(rows["post_id"], value_set=removed["post_id"].combine_chunks())
    for name in ("kept_id", "kept_in"):
        values = pc.coalesce(removed[name].take(place), rows[name])
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), values)
    return rows


def _hash_batch(posts: pa.Table, options: DedupOptions) -> pa.Table:
    texts = posts["text"].to_pylist()
    words = hash_words(texts)
    shingles = word_shingles(words, options.shingle_words)
    lines = [[line.strip() for line in text.split("\n") if line.strip()] for text in texts]
    flat = [line for part in lines for line in part]
    hashed = hash_words(flat)
    facts = iter(zip(words_keys(hashed), np.diff(hashed.offsets).tolist(), flat, strict=True))
    paragraphs = [
        [
            {"key": key, "n_words": n_words, "text": line}
            for key, n_words, line in (next(facts) for _ in part)
            if n_words >= options.part_words
        ]
        for part in lines
    ]
    columns = [
        pa.LargeListArray.from_arrays(pa.array(shingles.offsets), pa.array(shingles.hashes)),
        pa.array(np.diff(words.offsets)),
        pa.array(paragraphs, _HASHED.field("paragraphs").type),
    ]
    return pa.table(columns, schema=_HASHED)


def _contained(posts: pa.Table, hashed: pa.Table, options: DedupOptions) -> pa.Table:
    shingles = hashed["shingles"].combine_chunks()
    values, offsets = np.asarray(shingles.flatten()), np.asarray(shingles.offsets)
    found = contained_pairs(values, offsets - offsets[:1], options.threshold, options.boilerplate_posts)
    lang = posts["lang"]
    side = np.asarray(pc.equal(lang, "ru")).astype(np.int8) - np.asarray(pc.equal(lang, "en")).astype(np.int8)
    first, second = found.pairs[:, 0], found.pairs[:, 1]
    fits = (np.asarray(hashed["n_words"])[first] >= options.part_words) & (side[first] * side[second] >= 0)
    rule = f"{options.threshold:g} of its word {options.shingle_words}-grams are in a longer post"
    parts, wholes = posts.take(pa.array(first[fits])), posts.take(pa.array(second[fits]))
    return _rows(parts, wholes, "contained", similarity=found.share[fits], rule=rule)


def _paragraphs(posts: pa.Table, paragraphs: pa.ListArray, contained: pa.Table, options: DedupOptions) -> pa.Table:
    post = np.asarray(pc.list_parent_indices(paragraphs)).astype(np.int64)
    flat = paragraphs.flatten()
    first_of = _first_holders(posts, post, flat.field("key"), options)
    related = set(zip(contained["post_id"].to_pylist(), contained["kept_id"].to_pylist(), strict=True))
    ids = posts["post_id"].to_pylist()
    shared: dict[tuple[int, int], dict[str, int]] = {}
    for at in np.flatnonzero((first_of >= 0) & (first_of != post)):
        here, first = int(post[at]), int(first_of[at])
        if (ids[here], ids[first]) not in related and (ids[first], ids[here]) not in related:
            paragraph = flat[int(at)].as_py()
            shared.setdefault((here, first), {})[paragraph["text"]] = paragraph["n_words"]
    pairs = np.array(list(shared), np.int64).reshape(-1, 2)
    rows = posts.take(pa.array(pairs[:, 0]))
    n_words = np.diff(hash_words(rows["text"].to_pylist()).offsets)
    texts = pa.array(["\n".join(lines) for lines in shared.values()], pa.string())
    return _rows(
        rows.set_column(rows.schema.get_field_index("text"), "text", texts), posts.take(pa.array(pairs[:, 1])),
        "paragraph", similarity=np.array([sum(lines.values()) for lines in shared.values()]) / n_words,
        rule=f"a paragraph of {options.part_words} words or more stands in both",
    )  # fmt: skip


def _media(posts: pa.Table, options: DedupOptions) -> pa.Table:
    media = posts["media"].combine_chunks()
    names = media.flatten().to_pylist()
    named = np.array([len(n) >= _SHORT_NAME and bool(_NAMES_A_FILE.search(n)) for n in names], bool)
    post = np.asarray(pc.list_parent_indices(media)).astype(np.int64)[named]
    first_of = _first_holders(posts, post, media.flatten().filter(pa.array(named)), options)
    is_pair = (first_of >= 0) & (first_of != post)
    pairs = np.unique(np.stack([post[is_pair], first_of[is_pair]], axis=1), axis=0)
    later, first = posts.take(pa.array(pairs[:, 0])), posts.take(pa.array(pairs[:, 1]))
    similarity = _similarity([*later["text"].to_pylist(), *first["text"].to_pylist()], options)
    return _rows(later, first, "media", similarity=similarity, rule="the same file or media id")


def _first_holders(
    posts: pa.Table, post: NDArray[np.int64], keys: pa.Array, options: DedupOptions
) -> NDArray[np.int64]:
    """Return for each (post, key) the earliest post that has the key; -1 if no other post or too many have it."""
    time = np.asarray(pc.fill_null(posts["date"].cast(pa.int64()), np.iinfo(np.int64).max))
    rank = np.empty(posts.num_rows, np.int64)
    order = np.lexsort((np.arange(posts.num_rows), time))
    rank[order] = np.arange(posts.num_rows)
    encoded = keys.dictionary_encode()
    code = np.asarray(encoded.indices).astype(np.int64)
    pairs = np.unique(np.stack([code, post], axis=1), axis=0)
    n_posts = np.bincount(pairs[:, 0], minlength=len(encoded.dictionary))
    first = np.full(len(encoded.dictionary), posts.num_rows, np.int64)
    np.minimum.at(first, code, rank[post])
    is_evidence = (n_posts[code] > 1) & (n_posts[code] <= options.boilerplate_posts)
    return np.where(is_evidence, order[np.minimum(first, posts.num_rows - 1)][code], -1)


def _similarity(texts: list[str], options: DedupOptions) -> NDArray[np.float64]:
    """Return the similarity of each text of the first half to that of the second."""
    numbers = np.arange(len(texts) // 2)
    sets = word_shingles(hash_words(texts), options.shingle_words)
    return jaccard(*sets, np.stack([numbers, numbers + len(numbers)], axis=1))


def _rows(posts: pa.Table, kept: pa.Table, kind: str, *, similarity: NDArray[np.float64], rule: str) -> pa.Table:
    size = posts.num_rows
    milliseconds = pc.subtract(posts["date"].cast(pa.int64()), kept["date"].cast(pa.int64()))
    columns = {
        "post_id": posts["post_id"],
        "kept_id": kept["post_id"],
        "kind": pa.repeat(pa.scalar(kind), size),
        "removed": pa.repeat(pa.scalar(False), size),
        "kept_in": pa.nulls(size, pa.string()),
        "similarity": pa.array(np.round(similarity, 4), pa.float64()),
        "rule": pa.repeat(pa.scalar(rule), size),
        "rule_version": pa.repeat(pa.scalar(RULE_VERSION), size),
        "channel": posts["channel"],
        "date": posts["date"],
        "hours_later": pc.round(pc.divide(milliseconds.cast(pa.float64()), 3_600_000.0), 4),
        "text": posts["text"],
    }
    return schemas.conform(pa.table(columns), schemas.DUPLICATES)


def _sorted(rows: pa.Table) -> pa.Table:
    order = ("post_id", "kept_id", "kind", "text", "date")
    return rows.sort_by([(column, "ascending") for column in order]).combine_chunks()
