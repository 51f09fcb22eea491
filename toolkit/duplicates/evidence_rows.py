"""Rows of DUPLICATES: which post repeats which, by what rule, how much later."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas

RULE_VERSION = "2"
_MS_PER_HOUR = 3_600_000.0


def evidence_rows(
    posts: pa.Table,
    kept: pa.Table,
    kind: str,
    *,
    similarity: NDArray[np.float64],
    rule: str,
    differs: list[str | None] | None = None,
    kept_in: pa.Array | None = None,
    removed: bool = False,
) -> pa.Table:
    """Return `schemas.DUPLICATES`, a row for each row of `posts`.

    Args:
        posts: what repeats; has post_id, channel, date and text.
        kept: of the same length: what each of them repeats. Has post_id and date.
        kind: of all rows, as are `rule` and `removed`.
        similarity: of each row.
        rule: what decided.
        differs: of each row, see `differences`; None: not told.
        kept_in: the older release that has the kept post; None: this one has all.
        removed: whether the posts left.
    """
    size = posts.num_rows
    later = pc.subtract(posts["date"].cast(pa.int64()), kept["date"].cast(pa.int64())).cast(pa.float64())
    columns = {
        "post_id": posts["post_id"],
        "kept_id": kept["post_id"],
        "kind": pa.repeat(pa.scalar(kind), size),
        "removed": pa.repeat(pa.scalar(removed), size),
        "kept_in": pa.nulls(size, pa.string()) if kept_in is None else kept_in,
        "similarity": pa.array(np.round(similarity, 4), pa.float64()),
        "rule": pa.repeat(pa.scalar(rule), size),
        "rule_version": pa.repeat(pa.scalar(RULE_VERSION), size),
        "differs": pa.nulls(size, pa.string()) if differs is None else pa.array(differs, pa.string()),
        "channel": posts["channel"],
        "date": posts["date"],
        "hours_later": _where_timed(pc.round(pc.divide(later, _MS_PER_HOUR), 4), posts, kept),
        "text": posts["text"],
    }
    return schemas.conform(pa.table(columns), schemas.DUPLICATES)


def compared_columns(posts: pa.Table, names: list[str]) -> pa.Table:
    """Return the columns of posts that decide; a precision that is not known is none, and so are unknown links."""
    unknown = {"date_precision": pa.scalar("none"), "urls": pa.scalar([], pa.list_(pa.string()))}
    for name in sorted(unknown.keys() - set(posts.column_names)):
        posts = posts.append_column(name, pa.repeat(unknown[name], posts.num_rows))
    return posts.select(names)


def _where_timed(hours: pa.ChunkedArray, *tables: pa.Table) -> pa.ChunkedArray:
    """Return hours between dates, null where one of them has no time of day."""
    for table in tables:
        if "date_precision" in table.column_names:
            is_day = pc.fill_null(pc.equal(table["date_precision"], "day"), False)
            hours = pc.if_else(is_day, pa.scalar(None, hours.type), hours)
    return hours


def name_kept(rows: pa.Table, removed: pa.Table) -> pa.Table:
    """Let evidence about a post that left name the one that stays in its place, and the release that has it.

    Args:
        rows: evidence.
        removed: evidence that removed posts, a row for each.
    """
    place = pc.index_in(rows["post_id"], value_set=removed["post_id"].combine_chunks())
    for name in ("kept_id", "kept_in"):
        rows = with_column(rows, name, pc.coalesce(removed[name].take(place), rows[name]))
    return rows


def with_column(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return the table with other values in a column that it has."""
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), values)


def sort_evidence(rows: pa.Table) -> pa.Table:
    """Return the rows in the one order that they are stored in."""
    order = ("post_id", "kept_id", "kind", "text", "date")
    return rows.sort_by([(column, "ascending") for column in order]).combine_chunks()


def earliest_first(posts: pa.Table) -> NDArray[np.int64]:
    """Return dates as milliseconds that sort: unknown ones are last."""
    return np.asarray(pc.fill_null(posts["date"].cast(pa.int64()), np.iinfo(np.int64).max))
