"""One order is made of runs that follow each other, lie in each other, or are one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toolkit.release import spills
from toolkit.release.spills import Stretch, in_order, write_run
from toolkit.release.tables import DUPLICATES

CONFIG = replace(
    DUPLICATES,
    schema=pa.schema(
        {"date": pa.timestamp("ms", tz="UTC"), "post_id": pa.string(), "kind": pa.string(), "note": pa.string()}
    ),
    order=("date", "post_id", "kind"),
)
DAY = 86_400_000


def table(rows: list[tuple[int | None, str, str]]) -> pa.Table:
    columns = {name: [row[place] for row in rows] for place, name in enumerate(("date", "post_id", "kind"))}
    arrays = [pa.array(columns["date"], CONFIG.schema[0].type), columns["post_id"], columns["kind"], ["ё"] * len(rows)]
    return pa.table(arrays, schema=CONFIG.schema)


def some(count: int, seed: int) -> pa.Table:
    """Many rows of few days and ids, a fifth without a date."""
    numbers = np.random.default_rng(seed).integers(0, [50, 7, 5, 5], (count, 4))
    return table([(None if n == 0 else int(day) * DAY, f"я/{post}", f"{kind}") for day, post, kind, n in numbers])


ORDERED = [("date", "ascending"), ("post_id", "ascending"), ("kind", "ascending")]
CASES = {
    "one run": [some(40, 1)],
    "runs that lie in each other": [some(40, 1), some(25, 2), some(3, 3)],
    "runs that follow each other": [some(90, 4).sort_by(ORDERED).slice(at, 30) for at in (0, 30, 60)],
    "the same key in all": [table([(0, "a/1", kind)] * 9) for kind in ("c", "a", "b")],
    "no dates": [table([(None, f"a/{n}", "x") for n in range(9, 0, -2)]), table([(None, "a/4", "x")])],
    "before 1970": [table([(-DAY, "a/1", "x"), (0, "a/2", "x"), (-40 * DAY, "a/3", "x")])],
    "nothing": [table([])],
}


@pytest.mark.parametrize("batch", [2, 2048])
@pytest.mark.parametrize("runs", CASES.values(), ids=CASES)
def test_rows_come_in_order(runs: list[pa.Table], batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spills, "_BATCH", batch)
    stretches: list[Stretch] = []
    for number, rows in enumerate(runs):
        splits = ["test" if place % 3 == 0 else "train" for place in range(rows.num_rows)]
        stretches += write_run(
            rows.append_column("split", pa.array(splits, pa.string())), CONFIG, tmp_path / f"{number}"
        )
    for split in ("test", "train"):
        places = [np.flatnonzero((np.arange(rows.num_rows) % 3 == 0) == (split == "test")) for rows in runs]
        own = [rows.take(pa.array(at)) for rows, at in zip(runs, places, strict=True)]
        wanted = pa.concat_tables(own).sort_by(ORDERED)
        pieces = list(in_order([stretch for stretch in stretches if stretch.split == split], CONFIG))
        assert pa.concat_tables([CONFIG.schema.empty_table(), *pieces]).equals(wanted)
    months = {stretch.month for stretch in stretches}
    assert ("undated" in months) == any(rows["date"].null_count for rows in runs)


def test_a_run_is_not_read_before_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of runs that follow each other, one is open at a time."""
    monkeypatch.setattr(spills, "_BATCH", 10)
    rows = some(300, 5).sort_by(ORDERED)
    rows = rows.append_column("split", pa.array(["train"] * 300))
    stretches = [s for n in range(10) for s in write_run(rows.slice(n * 30, 30), CONFIG, tmp_path / f"{n}")]
    opened: list[str] = []
    real = pa.memory_map
    monkeypatch.setattr(pa, "memory_map", lambda path: opened.append(path) or real(path))
    pieces = in_order(stretches, CONFIG)
    next(pieces)
    assert len(opened) <= 2
    assert sum(piece.num_rows for piece in pieces) + 10 >= 290
    assert len(opened) == 10
