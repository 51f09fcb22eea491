"""Readers of other packages: the one that CONTRIBUTING.md shows, and ones that fail."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source, readers

CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")
MINUTES = "== 2025-03-01\nThe harbour council met for an hour.\n== 2025-03-08\nСовет порта собрался ещё раз.\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Install a package with a reader, as far as Python can tell."""

    def install_reader(code: str, entry: str = "minutes = my_reader") -> None:
        site = tmp_path / "site"
        about = site / "my_reader-1.0.dist-info"
        about.mkdir(parents=True)
        (site / "my_reader.py").write_text(code, "utf-8")
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-reader\nVersion: 1.0\n", "utf-8")
        (about / "entry_points.txt").write_text(f"[bitext.sources]\n{entry}\n", "utf-8")
        monkeypatch.syspath_prepend(str(site))
        forget()

    def forget() -> None:
        sys.modules.pop("my_reader", None)
        readers._plugins.cache_clear()
        readers._reader.cache_clear()

    yield install_reader
    monkeypatch.undo()
    forget()


def parse(folder: Path, text: str = MINUTES, **options: str) -> ParseResult:
    path = folder / "harbour.txt"
    path.write_text(text, "utf-8")
    return read_source(SourceOptions(path=path, **options))


def shown() -> str:
    """Return the reader that the documentation shows."""
    section = CONTRIBUTING.split("## A new source reader")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert 'minutes = "my_package.minutes"' in section
    return code


def test_the_reader_in_the_documentation(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code = shown()
    assert len([line for line in code.splitlines() if line.strip()]) <= 22
    install(code)
    parsed = parse(tmp_path)
    assert parsed.report.summary() == "4 lines: 2 posts, 2 date line, 2 posts with id from text, 0 unexplained"
    english, russian = parsed.posts.to_pylist()
    assert (english["text"], english["lang"], english["date"].day) == ("The harbour council met for an hour.", "en", 1)
    assert (russian["lang"], russian["date_precision"], russian["source_format"]) == ("ru", "utc", "minutes")
    assert parse(tmp_path, format="minutes").posts.equals(parsed.posts)


READ = "from toolkit.sources import Parsed\ndef recognises(source): return True\n"
ROW = '{"post_id": "a/1", "channel": "a", "text": "Fog.", "source_format": "m", "source_span": "line 1"}'


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import nothing_of_the_kind", "cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("x = 1", r"my_reader lacks recognises\(\) or read\(\)"),
        ("def recognises(source): return 1 / 0\ndef read(source): pass",
         r"recognises\(\) failed with ZeroDivisionError in my_reader\.py:1\."),
        (f"{READ}def read(source): return []", r"read\(\) gave list, wanted Parsed"),
        (f"{READ}def read(source): return Parsed((1 / 0 for _ in 'a'), 'lines')", r"read\(\) failed with ZeroDiv"),
        (f"{READ}def read(source):\n raise ValueError(source.text)", r"read\(\) failed with ValueError in my_reader"),
    ],
)  # fmt: skip
def test_a_plugin_that_fails_is_named(install, tmp_path: Path, code: str, message: str) -> None:  # type: ignore[no-untyped-def]
    install(code)
    with pytest.raises(SourceError, match=f"the reader 'minutes' of the package my-reader: {message}") as error:
        parse(tmp_path)
    assert "Update or uninstall that package" in str(error.value)
    assert "harbour council" not in str(error.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW.replace('"text": "Fog.", ', ""), "a row of the reader lacks text"),
        (ROW.replace("}", ', "txt": "a"}'), "a row of the reader has 'txt', which is no column of POSTS"),
    ],
)
def test_a_row_that_is_wrong(install, tmp_path: Path, row: str, message: str) -> None:  # type: ignore[no-untyped-def]
    install(f"{READ}def read(source): return Parsed([{row}], 'lines', 1, [{{'line': 1, 'role': 'post'}}])")
    with pytest.raises(SourceError, match=message):
        parse(tmp_path)


def test_what_has_no_role_is_unexplained(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    install(f"{READ}def read(source): return Parsed([{ROW}], 'lines', 3, [{{'line': 1, 'role': 'post'}}])")
    assert parse(tmp_path).report.unexplained == 2


def test_ours_cannot_be_replaced(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    install("def recognises(source): return True\ndef read(source): return None", "table = my_reader")
    assert parse(tmp_path, "id,text\n1,Fog.\n").report.format == "table"
