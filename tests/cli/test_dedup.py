import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toolkit import schemas

DEMO = Path(__file__).parent.parent.parent / "dist" / "demo" / "0.1.0"
Bitext = Callable[..., tuple[int, str, str]]

TEXT = (
    "The museum of the old town will be open to visitors every day but Monday, and the entrance is free for children."
)
ROWS = [
    {"id": "x1", "lang": "en", "text": TEXT},
    {"id": "x2", "lang": "en", "text": TEXT.replace("free for children", "free for all")},
    {"id": "x3", "lang": "en", "text": f"{TEXT}!!!"},
    {"id": "y", "lang": "ru", "text": "Музей старого города открыт каждый день, кроме понедельника."},
]


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "docs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    return path


def test_three_files(bitext: Bitext, posts: Path, tmp_path: Path) -> None:
    code, out, err = bitext("dedup", posts, "-o", tmp_path / "new" / "out")
    assert (code, out) == (0, "")
    assert (
        err
        == "4 posts: 2 stay, 1 exact and 1 near duplicates and 0 edited copies left, 0 repeated bodies cut; 3 pairs\n"
    )
    folder = tmp_path / "new" / "out"
    assert sorted(path.name for path in folder.iterdir()) == ["duplicates.parquet", "pairs.tsv", "unique.parquet"]
    # 22 words make 18 shingles, and one of them has the last word: 17 shared of 19.
    assert (folder / "pairs.tsv").read_text("utf-8") == "x1\tx2\t0.8947\nx1\tx3\t1.0000\nx2\tx3\t0.8947\n"
    unique, duplicates = pq.read_table(folder / "unique.parquet"), pq.read_table(folder / "duplicates.parquet")
    assert unique.schema.equals(schemas.POSTS)
    assert unique["post_id"].to_pylist() == ["x1", "y"]
    assert duplicates.schema.equals(schemas.DUPLICATES)
    assert duplicates.select(["post_id", "kept_id", "kind"]).to_pylist() == [
        {"post_id": "x2", "kept_id": "x1", "kind": "near"},
        {"post_id": "x3", "kept_id": "x1", "kind": "exact"},
    ]


def test_threshold_json_and_quiet(bitext: Bitext, posts: Path, tmp_path: Path) -> None:
    code, out, err = bitext("dedup", posts, "-o", tmp_path / "out", "--threshold", "0.95", "--json")
    assert (code, err) == (0, "")
    nothing = dict.fromkeys(("published", "near", "copy", "repeat", "edit", "contained", "paragraph", "media"), 0)
    assert json.loads(out) == nothing | {"posts": 4, "unique": 3, "exact": 1, "pairs": 1}
    assert bitext("dedup", posts, "-o", tmp_path / "out", "-q") == (0, "", "")


def test_posts_of_several_sources_have_their_channels(bitext: Bitext, posts: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f'id,text\n1,"{TEXT}"\n', "utf-8")
    assert bitext("dedup", posts, other, "-o", tmp_path / "out", "-q")[0] == 0
    assert "docs/x1\tother/1\t1.0000\n" in (tmp_path / "out" / "pairs.tsv").read_text("utf-8")


def test_parsed_posts_keep_their_ids(bitext: Bitext, tmp_path: Path) -> None:
    table = tmp_path / "news.csv"
    table.write_text(f'channel,id,text\nnews,1,"{TEXT}"\nnews,2,"{TEXT}"\n', "utf-8")
    parsed = tmp_path / "parsed.parquet"
    assert bitext("parse", table, "-o", parsed, "-q")[0] == 0
    assert bitext("dedup", parsed, "-o", tmp_path / "out", "-q")[0] == 0
    assert (tmp_path / "out" / "pairs.tsv").read_text("utf-8") == "news/1\tnews/2\t1.0000\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "missing.jsonl"),
        ('{"id": 1}\n', "has no column of texts"),
        ('{"id": 1, "text": "a"}\n{"id":\n{', "2 of 3 rows that cannot be read: line 2 is no valid JSON"),
    ],
)
def test_bad_input_leaves_nothing(bitext: Bitext, tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "missing.jsonl"
    if content is not None:
        path.write_text(content, "utf-8")
    code, out, err = bitext("dedup", path, "-o", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and message in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("texts", "removed"),
    [
        (("Ёлка ещё стоит на площади, и все её видят", "Елка еще стоит на площади, и все ее видят"), {("2", "1")}),
        (("Й\u043eд и \u0451ж", "И\u0306\u043eд и \u0435\u0308ж"), {("2", "1")}),  # NFC, NFD
        (("Па\u00adром сегодня от\u00adменён до утра", "Паром сегодня отменён до утра"), {("2", "1")}),
        (("Пари\u0301ж \u200bждёт \ufe0fгостей", "ПАРИЖ ждет гостей"), {("2", "1")}),
        (("Cегодня в CШA", "Сегодня в США"), {("2", "1")}),  # Latin C and A
        (("𝐕𝐢𝐬𝐢𝐭 the ｍｕｓｅｕｍ", "Visit the museum"), {("2", "1")}),
        (("Всё ясно, спасибо", "Всё ясно, благодарю"), set()),
        (("https://example.org/a", "https://example.org/b"), set()),
    ],
)
def test_letters_are_folded(bitext: Bitext, tmp_path: Path, texts: tuple[str, str], removed: set[object]) -> None:
    path = tmp_path / "posts.jsonl"
    rows = [{"id": number, "text": text, "lang": "ru"} for number, text in enumerate(texts, 1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert bitext("dedup", path, "-o", tmp_path / "out", "-q")[0] == 0
    found = pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()
    assert {(row["post_id"], row["kept_id"]) for row in found if row["kind"] == "exact"} == removed


def test_threshold_is_checked(bitext: Bitext, posts: Path, tmp_path: Path) -> None:
    assert bitext("dedup", posts, "-o", tmp_path / "out", "--threshold", "1.5")[0] == 2


def test_which_one_stays(bitext: Bitext, posts: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f'id,text\n1,"{TEXT} {TEXT[:9]}"\n', "utf-8")
    for options, kept in ((("--keep", "longest"), "other/1"), (("--prefer", "docs"), "docs/x1")):
        assert bitext("dedup", posts, other, "-o", tmp_path / "out", "-q", *options)[0] == 0
        assert kept in pq.read_table(tmp_path / "out" / "unique.parquet")["post_id"].to_pylist()
    assert bitext("dedup", posts, "-o", tmp_path / "out", "--keep", "shortest")[0] == 2


def test_a_preferred_channel_that_is_not_there(bitext: Bitext, posts: Path, tmp_path: Path) -> None:
    code, out, err = bitext("dedup", posts, "-o", tmp_path / "out", "--prefer", "dosc")
    assert (code, out) == (2, "")
    assert err == "error: no post is of the preferred channel 'dosc'; there are docs. Prefer one of these\n"
    assert not (tmp_path / "out").exists()


def test_edits_and_parts_are_reported(bitext: Bitext, tmp_path: Path) -> None:
    first, second = tmp_path / "old.csv", tmp_path / "new.csv"
    first.write_text(f'channel,id,text\nnews,1,"{TEXT}"\n', "utf-8")
    second.write_text(
        f'channel,id,text,edited\nnews,1,"Correction! {TEXT} Sorry.",2025-03-02T10:00:00Z\n'
        f'talk,1,"Look what the town has to say today, dear friends, we like it: Correction! {TEXT} Sorry. Bye!",\n',
        "utf-8",
    )
    code, _, err = bitext("dedup", first, second, "-o", tmp_path / "out")
    assert code == 0
    assert err.endswith("evidence about posts that stay: 1 edit, 1 contained\n")
    rows = pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()
    assert [(row["post_id"], row["kept_id"], row["kind"], row["removed"]) for row in rows] == [
        ("news/1", "news/1", "edit", False), ("news/1", "talk/1", "contained", False),
    ]  # fmt: skip
    assert rows[0]["text"] == TEXT
    assert pq.read_table(tmp_path / "out" / "unique.parquet")["post_id"].to_pylist() == ["news/1", "talk/1"]


def test_against_an_older_release(bitext: Bitext, tmp_path: Path) -> None:
    old = pq.read_table(next((DEMO / "data" / "posts").glob("train-*.parquet"))).to_pylist()[0]
    news = tmp_path / "news.jsonl"
    rows = [{"id": 1, "text": f"📌 {old['text']}"}, {"id": 2, "text": TEXT}]
    news.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    code, out, _ = bitext("dedup", news, "-o", tmp_path / "out", "--against", DEMO, "--json")
    assert (code, json.loads(out)["published"], json.loads(out)["unique"]) == (0, 1, 1)
    (row,) = pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()
    assert (row["post_id"], row["kept_id"], row["kind"], row["kept_in"]) == ("1", old["post_id"], "exact", "demo 0.1.0")
    code, _, err = bitext("dedup", news, "-o", tmp_path / "more", "--against", tmp_path)
    assert code == 2 and "is no release" in err and not (tmp_path / "more").exists()
