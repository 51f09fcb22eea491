import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import read_source

RU = "Маяк будет открыт для посетителей в воскресенье."


@pytest.fixture
def book(tmp_path: Path) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["id", "Дата", "Текст", "Канал"])
    sheet.append([1, datetime(2024, 5, 1, 10), RU, "bay"])
    sheet.append([])
    sheet.append([2, date(2024, 5, 2), "Туман", -1001288000009])
    other = workbook.create_sheet("Итоги")
    other.append(["месяц", "постов"])
    path = tmp_path / "port.xlsx"
    workbook.save(path)
    return path


def test_a_workbook_is_a_table(book: Path) -> None:
    parsed = read_source(SourceOptions(path=book))
    posts = parsed.posts
    assert posts["post_id"].to_pylist() == ["bay/1", "1288000009/2"]
    assert posts["date"][0].as_py() == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert posts["date_precision"].to_pylist() == ["local_no_offset", "day"]
    assert (parsed.report.format, len(parsed.report.warnings)) == ("table", 1)
    assert read_source(SourceOptions(path=book.parent)).posts["text"].to_pylist() == [RU, "Туман"]


def test_broken_workbooks(book: Path) -> None:
    data = book.read_bytes()
    book.write_bytes(data[:2000])
    with pytest.raises(SourceError, match="the ZIP archive is broken"):
        read_source(SourceOptions(path=book))
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", "<x/>")
    with pytest.raises(SourceError, match="cannot be read as XLSX"):
        read_source(SourceOptions(path=book))
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", "<x/>" + " " * 20_000_000)
    with pytest.raises(SourceError, match="a bomb"):
        read_source(SourceOptions(path=book))
