"""What changed between two versions, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.release.parquet import in_pieces_of
from toolkit.release.rows import Rows
from toolkit.release.tables import CONFIGS, DUPLICATES, POST_COLUMNS, POSTS, PublishedConfig

Old = Mapping[str, pa.Table]  # config -> rows, with `split`
New = Mapping[str, "pa.Table | Mapping[str, Rows]"]  # config -> the same, or split -> rows

ADD, CHANGE, REMOVE = "add", "change", "remove"
NEW, CORRECTED, TAKEDOWN, GONE, MOVED, RECOMPUTED = "new", "corrected", "takedown", "gone", "moved", "recomputed"
REASONS: Final = {
    NEW: "was not there before",
    CORRECTED: "a post of it was edited",
    TAKEDOWN: "the removal of a post of it was asked for",
    GONE: "is not there any more",
    MOVED: "is in another split",
    RECOMPUTED: "other numbers about the same texts",
}
_PIECE: Final = 1 << 16  # rows that are compared at a time
_TEXTS: Final = ("text", "footer", "ru_text", "en_text")

CHANGES = pa.schema(
    [
        pa.field("op", pa.string(), False, {"doc": "add | change | remove"}),
        pa.field("id", pa.string(), False, {"doc": "key of the row; of evidence: post_id kind kept_id"}),
        pa.field("config", pa.string(), False, {"doc": "config of the row"}),
        pa.field("reason", pa.string(), False, {"doc": " | ".join(f"{name}: {why}" for name, why in REASONS.items())}),
    ]
)


def diff_rows(old: Old, new: New, takedowns: Iterable[str] = ()) -> pa.Table:
    """Return every row that was added, changed or removed.

    Args:
        old: config -> rows of the version before, with `split`, in the columns of `tables.CONFIGS`.
        new: the same of the new version, or config -> split -> rows: those come by in pieces.
        takedowns: ids of posts whose removal was asked for.

    Returns:
        `CHANGES`, sorted by config (as the releases have them), op and id; never a text.
    """
    asked = pa.array(sorted(takedowns), pa.string())
    edited = _edited(old[POSTS.name], new[POSTS.name])
    parts = [CHANGES.empty_table()]
    for config in CONFIGS:
        before = old[config.name]
        ids_before = _keys(before, config)
        none = pa.array([], pa.string())
        ids_after = pa.concat_arrays([none, *(_keys(rows, config) for rows in _pieces(new[config.name], config.key))])
        places = pc.index_in(ids_after, value_set=ids_before)
        removed = before.filter(pc.invert(pc.is_in(ids_before, value_set=ids_after)))
        added, changed, start = [CHANGES.empty_table()], [CHANGES.empty_table()], 0
        for after in _pieces(new[config.name], [*config.schema.names, "split"]):
            place = places.slice(start, after.num_rows)
            start += after.num_rows
            rows = after.filter(pc.is_null(place))
            added.append(_rows(ADD, rows, config, _added_for(rows, config, edited)))
            stays = before.take(pc.drop_null(place)), after.filter(pc.is_valid(place))
            changed.append(_changed(*stays, config, edited))
        parts += [pa.concat_tables(found).sort_by("id") for found in (added, changed)]
        parts.append(_rows(REMOVE, removed, config, _removed_for(removed, config, edited, asked)).sort_by("id"))
    return pa.concat_tables(parts).combine_chunks()


def _pieces(rows: pa.Table | Mapping[str, Rows], columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield columns of rows in order, some ten thousand rows at a time."""
    if isinstance(rows, pa.Table):
        yield rows.select(columns)
        return
    own = [name for name in columns if name != "split"]
    for split, each in rows.items():
        pieces = (pa.Table.from_batches([batch]) for batch in each.select(own).to_batches())
        for piece in in_pieces_of(_PIECE, pieces):
            yield piece.append_column("split", pa.repeat(pa.scalar(split), piece.num_rows)).select(columns)


def count_changes(changes: pa.Table) -> dict[tuple[str, str], int]:
    """Return how many rows have which op and reason, over all configs, in the order of ops and `REASONS`."""
    counts = Counter(zip(changes["op"].to_pylist(), changes["reason"].to_pylist(), strict=True))
    return {(op, why): counts[op, why] for op in (ADD, CHANGE, REMOVE) for why in REASONS if counts[op, why]}


def count_by_config(changes: pa.Table) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many rows of each config have which op and reason: config -> op -> reason -> rows."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for config in pc.unique(changes["config"]).to_pylist():
        for (op, reason), count in count_changes(changes.filter(pc.equal(changes["config"], config))).items():
            counts.setdefault(config, {}).setdefault(op, {})[reason] = count
    return counts


def _keys(table: pa.Table, config: PublishedConfig) -> pa.Array:
    columns = [table[column].combine_chunks() for column in config.key]
    return pc.binary_join_element_wise(*columns, "\n") if len(columns) > 1 else columns[0]


def _ids(table: pa.Table, config: PublishedConfig) -> pa.ChunkedArray:
    """Return the key of each row without texts."""
    if config is DUPLICATES:
        return pc.binary_join_element_wise(table["post_id"], table["kind"], table["kept_id"], " ")
    return table[config.key[0]]


def _edited(old: pa.Table, new: pa.Table | Mapping[str, Rows]) -> pa.Array:
    """Return the ids of posts whose text is another one."""
    known, found = old["post_id"].combine_chunks(), [pa.array([], pa.string())]
    for rows in _pieces(new, ["post_id", "text"]):
        place = pc.index_in(rows["post_id"], value_set=known)
        now = rows.filter(pc.is_valid(place))
        is_other = pc.not_equal(old["text"].take(pc.drop_null(place)), now["text"])
        found.append(now["post_id"].filter(is_other).combine_chunks())
    return pa.concat_arrays(found)


def _rows(op: str, table: pa.Table, config: PublishedConfig, reasons: pa.Array | pa.ChunkedArray) -> pa.Table:
    columns = {
        "op": pa.repeat(pa.scalar(op), table.num_rows),
        "id": _ids(table, config),
        "config": pa.repeat(pa.scalar(config.name), table.num_rows),
        "reason": reasons,
    }
    return schemas.conform(pa.table(columns), CHANGES)


def _added_for(rows: pa.Table, config: PublishedConfig, edited: pa.Array) -> pa.ChunkedArray:
    return pc.if_else(_names(rows, config, edited), CORRECTED, NEW)


def _removed_for(rows: pa.Table, config: PublishedConfig, edited: pa.Array, asked: pa.Array) -> pa.ChunkedArray:
    other = pc.if_else(_names(rows, config, edited), CORRECTED, GONE)
    return pc.if_else(_names(rows, config, asked), TAKEDOWN, other)


def _changed(old: pa.Table, new: pa.Table, config: PublishedConfig, edited: pa.Array) -> pa.Table:
    """Compare rows of the same key, row by row."""
    is_moved = _differ(old["split"], new["split"])
    is_other = np.zeros(new.num_rows, bool)
    is_said_otherwise = np.asarray(_names(new, config, edited))
    for field in config.schema:
        differ = _differ(old[field.name], new[field.name])
        is_other |= differ
        if field.name in _TEXTS:
            is_said_otherwise = is_said_otherwise | differ
    why = np.where(is_moved, MOVED, np.where(is_said_otherwise, CORRECTED, RECOMPUTED))
    some = is_moved | is_other
    return _rows(CHANGE, new.filter(pa.array(some)), config, pa.array(why[some].tolist(), pa.string()))


def _names(rows: pa.Table, config: PublishedConfig, ids: pa.Array) -> pa.ChunkedArray:
    """Tell which rows name one of the posts."""
    first, *others = (pc.is_in(rows[column], value_set=ids) for column in POST_COLUMNS[config.name])
    return pc.or_(first, others[0]) if others else first


def _differ(one: pa.ChunkedArray, other: pa.ChunkedArray) -> NDArray[np.bool_]:
    if pa.types.is_nested(one.type):  # Arrow does not compare lists
        pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
        return np.fromiter((a != b for a, b in pairs), bool, len(one))
    is_other = pc.fill_null(pc.not_equal(one, other), False)
    return np.asarray(pc.or_(is_other, pc.not_equal(pc.is_null(one), pc.is_null(other))))
