"""How much a Parquet file unpacks to, at most, found in its footer and the headers of its pages before any is read.

A page of a few bytes can stand for any number of values: runs of nulls or of one entry of a dictionary, values that
repeat the beginning of the one before, zeros well packed. What the footer says of that is the writer's word alone; what
the headers say is what a reader allocates. Arrow's own view of the footer ends the process on some that are broken, so
it is read here. Its format, and that of the headers:
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from toolkit.native.thrift import BrokenThrift, Fields, read_struct

Read = Callable[[int, int], bytes]  # offset, length -> bytes of the file, fewer at its end

_CELL: Final = 16  # bytes of a value in memory, at least: a decimal, or its place and whether it is null
_BYTE_ARRAY: Final = 6  # Type of parquet.thrift
_REPEATED: Final = 2  # FieldRepetitionType
_CODECS: Final = {1: "snappy", 2: "gzip", 4: "brotli", 5: "lz4", 6: "zstd", 7: "lz4_raw"}  # CompressionCodec
_DATA, _INDEX, _DICTIONARY, _DATA_V2 = 0, 1, 2, 3  # PageType
_ABOUT: Final = {_DATA: 5, _INDEX: 6, _DICTIONARY: 7, _DATA_V2: 8}  # fields of PageHeader
_PLAIN_DICTIONARY, _DELTA_BYTE_ARRAY, _RLE_DICTIONARY = 2, 7, 8  # Encoding

_HEADER: Final = 1 << 12  # bytes that are read of a page's header first; one with long statistics needs more
_MAX_HEADER: Final = 16 << 20
_SMALL: Final = 1 << 12  # bytes of a dictionary whose longest entry is not looked for
_MAX_DICTIONARY: Final = 64 << 20  # bytes of one whose longest entry is


class BrokenPages(ValueError):
    """Says what is wrong with a footer, or with the headers of pages."""


@dataclass(frozen=True)
class Bound:
    """What a column of a row group takes in memory, at most.

    Attributes:
        values: bytes of all its values.
        pages: bytes of its pages, unpacked.
        value: bytes of one value that a few bytes of the file can repeat.
        is_nested: whether a row can have any number of values.
    """

    values: int
    pages: int
    value: int
    is_nested: bool


@dataclass(frozen=True)
class Footer:
    """What the footer says.

    Attributes:
        rows: of all row groups.
        groups: of each the metadata of its columns.
        leaves: of each column its width, if that is fixed, and whether a row can have any number of its values.
    """

    rows: int
    groups: list[list[Fields]]
    leaves: list[tuple[int, bool]]


@dataclass(frozen=True)
class _Page:
    kind: int
    unpacked: int  # bytes
    packed: int  # bytes
    values: int
    encoding: int
    offset: int  # of its content


def read_footer(read: Read, size: int) -> Footer:
    """Return what the footer of a file says.

    Raises:
        BrokenPages: if it is broken, or the file encrypted.
    """
    tail = read(size - 8, 8) if size >= 12 else b""
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length > size - 12:
        raise BrokenPages("it does not end as Parquet does: it was cut off, or is encrypted")
    try:
        fields, _ = read_struct(read(size - 8 - length, length))
        groups = [[column[3] for column in group[1]] for group in fields.get(4, [])]
        rows = max(fields[3], sum(group[3] for group in fields.get(4, [])))
        leaves = _leaves(fields[2])
        if any(len(group) != len(leaves) for group in groups):
            raise BrokenPages("a row group has not all columns")
    except (LookupError, TypeError, AttributeError, BrokenThrift) as error:
        raise BrokenPages("its footer is broken") from error
    return Footer(rows, groups, leaves)


def _leaves(elements: list[Fields]) -> list[tuple[int, bool]]:
    """Return the columns of a schema, which is a tree, written down depth first."""
    leaves: list[tuple[int, bool]] = []
    open_groups = [(elements[0].get(5, 0), False)]  # children that are to come, whether they are repeated
    for element in elements[1:]:
        while open_groups and open_groups[-1][0] <= 0:
            open_groups.pop()
        left, is_nested = open_groups.pop()
        open_groups.append((left - 1, is_nested))
        is_nested = is_nested or element.get(3) == _REPEATED
        if element.get(5) is not None and element.get(1) is None:
            open_groups.append((element[5], is_nested))
        else:
            leaves.append((max(element.get(2) or 0, 0), is_nested))
    return leaves


def find_bounds(read: Read, size: int, footer: Footer) -> Iterator[list[Bound]]:
    """Yield the bounds of the columns of each row group.

    Args:
        read: gives bytes of the file.
        size: of the file.
        footer: of the file.

    Raises:
        BrokenPages: if columns are outside the file or share bytes, or a header is broken.
    """
    packed = 0
    for group in footer.groups:
        bounds = []
        for column, (width, is_nested) in zip(group, footer.leaves, strict=True):
            start, end = _span(column)
            packed += end - start
            if not 0 <= start <= end <= size or packed > size:
                raise BrokenPages("a column is outside the file, or shares bytes with another one")
            bounds.append(_bound(list(_pages(read, start, end)), read, column, max(width, _CELL), is_nested))
        yield bounds


def _span(column: Fields) -> tuple[int, int]:
    """Return where the pages of a column begin and end."""
    if column.get(5) == 0:  # it has no values, and nobody reads its pages
        return 0, 0
    try:
        start = min(column[9], column.get(11) or column[9])
        return start, start + column[7]
    except (LookupError, TypeError, AttributeError) as error:
        raise BrokenPages("its footer is broken") from error


def _bound(pages: list[_Page], read: Read, column: Fields, width: int, is_nested: bool) -> Bound:
    values, value, entry = 0, width, 0
    for page in pages:
        values += page.unpacked + page.values * width
        if page.kind == _DICTIONARY:
            entry = _longest_entry(read, column.get(4), page) if column.get(1) == _BYTE_ARRAY else 0
        elif page.encoding in (_PLAIN_DICTIONARY, _RLE_DICTIONARY):
            values, value = values + page.values * entry, max(value, width + entry)
        elif page.encoding == _DELTA_BYTE_ARRAY:  # no value is longer than all that is new in the page
            values, value = values + page.values * page.unpacked, max(value, width + page.unpacked)
    return Bound(values, sum(page.unpacked for page in pages), value, is_nested)


def _pages(read: Read, start: int, end: int) -> Iterator[_Page]:
    while start < end:
        page = _read_header(read, start, end)
        start = page.offset + page.packed
        if page.kind != _INDEX:
            yield page


def _read_header(read: Read, start: int, end: int) -> _Page:
    fields, used = _header_fields(read, start, end)
    kind, unpacked, packed = fields.get(1), fields.get(2), fields.get(3)
    about = fields.get(_ABOUT.get(kind, 0) if isinstance(kind, int) else 0) or {}
    values = encoding = 0
    if isinstance(about, dict):
        values, encoding = about.get(1, 0), about.get(4 if kind == _DATA_V2 else 2, 0)
    for number in (kind, unpacked, packed, values, encoding):
        if not isinstance(number, int) or number < 0:
            raise BrokenPages("the header of a page is broken")
    return _Page(kind or 0, unpacked or 0, packed or 0, values, encoding, start + used)


def _header_fields(read: Read, start: int, end: int) -> tuple[Fields, int]:
    length = _HEADER
    while True:
        data = read(start, min(length, end - start))
        try:
            return read_struct(data)
        except BrokenThrift as error:
            raise BrokenPages("the header of a page is broken") from error
        except IndexError as error:
            length *= 8
            if len(data) >= end - start or length > _MAX_HEADER:
                raise BrokenPages("the header of a page is cut off") from error


def _longest_entry(read: Read, codec: object, page: _Page) -> int:
    """Return the bytes of the longest text of a dictionary; of all of them, if it is small, or cannot be read."""
    import pyarrow as pa

    if not _SMALL < page.unpacked < _MAX_DICTIONARY:
        return page.unpacked
    data = read(page.offset, page.packed)
    if codec in _CODECS:
        try:
            data = pa.Codec(_CODECS[codec]).decompress(data, page.unpacked).to_pybytes()
        except (pa.ArrowException, OSError, ValueError):
            return page.unpacked
    longest, at = 0, 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        longest, at = max(longest, length), at + 4 + length
    return min(longest, page.unpacked)
