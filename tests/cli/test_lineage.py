import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toolkit.lineage import CHANNEL_LAGS, LINEAGE

Bitext = Callable[..., tuple[int, str, str]]

DEMO = Path(__file__).parent.parent.parent / "dist" / "demo" / "0.1.0"


def test_a_release_in_all_formats(bitext: Bitext, tmp_path: Path) -> None:
    code, out, err = bitext("lineage", "--release", DEMO)
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert list(rows[0]) == LINEAGE.names
    assert {"first", "translation", "exact", "near"} == {row["how"] for row in rows}
    for name in ("lineage.tsv", "lineage.parquet"):
        assert bitext("lineage", "--release", DEMO, "-o", tmp_path / name) == (0, "", "")
    assert (tmp_path / "lineage.tsv").read_text("utf-8") == out
    table = pq.read_table(tmp_path / "lineage.parquet")
    assert table.schema.equals(LINEAGE) and table["post_id"].to_pylist() == [row["post_id"] for row in rows]
    code, out, _ = bitext("lineage", "--release", DEMO, "--json")
    assert code == 0 and [row["post_id"] for row in json.loads(out)] == [row["post_id"] for row in rows]


def test_summary(bitext: Bitext, tmp_path: Path) -> None:
    code, out, _ = bitext("lineage", "--release", DEMO, "--summary", "--json")
    assert code == 0
    best = json.loads(out)[0]
    assert (best["first_channel"], best["channel"]) == ("prilivsk_ru", "prilivsk_en")
    assert best["items"] >= 5 and best["median_lag_hours"] > 0
    assert bitext("lineage", "--release", DEMO, "--summary", "-o", tmp_path / "s.parquet")[0] == 0
    assert pq.read_table(tmp_path / "s.parquet").schema.equals(CHANNEL_LAGS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--release", "nowhere"), "is no release"),
        (("--work", "nowhere"), "no finished build"),
        (("-o", "a.xlsx"), ".tsv"),
    ],
)
def test_bad_input(bitext: Bitext, options: tuple[str, str], message: str) -> None:
    code, out, err = bitext("lineage", *options)
    assert (code, out) == (2, "")
    assert message in err and err.count("\n") == 1
