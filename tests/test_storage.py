"""Files are whole or not there."""

from pathlib import Path

import pyarrow as pa
import pytest

from toolkit.errors import ToolkitError
from toolkit.storage import held, read_table, replacing, sha256_file, write_table, write_text


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "старое")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert path.read_text("utf-8") == "старое"
    assert list(tmp_path.iterdir()) == [path]


def test_chunks_do_not_change_the_bytes(tmp_path: Path) -> None:
    whole = pa.table({"x": ["а", "б", "в", "г"]})
    write_table(tmp_path / "whole.parquet", whole)
    write_table(tmp_path / "parts.parquet", pa.concat_tables([whole.slice(0, 1), whole.slice(1)]))
    assert sha256_file(tmp_path / "whole.parquet") == sha256_file(tmp_path / "parts.parquet")
    assert read_table(tmp_path / "whole.parquet").equals(whole)


@pytest.mark.parametrize(("content", "message"), [(None, "there is no such file"), (b"no parquet", "cannot be read")])
def test_a_bad_file_is_one_clear_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "a.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ToolkitError, match=message) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ToolkitError, match="cannot write"):
        write_text(tmp_path / "file" / "below.txt", "x")


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with (
        held(tmp_path / "work"),
        pytest.raises(ToolkitError, match="another build is at work"),
        held(tmp_path / "work"),
    ):
        pass
    with held(tmp_path / "work"):
        pass
