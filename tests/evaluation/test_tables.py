import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit.errors import SourceError
from toolkit.evaluation.tables import read_rows, read_text_pairs

COLUMNS = (("a", "first"), ("b",))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1\t2\n\n3\t4\textra\n", [(1, ("1", "2", None)), (3, ("3", "4", "extra"))]),
        ("b\tnote\tfirst\n1\tx\t2\n", [(2, ("2", "1", None))]),
        ("a\tb\tc\n1\t2\t9\n", [(2, ("1", "2", "9"))]),
        ('{"b": [1], "a": 2}\n{"a": "x", "b": null, "c": 3}\n', [(1, (2, [1], None)), (2, ("x", None, 3))]),
        ('"quoted\t2\n', [(1, ('"quoted', "2", None))]),
        ("", []),
    ],
)
def test_text(tmp_path: Path, text: str, rows: list[object]) -> None:
    plain, packed = tmp_path / "table", tmp_path / "table.gz"
    plain.write_text(text, "utf-8")
    packed.write_bytes(gzip.compress(text.encode("utf-8")))
    assert read_rows(plain, COLUMNS, (("c",),)) == read_rows(packed, COLUMNS, (("c",),)) == rows


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"b": [1, 2], "first": ["x", None]}), path)
    assert read_rows(path, COLUMNS) == [(1, ("x", 1)), (2, (None, 2))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\n", ":1: the row has 1 columns, wanted a<TAB>b"),
        ("a\tb\n1\t2\n3\n", ":3: the row has 1 columns"),
        ('{"a": 1}\n', ":1: has no b; it has a"),
        ('{"a": 1, "b": 2}\n{"a"\n', ":2: is no valid JSON"),
        ('{"a": 1, "b": 2}\n[1]\n', ":2: is list, wanted a JSON object"),
    ],
)
def test_bad_text(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError) as error:
        read_rows(path, COLUMNS)
    assert message in str(error.value)


def test_bad_files(tmp_path: Path) -> None:
    pq.write_table(pa.table({"b": [1]}), tmp_path / "t.parquet")
    (tmp_path / "t.tsv.gz").write_bytes(gzip.compress(b"a\tb\n", mtime=0)[:-9])
    for name, message in (
        ("t.parquet", "has no column a or first; it has b"),
        ("t.tsv.gz", "the gzip file is cut off"),
        ("no.tsv", "there is no such file"),
        (".", "is a folder"),
    ):
        with pytest.raises(SourceError, match=message):
            read_rows(tmp_path / name, COLUMNS)


def test_text_pairs(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("ru_text\ten_text\nДа.\tYes.\n", "utf-8")
    assert read_text_pairs(path) == [("Yes.", "Да.")]
    path.write_text("Yes.\tДа.\nNo.\t \n", "utf-8")
    with pytest.raises(SourceError, match=r"pairs\.tsv:2: lacks the English or the Russian text"):
        read_text_pairs(path)
