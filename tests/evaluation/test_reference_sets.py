"""Test sets in every shape that they come in, and in the shapes that are none."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit.errors import SourceError, ToolkitError
from toolkit.evaluation.reference_sets import read_reference_set

SHAPES: list[tuple[str, str, list[tuple[int, str]]]] = [
    ("plain text", "Да.\n\n  Нет, не сейчас.\n", [(1, "Да."), (3, "  Нет, не сейчас.")]),
    ("en, ru", "Yes.\tДа.\nNo.\tНет.\n", [(1, "Yes."), (1, "Да."), (2, "No."), (2, "Нет.")]),
    ("ru, en", "Да.\tYes.\n", [(1, "Да."), (1, "Yes.")]),
    ("a header in any order", "id\tru\ten_text\n1\tДа.\tYes.\n", [(2, "Да."), (2, "Yes.")]),
    ("one language by name", "id\ttext\n1\tДа.\n", [(2, "Да.")]),
    ("an empty cell", "Yes.\t\n", [(1, "Yes.")]),
    ("JSON lines", '{"ru": "Да.", "en": null, "n": 1}\n{"text": "Нет."}\n', [(1, "Да."), (2, "Нет.")]),
    ("the same on both sides", "Ok\tOk\n", [(1, "Ok")]),
]


@pytest.mark.parametrize(("text", "wanted"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES])
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gz"])
def test_shapes(tmp_path: Path, text: str, wanted: list[tuple[int, str]], is_packed: bool) -> None:
    path = tmp_path / ("set.gz" if is_packed else "set")
    path.write_bytes(gzip.compress(text.encode()) if is_packed else text.encode())
    found = read_reference_set(path, "the set")
    assert found.name == "the set"
    assert sorted(zip(found.lines, found.texts, strict=True)) == sorted(wanted)


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"n": [1, 2], "ru_text": ["Да.", None], "en_text": ["Yes.", "No."]}), tmp_path / "a.parquet"
    )
    found = read_reference_set(tmp_path / "a.parquet", "a")
    assert sorted(zip(found.lines, found.texts, strict=True)) == [(1, "Yes."), (1, "Да."), (2, "No.")]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "a.txt: has no texts, wanted a test set: a sentence a line, en<TAB>ru, or a table"),
        ("a.txt", b" \n\n", "a.txt: has no texts"),
        ("a.txt", b"en\tru\n", "a.txt: has no texts"),
        ("a.jsonl", b'{"ru": 7}\n', "a.jsonl:1: has 7, wanted a text"),
        ("a.jsonl", b'{"source": "x"}\n', "a.jsonl:1: has no en or en_text or ru or ru_text or text; it has source"),
        ("a.txt", b"\xff\xfe\x00", "a.txt"),
        ("a.gz", b"\x1f\x8bno gzip", "a.gz: the gzip file is cut off"),
        ("a.parquet", b"PAR1", "a.parquet: cannot be read as Parquet"),
    ],
)
def test_what_is_no_test_set(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ToolkitError) as error:
        read_reference_set(tmp_path / name, name)
    assert message in str(error.value)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        read_reference_set(tmp_path / "none", "none")
    with pytest.raises(SourceError, match="is a folder, wanted a file"):
        read_reference_set(tmp_path, "folder")
