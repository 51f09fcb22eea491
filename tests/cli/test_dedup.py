import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toolkit import schemas

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
    assert err == "4 posts: 2 stay, 1 exact and 1 near duplicates left, 0 repeated bodies cut; 3 pairs\n"
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
    assert json.loads(out) == {"posts": 4, "unique": 3, "exact": 1, "near": 0, "repeat": 0, "pairs": 1}
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
    [(None, "missing.jsonl"), ('{"id": 1}\n', "has no column of texts"), ('{"id": 1, "text": "a"}\n{"id":', "2: ")],
)
def test_bad_input_leaves_nothing(bitext: Bitext, tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "missing.jsonl"
    if content is not None:
        path.write_text(content, "utf-8")
    code, out, err = bitext("dedup", path, "-o", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and message in err
    assert not (tmp_path / "out").exists()


def test_threshold_is_checked(bitext: Bitext, posts: Path, tmp_path: Path) -> None:
    assert bitext("dedup", posts, "-o", tmp_path / "out", "--threshold", "1.5")[0] == 2
