import io
import json
from typing import Any

import pytest

from toolkit.sources.json_shape import json_shape
from toolkit.sources.json_stream import BrokenJson, json_lines, json_members, json_values

RECORD = {"id": 1, "text": 'Fog "at" \\ sea\n', "n": [1, -2.5, None, True], "in": {"a": {}}}


class Counted(io.StringIO):
    """Text that remembers how much of it was read."""

    read_so_far = 0

    def read(self, size: int | None = -1) -> str:
        text = super().read(size)
        self.read_so_far += len(text)
        return text


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1 << 18])
@pytest.mark.parametrize("indent", [None, 1])
def test_values_in_any_pieces(monkeypatch: pytest.MonkeyPatch, size: int, indent: int | None) -> None:
    monkeypatch.setattr("toolkit.sources.json_stream._CHUNK", size)
    rows = [{**RECORD, "id": number} for number in range(30)]
    text = json.dumps(rows, indent=indent)
    assert list(json_values(io.StringIO("\ufeff " + text))) == rows
    lines = "\n".join(json.dumps(row, indent=indent) for row in rows)
    assert list(json_values(io.StringIO(lines))) == rows
    members = list(json_members(io.StringIO(json.dumps({"a": 12345, "m": rows, "z": "end"})), "m"))
    assert [member.value for member in members if member.is_item] == rows
    assert [(member.key, member.value) for member in members if not member.is_item] == [
        ("a", 12345), ("m", []), ("z", "end"),
    ]  # fmt: skip


def test_reads_no_more_than_it_must() -> None:
    file = Counted(json.dumps({"name": "Port", "messages": [RECORD] * 100_000}))
    members = json_members(file, "messages")
    assert [next(members).key for _ in range(3)] == ["name", "messages", "messages"]
    assert file.read_so_far <= 1 << 18 < len(file.getvalue()) // 10


@pytest.mark.parametrize("size", [1, 5, 1 << 18])
def test_escapes_that_are_no_json(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("toolkit.sources.json_stream._CHUNK", size)
    text = r'[{"a": "one\x0Btwo"}, {"a": "C:\\x41 stays"}, {"a": "\\\x0c"}]'
    assert [row["a"] for row in json_values(io.StringIO(text))] == ["one\x0btwo", "C:\\x41 stays", "\\\x0c"]


@pytest.mark.parametrize(
    ("text", "line", "what", "is_cut_off"),
    [
        ('[{"a": 1},\n {"a": }]', 2, "Expecting value in column 8", False),
        ('[{"a": 1},\n {"a": "b', 2, "Unterminated string", True),
        ('[{"a": 1}\n', 2, "Expecting ',' or ']' in column 1", True),
        ('[1, "\\q"]', 1, "Invalid \\escape", False),
        ('["' + "x" * 100 + '",\n\n oops, "more", "and more", "and still more"]', 3, "Expecting value", False),
        ("[" * 200_000, 1, "is nested too deep", False),
    ],
)
def test_broken(text: str, line: int, what: str, is_cut_off: bool) -> None:
    with pytest.raises(BrokenJson) as error:
        list(json_values(io.StringIO(text)))
    assert what in error.value.what
    if len(text) < 1000:
        assert (error.value.line, error.value.is_cut_off) == (line, is_cut_off)


@pytest.mark.parametrize("text", ['{"a": 1} x', '{"a": 1}{"b": 2}', "[1]", '{"a" 1}', "{1: 2}", '{"a": 1,'])
def test_no_single_object(text: str) -> None:
    with pytest.raises(BrokenJson):
        list(json_members(io.StringIO(text), "m"))


@pytest.mark.parametrize(
    ("head", "root", "keys", "first", "is_line"),
    [
        ('{"id": 1}\n{"id": 2}', "{", ["id"], {"id": 1}, True),
        ('{"id": \n{"id": 2}\n{"id": 3}', "{", ["id"], {"id": 2}, True),  # the first line is broken
        ('\ufeff{"id": 1,\n"x": 2}', "{", ["id", "x"], {"id": 1, "x": 2}, False),
        ('{"name": "P", "messages": [{"id"', "{", ["name", "messages"], None, False),
        ('[{"id": 1}, {"id"', "[", [], {"id": 1}, False),
        ("[[1]]", "[", [], None, False),
        ("words", "", [], None, False),
    ],
)
def test_shape(head: str, root: str, keys: list[str], first: dict[str, Any] | None, is_line: bool) -> None:
    shape = json_shape(head)
    assert (shape.root, shape.keys, shape.first, shape.is_line) == (root, keys, first, is_line)


def test_lines() -> None:
    found = list(json_lines(io.StringIO('\ufeff{"a": 1}\r\n\n{"a": \n[2] {"a": "\\x0B"}\n')))
    assert [(line, value) for line, value in found if line != 3] == [(1, {"a": 1}), (4, [2]), (4, {"a": "\x0b"})]
    ((_, broken),) = [pair for pair in found if pair[0] == 3]
    assert isinstance(broken, BrokenJson)
    assert (broken.what, broken.line) == ("Expecting value in column 7", 3)
