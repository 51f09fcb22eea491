"""The demo: rebuilt byte for byte, resumed after a kill at any step, loaded by datasets, explained."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.options import load_run_config
from toolkit.pipeline import build_dataset, plan_stages
from toolkit.workspace import Done, StepDone, load_last_run, run_steps

ROOT = Path(__file__).parent.parent
CONFIG = load_run_config(ROOT / "configs" / "demo.yaml")
COMMITTED = ROOT / "dist" / CONFIG.release.name / CONFIG.release.version

Bitext = Callable[..., tuple[int, str, str]]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_committed_release_is_what_the_demo_builds(tmp_path: Path) -> None:
    report = build_dataset(CONFIG, out=tmp_path / "dist", work=tmp_path / "work")
    assert contents(report.release) == contents(COMMITTED)


def read_files(done: Done) -> dict[str, list[bytes]]:
    return {name: [file.read_bytes() for file in table.files] for name, table in done.parts.items()}


@pytest.mark.parametrize("killed_in", [step.label for step in plan_stages(CONFIG, Path("nowhere")).steps])
def test_a_run_killed_in_any_step_ends_with_the_same_tables(killed_in: str, demo_run: Done, tmp_path: Path) -> None:
    steps = plan_stages(CONFIG, tmp_path).steps

    def kill(event: str | StepDone) -> None:
        if event == killed_in:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_steps(steps, tmp_path, on_step=kill)
    again = run_steps(steps, tmp_path)
    assert read_files(again) == read_files(demo_run)
    assert again.facts == demo_run.facts


def test_true_pairs_are_found(demo_run: Done) -> None:
    gold = {
        tuple(line.split("\t")[:2]) for line in (ROOT / "tests/data/demo_pairs.tsv").read_text("utf-8").splitlines()
    }
    pairs = demo_run.tables["pairs"]
    found = set(zip(pairs["ru_post_id"].to_pylist(), pairs["en_post_id"].to_pylist(), strict=True))
    assert len(found & gold) / len(found) >= 0.95
    assert len(found & gold) / len(gold) >= 0.9


def test_build_prints_a_summary_and_reuses_what_is_there(tmp_path: Path, bitext: Bitext) -> None:
    arguments = ["build", ROOT / "configs/demo.yaml", "--out", tmp_path / "dist", "--work", tmp_path / "work"]
    code, out, err = bitext(*arguments)
    assert code == 0
    shown = "\n".join(line.rstrip() for line in out.replace(str(tmp_path / "dist"), "dist").strip().splitlines())
    assert shown in (ROOT / "README.md").read_text("utf-8")
    assert "stored" not in err
    code, out, _ = bitext(*arguments, "--json")
    assert code == 0
    assert json.loads(out)["version"] == CONFIG.release.version


def test_dry_run_shows_plan_and_options_and_writes_nothing(tmp_path: Path, bitext: Bitext) -> None:
    arguments = [
        "build",
        ROOT / "configs/demo.yaml",
        "--out",
        tmp_path / "dist",
        "--work",
        tmp_path / "work",
        "--dry-run",
    ]
    code, out, _ = bitext(*arguments)
    assert code == 0
    assert "match" in out and "to do" in out and "threshold: 0.8" in out
    assert list(tmp_path.iterdir()) == []


def test_explain_tells_the_story_of_a_repost(tmp_path: Path, bitext: Bitext) -> None:
    build_dataset(CONFIG, out=tmp_path / "dist", work=tmp_path / "work")
    duplicates = load_last_run(tmp_path / "work").tables["duplicates"].to_pylist()
    removed = next(row for row in duplicates if row["kind"] == "exact")
    code, out, _ = bitext("explain", removed["post_id"], "--work", tmp_path / "work")
    assert code == 0
    assert f"exact duplicate of {removed['kept_id']}" in out
    code, _, err = bitext("explain", "nobody/1", "--work", tmp_path / "work")
    assert code == 2
    assert "no post 'nobody/1'" in err
