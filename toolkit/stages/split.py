"""Deal whole components to train, validation and test, so that no duplicate and no pair crosses a split."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from toolkit import schemas
from toolkit.options import SplitOptions


def split_components(
    posts: pa.Table, duplicates: pa.Table, pairs: pa.Table, options: SplitOptions | None = None
) -> pa.Table:
    """Return the component and the split of every post.

    Posts are tied by duplicate evidence and by post pairs; what hangs together is a component. Its split is decided by
    a hash of (seed, component_id) alone, so a component keeps its split when the corpus grows around it; only one that
    gets a new smallest post_id is dealt anew. A component of more than `options.max_posts` posts goes to train: it
    would make up much of a small test set, and one chain of templates would be measured many times.

    Args:
        posts: has `post_id`; all posts, also those that dedup removed. Posts that only the other tables name count too.
        duplicates: conforms to `schemas.DUPLICATES`.
        pairs: conforms to `schemas.POST_PAIRS`; pairs of any relation tie.
        options: shares and seed.

    Returns:
        `schemas.COMPONENTS`, a row for each post, sorted by post_id.
    """
    options = options or SplitOptions()
    ids, left, right = _graph(posts, duplicates, pairs)
    size = len(ids)
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    # Ids are sorted, so the first row of a label is its smallest id.
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    names = ids.take(pa.array(first))
    splits = [
        "train" if count > options.max_posts else _deal(name, options)
        for name, count in zip(names.to_pylist(), counts.tolist(), strict=True)
    ]
    which = pa.array(inverse)
    table = pa.table(
        {"post_id": ids, "component_id": names.take(which), "split": pa.array(splits, pa.string()).take(which)}
    )
    return schemas.conform(table, schemas.COMPONENTS)


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
    ru_ids = schemas.look_up(bitext["pair_id"], pairs, "pair_id", "ru_post_id")
    table = bitext.append_column("component_id", schemas.look_up(ru_ids, components, "post_id", "component_id"))
    table = table.append_column("split", schemas.look_up(ru_ids, components, "post_id", "split"))
    return schemas.conform(table, schemas.SPLIT_BITEXT).sort_by("bead_id")


def _graph(posts: pa.Table, duplicates: pa.Table, pairs: pa.Table) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Return the sorted ids and the two ends of every edge as indexes into them."""
    ends = [(duplicates["post_id"], duplicates["kept_id"]), (pairs["ru_post_id"], pairs["en_post_id"])]
    left = pa.chunked_array([chunk for a, _ in ends for chunk in a.chunks], pa.string())
    right = pa.chunked_array([chunk for _, b in ends for chunk in b.chunks], pa.string())
    named = pa.chunked_array([*posts["post_id"].chunks, *left.chunks, *right.chunks], pa.string())
    ids = pc.unique(named).sort()
    return ids, *(pc.index_in(side, value_set=ids).to_numpy() for side in (left, right))


def _deal(component_id: str, options: SplitOptions) -> str:
    """Return the split of a component: a number in 0..1 from its hash, laid on test | validation | train."""
    digest = hashlib.sha256(f"{options.seed}:{component_id}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < options.test:
        return "test"
    return "validation" if place < options.test + options.validation else "train"
