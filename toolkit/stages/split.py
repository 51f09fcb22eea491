"""Deal whole components to train, validation and test, so that no duplicate and no pair crosses a split."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from toolkit import schemas
from toolkit.options import SplitOptions
from toolkit.partitions import Made, Part, Partitions, Store


def split_components(
    posts: pa.Table,
    duplicates: pa.Table,
    pairs: pa.Table,
    options: SplitOptions | None = None,
    published: pa.Table | None = None,
) -> pa.Table:
    """Return the component and the split of every post.

    Posts are tied by duplicate evidence and by post pairs; what hangs together is a component. Its split is decided by
    a hash of (seed, component_id) alone, so a component keeps its split when the corpus grows around it; only one that
    gets a new smallest post_id is dealt anew. A component of more than `options.max_posts` posts goes to train: it
    would make up much of a small test set, and one chain of templates would be measured many times. If chance leaves
    train empty, as it may with a post or two, all is in train: nothing is held out from nothing.

    With `options.by` "time" the latest date of a component decides, its size never does: from midnight (UTC) of
    `test_from` on it is in test, from that of `validation_from` on in validation, else in train. So nothing in train is
    as new as a border, and a held-out split may have older posts that a newer one repeats. A component without any date
    is in train.

    Args:
        posts: has `post_id`, and by time `date`; all posts, also those that dedup removed. Posts that only the other
            tables name count too, without a date.
        duplicates: conforms to `schemas.DUPLICATES`.
        pairs: conforms to `schemas.POST_PAIRS`; pairs of any relation tie.
        options: by what, shares and seed, or borders.
        published: `schemas.COMPONENTS` of the version before. Its posts keep component and split, and what is tied to
            them joins them (the smallest of several components); nothing may tie posts of two splits.

    Returns:
        `schemas.COMPONENTS`, a row for each post, sorted by post_id.
    """
    options = options or SplitOptions()
    published = schemas.COMPONENTS.empty_table() if published is None else published
    ids, labels = _label(posts, duplicates, pairs, published)
    # Ids are sorted, so the first row of a label is its smallest id.
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    names = ids.take(pa.array(first)).to_pylist()
    latest = _latest(posts, ids, inverse) if options.by == "time" else [None] * len(names)
    splits = [_deal(name, count, day, options) for name, count, day in zip(names, counts.tolist(), latest, strict=True)]
    if options.by == "component" and not published.num_rows and "train" not in splits:
        splits = ["train"] * len(splits)
    old = published.sort_by([("component_id", "descending")])
    places = inverse[np.asarray(pc.index_in(old["post_id"], value_set=ids))]
    for place, name, split in zip(places, old["component_id"].to_pylist(), old["split"].to_pylist(), strict=True):
        names[place], splits[place] = name, split
    which = pa.array(inverse)
    columns = [ids, pa.array(names, pa.string()).take(which), pa.array(splits, pa.string()).take(which)]
    # A post of the version before keeps its own component's name, if several are tied now.
    known = pc.index_in(ids, value_set=published["post_id"].combine_chunks())
    columns[1] = pc.coalesce(published["component_id"].combine_chunks().take(known), columns[1])
    return schemas.conform(pa.table(columns, names=schemas.COMPONENTS.names), schemas.COMPONENTS)


def crossing_posts(posts: pa.Table, duplicates: pa.Table, pairs: pa.Table, published: pa.Table) -> pa.Array:
    """Return the ids of the posts that tie posts which the version before has in different splits.

    Takes what `split_components` takes, and comes before it. Splits spread from the published posts to the posts tied
    to them, step by step; a post that two splits reach has to leave. Of posts that the version before has, only edited
    ones are among `posts`, and so only these may have to leave.
    """
    ends = ((duplicates["post_id"], duplicates["kept_id"]), (pairs["ru_post_id"], pairs["en_post_id"]))
    tied: dict[str, set[str]] = defaultdict(set)
    for one, other in (tie for left, right in ends for tie in zip(left.to_pylist(), right.to_pylist(), strict=True)):
        tied[one].add(other)
        tied[other].add(one)
    may_leave = set(posts["post_id"].to_pylist())
    fixed = dict(zip(published["post_id"].to_pylist(), published["split"].to_pylist(), strict=True))
    splits = {post_id: split for post_id, split in fixed.items() if post_id in tied}
    leaving = {one for one in splits.keys() & may_leave if {fixed[o] for o in tied[one] if o in fixed} - {fixed[one]}}
    reached = set(splits) - leaving
    while reached:
        around = sorted({other for one in reached for other in tied[one]} - splits.keys() - leaving)
        reached = set()
        for post_id in around:  # in this order, so that of two that meet the later one leaves
            near = {splits[other] for other in tied[post_id] if other in splits and other not in leaving}
            if len(near) > 1 and post_id in may_leave:
                leaving.add(post_id)
            else:
                splits[post_id] = min(near)
                reached.add(post_id)
    return pa.array(sorted(leaving), pa.string())


def split_bitext(bitext: pa.Table, pairs: pa.Table, components: pa.Table) -> pa.Table:
    """Return the beads with the component and split of their posts.

    Args:
        bitext: conforms to `schemas.BITEXT`.
        pairs: conforms to `schemas.POST_PAIRS`; has every `pair_id` of the bitext.
        components: from `split_components`; has every post of the pairs.

    Returns:
        `schemas.SPLIT_BITEXT`, sorted by bead_id.

    Raises:
        SchemaError: if a pair or a post is not there.
    """
    return _with_deal(bitext, _deal_of_pairs(pairs, components)).sort_by("bead_id")


def split_parts(bitext: Partitions, pairs: pa.Table, components: pa.Table, store: Store) -> Partitions:
    """Do what `split_bitext` does, of beads that are on disk, which stay in their order."""
    deal = _deal_of_pairs(pairs, components)
    ids = bitext.read(["pair_id"])["pair_id"]
    rows = np.asarray(schemas.find_rows(ids, deal["pair_id"], "pair_id"))
    own = [deal.take(pa.array(np.unique(rows[start:end]))) for start, end in pairwise(bitext.starts.tolist())]
    tasks = list(zip(bitext.tasks(), own, strict=True))
    return store.map(_split_part, tasks, {"dealt": schemas.SPLIT_BITEXT})[0]["dealt"]


def _split_part(task: tuple[Part, pa.Table]) -> Made:
    part, deal = task
    return Made({"dealt": _with_deal(part.read(), deal)})


def _deal_of_pairs(pairs: pa.Table, components: pa.Table) -> pa.Table:
    """Return pair_id, component_id and split of pairs."""
    columns = {
        name: schemas.look_up(pairs["ru_post_id"], components, "post_id", name) for name in ("component_id", "split")
    }
    return pa.table({"pair_id": pairs["pair_id"], **columns})


def _with_deal(bitext: pa.Table, deal: pa.Table) -> pa.Table:
    for name in ("component_id", "split"):
        bitext = bitext.append_column(name, schemas.look_up(bitext["pair_id"], deal, "pair_id", name))
    return schemas.conform(bitext, schemas.SPLIT_BITEXT)


def _label(
    posts: pa.Table, duplicates: pa.Table, pairs: pa.Table, published: pa.Table
) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the sorted ids of all posts, and a number for each that is the same for posts which hang together."""
    ends = [
        (duplicates["post_id"], duplicates["kept_id"]),
        (pairs["ru_post_id"], pairs["en_post_id"]),
        (published["post_id"], _first_of_component(published)),
    ]
    left = pa.chunked_array([chunk for a, _ in ends for chunk in a.chunks], pa.string())
    right = pa.chunked_array([chunk for _, b in ends for chunk in b.chunks], pa.string())
    named = pa.chunked_array([*posts["post_id"].chunks, *left.chunks, *right.chunks], pa.string())
    ids = pc.unique(named).sort()
    rows, columns = (pc.index_in(side, value_set=ids).to_numpy() for side in (left, right))
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(len(ids), len(ids)))
    return ids, connected_components(graph, directed=False)[1]


def _first_of_component(published: pa.Table) -> pa.ChunkedArray:
    """Return, for each post, one that is there of its component; the one that named it may have left."""
    first = published.group_by("component_id").aggregate([("post_id", "min")])
    return schemas.look_up(published["component_id"], first, "component_id", "post_id_min")


def _latest(posts: pa.Table, ids: pa.Array, label_of: NDArray[np.int64]) -> list[date | None]:
    """Return the day (UTC) of the latest post of each label, None where no post has a date."""
    days = posts["date"].cast(pa.date32())
    place = np.asarray(pc.index_in(posts["post_id"], value_set=ids), np.int64)
    dated = pa.table({"label": label_of[place], "day": days}).group_by("label").aggregate([("day", "max")])
    order = pc.index_in(
        pa.array(np.arange(int(label_of.max(initial=-1)) + 1)), value_set=dated["label"].combine_chunks()
    )
    found: list[date | None] = dated["day_max"].take(order).to_pylist()
    return found


def _deal(component_id: str, n_posts: int, latest: date | None, options: SplitOptions) -> str:
    """Return the split of a component; this is all that decides."""
    if options.by == "time":
        borders = (("test", options.test_from), ("validation", options.validation_from))
        return next((split for split, first in borders if latest and first and latest >= first), "train")
    if n_posts > options.max_posts:
        return "train"
    # A number in 0..1, laid on test | validation | train.
    digest = hashlib.sha256(f"{options.seed}:{component_id}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < options.test:
        return "test"
    return "validation" if place < options.test + options.validation else "train"
