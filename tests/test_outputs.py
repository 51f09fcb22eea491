"""Outputs that are no plain files: links, FIFOs, devices, open files; and what killed processes left."""

import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.errors import ToolkitError
from toolkit.outputs import beside, put_folder, remove_leftovers, require_writable
from toolkit.storage import write_text


def test_what_a_link_points_to_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    target, link, far = tmp_path / "disk" / "a.tsv", tmp_path / "a.tsv", tmp_path / "far.tsv"
    target.write_text("old", "utf-8")
    link.symlink_to("disk/a.tsv")
    far.symlink_to(link)
    write_text(far, "new")
    assert target.read_text("utf-8") == "new" and link.is_symlink() and far.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tsv", "disk", "far.tsv"]
    assert list((tmp_path / "disk").iterdir()) == [target]


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "takedowns.tsv"
    path.write_text("old", "utf-8")
    path.chmod(0o600)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def dangling(folder: Path) -> Path:
    (folder / "link").symlink_to("gone/file")
    return folder / "link"


def loop(folder: Path) -> Path:
    (folder / "other").symlink_to("link")
    (folder / "link").symlink_to("other")
    return folder / "link"


def below_a_dangling_link(folder: Path) -> Path:
    return dangling(folder) / "file"


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("", "utf-8")
    return folder / "file" / "below"


def a_folder(folder: Path) -> Path:
    (folder / "folder").mkdir()
    return folder / "folder"


def too_long(folder: Path) -> Path:
    return folder / ("м" * 130)


def in_proc(folder: Path) -> Path:
    return Path("/proc/self/nothing")


@pytest.mark.parametrize("make", [dangling, loop, below_a_dangling_link, below_a_file, a_folder, too_long, in_proc])
def test_what_cannot_be_written_is_one_line_before_and_after_the_work(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for write in (require_writable, lambda path: write_text(path, "x")):
        with pytest.raises(ToolkitError) as caught:
            write(path)
        assert re.match(r"\S+/(link|file|folder|м+|nothing)\S*: (cannot write: |is a )", str(caught.value))
        assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_that_leaves_no_room_for_a_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / ("m" * 255)
    write_text(path, "x")
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_a_device_and_a_fifo_get_the_content_and_stay(tmp_path: Path) -> None:
    before = Path("/dev/null").stat()
    require_writable(Path("/dev/null"))
    write_text(Path("/dev/null"), "x" * 100_000)
    after = Path("/dev/null").stat()
    assert stat.S_ISCHR(after.st_mode) and after.st_ino == before.st_ino
    fifo, got = tmp_path / "fifo", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: got.append(fifo.read_text("utf-8")))
    reader.start()
    write_text(fifo, "строка\n" * 50_000)
    reader.join(10)
    assert got == ["строка\n" * 50_000] and stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_full_device_is_one_line() -> None:
    with pytest.raises(ToolkitError, match=r"^/dev/full: cannot write: No space left"):
        write_text(Path("/dev/full"), "x")


def test_an_open_file_is_written_where_it_stands(tmp_path: Path) -> None:
    code = "from pathlib import Path; from toolkit.storage import write_text; print(1, flush=True); "
    code += "write_text(Path('/dev/stdout'), 'two\\n'); write_text(Path('/dev/fd/1'), '3\\n'); print(4)"
    with open(tmp_path / "out.txt", "wb") as file:
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)
    assert (tmp_path / "out.txt").read_text("utf-8") == "1\ntwo\n3\n4\n"


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    path = tmp_path / "a.tsv"
    for name in (f".a.tsv.{gone.pid}.part", f".b.tsv.{gone.pid}.part", ".a.tsv.1.part", ".a.tsv.x.part"):
        (tmp_path / name).write_text("", "utf-8")
    (tmp_path / f".a.tsv.{gone.pid}.old").mkdir()
    write_text(path, "x")
    assert sorted(found.name for found in tmp_path.iterdir()) == [
        ".a.tsv.1.part", ".a.tsv.x.part", f".b.tsv.{gone.pid}.part", "a.tsv",
    ]  # fmt: skip


def test_a_folder_takes_the_place_of_another_one(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for content in ("one", "two"):
        part = beside(folder, "part")
        part.mkdir()
        (part / content).write_text("", "utf-8")
        put_folder(part, folder)
        remove_leftovers(folder)
        assert [path.name for path in folder.iterdir()] == [content]
        assert list(tmp_path.iterdir()) == [folder]


SEEN = """
import os, sys
folder, parent = sys.argv[1], os.getppid()
missing = seen = 0
print(flush=True)
while os.getppid() == parent and seen < 2_000_000:
    seen += 1
    missing += not os.path.isdir(folder)
    if os.path.exists(folder + ".stop"):
        break
print(missing)
"""


def test_at_no_moment_is_there_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", SEEN, str(folder)], stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        watcher.stdout.readline()
        for _ in range(300):
            part = beside(folder, "part")
            part.mkdir()
            put_folder(part, folder)
        (tmp_path / "model.stop").touch()
        assert watcher.stdout.readline() == "0\n"
