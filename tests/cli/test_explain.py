import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Bitext = Callable[..., tuple[int, str, str]]

DEMO = Path(__file__).parent.parent.parent / "dist" / "demo" / "0.1.0"


def first(config: str) -> dict[str, Any]:
    path = min((DEMO / "data" / config).glob("train-*.parquet"))
    row: dict[str, Any] = pq.ParquetFile(path).read().to_pylist()[0]
    return row


def test_a_bead_of_a_release(bitext: Bitext) -> None:
    bead = first("sentence_pairs")
    code, out, err = bitext("explain", bead["bead_id"], "--release", DEMO)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == [
        "parse", "parse", "match", "align", "split"
    ]  # fmt: skip
    code, out, _ = bitext("explain", bead["bead_id"], "--release", DEMO, "--json")
    events = json.loads(out)
    assert code == 0 and events[3]["facts"]["ru_text"] == bead["ru_text"]


def test_a_removed_post_of_a_release(bitext: Bitext) -> None:
    removed = first("duplicates")
    code, out, _ = bitext("explain", removed["post_id"], "--release", DEMO)
    assert code == 0 and f"dropped: {removed['kind']} duplicate of {removed['kept_id']}" in out


def test_no_release(bitext: Bitext, tmp_path: Path) -> None:
    code, out, err = bitext("explain", "a~b", "--release", tmp_path)
    assert (code, out) == (2, "") and "is no release" in err and err.count("\n") == 1


def test_a_post_by_its_address(bitext: Bitext) -> None:
    removed = first("duplicates")
    by_id = bitext("explain", removed["post_id"], "--release", DEMO)
    assert bitext("explain", f"https://t.me/{removed['post_id'].upper()}?single", "--release", DEMO) == by_id
    code, _, err = bitext("explain", "t.me/nobody/1", "--release", DEMO)
    assert code == 2 and "no post 'nobody/1'" in err
