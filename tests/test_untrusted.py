"""Texts and files of strangers: what is honest is read, everything else is one line."""

import os
from pathlib import Path

import pytest

from toolkit.untrusted import Unreadable, load_json, load_yaml, read_file


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null, true, "ё"]}', {"a": [1, 2.5, None, True, "ё"]}),
        ("-12345678901234567890"[:20], -1234567890123456789),
        ("[" * 60 + "]" * 60, None),
    ],
)
def test_json(text: str, value: object) -> None:
    assert load_json(text) == value or value is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[" * 100_000, "[" * 70 + "]" * 70, '{"a":' * 5000, "9" * 5000, "-" + "9" * 21, "NaN", "1e999",
        '{"a": 1, "a": 2}', '"\\ud800"', '{"\\udfff": 1}', b"\xff", "\0", b'"\xd0"',
    ],
)  # fmt: skip
def test_json_that_is_refused(text: str | bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        load_json(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_yaml() -> None:
    text = "license: mit\nday: 2024-13-45\nnumbers: [1, 0x1F, 2.5, yes, ~]\nnote: >\n  one\n  two\n"
    numbers = [1, 31, 2.5, True, None]
    assert load_yaml(text) == {"license": "mit", "day": "2024-13-45", "numbers": numbers, "note": "one two\n"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 3000, "- " * 3000, "a: " + "{b: " * 400, "a: " + "9" * 5000, "a: 0x" + "f" * 5000, "a: &x [*x]",
        "a: &x 1\nb: *x", "a: 1\na: 2", "? [1]\n: 2", "? {a: 1}\n: 2", "a: .nan", "a: -.inf", "!!python/name:os.system",
        "!!int x", "!!float x", "!!binary x", "!!timestamp x", "a: \x00", "a: '\\", 'a: "\\ud800"', "a: 1\n---\nb: 2",
        "a: [", "\t", "x" * 300_000, "%YAML 9.9\n---\na",
    ],
)  # fmt: skip
def test_yaml_that_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        load_yaml(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_files(tmp_path: Path) -> None:
    file, link, pipe = tmp_path / "file", tmp_path / "link", tmp_path / "pipe"
    file.write_bytes(b"four")
    link.symlink_to(file)
    os.mkfifo(pipe)
    assert read_file(file, 4) == read_file(link, 4, follow=True) == b"four"
    with pytest.raises(Unreadable, match="has more than 3 bytes"):
        read_file(file, 3)
    for path in (link, pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(Unreadable, match="is a link or device, wanted a file"):
            read_file(path)
    for path in (tmp_path / "nowhere", tmp_path / "a\0b", tmp_path / ("a" * 300), file / "below"):
        with pytest.raises(Unreadable, match="cannot be read"):
            read_file(path)
