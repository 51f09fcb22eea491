"""What the messages of an Arrow stream say: its rows, and how much its packed buffers unpack to, before any is.

A buffer that is packed begins with its length unpacked, which a reader allocates. Where buffers lie is said by each
message's metadata, a FlatBuffer: https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3  # MessageHeader of Message.fbs


class BrokenMessage(ValueError):
    """Says what is wrong with a message."""


def unpacked_sizes(stream: pa.Buffer) -> Iterator[int]:
    """Yield for each message the bytes that its packed buffers take unpacked.

    Raises:
        BrokenMessage: if its metadata is broken.
        pa.ArrowException, OSError: if a message is.
    """
    yield from _of_messages(stream, _unpacked)


def count_rows(stream: pa.Buffer) -> int:
    """Return how many rows the record batches of a stream say they have; errors as of `unpacked_sizes`."""
    return sum(_of_messages(stream, _rows))


def _of_messages(stream: pa.Buffer, read: Callable[[pa.Message], int]) -> Iterator[int]:
    import pyarrow as pa

    reader = pa.ipc.MessageReader.open_stream(pa.BufferReader(stream))
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        try:
            yield read(message)
        except (struct.error, ValueError, OverflowError) as error:
            raise BrokenMessage("a message is broken") from error


def _rows(message: pa.Message) -> int:
    data = memoryview(message.metadata)
    root = _root(data)
    batch = _table(data, root, 2) if _scalar(data, root, 1, "<B") == _RECORD_BATCH else None
    return 0 if batch is None else _scalar(data, batch, 0, "<q")


def _unpacked(message: pa.Message) -> int:
    data, body = memoryview(message.metadata), message.body
    root = _root(data)
    kind = _scalar(data, root, 1, "<B")
    if kind not in (_DICTIONARY_BATCH, _RECORD_BATCH):
        return 0
    batch = _table(data, root, 2)
    if batch is not None and kind == _DICTIONARY_BATCH:
        batch = _table(data, batch, 1)
    if batch is None or _field(data, batch, 3) is None:  # not packed
        return 0
    total = 0
    for offset, length in _buffers(data, batch):
        if length > 0 and body is not None:
            if offset < 0 or offset + 8 > body.size:
                raise ValueError("a buffer is outside its message")
            total += max(struct.unpack_from("<q", body, offset)[0], 0)
    return total


# ---------------------------------------------------------------- FlatBuffers


def _root(data: memoryview) -> int:
    return int(struct.unpack_from("<I", data, 0)[0])


def _field(data: memoryview, table: int, number: int) -> int | None:
    """Return where a field of a table is; None if it has none."""
    place: Final = table - struct.unpack_from("<i", data, table)[0]
    if place < 0:
        raise ValueError("a table is outside its message")
    slot = 4 + 2 * number
    if slot + 2 > struct.unpack_from("<H", data, place)[0]:
        return None
    offset = struct.unpack_from("<H", data, place + slot)[0]
    return table + offset if offset else None


def _scalar(data: memoryview, table: int, number: int, form: str) -> int:
    place = _field(data, table, number)
    return 0 if place is None else int(struct.unpack_from(form, data, place)[0])


def _table(data: memoryview, table: int, number: int) -> int | None:
    place = _field(data, table, number)
    return None if place is None else place + int(struct.unpack_from("<I", data, place)[0])


def _buffers(data: memoryview, batch: int) -> Iterator[tuple[int, int]]:
    place = _table(data, batch, 2)
    if place is None:
        return
    count = struct.unpack_from("<I", data, place)[0]
    if place + 4 + 16 * count > len(data):
        raise ValueError("buffers are outside their message")
    yield from struct.iter_unpack("<qq", data[place + 4 : place + 4 + 16 * count])
