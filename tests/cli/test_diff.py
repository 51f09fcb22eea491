"""`bitext diff`: two releases side by side, for people and for scripts."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toolkit.options import load_run_config
from toolkit.pipeline import build_dataset
from toolkit.release.diff import CHANGES
from toolkit.release.read import read_release

Bitext = Callable[..., tuple[int, str, str]]

CONFIG = Path(__file__).parent.parent.parent / "configs" / "demo.yaml"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A version, and the next one without the post 203."""
    folder = tmp_path_factory.mktemp("diff")
    (folder / "takedowns.tsv").write_text("prilivsk_ru/203\n", "utf-8")
    config = load_run_config(CONFIG)
    config = config.model_copy(update={"release": config.release.model_copy(update={"version": "next"})})
    old = build_dataset(config, out=folder, work=folder / "work").release
    config = config.model_copy(update={"previous": old, "takedowns": folder / "takedowns.tsv"})
    return old, build_dataset(config, out=folder, work=folder / "work").release


def test_for_people(releases: tuple[Path, Path], bitext: Bitext) -> None:
    code, out, err = bitext("diff", *releases)
    assert (code, err) == (0, "")
    first, *lines = out.splitlines()
    assert first == "demo 1.0.0 -> demo 2.0.0: MAJOR"
    assert [line.split()[:2] for line in lines] == [
        ["sentence_pairs", "remove"], ["post_pairs", "remove"], ["posts", "remove"], ["duplicates", "remove"],
    ]  # fmt: skip
    assert all(line.endswith("takedown    the removal of a post of it was asked for") for line in lines)
    text = next(
        one["text"] for one in read_release(releases[0]).tables["posts"].to_pylist() if one["post_id"].endswith("/203")
    )
    assert text[:20] not in out


def test_the_other_way_round_and_the_same(releases: tuple[Path, Path], bitext: Bitext) -> None:
    old, new = releases
    code, out, _ = bitext("diff", new, old)
    assert code == 0 and out.startswith("demo 2.0.0 -> demo 1.0.0: MINOR\n")
    assert bitext("diff", old, old) == (0, "demo 1.0.0 -> demo 1.0.0: the same rows\n", "")


def test_json_and_rows(releases: tuple[Path, Path], bitext: Bitext, tmp_path: Path) -> None:
    old, new = releases
    code, out, err = bitext("diff", old, new, "--json", "-o", tmp_path / "changes.parquet")
    assert (code, err) == (0, "")
    facts = json.loads(out)
    previous = read_release(new).manifest.previous
    assert previous
    assert facts == {"old": "demo 1.0.0", "new": "demo 2.0.0", "level": "major", "changes": previous.changes}
    rows = pq.read_table(tmp_path / "changes.parquet")
    assert rows.schema.names == CHANGES.names
    assert rows.equals(pq.read_table(new / "diff" / "1.0.0..2.0.0.parquet"))
    assert json.loads(bitext("diff", old, old, "--json")[1])["level"] is None


def test_what_is_no_release(releases: tuple[Path, Path], bitext: Bitext, tmp_path: Path) -> None:
    code, out, err = bitext("diff", releases[0], tmp_path, "-o", tmp_path / "changes.parquet")
    assert (code, out) == (2, "") and "is no release" in err
    assert not (tmp_path / "changes.parquet").exists()
