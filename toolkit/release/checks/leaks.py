"""Checks that splits share nothing: no component, no post, no text pair, in any config, not even nearly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.options import DedupOptions
from toolkit.release.statistics import count_near
from toolkit.release.tables import CONFIGS, POST_COLUMNS, SENTENCE_PAIRS

Published = Mapping[str, Mapping[str, pa.Table]]


def find_leaks(published: Published, near: DedupOptions = DedupOptions()) -> Iterator[str]:  # noqa: B008
    """Yield what is in more than one split.

    Components and posts are compared over all configs: a post of `posts` in train may not be in a pair in test.

    Args:
        published: config -> split -> rows, in the schemas of `tables.CONFIGS`.
        near: when two texts are nearly the same; it must hold on both sides.
    """
    components = {config.name: ("component_id",) for config in CONFIGS}
    yield from _in_two_splits("component", "components", _placed(published, components))
    yield from _in_two_splits("post", "posts", _placed(published, POST_COLUMNS))
    texts = [
        pa.table({"ru": table["ru_text"], "en": table["en_text"], "split": _repeat(split, table.num_rows)})
        for split, table in published[SENTENCE_PAIRS.name].items()
    ]
    if texts:
        yield from _in_two_splits("pair of texts", "pairs of texts", pa.concat_tables(texts))
        if count := count_near(published[SENTENCE_PAIRS.name], ("ru_text", "en_text"), near):
            what = "1 held-out pair of texts is" if count == 1 else f"{count} held-out pairs of texts are"
            yield f"{what} nearly the same as one of another split"


def _placed(published: Published, columns: Mapping[str, tuple[str, ...]]) -> pa.Table:
    """Return a table (id, split) of what the columns name, over all configs."""
    schema = pa.schema({"id": pa.string(), "split": pa.string()})
    parts = [
        pa.table({"id": table[column], "split": _repeat(split, table.num_rows)})
        for config, splits in published.items()
        for split, table in splits.items()
        for column in columns[config]
    ]
    return pa.concat_tables([schema.empty_table(), *parts])


def _repeat(split: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(split, pa.string()), rows)


def _in_two_splits(one: str, many: str, placed: pa.Table) -> Iterator[str]:
    keys = [name for name in placed.column_names if name != "split"]
    counted = placed.group_by(keys).aggregate([("split", "count_distinct")])
    shared = counted.filter(pc.greater(counted["split_count_distinct"], 1)).sort_by([(k, "ascending") for k in keys])
    if shared.num_rows:
        example = " | ".join(shared[key][0].as_py() for key in keys)
        what = f"1 {one} is" if shared.num_rows == 1 else f"{shared.num_rows} {many} are"
        yield f"{what} in more than one split, as {example!r}"
