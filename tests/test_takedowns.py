"""The list of takedowns: read, added to, and what is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.errors import OptionError, SourceError
from toolkit.takedowns import add_takedowns, read_takedowns

KEY = "0123456789abcdef" * 2
NO_IDS = ["dev_ru/101 complaint", "dev_ru/101,2026-11-24,complaint", "dev_ru", "https://pier.example/1", "t.me/dev_ru"]


@pytest.mark.parametrize("line", [*NO_IDS, "a/1 ~ b/2", "a/1\t\t\tkey"])
def test_a_line_without_an_id(tmp_path: Path, line: str) -> None:
    path = tmp_path / "takedowns.tsv"
    path.write_text(f"# list\n{line}\n", "utf-8")
    with pytest.raises(OptionError, match=r"takedowns\.tsv:2: .*(is no id of a post|names a pair|is no key)"):
        read_takedowns(path)


def test_words_are_added_to_ids_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "takedowns.tsv"
    path.write_text("post_id\tdate\treason\n# by hand\na/1\nb/2\t2025-01-02\tasked\n", "utf-8")
    assert add_takedowns(path, ["a/1", "c/3"], date="2025-03-04", reason="", words={"a/1": [KEY], "c/3": [KEY]}) == [
        "c/3"
    ]
    assert read_takedowns(path) == {"a/1": (KEY,), "b/2": (), "c/3": (KEY,)}
    assert path.read_text("utf-8").splitlines()[1:4] == ["# by hand", f"a/1\t\t\t{KEY}", "b/2\t2025-01-02\tasked"]


def test_no_list() -> None:
    assert read_takedowns(None) == {}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ()),
        ("post_id\tdate\treason\n", ()),
        ("post_id\tdate\treason\nharbour_ru/1\t2025-01-01\tasked\n", ("harbour_ru/1",)),
        ("harbour_ru/2\n\n# later\n  harbour_ru/1  \nharbour_ru/2\tagain", ("harbour_ru/2", "harbour_ru/1")),
        ("\ufeffpost_id\tdate\treason\r\nпорт/3\t\t\r\n", ("порт/3",)),
        ("a channel/7\tx\n", ("a channel/7",)),
        ("https://t.me/s/harbour_ru/7?single\n", ("harbour_ru/7",)),
    ],
)
def test_read(tmp_path: Path, text: str, ids: tuple[str, ...]) -> None:
    path = tmp_path / "takedowns.tsv"
    path.write_bytes(text.encode())
    assert tuple(read_takedowns(path)) == ids


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
        "post_id\tdate\treason\twords\nb/2\t2025-01-02\tasked by mail\t\na/1\t2025-01-02\tasked by mail\t\n"
    )
    path.write_text(path.read_text("utf-8") + "# by hand\nc/3", "utf-8")
    assert add_takedowns(path, ["a/1", "c/3", "d/4"], date="2025-03-04", reason="") == ["d/4"]
    assert path.read_text("utf-8").splitlines()[3:] == ["# by hand", "c/3", "d/4\t2025-03-04\t\t"]
    assert tuple(read_takedowns(path)) == ("b/2", "a/1", "c/3", "d/4")
    before = path.read_bytes()
    assert add_takedowns(path, ["a/1"], date="2025-05-06", reason="") == [] and path.read_bytes() == before


@pytest.mark.parametrize("post_id", [*NO_IDS, "", " a/1", "a/1\tb", "a/1\n", "#a/1", "ru/1~en/2"])
def test_what_is_no_id(tmp_path: Path, post_id: str) -> None:
    path = tmp_path / "takedowns.tsv"
    with pytest.raises(OptionError, match=r"is no id of a post|names a pair"):
        add_takedowns(path, ["a/1", post_id], date="2025-01-02", reason="")
    assert not path.exists()


ADD = """
import sys
import subprocess
import sys
from pathlib import Path
from toolkit.takedowns import add_takedowns
print(flush=True)
sys.stdin.readline()  # all start at once
new = add_takedowns(Path(sys.argv[1]), [f"harbour/{sys.argv[2]}"], date="2025-01-02", reason="")
print(len(new))
"""


def test_twenty_takedowns_at_once_are_all_recorded(tmp_path: Path) -> None:
    path = tmp_path / "asked.tsv"
    link = tmp_path / "takedowns.tsv"
    path.write_text("post_id\nharbour/0\n", "utf-8")
    link.symlink_to(path)
    started = [
        subprocess.Popen([sys.executable, "-c", ADD, str(place), str(number)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for number, place in enumerate([path, link] * 10, 1)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in started] == ["1\n"] * 20
    assert sorted(read_takedowns(path)) == sorted(f"harbour/{number}" for number in range(21))
    assert sorted(found.name for found in tmp_path.iterdir()) == ["asked.tsv", "takedowns.tsv"] and link.is_symlink()
