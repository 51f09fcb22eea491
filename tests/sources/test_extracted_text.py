import gzip
from pathlib import Path

import pytest

from toolkit import schemas
from toolkit.errors import OptionError, SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source

DUMP = """\
Forwarded from Port News 🚢
The harbour museum opens its new hall on Monday
Visitors will see the first steam tug of the port. Details: museum.org/hall #Museum
Read the full programme
Visitors will see the first steam tug of the port. Details: museum.org/hall #Museum
Read the full programme
3👍18❤8 4
Media is too big
VIEW IN TELEGRAM
❗️ Паромное сообщение через залив приостановлено до вечера.
👍1.2K
This media is not supported in your browser
VIEW IN TELEGRAM
❤2🔥1
Harbour Museum
The harbour museum opens its new…
The doors will open at ten, not at nine.
👍5❤3
Да!
👍5❤3
"""


def parse(folder: Path, text: str | bytes, name: str = "port.txt", **options: object) -> ParseResult:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_source(SourceOptions(path=path, **options))


def test_posts_and_report(tmp_path: Path) -> None:
    result = parse(tmp_path, DUMP)
    assert result.posts.schema.equals(schemas.POSTS)
    first, second, third, fourth = result.posts.to_pylist()
    assert first["text"].split("\n") == DUMP.split("\n")[1:4]
    assert first["text_raw"] == "\n".join(DUMP.split("\n")[:7])
    assert first["forwarded_from"] == "Port News 🚢"
    assert first["reactions"] == [
        {"emoji": "paid", "count": 3},
        {"emoji": "👍", "count": 18},
        {"emoji": "❤", "count": 8},
        {"emoji": "custom_emoji", "count": 4},
    ]
    assert (first["urls"], first["hashtags"]) == (["museum.org/hall"], ["#Museum"])
    assert (first["channel"], first["source_span"], first["source_file"]) == ("port", "lines 1-7", "port.txt")
    assert (first["date"], first["date_precision"], first["lang"]) == (None, "none", "en")
    assert (second["lang"], second["media"], second["source_span"]) == ("ru", ["video"], "lines 8-11")
    assert (third["text"], third["reply_to"]) == ("The doors will open at ten, not at nine.", first["post_id"])
    assert (fourth["text"], fourth["lang_source"], fourth["lang"]) == ("Да!", "context", "en")
    report = result.report
    assert (report.units, report.posts, report.dropped, report.unexplained) == (20, 4, {"no_text": 1}, 0)
    assert report.roles == {
        "body": 6, "forward_header": 1, "media_link": 2, "media_marker": 2, "reactions": 5, "repeat": 2, "reply": 2,
    }  # fmt: skip
    assert report.summary().startswith("20 lines: 4 posts, 1 forward header, ")
    assert report.summary().endswith(
        ", 2 repeated lines removed, 2 reply, 1 post dropped (no text), 4 posts with id from text, 0 unexplained"
    )
    assert [unit["line"] for unit in result.trace] == list(range(1, 21))
    assert result.trace[4] == {"line": 5, "post": 1, "role": "repeat", "repeat_of": 3}


def test_ids_depend_on_channel_and_words_only(tmp_path: Path) -> None:
    text = "The ferry leaves at ten.\n👍1❤2\nThe ferry leaves at ten.\n👍3\nThe ferry leaves at nine.\n👍3\n"
    ids = parse(tmp_path, text).posts["post_id"].to_pylist()
    assert ids[1] == f"{ids[0]}-2"
    assert len(set(ids)) == 3
    assert ids[0].startswith("port/")
    again = parse(tmp_path, "The  ferry leaves\tat ten.\r\n❤5🔥1\r\n", "other.txt", channel="@port").posts
    assert again["post_id"].to_pylist() == ids[:1]


def test_lost_text_is_said(tmp_path: Path) -> None:
    marker = "Please open Telegram to view this post\nVIEW IN TELEGRAM\n"
    result = parse(tmp_path, f"Read it on our site.\n{marker}👍1\nForwarded from X\n{marker}❤1🔥2\n")
    assert result.posts["flags"].to_pylist() == [["first_line_lost", "id_from_text"], ["id_from_text", "text_lost"]]
    assert result.posts["text"].to_pylist() == ["Read it on our site.", ""]
    assert result.report.flags == {"first_line_lost": 1, "id_from_text": 2, "text_lost": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert (
        parse(tmp_path, DUMP.encode(encoding)).posts["text"].to_pylist()
        == parse(tmp_path, DUMP).posts["text"].to_pylist()
    )


def test_gzip_is_read_and_gives_the_same_ids(tmp_path: Path) -> None:
    plain, packed = parse(tmp_path, DUMP), parse(tmp_path, gzip.compress(DUMP.encode()), "port.txt.gz")
    assert packed.posts["post_id"].equals(plain.posts["post_id"])


def test_language_of_the_source_wins(tmp_path: Path) -> None:
    posts = parse(tmp_path, DUMP, lang="be").posts
    assert set(posts["lang"].to_pylist()) == {"be"}
    assert set(posts["lang_source"].to_pylist()) == {"source"}


PACKED = gzip.compress(DUMP.encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, wanted posts"),
        (b" \n\n", "is empty, wanted posts"),
        (b"\xef\xbb\xbf \n", "is empty, wanted posts"),
        (PACKED[:-20], "the gzip file is cut off. Copy or download it again"),
        (PACKED[:30] + b"XXXX" + PACKED[34:], "the gzip file is broken: "),
        (b"\xb3\xaa" * 9, "is no UTF-8 text. Convert it to UTF-8, if it is Windows-1251 with: "),
        (b"PK\x03\x04" + bytes(40), "the ZIP archive is broken: "),
        (b"abc\x00\x01\x02\xff\x00" * 9, "is a binary file, wanted text"),
        (b"abc\x00\x01\x02\x03def" * 9, "is a binary file, wanted text"),
        (b"<!DOCTYPE html><html></html>", "is an HTML page, but neither one of t.me/s with posts nor"),
        (b"Just a letter to a friend.\nBye.", "is in no known format: neither a page of t.me, nor a Telegram"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(SourceError) as error:
        parse(tmp_path, content)
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "port.txt"))
    assert "\n" not in str(error.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.txt: there is no such file$"):
        read_source(SourceOptions(path=tmp_path / "nothing.txt"))
    with pytest.raises(SourceError, match="has no files, wanted text, JSON, HTML, CSV or Parquet"):
        read_source(SourceOptions(path=tmp_path))


def test_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"unknown format 'docx'; known: tme_html, desktop_html, .*extracted_text"):
        parse(tmp_path, DUMP, format="docx")


def test_format_can_be_given(tmp_path: Path) -> None:
    text = "Just a letter to a friend.\nBye."
    assert parse(tmp_path, text, format="extracted_text").report.format == "extracted_text"


def test_json_with_lines_of_a_page_is_no_dump(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is JSON, but has no column of texts and no list of messages"):
        parse(tmp_path, '{"lines": [\n"Fog over the bay",\n"👍18❤8"\n]}')
    assert parse(tmp_path, "[1] Fog over the bay\n👍18❤8\n").report.format == "extracted_text"


def test_bodies_said_twice_are_sign_enough(tmp_path: Path) -> None:
    """A channel without reactions."""
    bodies = [("News of the day", "The ferry leaves at ten from the new pier.", "It is free for children."),
              ("More news", "The harbour museum is closed until the end of May.")]  # fmt: skip
    text = "\n".join("\n".join((*body, *body[1:])) for body in bodies)
    posts = parse(tmp_path, text).posts
    assert posts["text"].to_pylist() == ["\n".join(body) for body in bodies]


@pytest.mark.parametrize(
    "text",
    [
        "ports:\n" + "".join(f"  - name: {n}\n    about: The harbour of a town that is by the sea\n" for n in "abc"),
        "The same line is in this log again and again\n" * 3 + "".join(f"line {n}\n" for n in range(30)),
        "1 2 3 4 5 6 7 8\n" * 10,
        "size\n1.2 MB\n",
    ],
)
def test_text_without_a_sign_is_not_taken(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="is in no known format"):
        parse(tmp_path, text)
