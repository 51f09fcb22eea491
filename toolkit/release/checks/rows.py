"""Checks of published rows: keys are unique, references lead somewhere; on narrow columns alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.release.rows import Published, Rows
from toolkit.release.tables import (
    COMPARABLE_PAIRS,
    DUPLICATES,
    POST_PAIRS,
    POSTS,
    SENTENCE_PAIRS,
    PublishedConfig,
)

# config, column -> configs whose keys together have every value of it. A pair of posts is in one of its two
# configs; sentences of comparable pairs are only published if filter.relations asks for them.
_REFERENCES = (
    (SENTENCE_PAIRS, "pair_id", (POST_PAIRS, COMPARABLE_PAIRS)),
    (SENTENCE_PAIRS, "ru_post_id", (POSTS,)),
    (SENTENCE_PAIRS, "en_post_id", (POSTS,)),
    (POST_PAIRS, "ru_post_id", (POSTS,)),
    (POST_PAIRS, "en_post_id", (POSTS,)),
    (COMPARABLE_PAIRS, "ru_post_id", (POSTS,)),
    (COMPARABLE_PAIRS, "en_post_id", (POSTS,)),
    (DUPLICATES, "kept_id", (POSTS,)),
)


def find_key_problems(published: Published, config: PublishedConfig) -> Iterator[str]:
    """Yield whether keys of a config occur more than once.

    Args:
        published: config -> split -> rows, in the schemas of `tables.CONFIGS`.
        config: of the keys.
    """
    narrow = [column for column in config.key if column != "text"]
    rows = published[config.name].values()
    if not (again := _repeated(_read(rows, narrow))).num_rows:
        return
    # Keys with a text are told apart by the others in nearly all rows.
    ids = pc.unique(again[narrow[0]])
    again = _repeated(_read(rows, config.key, ids))
    if again.num_rows:
        first = again.sort_by([(column, "ascending") for column in config.key]).slice(0, 1).to_pylist()[0]
        yield f"{config.name}: {again.num_rows} keys occur more than once, as {first}"


def _read(rows: Iterable[Rows], columns: Sequence[str], ids: pa.Array | None = None) -> pa.Table:
    """Read columns of ids, texts and words; of all rows, or of those whose first one is among the ids."""
    schema = pa.schema([pa.field(name, pa.string()) for name in columns])
    parts = [schema.empty_table()]
    for batch in (batch for each in rows for batch in each.select(columns).to_batches()):
        part = pa.Table.from_batches([batch]).cast(schema)
        parts.append(part if ids is None else part.filter(pc.is_in(part[columns[0]], value_set=ids)))
    return pa.concat_tables(parts)


def _repeated(keys: pa.Table) -> pa.Table:
    names = keys.column_names
    if len(names) == 1 and len(pc.unique(keys[names[0]])) == keys.num_rows:
        return keys.slice(0, 0)
    counted = keys.group_by(names).aggregate([([], "count_all")])
    return counted.filter(pc.greater(counted["count_all"], 1)).select(names)


def find_reference_problems(published: Published) -> Iterator[str]:
    """Yield which references lead nowhere, and which pairs are in both configs of pairs."""
    known = {config.name: _values(published, config, config.key[0]) for config in (POSTS, POST_PAIRS, COMPARABLE_PAIRS)}
    both = pc.is_in(known[COMPARABLE_PAIRS.name], value_set=known[POST_PAIRS.name])
    if count := pc.sum(both).as_py():
        yield f"{COMPARABLE_PAIRS.name}: {count} pairs are in {POST_PAIRS.name} too"
    for source, column, targets in _REFERENCES:
        values = _named_here(published, source, column)
        places = pa.concat_arrays([known[target.name] for target in targets])
        missing = values.filter(pc.invert(pc.is_in(values, value_set=places)))
        if len(missing):
            example = missing[0].as_py()
            yield f"{source.name}: {len(missing)} values of {column} are not in {targets[0].name}, as {example!r}"


def _named_here(published: Published, config: PublishedConfig, column: str) -> pa.Array:
    """Return the distinct values of a column that this release must have; a kept post may be in an older one."""
    if (config, column) != (DUPLICATES, "kept_id"):
        return _values(published, config, column)
    return distinct((rows.select(["kept_id", "kept_in"]) for rows in published[config.name].values()), only_null=True)


def _values(published: Published, config: PublishedConfig, column: str) -> pa.Array:
    return distinct(rows.select([column]) for rows in published[config.name].values())


def distinct(each: Iterable[Rows], *, only_null: bool = False) -> pa.Array:
    """Return the distinct values of the first column of rows, in the order in which they come.

    Args:
        each: some rows.
        only_null: leave out rows whose second column is not null.
    """
    found = [pa.array([], pa.string())]
    for rows in each:
        for batch in rows.to_batches():
            values = batch.column(0)
            found.append(pc.unique(values.filter(pc.is_null(batch.column(1))) if only_null else values))
    return pc.unique(pa.concat_arrays(found))
