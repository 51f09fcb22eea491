"""Remove posts that say the same as another one, with the evidence for each.  CLEAN_POSTS -> CLEAN_POSTS, DUPLICATES.

A post leaves only if it is a verified copy (see `duplicates.near_pairs`) of the very post that stays in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.duplicates.channel_footers import FootersOf, footers_of_channels
from toolkit.duplicates.copies import RULES, SAME
from toolkit.duplicates.differences import differences
from toolkit.duplicates.evidence_rows import (
    compared_columns,
    earliest_first,
    evidence_rows,
    name_kept,
    sort_evidence,
    with_column,
)
from toolkit.duplicates.near_pairs import Pairs, find_pairs, hash_texts, hashed_schema, is_bare, similarities
from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import OptionError, SchemaError
from toolkit.kernels.clusters import post_pairs, representatives, star_groups
from toolkit.options import DedupOptions
from toolkit.partitions import Made, Part, Partitions, Store
from toolkit.results import DUPLICATE, PUBLISHED, StageResult
from toolkit.text.characters import fold
from toolkit.text.compared import body_of
from toolkit.text.footers import NO_FOOTERS
from toolkit.text.repeats import repeat_start

_COMPARED = ["post_id", "channel", "date", "date_precision", "lang", "text", "urls"]  # all that decides

_WORD = re.compile(r"\w+")
_BATCH = 4096  # posts that are hashed at a time
_PAIRS = 1 << 17  # pairs of posts that are written at a time
_MAX_GROUP = 100  # posts of which all pairs are listed; of more each one with the one in its place
_SHOWN = 10  # channels that an error names


class Published(NamedTuple):
    """Posts that are published already, and stay.

    Attributes:
        name: of the release that has them, for the evidence. None: the release that is being made carries them on.
        posts: has post_id, channel, date, lang and text.
        at_any_time: what says the same as one of them leaves whenever it was posted; else short texts that come back
            speak of another occasion.
    """

    name: str | None
    posts: pa.Table
    at_any_time: bool = False


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
    _pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

    @property
    def near_pairs(self) -> pa.Table:
        """Verified pairs, exact ones and copies too, as `schemas.NEAR_PAIRS`, sorted by id_a and id_b.

        In a bare table of texts, pages or products, those are the pairs with the same words as they are written, or
        with that Jaccard similarity: what other tools find. Posts that are the same when their letters are folded are
        in `duplicates` only.

        A post of an older release is only ever id_b; two texts that it has are no pair. n posts that say the same
        make n(n - 1)/2 pairs; of more than some dozens there are only those of each post that left with the one that
        stays in its place, unless `options.all_pairs`. `near_pair_batches` never holds all of them.
        """
        return pa.concat_tables([schemas.NEAR_PAIRS.empty_table(), *self.near_pair_batches()]).combine_chunks()

    def near_pair_batches(self) -> Iterator[pa.Table]:
        """Yield the rows of `near_pairs`, some at a time."""
        for first, second, similarity in post_pairs(*self._pairs, _PAIRS):
            is_here = first < self._n_posts  # from there on both are published
            if not is_here.any():
                break
            ids = [self._post_ids.take(pa.array(numbers[is_here])) for numbers in (first, second)]
            columns = [*ids, pa.array(np.round(similarity[is_here], 4))]
            yield pa.table(columns, names=schemas.NEAR_PAIRS.names).cast(schemas.NEAR_PAIRS)


def dedup_posts(
    posts: pa.Table,
    options: DedupOptions = DedupOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
    published: Sequence[Published] = (),
) -> DedupResult:
    """Keep one of several posts that say the same, in one language.

    Four kinds, in this order: `repeat`, a body that stands in its post twice (the copy is cut, the post stays);
    `exact`, the same words in the same order, but for footers, markup and addresses; `near`, word shingles with a
    Jaccard similarity of at least `options.threshold`; `copy`, an edited copy by the rules of `duplicates.copies`.
    Letters are compared folded (see `text.characters.fold`). Where dates or channels tell posts apart, no number or
    name may be swapped, and a short text that comes back after `options.copy_hours` speaks of another occasion; of a
    bare table of texts the first three kinds are found, whatever the facts. A post with Russian text is never a
    duplicate of one with English text.

    Args:
        posts: columns of `schemas.CLEAN_POSTS` (then with `footer`) or of `schemas.POSTS`; `post_id` is unique.
        options: when two posts are the same, and which of them stays.
        engine: where texts are hashed; pairs are verified in this process.
        published: their posts always stay, and are in no table of the result; a post that says the same as one of them
            leaves. A post with the id of one of them and other words is news, unless the new release carries them on:
            then `posts` may have none of their ids.

    Returns:
        `kept` has the schema of `posts`; `dropped` has as value the post that stays, and the reason `PUBLISHED` if an
        older release has that one, else `DUPLICATE`. Of a group the best post stays, then the best of those that are
        not paired with it, and so on: each post that leaves is paired with the one that stays in its place. The best is
        the published one; else of the channel that `options.prefer` names first; then the longest, if `options.keep`
        says so; then the earliest (unknown dates are last, then the smaller post_id). Who was first is not known if one
        of two has no date; then `hours_later` of the evidence is null.

    Raises:
        SchemaError: if a column is missing, or a post_id occurs twice.
        OptionError: if `options.prefer` names a channel of which there is no post.
    """
    schema = schemas.CLEAN_POSTS if "footer" in posts.column_names else schemas.POSTS
    schema = pa.schema([field for field in schema if field.name in {*posts.column_names, *_COMPARED}])
    posts = schemas.conform(posts, schema).sort_by("post_id").combine_chunks()
    n_posts = posts.num_rows
    older = [
        compared_columns(each.posts, _COMPARED).cast(compared_columns(posts, _COMPARED).schema) for each in published
    ]
    carried = [table for each, table in zip(published, older, strict=True) if each.name is None]
    _refuse_same_ids([posts, *carried])
    texts = pa.concat_tables([table.select(["channel", "text", "date"]) for table in (posts, *older)]).combine_chunks()
    footers = None if is_bare(texts) else footers_of_channels(posts)
    hashed = engine.map_batches(
        texts, partial(_hash_batch, footers=footers, options=options), _hashed_schema(options), rows=_BATCH
    )
    posts, repeats = _cut_repeats(posts, np.asarray(hashed["repeat_start"])[:n_posts], options)
    compared = pa.concat_tables([compared_columns(posts, _COMPARED), *older]).combine_chunks()
    _refuse_unknown(options.prefer, compared["channel"])
    order = _best_first(compared, n_posts, options)
    timeless = np.repeat([False, *(each.at_any_time for each in published)], [n_posts, *map(len, older)])
    pairs = find_pairs(compared, hashed, n_posts, order, footers or {}, options, timeless)
    stay = _kept_posts(order, pairs)
    names = [pa.repeat(pa.scalar(each.name, pa.string()), each.posts.num_rows) for each in published]
    kept_in = pa.concat_arrays([pa.nulls(n_posts, pa.string()), *names])
    removals = _removals(compared, stay, n_posts, kept_in, footers, options)
    listed = _listed(pairs, compared["text"])
    return DedupResult(
        kept=posts.filter(pa.array(stay.kept_of[:n_posts] == np.arange(n_posts))).combine_chunks(),
        dropped=_dropped(removals),
        duplicates=sort_evidence(pa.concat_tables([name_kept(repeats, removals), removals])),
        _n_posts=n_posts,
        _post_ids=compared["post_id"].combine_chunks(),
        _pairs=listed if options.all_pairs else star_groups(*listed, stay.kept_of, stay.similarity, _MAX_GROUP),
    )


def keep_unique(posts: Partitions, kept: pa.Array, cut: pa.Array, store: Store) -> Partitions:
    """Return the posts that stay, part by part, without the repeats of their bodies.

    Args:
        posts: `schemas.CLEAN_POSTS`.
        kept: ids of those that stay.
        cut: ids of those whose body stands in them twice.
        store: where they go.
    """
    ids = posts.read(["post_id"])["post_id"].combine_chunks()
    stays, is_cut = (pc.is_in(ids, value_set=some) for some in (kept, cut))
    tasks = [
        (part, stays.slice(start, end - start), is_cut.slice(start, end - start))
        for part, (start, end) in zip(posts.tasks(), pairwise(posts.starts.tolist()), strict=True)
    ]
    return store.map(_keep_part, tasks, {"unique": schemas.CLEAN_POSTS})[0]["unique"]


def _keep_part(task: tuple[Part, pa.Array, pa.Array]) -> Made:
    part, stays, is_cut = task
    posts = _without_repeats(part.read(), is_cut)
    return Made({"unique": posts.filter(stays)})


def _listed(pairs: Pairs, texts: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the items and the pairs that are listed: those by their words, as they are or folded, each once.

    Not those that have the same letters, but other words: of code and addresses that is said in `duplicates` alone.
    """
    _, first = np.unique(pairs.item_of, return_index=True)
    is_listed = pairs.rules != SAME
    for at in np.flatnonzero(~is_listed):
        one, other = (_WORD.findall(fold(texts[int(first[item])].as_py())) for item in pairs.pairs[at])
        is_listed[at] = one == other
    chosen = np.flatnonzero(is_listed)
    best = chosen[np.lexsort((-pairs.similarity[chosen], *pairs.pairs[chosen].T[::-1]))]
    is_first = np.ones(len(best), bool)
    is_first[1:] = (pairs.pairs[best[1:]] != pairs.pairs[best[:-1]]).any(axis=1)
    return pairs.item_of, pairs.pairs[best[is_first]], pairs.similarity[best[is_first]]


def _refuse_same_ids(tables: list[pa.Table]) -> None:
    """Refuse posts of which two would have one id in the new release."""
    counts = pc.value_counts(pa.concat_tables([table.select(["post_id"]) for table in tables])["post_id"])
    again = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(again):
        raise SchemaError(
            f"post_id {again[0]['values'].as_py()!r} occurs {again[0]['counts'].as_py()} times",
            fix="Give every post its own id",
        )


def _refuse_unknown(prefer: Sequence[str], channels: pa.ChunkedArray) -> None:
    """Refuse a preferred channel that no post is of: most likely its name is spelt another way here."""
    counts = pc.value_counts(channels)
    number = dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))
    unknown = [channel for channel in prefer if channel not in number]
    if unknown and number:
        biggest = sorted(number, key=lambda channel: (-number[channel], channel))
        more = f" and {len(biggest) - _SHOWN:,} more" if len(biggest) > _SHOWN else ""
        raise OptionError(
            f"no post is of the preferred channel {unknown[0]!r}; there are {', '.join(biggest[:_SHOWN])}{more}",
            fix="Prefer one of these",
        )


def _hashed_schema(options: DedupOptions) -> pa.Schema:
    return pa.schema([pa.field("repeat_start", pa.int64()), *hashed_schema(options)])


def _hash_batch(posts: pa.Table, footers: FootersOf | None, options: DedupOptions) -> pa.Table:
    """Hash each text without its repeat; repeat_start is -1 where there is none."""
    texts = posts["text"].to_pylist()
    starts = [-1 if (start := repeat_start(text)) is None else start for text in texts]
    texts = [text if start < 0 else text[:start].rstrip() for text, start in zip(texts, starts, strict=True)]
    lines = footers if footers is None else [footers.get(name, NO_FOOTERS) for name in posts["channel"].to_pylist()]
    return hash_texts(texts, lines, options).add_column(0, "repeat_start", pa.array(starts, pa.int64()))


def _cut_repeats(posts: pa.Table, starts: NDArray[np.int64], options: DedupOptions) -> tuple[pa.Table, pa.Table]:
    """Return the posts without their repeats, and the evidence."""
    has_repeat = pa.array(starts >= 0)
    rows = posts.filter(has_repeat)
    copies = [text[start:].strip() for text, start in zip(rows["text"].to_pylist(), starts[starts >= 0], strict=True)]
    posts = _without_repeats(posts, has_repeat)
    bodies = posts.filter(has_repeat)["text"].to_pylist()
    undated = with_column(rows, "date", pa.nulls(rows.num_rows, rows.schema.field("date").type))  # no post is later
    evidence = evidence_rows(
        with_column(rows, "text", pa.array(copies, pa.string())), undated, "repeat",
        similarity=similarities(bodies, copies, options), rule="the text ends with a copy of its body",
    )  # fmt: skip
    return posts, evidence


def _without_repeats(posts: pa.Table, has_repeat: pa.Array) -> pa.Table:
    """Cut the second copy of the body in the texts of some posts."""
    for name in {"text", "text_ru", "text_en"} & set(posts.column_names):
        shorter = [_without_repeat(text) for text in posts[name].filter(has_repeat).to_pylist()]
        column = pc.replace_with_mask(posts[name].combine_chunks(), has_repeat, pa.array(shorter, pa.string()))
        posts = with_column(posts, name, column)
    return posts


def _without_repeat(text: str | None) -> str | None:
    start = repeat_start(text) if text else None
    return text if text is None or start is None else text[:start].rstrip()


def _best_first(posts: pa.Table, n_posts: int, options: DedupOptions) -> NDArray[np.int64]:
    """Return all posts in the order in which they would stay."""
    number = np.arange(posts.num_rows)
    shortness = -np.asarray(pc.utf8_length(posts["text"])) if options.keep == "longest" else np.zeros_like(number)
    place = pc.index_in(posts["channel"], value_set=pa.array(options.prefer, pa.string()))
    preference = np.asarray(pc.fill_null(place, len(options.prefer)))
    return np.lexsort((number, earliest_first(posts), shortness, preference, number < n_posts))


class _Stay(NamedTuple):
    """Which post stays in the place of each (itself if it stays), why, and how similar they are.

    `rule` is a number in `copies.RULES`.
    """

    kept_of: NDArray[np.int64]
    rule: NDArray[np.int64]
    similarity: NDArray[np.float64]


def _kept_posts(order: NDArray[np.int64], pairs: Pairs) -> _Stay:
    """Choose the posts that stay; `order` is best first."""
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    n_items = int(pairs.item_of.max(initial=-1)) + 1
    best_post = np.empty(n_items, np.int64)
    best_post[pairs.item_of[order[::-1]]] = order[::-1]  # the last one written is the best post
    kept_item, similarity = representatives(np.argsort(rank[best_post]), pairs.pairs, pairs.similarity)
    rule = np.full(n_items, SAME)
    for one, other in ((0, 1), (1, 0)):
        is_it = kept_item[pairs.pairs[:, one]] == pairs.pairs[:, other]
        rule[pairs.pairs[is_it, one]] = pairs.rules[is_it]
    return _Stay(best_post[kept_item][pairs.item_of], rule[pairs.item_of], similarity[pairs.item_of])


def _removals(
    posts: pa.Table, stay: _Stay, n_posts: int, kept_in: pa.Array, footers: FootersOf | None, options: DedupOptions
) -> pa.Table:
    """Return a row of DUPLICATES for each of the first n posts that leaves; `kept_in` is of each of the posts."""
    kept_of = stay.kept_of[:n_posts]
    leaves = kept_of != np.arange(n_posts)
    tables = []
    for number, (kind, rule) in enumerate(RULES):
        gone = np.flatnonzero(leaves & (stay.rule[:n_posts] == number))
        removed, kept = posts.take(pa.array(gone)), posts.take(pa.array(kept_of[gone]))
        tables.append(
            evidence_rows(
                removed, kept, kind, similarity=stay.similarity[gone], rule=rule.format(options=options),
                differs=differences(_bodies(removed, footers), _bodies(kept, footers)),
                kept_in=kept_in.take(pa.array(kept_of[gone])), removed=True,
            )
        )  # fmt: skip
    return pa.concat_tables(tables)


def _bodies(posts: pa.Table, footers: FootersOf | None) -> list[str]:
    texts: list[str] = posts["text"].to_pylist()
    if footers is None:
        return texts
    return [
        body_of(text, footers.get(channel, NO_FOOTERS))
        for text, channel in zip(texts, posts["channel"].to_pylist(), strict=True)
    ]


def _dropped(removals: pa.Table) -> pa.Table:
    columns = {
        "row_id": removals["post_id"],
        "stage": pa.repeat(pa.scalar("dedup"), removals.num_rows),
        "reason": pc.if_else(pc.is_null(removals["kept_in"]), DUPLICATE, PUBLISHED),
        "value": removals["kept_id"],
    }
    return schemas.conform(pa.table(columns), schemas.DROPPED).sort_by("row_id").combine_chunks()
