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

from toolkit.duplicates.channel_footers import FootersOf, footers_of_channels
from toolkit.duplicates.evidence_rows import (
    compared_columns,
    earliest_first,
    evidence_rows,
    name_kept,
    sort_evidence,
    with_column,
)
from toolkit.duplicates.near_pairs import sample_grams, similarities
from toolkit.duplicates.parts import find_parts, rule_of
from toolkit.engine import EMBEDDED, Engine
from toolkit.options import DedupOptions
from toolkit.text.compared import body_of
from toolkit.text.footers import NO_FOOTERS
from toolkit.text.shingles import hash_folded, hash_words, word_shingles, words_keys

_COMPARED = ["post_id", "channel", "date", "date_precision", "lang", "text", "urls", "media"]  # all that decides
_BATCH = 4096  # posts that are hashed at a time
_KEY = pa.binary(16)
_HASHED = pa.schema(
    [
        ("shingles", pa.large_list(pa.uint64())),
        ("grams", pa.large_list(pa.uint64())),
        ("n_words", pa.int64()),
        ("n_body_words", pa.int64()),
        ("paragraphs", pa.list_(pa.struct([("key", _KEY), ("n_words", pa.int64()), ("text", pa.string())]))),
    ]
)
_NAMES_A_FILE = re.compile(r"[\d.]")  # a kind of media, as "photo", has neither
_SHORT_NAME = 6  # "a.jpg", "12": names that mean nothing


def find_shared(
    posts: pa.Table,
    options: DedupOptions = DedupOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
    among: pa.Table | None = None,
) -> pa.Table:
    """Return the evidence that one post is a part of another, or shares paragraphs or a file with it.

    Three kinds: `contained`, at least `options.threshold` of the word shingles of a post of `options.part_words` words
    or more are in a longer post, or most of its letters in one of nearly twice its length or more from the same days
    (see `duplicates.copies`); `paragraph`, a line of that many words stands in another post word for word, unless
    one of the two contains the other; `media`, the same named file or media id. What stands in more than
    `options.boilerplate_posts` posts, a signature or a template, is evidence of nothing. A post with Russian text and
    one with English text share files only.

    Args:
        posts: conform to `schemas.CLEAN_POSTS` or `schemas.POSTS`; those that stay after dedup.
        options: the limits.
        engine: where texts are hashed.
        among: other posts of the same release, of which no id is in `posts`: those of its last version. Two of them are
            in no row: what they share is known. Has post_id, channel, date, lang, text and media.

    Returns:
        `schemas.DUPLICATES`, sorted; `removed` is false in all rows. `kept_id` is the longer post of `contained`, else
        the earliest that has the paragraph or the file. `text` is the shared paragraphs, or the whole post.
    """
    footers = footers_of_channels(posts)
    tables = [compared_columns(posts, _COMPARED)]
    if among is not None:
        tables.append(compared_columns(among, _COMPARED).cast(tables[0].schema))
    known = pa.array([], pa.string()) if among is None else among["post_id"].combine_chunks()
    posts = pa.concat_tables(tables).sort_by("post_id").combine_chunks()
    hashed = engine.map_batches(
        posts.select(["channel", "text"]), partial(_hash_batch, footers=footers, options=options), _HASHED, rows=_BATCH
    ).combine_chunks()
    contained = _contained(posts, hashed, footers, options)
    paragraphs = _paragraphs(posts, hashed["paragraphs"].combine_chunks(), contained, options)
    found = pa.concat_tables([contained, paragraphs, _media(posts, options)])
    are_known = pc.and_(*(pc.is_in(found[name], value_set=known) for name in ("post_id", "kept_id")))
    return sort_evidence(found.filter(pc.invert(are_known)))


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
    older, now = (with_column(table, "date", pc.coalesce(table["edited"], table["date"])) for table in (older, now))
    found = evidence_rows(
        older, now, "edit",
        similarity=similarities(older["text"].to_pylist(), now["text"].to_pylist(), options),
        rule="the same post_id, other words; the version edited last stays",
    )  # fmt: skip
    found = sort_evidence(name_kept(found, duplicates.filter(duplicates["removed"])))
    # The same earlier text may be in several exports; the first date counts.
    versions = list(zip(found["post_id"].to_pylist(), found["text"].to_pylist(), strict=True))
    is_first = [one != before for one, before in zip(versions, [None, *versions[:-1]], strict=False)]
    return found.filter(pa.array(is_first, pa.bool_())).combine_chunks()


def _hash_batch(posts: pa.Table, footers: FootersOf, options: DedupOptions) -> pa.Table:
    texts = posts["text"].to_pylist()
    of_channel = [footers.get(channel, NO_FOOTERS) for channel in posts["channel"].to_pylist()]
    words = hash_words(texts)
    bodies = hash_folded([body_of(text, lines) for text, lines in zip(texts, of_channel, strict=True)])
    grams = sample_grams(bodies)
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
        pa.LargeListArray.from_arrays(pa.array(grams.offsets), pa.array(grams.hashes)),
        pa.array(np.diff(words.offsets)),
        pa.array(np.diff(bodies.offsets)),
        pa.array(paragraphs, _HASHED.field("paragraphs").type),
    ]
    return pa.table(columns, schema=_HASHED)


def _contained(posts: pa.Table, hashed: pa.Table, footers: FootersOf, options: DedupOptions) -> pa.Table:
    found = find_parts(posts, hashed, footers, options)
    tables = []
    for by_letters in (False, True):
        is_it = found.by_letters == by_letters
        parts, wholes = (posts.take(pa.array(found.pairs[is_it, side])) for side in (0, 1))
        rule = rule_of(by_letters, options)
        tables.append(evidence_rows(parts, wholes, "contained", similarity=found.share[is_it], rule=rule))
    return pa.concat_tables(tables)


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
    return evidence_rows(
        with_column(rows, "text", texts), posts.take(pa.array(pairs[:, 1])), "paragraph",
        similarity=np.array([sum(lines.values()) for lines in shared.values()]) / n_words,
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
    similarity = similarities(later["text"].to_pylist(), first["text"].to_pylist(), options)
    return evidence_rows(later, first, "media", similarity=similarity, rule="the same file or media id")


def _first_holders(
    posts: pa.Table, post: NDArray[np.int64], keys: pa.Array, options: DedupOptions
) -> NDArray[np.int64]:
    """Return for each (post, key) the earliest post that has the key; -1 if no other post or too many have it."""
    rank = np.empty(posts.num_rows, np.int64)
    order = np.argsort(earliest_first(posts), kind="stable")
    rank[order] = np.arange(posts.num_rows)
    encoded = keys.dictionary_encode()
    code = np.asarray(encoded.indices).astype(np.int64)
    pairs = np.unique(np.stack([code, post], axis=1), axis=0)
    n_posts = np.bincount(pairs[:, 0], minlength=len(encoded.dictionary))
    first = np.full(len(encoded.dictionary), posts.num_rows, np.int64)
    np.minimum.at(first, code, rank[post])
    is_evidence = (n_posts[code] > 1) & (n_posts[code] <= options.boilerplate_posts)
    return np.where(is_evidence, order[np.minimum(first, posts.num_rows - 1)][code], -1)
