"""The list of takedowns: read, added to, and what is refused."""

from pathlib import Path

import pytest

from toolkit.errors import OptionError, SourceError
from toolkit.takedowns import add_takedowns, read_takedowns


def test_no_list() -> None:
    assert read_takedowns(None) == ()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ()),
        ("post_id\tdate\treason\n", ()),
        ("post_id\tdate\treason\nharbour_ru/1\t2025-01-01\tasked\n", ("harbour_ru/1",)),
        ("harbour_ru/2\n\n# later\n  harbour_ru/1  \nharbour_ru/2\tagain", ("harbour_ru/2", "harbour_ru/1")),
        ("\ufeffpost_id\tdate\treason\r\nпорт/3\t\t\r\n", ("порт/3",)),
        ("a channel/7\tx\n", ("a channel/7",)),
    ],
)
def test_read(tmp_path: Path, text: str, ids: tuple[str, ...]) -> None:
    path = tmp_path / "takedowns.tsv"
    path.write_bytes(text.encode())
    assert read_takedowns(path) == ids


def test_bad_lists(tmp_path: Path) -> None:
    path = tmp_path / "takedowns.tsv"
    with pytest.raises(SourceError, match=r"takedowns\.tsv: cannot be read: No such file"):
        read_takedowns(path)
    path.write_text("harbour_ru/1\n\t2025-01-01\tasked\n", "utf-8")
    with pytest.raises(OptionError, match=r"takedowns\.tsv:2: has no id in its first column"):
        read_takedowns(path)


def test_add(tmp_path: Path) -> None:
    path = tmp_path / "takedowns.tsv"
    assert add_takedowns(path, ["b/2", "a/1", "b/2"], date="2025-01-02", reason="asked\tby\nmail") == ["b/2", "a/1"]
    assert path.read_text("utf-8") == (
        "post_id\tdate\treason\nb/2\t2025-01-02\tasked by mail\na/1\t2025-01-02\tasked by mail\n"
    )
    path.write_text(path.read_text("utf-8") + "# by hand\nc/3", "utf-8")
    assert add_takedowns(path, ["a/1", "c/3", "d/4"], date="2025-03-04", reason="") == ["d/4"]
    assert path.read_text("utf-8").splitlines()[3:] == ["# by hand", "c/3", "d/4\t2025-03-04\t"]
    assert read_takedowns(path) == ("b/2", "a/1", "c/3", "d/4")
    before = path.read_bytes()
    assert add_takedowns(path, ["a/1"], date="2025-05-06", reason="") == [] and path.read_bytes() == before


@pytest.mark.parametrize("post_id", ["", " a/1", "a/1\tb", "a/1\n", "#a/1", "ru/1~en/2"])
def test_what_is_no_id(tmp_path: Path, post_id: str) -> None:
    path = tmp_path / "takedowns.tsv"
    with pytest.raises(OptionError, match=r"is no id of a post|names a pair"):
        add_takedowns(path, ["a/1", post_id], date="2025-01-02", reason="")
    assert not path.exists()
