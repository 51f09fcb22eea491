"""Pairs of posts cut into parts, as their posts are: what a worker needs to judge some pairs, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from toolkit import schemas
from toolkit.partitions import Part, Partitions

_SIDES = ("ru_post_id", "en_post_id")


class PairPart(NamedTuple):
    """Pairs whose earlier post is in one part of the posts.

    Attributes:
        pairs: these pairs, by the date of that post and pair_id.
        tied: all pairs that share a post with them, or with one that does, and so on; these too, sorted by pair_id.
        posts: the parts that have the posts.
    """

    pairs: pa.Table
    tied: pa.Table
    posts: tuple[Part, ...]

    def read_posts(self, columns: Sequence[str]) -> pa.Table:
        """Read columns of the posts of the pairs; one of them is post_id."""
        ids = pc.unique(pa.concat_tables([self.tied.select([side]).rename_columns(["id"]) for side in _SIDES])["id"])
        tables = [part.read(columns) for part in self.posts]
        schema = pa.schema([schemas.CLEAN_POSTS.field(name) for name in columns])
        found = pa.concat_tables([schema.empty_table(), *tables])
        return found.filter(pc.is_in(found["post_id"], value_set=ids)).combine_chunks()

    def only_own(self, rows: pa.Table) -> pa.Table:
        """Return the rows of `pairs` among rows of the tied pairs, in the order of the pairs."""
        place = pc.index_in(rows["pair_id"], value_set=self.pairs["pair_id"].combine_chunks())
        mine = rows.append_column("place", place).filter(pc.is_valid(place))
        order = np.argsort(np.asarray(mine["place"]), kind="stable")
        return mine.drop_columns(["place"]).take(pa.array(order))


def cut_pairs(pairs: pa.Table, *posts: Partitions) -> list[PairPart]:
    """Return the pairs as parts, one for each part of the posts.

    Args:
        pairs: POST_PAIRS, or some of its columns.
        posts: CLEAN_POSTS with the posts of all pairs; parts in the order of a release give pairs in that order.
    """
    pairs = pairs.sort_by("pair_id").combine_chunks()
    parts = [part for table in posts for part in table.tasks()]
    facts = [part.read(["post_id", "date"]) for part in parts]
    known = pa.concat_tables(facts).combine_chunks()
    part_of = np.repeat(np.arange(len(parts)), [table.num_rows for table in facts])
    rows = [_rows(pairs[side], known) for side in _SIDES]
    dates = np.asarray(pc.fill_null(known["date"].cast(pa.int64()), np.iinfo(np.int64).max))
    homes = np.minimum(*(part_of[side] for side in rows))
    first_seen = np.minimum(*(dates[side] for side in rows))
    groups = _groups(rows[0], rows[1], known.num_rows)
    order = np.lexsort((np.arange(len(homes)), first_seen, homes))
    by_group = np.argsort(groups, kind="stable")
    ends, grouped = np.searchsorted(homes[order], np.arange(len(parts) + 1)), groups[by_group]
    cut = []
    for first, end in pairwise(ends.tolist()):
        own = order[first:end]
        tied = np.sort(by_group[_spans(grouped, np.unique(groups[own]))])
        needed = np.unique(np.concatenate([part_of[side[tied]] for side in rows]))
        some = pairs.take(pa.array(own)), pairs.take(pa.array(tied))
        cut.append(PairPart(*some, tuple(parts[number] for number in needed.tolist())))
    return cut


def _rows(ids: pa.ChunkedArray, posts: pa.Table) -> NDArray[np.int64]:
    return np.asarray(
        schemas.look_up(ids, posts.append_column("row", pa.array(np.arange(posts.num_rows))), "post_id", "row")
    )


def _groups(ru: NDArray[np.int64], en: NDArray[np.int64], n_posts: int) -> NDArray[np.int64]:
    """Return a number for each pair that is the same for pairs which share a post, or are tied by others."""
    graph = coo_array((np.ones(len(ru), np.int8), (ru, en)), shape=(n_posts, n_posts))
    labels: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels[ru]


def _spans(ordered: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of the wanted values among sorted ones."""
    starts, ends = (np.searchsorted(ordered, wanted, side=side) for side in ("left", "right"))
    counts = ends - starts
    return np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
