import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit import schemas
from toolkit.errors import OptionError, SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source

EN = "The lighthouse will be open to visitors on Sunday."
RU = "Маяк будет открыт для посетителей в воскресенье."


def parse(folder: Path, text: str, name: str = "bay.csv", **options: Any) -> ParseResult:
    path = folder / name
    path.write_text(text, "utf-8")
    return read_source(SourceOptions(path=path, **options))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_with_obvious_names(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(["message_id", "date", "text", "views"]) + "\n"
    text += delimiter.join(["7", "2025-03-01T12:00:00+03:00", f'"{EN}\nAll day."', "1.2K"]) + "\n"
    text += delimiter.join(["8", "", RU, ""]) + "\n"
    posts = parse(tmp_path, "\ufeff" + text).posts
    assert posts.schema.equals(schemas.POSTS)
    first, second = posts.to_pylist()
    assert (first["post_id"], first["channel"], first["text"]) == ("bay/7", "bay", f"{EN}\nAll day.")
    assert (first["date"], first["date_precision"]) == (datetime(2025, 3, 1, 9, tzinfo=UTC), "utc")
    assert (first["views"], first["lang"], first["source_span"]) == (1200, "en", "row 1")
    assert (second["date"], second["date_precision"], second["views"]) == (None, "none", None)
    assert second["lang"] == "ru"


def test_mapped_columns(tmp_path: Path) -> None:
    text = f"nr,words,was,tongue\n1,{RU},2025-03-01 12:00,ru\n2,,2025-03-01,ru\n"
    columns = {"text": "words", "post_id": "nr", "date": "was", "lang": "tongue"}
    parsed = parse(tmp_path, text, columns=columns, channel="@lighthouse", timezone="Europe/Moscow")
    (row,) = parsed.posts.to_pylist()
    assert (row["post_id"], row["date"].hour, row["date_precision"]) == ("lighthouse/1", 9, "utc")
    assert (row["lang"], row["lang_source"]) == ("ru", "source")
    assert parsed.report.summary() == "2 rows: 1 post, 1 no text, 0 unexplained"


def test_rows_without_ids(tmp_path: Path) -> None:
    """An id depends on channel, words and second: posts that say the same on other days are others."""
    days = ["", "", "2024-01-01 10:00", "01.01.2024 10:00", "2024-01-02 10:00"]
    posts = parse(tmp_path, f"text,date\n{RU},\n" + "".join(f"{EN},{day}\n" for day in days)).posts
    ids = posts["post_id"].to_pylist()
    assert (ids[2], ids[4]) == (f"{ids[1]}-2", f"{ids[3]}-2")
    assert len({ids[0], ids[1], ids[3], ids[5]}) == 4 and all(name.startswith("bay/") for name in ids)
    assert posts["flags"].to_pylist() == [["id_from_text"]] * 6
    lines = "\n".join(json.dumps({"text": EN, "date": day}) for day in (1704189600, "2024-01-01T10:00:00Z"))
    assert parse(tmp_path, lines, "bay.jsonl").posts["post_id"].to_pylist() == [ids[5], ids[3]]


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1740819600, datetime(2025, 3, 1, 9, tzinfo=UTC)),
        (1740819600000, datetime(2025, 3, 1, 9, tzinfo=UTC)),
        ("1740819600", datetime(2025, 3, 1, 9, tzinfo=UTC)),
        ("2025-03-01T09:00:00Z", datetime(2025, 3, 1, 9, tzinfo=UTC)),
        ("2025-03-01", datetime(2025, 3, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_times(tmp_path: Path, value: object, moment: datetime | None) -> None:
    posts = parse(tmp_path, json.dumps({"id": 1, "text": EN, "date": value}) + "\n", "a.jsonl").posts
    assert posts["date"].to_pylist() == [moment]


def test_json_lines(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "message": EN, "channel": "bay_en", "reactions": {"👍": 3}, "reply_to": None},
        {"id": 2, "message": RU, "channel": "bay_ru", "reactions": [{"emoji": "❤", "count": 1}], "reply_to": 1},
    ]
    parsed = parse(tmp_path, "\n".join(map(json.dumps, rows)) + "\n\n", "a.jsonl")
    posts = parsed.posts
    assert parsed.report.format == "table"
    assert posts["post_id"].to_pylist() == ["bay_en/1", "bay_ru/2"]
    assert posts["reactions"].to_pylist() == [[{"emoji": "👍", "count": 3}], [{"emoji": "❤", "count": 1}]]
    assert posts["reply_to"].to_pylist() == [None, "bay_ru/1"]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "bay.parquet"
    pq.write_table(pa.table({"id": [1.0, 2.0], "body": [EN, RU], "date": [datetime(2025, 3, 1), None]}), path)
    posts = read_source(SourceOptions(path=path)).posts
    assert posts["post_id"].to_pylist() == ["bay/1", "bay/2"]
    assert posts["date_precision"].to_pylist() == ["local_no_offset", "none"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id,words\n1,a b\n",
            "is a table without a column that is called as texts are; its columns are id, words. "
            "Name the column with the texts, as in: --column text=words",
        ),
        (
            "№;Заметка дня;Автор\n1;Туман над бухтой;Я\n2;Чайки;Он\n",
            "its columns are №, Заметка дня, Автор. Name the column with the texts, as in: --column 'text=Заметка дня'",
        ),
        ('id,text\n1,"a', "bay.csv: the row that begins in line 2 has a quote that is never closed"),
        ('id,"text\n1,a', "bay.csv:1: is no valid CSV: the line with the names of columns has broken quotes"),
        ('{"id": 1, "words": "a"}\n{"id": 2, "words": "b"}\n', "its columns are id, words. Name the column"),
        ("id,text,date\n1,a,soon\n", "row 1 has date 'soon', wanted ISO 8601, 31.12.2024 10:00 or Unix time"),
        ("id,text,date\n1,a,soon\n2,b,\n3,c,2024-01-01\n4,d,now\n", "2 of 3 times cannot be read: row 1 has date"),
        ("id,text,views\n1,a,many\n", "row 1 has views 'many', wanted a number"),
        ("id,text\n1,a\n2,b,c\n3,d,e\n", "has 2 of 3 rows that cannot be read: the row that ends in line 3 has 3"),
        ('{"text": "a"}\n{"te\n{oops\n', "has 2 of 3 rows that cannot be read: line 2 is no valid JSON"),
        (
            "id,text,date\n1,a,03/04/2024\n2,b,05/06/2024\n",
            "row 1 has date '03/04/2024', and the times in column 'date'",
        ),
        ("id,text,date\n1,a,03/04/2024\n2,b,25/06/2024\n3,c,06/25/2024\n", "do not tell whether the day or the month"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=re.escape(message)):
        parse(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "texts", "warning"),
    [
        ("id,text,date\n1,a,2024-01-01\n2,b,soon\n", "ab", "row 2 has date 'soon', wanted ISO 8601, 31.12.2024 10:00"),
        ("id,text,edited\n1,a,2024-01-01\n2,b,soon\n", "ab", "row 2 has edited 'soon'"),
        ("id,text,views\n1,a,7\n2,b,many\n", "ab", "row 2 has views 'many', wanted a number"),
        ("id,text,lang\n1,a,en\n2,b,Klingon\n", "ab", "row 2 has language 'Klingon', wanted a code such as ru or en"),
        ("id,text\n1,a\n2,b,c\n", "a", "the row that ends in line 3 has 3 fields, wanted 2: quote fields"),
        ('{"text": "a"}\n{"text": \n{"text": "b"}\n', "ab", "line 2 is no valid JSON: Expecting value in column 10"),
        ('{"text": \n{"text": "a"}\n{"text": "b"}\n', "ab", "line 1 is no valid JSON: Expecting value in column 10"),
        ('{"text": "a"}\n[1]\n', "a", "line 2 is list, wanted a JSON object"),
        ('[{"text": "a"}, [1]]', "a", "item 2 is list, wanted a JSON object"),
    ],
)
def test_a_bad_row(tmp_path: Path, text: str, texts: str, warning: str) -> None:
    parsed = parse(tmp_path, text)
    assert parsed.posts["text"].to_pylist() == list(texts)
    assert [line[: len(warning)] for line in parsed.report.warnings] == [warning]
    assert parsed.report.unexplained == 0
    assert parsed.report.units == len(parsed.trace) == len(texts) + parsed.report.roles.get("broken", 0)
    assert parsed.report.summary().endswith(", 1 warning, 0 unexplained")


def test_a_line_may_end_with_delimiters(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "id;text\n1;a;;\n2;b\n")
    assert (parsed.posts["text"].to_pylist(), parsed.report.warnings) == (["a", "b"], [])


def test_two_objects_on_a_line(tmp_path: Path) -> None:
    text = '{"text": "a", "date": "2024-01-01"} {"text": "b", "date": "2024-01-02"}\n{"text": "c", "date": ""}\n'
    posts = parse(tmp_path, text).posts
    assert posts["text"].to_pylist() == ["a", "b", "c"]
    assert [date and date.day for date in posts["date"].to_pylist()] == [1, 2, None]


def test_a_warning_tells_no_secrets(tmp_path: Path) -> None:
    (warning,) = parse(tmp_path, "id,text,date\n1,a,\n2,b,2024-01-01\n3,c,call +7 000 555-01-27\n").report.warnings
    assert "555" not in warning and "[PHONE]" in warning


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Дата;Текст;Канал;Ссылка;Просмотры;ID сообщения", ("bay_ru/5", "bay_ru", "https://t.me/bay_ru/5", 12)),
        ("ДАТА ПУБЛИКАЦИИ;Текст поста;Название канала;URL;Число просмотров;№", None),
    ],
)
def test_russian_columns(tmp_path: Path, header: str, columns: tuple[object, ...] | None) -> None:
    parsed = parse(tmp_path, f"{header}\n1.2.2024 9:05;{RU};bay_ru;https://t.me/bay_ru/5;12;5\n")
    (row,) = parsed.posts.to_pylist()
    assert (row["text"], row["date"]) == (RU, datetime(2024, 2, 1, 9, 5, tzinfo=UTC))
    if columns:
        assert (row["post_id"], row["channel"], row["permalink"], row["views"]) == columns
    else:
        assert (row["channel_title"], row["post_id"], row["views"]) == ("bay_ru", "bay_ru/5", 12)


@pytest.mark.parametrize(("deciding", "month"), [("25/04/2024", 4), ("04/25/2024", 3)])
def test_a_column_tells_which_is_the_day(tmp_path: Path, deciding: str, month: int) -> None:
    posts = parse(tmp_path, f"id,text,date\n1,a,03/04/2024\n2,b,{deciding}\n").posts
    assert posts["date"][0].as_py() == datetime(2024, month, 7 - month, tzinfo=UTC)


@pytest.mark.parametrize("claimed", [True, False])
def test_a_table_that_is_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claimed: bool) -> None:
    """Either the file says how much it is, or its few dictionary values are repeated until memory is full."""
    monkeypatch.setattr("toolkit.sources.table_files.MAX_BYTES", 1_000_000)
    path = tmp_path / "bomb.parquet"
    texts = pa.array(["x" * (2_000_000 if claimed else 1000)] * (1 if claimed else 10_000))
    pq.write_table(pa.table({"text": texts}), path, compression="zstd")
    assert path.stat().st_size < 10_000
    with pytest.raises(SourceError, match=r"bomb\.parquet: unpacks to more than 1,000,000 bytes\. Split it"):
        read_source(SourceOptions(path=path))


def test_a_table_with_dictionaries_and_many_rows(tmp_path: Path) -> None:
    path = tmp_path / "bay.parquet"
    texts = pa.array([f"{EN} {number % 7}" for number in range(3000)]).dictionary_encode()
    pq.write_table(pa.table({"id": list(range(3000)), "text": texts}), path, row_group_size=700)
    assert read_source(SourceOptions(path=path)).posts["text"].to_pylist() == texts.to_pylist()


def test_broken_parquet(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        parse(tmp_path, "PAR1 and nothing else", "a.parquet")
    with pytest.raises(SourceError, match="is Parquet or Arrow, wanted desktop_json"):
        parse(tmp_path, "PAR1 and nothing else", "a.parquet", format="desktop_json")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": "wrods"}, "columns: there is no column 'wrods'; the table has id, words"),
        ({"txet": "words"}, "columns: there is no 'txet'; ours are text, post_id, channel"),
    ],
)
def test_wrong_columns(tmp_path: Path, columns: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        parse(tmp_path, "id,words\n1,a\n", columns=columns)


def test_suffixed_ids_never_meet_given_ones(tmp_path: Path) -> None:
    posts = parse(tmp_path, f"id,text\n1,{EN}\n1,{EN}\n1-2,{EN}\n").posts
    assert posts["post_id"].to_pylist() == ["bay/1", "bay/1-3", "bay/1-2"]


def test_an_id_breaks_no_line(tmp_path: Path) -> None:
    posts = parse(tmp_path, f'id,text\n"a\tb\nc\x1b[2J",{EN}\n').posts
    assert posts["post_id"].to_pylist() == ["bay/a\ufffdb\ufffdc\ufffd[2J"]


def test_views_with_a_thousands_comma(tmp_path: Path) -> None:
    posts = parse(tmp_path, f'id,text,views\n1,{EN},"1,234"\n2,{EN},"1,234,567"\n3,{EN},"1,2K"\n').posts
    assert posts["views"].to_pylist() == [1234, 1234567, 1200]


def test_half_a_surrogate_pair(tmp_path: Path) -> None:
    (post,) = parse(tmp_path, '{"id": 1, "text": "Fog \\ud83d ahead"}\n', name="bay.jsonl").posts.to_pylist()
    assert post["text"] == post["text_raw"] == "Fog \ufffd ahead"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,text,views\n1,a,inf\n", "row 1 has views 'inf', wanted a number"),
        ("id,text,views\n1,a,1e30\n", "row 1 has views '1e30', wanted a number"),
        ("id,text,date\n1,a,²²²²²²²²²\n", "row 1 has date '²²²²²²²²²', wanted ISO 8601"),
        ('{"id": 1, "text": "a", "views": ' + "9" * 5000 + "}", "row 1 has views inf, wanted a number"),
        (json.dumps(dict.fromkeys(schemas.POSTS.names)), "row 1 has post_id None, wanted a string"),
    ],
)
def test_values_of_no_kind(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=re.escape(message)):
        parse(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "code"), [("RU", "ru"), ("ru-RU", "ru"), ("en_US", "en"), ("mixed", "mixed"), ("Русский", "ru")]
)
def test_languages_are_codes(tmp_path: Path, name: str, code: str) -> None:
    assert parse(tmp_path, f"id,text,lang\n1,{RU},{name}\n").posts["lang"].to_pylist() == [code]
    assert parse(tmp_path, f"id,text\n1,{RU}\n", lang=name).posts["lang"].to_pylist() == [code]


def test_a_language_that_is_no_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="unknown language 'Klingon', wanted a code such as ru or en"):
        parse(tmp_path, f"id,text\n1,{RU}\n", lang="Klingon")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n"])
def test_what_excel_writes(tmp_path: Path, encoding: str, first: str) -> None:
    path = tmp_path / "bay.csv"
    rows = f'id;date;text;views\r\n7;2025-03-01 12:00;"{RU}\r\nВход, ""как всегда"", свободный; ждём";1 234\r\n'
    path.write_bytes((first + rows).encode(encoding))
    (row,) = read_source(SourceOptions(path=path)).posts.to_pylist()
    assert row["text"] == f'{RU}\r\nВход, "как всегда", свободный; ждём'
    assert (row["post_id"], row["views"], row["lang"]) == ("bay/7", 1234, "ru")


def test_a_json_array_of_rows(tmp_path: Path) -> None:
    parsed = parse(tmp_path, json.dumps([{"id": 1, "text": EN}, {"id": 2}], indent=1), name="bay.json")
    assert parsed.posts["post_id"].to_pylist() == ["bay/1"]
    assert (parsed.report.format, parsed.report.roles) == ("table", {"no_text": 1, "post": 1})


def test_an_author_is_no_channel(tmp_path: Path) -> None:
    (row,) = parse(tmp_path, "id,username,text\n1,some_one,Fog over the bay\n").posts.to_pylist()
    assert "some_one" not in str(row)


@pytest.mark.parametrize(
    ("name", "channel", "post_id"),
    [
        ("promo/4", "news_ru", "news_ru/promo/4"),
        ("2024/1", "news_ru", "news_ru/2024/1"),
        ("news_ru/4", "@news_ru", "news_ru/4"),
        ("https://t.me/s/News_ru/4", "news_ru", "news_ru/4"),
        ("@news_ru/4", "news_ru", "news_ru/4"),
        ("promo/4", None, "promo/4"),
        ("t.me/promo/4", None, "promo/4"),
        ("2024/1", None, "bay/2024/1"),
    ],
)
def test_an_id_has_its_channel(tmp_path: Path, name: str, channel: str | None, post_id: str) -> None:
    (row,) = parse(tmp_path, f"id,text\n{name},{EN}\n", channel=channel).posts.to_pylist()
    assert (row["post_id"], row["channel"]) == (post_id, post_id.split("/")[0])


def test_one_changed_byte_of_an_arrow_file_ends_nothing(tmp_path: Path) -> None:
    """It was the offset of a text, and what was read there ended the process."""
    table = pa.table({"id": [1, 2], "text": ["Мост открыт.", "Мост закрыт."]})
    path = tmp_path / "bay.arrow"
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    good = path.read_bytes()
    place = good.index(table["text"].chunk(0).buffers()[1].to_pybytes()[:12]) + 7
    path.write_bytes(good[:place] + b"\x7f" + good[place + 1 :])
    with pytest.raises(SourceError, match=r"bay\.arrow: cannot be read as Arrow: .*\. Copy or download it again"):
        read_source(SourceOptions(path=path))


def test_a_bomb_of_one_text_is_refused_by_the_size_of_its_file(tmp_path: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 8000, pa.int32()), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"text": texts}), tmp_path / "bomb.parquet", compression="zstd")
    with pytest.raises(SourceError, match=r"bomb\.parquet: unpacks to more than 67,\d{3},\d{3} bytes\. Split it"):
        read_source(SourceOptions(path=tmp_path / "bomb.parquet"))


# ---------------------------------------------------------------- CSV that is broken, columns, values


@pytest.mark.parametrize(
    ("text", "ids", "warning"),
    [
        (f'id,text,date\n1,"{RU}",\n2,"Он сказал "да" и ушёл",\n3,"{EN}",\n', "13", "line 3 has text after a closing"),
        (f'id,text,date\n1,"{RU}",\n2,"Он сказал \\"да\\", и ушёл",\n3,"{EN}",\n', "123", None),
        (f'id,text,date\n1,"{RU}",\n2,"Не закрыта,\n3,{RU},\n4,{EN},\n', "134", "line 3 has a quote that is never"),
        (f'id,text,date\n1,"{RU}",\n2,"Не закрыта,\n3,"{RU}",\n4,{EN},\n', "134", "line 3 has text after a closing"),
        (f'id,text,date\n1,"{RU}",\n2,"a\nb, c, d\n "e" f",\n3,"{EN}\n{RU}",\n', "13", "line 3 has text after"),
        (f"id,text\r1,{RU}\r2,{EN}\r", "12", None),
    ],
)
def test_a_broken_row_of_csv_costs_itself(tmp_path: Path, text: str, ids: str, warning: str | None) -> None:
    parsed = parse(tmp_path, text)
    assert parsed.posts["post_id"].to_pylist() == [f"bay/{number}" for number in ids]
    assert [warning in line for line in parsed.report.warnings] == [True] if warning else not parsed.report.warnings


def test_two_broken_rows_are_two(tmp_path: Path) -> None:
    rows = [f'{n},"Он сказал "да"",' if n in (3, 4) else f'{n},"{RU}",' for n in range(1, 9)]
    parsed = parse(tmp_path, "id,text,date\n" + "\n".join(rows))
    assert parsed.report.roles == {"broken": 2, "post": 6}


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    text = f"id,text,date,text\n1,{RU},,{EN}\n"
    with pytest.raises(SourceError, match="has the column 'text' twice, with different values"):
        parse(tmp_path, text)
    assert parse(tmp_path, text, columns={"text": "text#2"}).posts["text"].to_pylist() == [EN]
    assert parse(tmp_path, f"id,text,text\n1,{RU},{RU}\n").posts["text"].to_pylist() == [RU]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (f"id,Text,text\n1,{RU},{EN}\n", RU),
        (f"id,message,text\n1,{RU},{EN}\n", EN),
        (f"id,message,text\n1,{RU},\n2,{RU},{EN}\n3,{RU},\n", RU),
    ],
)
def test_two_columns_of_one_meaning(tmp_path: Path, text: str, taken: str) -> None:
    parsed = parse(tmp_path, text)
    assert parsed.posts["text"][0].as_py() == taken
    (warning,) = parsed.report.warnings
    assert "can both be text" in warning and "'text'" in warning


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["Fog ", {"type": "bold", "text": "ahead"}], "Fog ahead"),
        ("['Fog ', {'type': 'bold', 'text': 'ahead'}]", "Fog ahead"),
        ({"text": "Fog ahead", "entities": []}, "Fog ahead"),
        (float("nan"), None),
        ("nan", None),
        (None, None),
    ],
)
def test_a_text_is_never_what_python_prints(tmp_path: Path, value: object, text: str | None) -> None:
    lines = [json.dumps({"id": 1, "text": value}), json.dumps({"id": 2, "text": RU}), json.dumps({"id": 3, "text": RU})]
    parsed = parse(tmp_path, "\n".join(lines), "bay.jsonl")
    assert parsed.posts["text"].to_pylist() == [*([] if text is None else [text]), RU, RU]
    assert parsed.report.roles == ({"post": 3} if text else {"no_text": 1, "post": 2})


@pytest.mark.parametrize("value", [True, 5, 5.5, [1, 2], {"a": 1}])
def test_what_is_no_text_is_refused(tmp_path: Path, value: object) -> None:
    lines = [json.dumps({"id": number, "text": given}) for number, given in enumerate((value, RU, EN), 1)]
    parsed = parse(tmp_path, "\n".join(lines), "bay.jsonl")
    assert parsed.report.roles == {"broken": 1, "post": 2}
    assert parsed.report.warnings[0].startswith("row 1 has text ")


def test_bytes_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bay.parquet"
    pq.write_table(pa.table({"id": [1, 2], "text": [RU.encode(), RU.encode("cp1251")]}), path)
    assert read_source(SourceOptions(path=path)).posts["text"].to_pylist() == [RU, RU]


def test_names_that_are_none(tmp_path: Path) -> None:
    rows = [{"id": "12.0", "text": RU, "channel": float("nan"), "title": None, "forwarded_from": {"title": "Bay"}},
            {"id": 13.0, "text": EN, "channel": -1001288000009, "title": None, "forwarded_from": True},
            {"id": "1.0E+12", "text": "Fog", "channel": "channel1288000009", "views": 10**23}]  # fmt: skip
    posts = parse(tmp_path, "\n".join(map(json.dumps, rows)), "bay.jsonl").posts
    assert posts["post_id"].to_pylist()[:2] == ["bay/12", "1288000009/13"]
    assert posts["channel"].to_pylist() == ["bay", "1288000009", "1288000009"]
    assert posts["forwarded_from"].to_pylist() == ["Bay", None, None]
    assert posts["flags"][2].as_py() == ["id_from_text"] and posts["views"][2].as_py() is None


def test_ids_are_in_links(tmp_path: Path) -> None:
    links = ["https://t.me/port_a/0", "https://t.me/s/port_a/1?single", "https://t.me/port_b/2", "t.me/c/1288000009/3"]
    rows = [{"text": f"{RU} {n}", "link": link} for n, link in enumerate(links)]
    posts = parse(tmp_path, json.dumps(rows), "links.json").posts
    assert posts["post_id"].to_pylist() == ["port_a/0", "port_a/1", "port_b/2", "1288000009/3"]
    assert posts["channel"].to_pylist() == ["port_a", "port_a", "port_b", "1288000009"]
    one = json.dumps({"url": "https://t.me/s/bay/12", "content": RU})
    assert parse(tmp_path, one, "s.jsonl", channel="bay").posts["post_id"].to_pylist() == ["bay/12"]


def test_addresses_in_a_text_are_no_ids(tmp_path: Path) -> None:
    """A column of links to other posts names none of its own: most of its values are the same, or of other sites."""
    rows = "".join(f"{RU} {n},{'https://t.me/port/7' if n == 3 else f'https://example.org/{n}'}\n" for n in range(4))
    assert all(flags == ["id_from_text"] for flags in parse(tmp_path, f"text,url\n{rows}").posts["flags"].to_pylist())


def test_a_headline_is_the_first_line(tmp_path: Path) -> None:
    rows = [f"1,Маяк открыт,{RU}", f"2,Маяк будет открыт,{RU}", "3,Только заголовок,"]
    parsed = parse(tmp_path, "id,title,text\n" + "\n".join(rows))
    assert parsed.posts["text"].to_pylist() == [f"Маяк открыт\n{RU}", RU, "Только заголовок"]
    assert parsed.posts["channel_title"].to_pylist() == [None] * 3
    assert "'title' is read as headlines" in parsed.report.warnings[0]
    same = parse(tmp_path, f"id,title,text\n1,Бухта,{RU}\n2,Бухта,{EN}\n")
    assert (same.posts["channel_title"].to_pylist(), same.posts["text"].to_pylist()) == (["Бухта"] * 2, [RU, EN])


def test_a_day_stays_the_day_as_written(tmp_path: Path) -> None:
    text = f"id,date,text\n1,2025-02-12,{RU}\n2,13.02.2025,{EN}\n3,2025-02-14 02:00,Fog\n"
    posts = parse(tmp_path, text, timezone="Europe/Moscow").posts
    assert [date.isoformat()[:13] for date in posts["date"].to_pylist()] == [
        "2025-02-12T00", "2025-02-13T00", "2025-02-13T23",
    ]  # fmt: skip
    assert posts["date_precision"].to_pylist() == ["day", "day", "utc"]
    midnights = f"id,date,text\n1,2025-02-12 00:00:00,{RU}\n2,2025-02-13 00:00:00,{EN}\n"
    assert parse(tmp_path, midnights, timezone="Europe/Moscow").posts["date_precision"].to_pylist() == ["day"] * 2


def test_date_and_time_in_two_columns(tmp_path: Path) -> None:
    posts = parse(tmp_path, f"id,date,time,text\n1,2025-02-12,10:30,{RU}\n2,2025-02-13,,{EN}\n").posts
    assert posts["date"][0].as_py() == datetime(2025, 2, 12, 10, 30, tzinfo=UTC)
    assert posts["date_precision"].to_pylist() == ["local_no_offset", "day"]


def test_markdown_is_taken_off(tmp_path: Path) -> None:
    written = "**Порт открыл линию.** Рейсы __каждый час__. [Подробнее](https://example.org/1)"
    (row,) = parse(tmp_path, f"id,text\n1,{written}\n").posts.to_pylist()
    assert row["text"] == "Порт открыл линию. Рейсы каждый час. Подробнее"
    assert (row["text_raw"], row["urls"]) == (written, ["https://example.org/1"])


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-16-le"])
def test_csv_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "bay.csv"
    path.write_bytes(f"id;текст\r\n1;{RU}\r\n".encode(encoding))
    parsed = read_source(SourceOptions(path=path))
    assert parsed.posts["text"].to_pylist() == [RU]
    assert any("is no UTF-8 text" in line for line in parsed.report.warnings) is (encoding != "utf-16-le")


def test_a_first_row_of_more_than_a_megabyte(tmp_path: Path) -> None:
    rows = [{"id": 1, "pad": "x" * 1_100_000, "text": RU}, {"id": 2, "text": EN}]
    assert parse(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl").posts["text"].to_pylist() == [RU, EN]
    assert parse(tmp_path, json.dumps(rows), "a.json").posts["text"].to_pylist() == [RU, EN]


def test_a_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.sources.json_stream.MAX_LINE", 70_000)
    lines = json.dumps({"id": 1, "text": RU}) + "\n" + json.dumps({"id": 2, "text": "x" * 200_000})
    with pytest.raises(SourceError, match=r"a\.jsonl:2: is no valid JSON: the line has more than 70,000 letters"):
        parse(tmp_path, lines, "a.jsonl")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (r"Fog.\nSnow.\r\n\tIce: a\\b", "Fog.\nSnow.\r\n\tIce: a\\b"),
        (r"Fog.\nSnow, \alpha", r"Fog.\nSnow, \alpha"),  # backslashes stand for themselves
        (r"C:\new\table", r"C:\new\table"),
        (r'Fog.\n"Snow"', r'Fog.\n"Snow"'),
        (r"Fog \\ snow", r"Fog \\ snow"),  # no line end, no database
    ],
)
def test_line_ends_that_a_database_wrote(tmp_path: Path, cell: str, text: str) -> None:
    parsed = parse(tmp_path, f"id\ttext\n1\t{cell}\n", "bay.tsv")
    assert parsed.posts["text_raw"].to_pylist() == [text]
    assert len(parsed.report.warnings) == (cell != text)
    assert parse(tmp_path, f"id,text\n1,{cell.replace(',', '')}\n").posts["text"][0].as_py() == cell.replace(",", "")


SAID = pa.array(["Fog over the bay.", "Туман над бухтой."])


@pytest.mark.parametrize(
    "texts",
    [
        SAID.dictionary_encode(),
        SAID.cast(pa.large_string()),
        SAID.cast(pa.string_view()),
        SAID.cast(pa.binary()),
        SAID.cast(pa.large_binary()),
        SAID.cast(pa.binary_view()),
        pa.array([["Fog ", "over the bay."], ["Туман над бухтой."]]),
        pa.array([["Fog ", "over the bay."], ["Туман над бухтой."]], pa.large_list(pa.large_string())),
        pa.array([{"text": "Fog over the bay."}, {"text": "Туман над бухтой."}]),
        pa.array([[{"type": "plain", "text": "Fog over the bay."}], [{"type": "bold", "text": "Туман над бухтой."}]]),
        pa.RunEndEncodedArray.from_arrays([1, 2], SAID),
        pa.chunked_array([SAID[:1], SAID[1:]]),
    ],
    ids=lambda texts: str(texts.type).split("<")[0] + str(len(str(texts.type))),
)
def test_every_type_of_text_that_arrow_has(tmp_path: Path, texts: pa.Array) -> None:
    table = pa.table({"id": [1, 2], "text": texts})
    with pa.ipc.new_file(tmp_path / "bay.arrow", table.schema) as writer:
        writer.write_table(table)
    parsed = read_source(SourceOptions(path=tmp_path / "bay.arrow"))
    assert parsed.posts["text"].to_pylist() == SAID.to_pylist()
    assert (parsed.report.unexplained, parsed.report.warnings) == (0, [])
