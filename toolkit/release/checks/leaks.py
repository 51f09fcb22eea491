"""Checks that splits share nothing: no component, no post, no text pair, in any config, not even nearly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.release.checks.rows import distinct
from toolkit.release.held_out import HeldOut
from toolkit.release.rows import Published
from toolkit.release.tables import CONFIGS, POST_COLUMNS, SPLITS


def find_shared_ids(published: Published) -> Iterator[str]:
    """Yield which components and posts are in more than one split.

    They are compared over all configs: a post of `posts` in train may not be in a pair in test.

    Args:
        published: config -> split -> rows, in the schemas of `tables.CONFIGS`.
    """
    components = {config.name: ("component_id",) for config in CONFIGS}
    for one, many, columns in (("component", "components", components), ("post", "posts", POST_COLUMNS)):
        shared = _in_two_splits(published, columns)
        yield from _told(one, many, len(shared), shared[0].as_py() if len(shared) else "")


def find_shared_texts(found: HeldOut) -> Iterator[str]:
    """Yield how many pairs of texts are in more than one split, word for word and nearly."""
    yield from _told("pair of texts", "pairs of texts", found.shared, " | ".join(found.example or ()))
    if count := found.counts.get("near_pairs"):
        what = "1 held-out pair of texts is" if count == 1 else f"{count} held-out pairs of texts are"
        yield f"{what} nearly the same as one of another split"


def _told(one: str, many: str, count: int, example: str) -> Iterator[str]:
    if count:
        yield f"{f'1 {one} is' if count == 1 else f'{count} {many} are'} in more than one split, as {example!r}"


def _in_two_splits(published: Published, columns: Mapping[str, tuple[str, ...]]) -> pa.Array:
    """Return what the columns name in more than one split, sorted."""
    named = {
        split: distinct(
            splits[split].select([column])
            for config, splits in published.items()
            if split in splits
            for column in columns[config]
        )
        for split in SPLITS
    }
    held = pc.unique(pa.concat_arrays([named["validation"], named["test"]]))
    times = sum(np.asarray(pc.is_in(held, value_set=named[split])).astype(int) for split in ("validation", "test"))
    # Few are held out: train is looked through for them, and not the other way round.
    in_train = named["train"].filter(pc.is_in(named["train"], value_set=held))
    times = times + np.asarray(pc.is_in(held, value_set=in_train)).astype(int)
    return held.filter(pa.array(times > 1)).sort()
