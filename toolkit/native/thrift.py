"""Thrift's compact protocol, as far as Parquet's footer and the headers of its pages need it.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import Any

Fields = dict[int, Any]  # number of a field -> whole number, bytes, list, struct; None: of another kind

_MAX_DEPTH = 12
_TRUE, _FALSE, _BYTE, _WHOLE, _DOUBLE, _BINARY, _LISTS, _STRUCT = 1, 2, 3, (4, 5, 6), 7, 8, (9, 10), 12


class BrokenThrift(ValueError):
    """Says that bytes are no struct."""


def read_struct(data: bytes, at: int = 0, depth: int = 0) -> tuple[Fields, int]:
    """Return the fields of a struct, and where it ends.

    Raises:
        IndexError: if the bytes end before it.
        BrokenThrift: if it is none.

    >>> read_struct(bytes([0x15, 0x02, 0x25, 0x03, 0x00]))
    ({1: 1, 3: -2}, 5)
    """
    if depth > _MAX_DEPTH:
        raise BrokenThrift("is nested too deep")
    fields: Fields = {}
    number = 0
    while True:
        head = data[at]
        at += 1
        if head == 0:
            return fields, at
        if head >> 4:
            number += head >> 4
        else:
            number, at = _zigzag(data, at)
        fields[number], at = (None, at) if head & 15 in (_TRUE, _FALSE) else _value(data, at, head & 15, depth)


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in _WHOLE:
        return _zigzag(data, at)
    if kind == _BINARY:
        length, at = _varint(data, at)
        if at + length > len(data):
            raise IndexError
        return data[at : at + length], at + length
    if kind == _STRUCT:
        return read_struct(data, at, depth + 1)
    if kind in _LISTS:
        return _list(data, at, depth)
    if kind in (_TRUE, _FALSE, _BYTE):
        return None, at + 1
    if kind == _DOUBLE:
        return None, at + 8
    raise BrokenThrift(f"has a value of kind {kind}")


def _list(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    head = data[at]
    length, at = _varint(data, at + 1) if head >> 4 == 15 else (head >> 4, at + 1)
    if length > len(data) - at:  # each value has a byte at least
        raise IndexError
    values = []
    for _ in range(length):
        value, at = _value(data, at, head & 15, depth + 1)
        values.append(value)
    return values, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise BrokenThrift("has a number without end")


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at
