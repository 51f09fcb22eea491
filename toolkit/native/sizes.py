"""What columns take once they are unpacked, and the plain types that they are unpacked to.

Dictionaries, runs and views say little and stand for much: an index of one byte for a text of a megabyte.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_PLACE = 8  # bytes of the place of a text or list


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema whose types say what their values are.

    Raises:
        pa.ArrowNotImplementedError: if there is none for a column.
    """
    return pa.schema([field.with_type(_plain(field.type, str(field.name))) for field in schema], schema.metadata)


def unpacked_size(array: pa.Array) -> int:
    """Return the bytes of an array as `plain_schema` has it.

    Args:
        array: was validated.

    >>> unpacked_size(pa.array(["да", "да", None]).dictionary_encode())
    32
    """
    kind, rows = array.type, len(array)
    if isinstance(array, pa.ExtensionArray):
        return unpacked_size(array.storage)
    if pa.types.is_dictionary(kind):
        return _of_values(array.dictionary, array.indices.drop_null()) + _PLACE * int(array.null_count)
    if pa.types.is_run_end_encoded(kind):
        return _of_values(array.values, pa.array(_run_places(array)))
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        views = np.frombuffer(array.buffers()[1] or b"", np.int32).reshape(-1, 4)
        known = np.asarray(array.is_valid())
        return int(views[array.offset : array.offset + rows, 0][known].sum(dtype=np.int64)) + _PLACE * rows
    if _is_text(kind):
        return int(pc.sum(pc.binary_length(array)).as_py() or 0) + _PLACE * rows
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        values = array.values if not pa.types.is_map(kind) else array.items
        first, last = (array.offsets[0].as_py(), array.offsets[rows].as_py()) if rows else (0, 0)
        keys = unpacked_size(array.keys.slice(first, last - first)) if pa.types.is_map(kind) else 0
        return keys + unpacked_size(values.slice(first, last - first)) + _PLACE * rows
    if pa.types.is_fixed_size_list(kind):
        return unpacked_size(array.values.slice(array.offset * kind.list_size, rows * kind.list_size))
    if pa.types.is_struct(kind):
        return rows + sum(unpacked_size(child) for child in array.flatten())
    return rows * (0 if pa.types.is_null(kind) else (int(kind.bit_width) + 7) // 8) + rows


def _of_values(values: pa.Array, places: pa.Array) -> int:
    """Return the size of values that are taken by their places, each as often as it is named."""
    rows = len(places)
    if _is_text(values.type):
        lengths = pc.fill_null(pc.binary_length(values), 0).cast(pa.int64())
        return (int(pc.sum(lengths.take(places)).as_py() or 0) if rows else 0) + _PLACE * rows
    each = -(-unpacked_size(values) // max(len(values), 1)) if not pa.types.is_nested(values.type) else 0
    return rows * max(each, unpacked_size(values) if pa.types.is_nested(values.type) else 0)


def _run_places(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    ends = np.asarray(array.run_ends).astype(np.int64)
    return np.searchsorted(ends, np.arange(array.offset, array.offset + len(array)), side="right")


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind) or types.is_large_binary(kind)
    )


def _plain(kind: pa.DataType, name: str) -> pa.DataType:
    """Return the type of what a column's values are; `name` is for the error."""
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(kind.storage_type, name)
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _plain(kind.value_type, name)
    if types.is_string_view(kind) or types.is_binary_view(kind):
        return pa.large_string() if types.is_string_view(kind) else pa.large_binary()
    if types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type, name)))
    if types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_plain(kind.value_type, name)))
    if types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type, name)), kind.list_size)
    if types.is_struct(kind):
        return pa.struct([child.with_type(_plain(child.type, name)) for child in kind])
    if types.is_map(kind):
        return pa.map_(_plain(kind.key_type, name), _plain(kind.item_type, name))
    if types.is_nested(kind):  # unions, views of lists
        raise pa.ArrowNotImplementedError(f"column {name!r} is of type {kind}, which is not read")
    return kind
