"""Checks of published rows: keys are unique, rows are in order, references lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.release.tables import (
    COMPARABLE_PAIRS,
    CONFIGS,
    DUPLICATES,
    POST_PAIRS,
    POSTS,
    SENTENCE_PAIRS,
    PublishedConfig,
)

Published = Mapping[str, Mapping[str, pa.Table]]

# config, column -> configs and their column that together have every value of it. A pair of posts is in one of its two
# configs; sentences of comparable pairs are only published if filter.relations asks for them.
_REFERENCES = (
    (SENTENCE_PAIRS, "pair_id", (POST_PAIRS, COMPARABLE_PAIRS), "pair_id"),
    (SENTENCE_PAIRS, "ru_post_id", (POSTS,), "post_id"),
    (SENTENCE_PAIRS, "en_post_id", (POSTS,), "post_id"),
    (POST_PAIRS, "ru_post_id", (POSTS,), "post_id"),
    (POST_PAIRS, "en_post_id", (POSTS,), "post_id"),
    (COMPARABLE_PAIRS, "ru_post_id", (POSTS,), "post_id"),
    (COMPARABLE_PAIRS, "en_post_id", (POSTS,), "post_id"),
    (DUPLICATES, "kept_id", (POSTS,), "post_id"),
)


def find_row_problems(published: Published) -> Iterator[str]:
    """Yield what is wrong with keys, order and references.

    Args:
        published: config -> split -> rows, in the schemas of `tables.CONFIGS`.
    """
    for config in CONFIGS:
        yield from _repeated_keys(published, config)
        yield from _unordered_rows(published, config)
    both = pc.is_in(
        all_values(published, COMPARABLE_PAIRS, "pair_id"),
        value_set=all_values(published, POST_PAIRS, "pair_id").combine_chunks(),
    )
    if count := pc.sum(both).as_py():
        yield f"{COMPARABLE_PAIRS.name}: {count} pairs are in {POST_PAIRS.name} too"
    for source, column, targets, key in _REFERENCES:
        values = pc.unique(_named_here(published, source, column))
        known = pa.chunked_array([c for t in targets for c in all_values(published, t, key).chunks], values.type)
        missing = values.filter(pc.invert(pc.is_in(values, value_set=known.combine_chunks())))
        if len(missing):
            example = missing[0].as_py()
            yield f"{source.name}: {len(missing)} values of {column} are not in {targets[0].name}, as {example!r}"


def _named_here(published: Published, config: PublishedConfig, column: str) -> pa.ChunkedArray:
    """Return the values of a column that this release must have; a kept post may be in an older one."""
    values = all_values(published, config, column)
    if (config, column) == (DUPLICATES, "kept_id"):
        values = values.filter(pc.is_null(all_values(published, config, "kept_in")))
    return values


def all_values(published: Published, config: PublishedConfig, column: str) -> pa.ChunkedArray:
    """Return a column over all splits of a config."""
    tables = [config.schema.empty_table(), *published[config.name].values()]
    return pa.concat_tables([table.select([column]) for table in tables])[column]


def _repeated_keys(published: Published, config: PublishedConfig) -> Iterator[str]:
    keys = pa.table({column: all_values(published, config, column) for column in config.key})
    counted = keys.group_by(list(config.key)).aggregate([([], "count_all")])
    again = counted.filter(pc.greater(counted["count_all"], 1))
    if again.num_rows:
        first = again.sort_by([(column, "ascending") for column in config.key]).select(list(config.key)).to_pylist()[0]
        yield f"{config.name}: {again.num_rows} keys occur more than once, as {first}"


def _unordered_rows(published: Published, config: PublishedConfig) -> Iterator[str]:
    order = [(column, "ascending") for column in config.order]
    for split, table in published[config.name].items():
        keys = table.select(list(config.order)).combine_chunks()
        if not keys.sort_by(order).equals(keys):
            yield f"{config.name}/{split}: rows are not in the order of {', '.join(config.order)}"
