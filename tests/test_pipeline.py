"""A run against an older release, and one of two exports of one channel: what is left out, and what is told."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from toolkit.errors import ReleaseError, SourceError
from toolkit.options import DecontaminateOptions, RunConfig, SplitOptions, load_run_config
from toolkit.pipeline import build_dataset, plan_stages
from toolkit.release.checks.verify import verify_release
from toolkit.release.read import read_release
from toolkit.run.keys import stage_signatures
from toolkit.run.resolved import Run
from toolkit.storage import sha256_file

ROOT = Path(__file__).parent.parent
DEMO = load_run_config(ROOT / "configs" / "demo.yaml")


def build(config: RunConfig, folder: Path, **release: Any) -> Path:
    config = config.model_copy(update={"release": config.release.model_copy(update=release)})
    return build_dataset(config, out=folder / "dist", work=folder / "work").release


def test_against_an_older_release(tmp_path: Path) -> None:
    first = build(DEMO.model_copy(update={"sources": DEMO.sources[:2]}), tmp_path, version="0.0.1")
    config = DEMO.model_copy(update={"against": first})
    second = build(config, tmp_path, version="0.0.2")
    assert verify_release(second).ok
    old, new = (set(read_release(release).tables["posts"]["post_id"].to_pylist()) for release in (first, second))
    assert old and new and not old & new
    whole = set(read_release(ROOT / "dist" / "demo" / "0.1.0").tables["posts"]["post_id"].to_pylist())
    assert len(new) < len(whole)
    rows = read_release(second).tables["duplicates"].to_pylist()
    published = [row for row in rows if row["kept_in"]]
    assert {row["kept_in"] for row in published} == {"demo 0.0.1"}
    assert {row["post_id"] for row in published} >= old
    assert {row["kept_id"] for row in published} <= old
    manifest = json.loads((second / "manifest.json").read_text("utf-8"))
    assert manifest["options"]["against"] == "demo/0.0.1"
    assert manifest["funnel"]["dropped"]["dedup"]["published"] == len({row["post_id"] for row in published})
    keys = [[step.key for step in plan_stages(one, tmp_path).steps if step.name == "dedup"] for one in (config, DEMO)]
    assert keys[0] != keys[1]


def test_a_test_set_takes_its_pairs_out(tmp_path: Path) -> None:
    sentence = "The crew replaced 212 panes of glass, repainted the whole tower and overhauled the mechanism, in 1911."
    path = tmp_path / "dev.tsv"
    path.write_text(f"Nobody says this.\tТак не говорят.\n{sentence}\tНичего похожего.\n", "utf-8")
    config = DEMO.model_copy(update={"decontaminate": DecontaminateOptions(against=(path,))})
    plain, release = build(DEMO, tmp_path, version="0.0.1"), build(config, tmp_path, version="0.0.2")
    assert verify_release(release).ok
    lines = (release / "decontaminated.tsv").read_text("utf-8").splitlines()
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    assert {(row["test_set"], row["line"], row["side"]) for row in rows} == {("dev.tsv", "2", "en")}
    before, after = read_release(plain).tables, read_release(release).tables
    for name, key in (("sentence_pairs", "bead_id"), ("post_pairs", "pair_id")):
        gone = {row["id"] for row in rows if row["config"] == name}
        assert gone and gone == set(before[name][key].to_pylist()) - set(after[name][key].to_pylist())
    assert (
        before["posts"]
        .select(["post_id", "component_id", "split"])
        .equals(after["posts"].select(["post_id", "component_id", "split"]))
    )
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    assert manifest["options"]["decontaminate"]["against"] == ["dev.tsv"]
    (facts,) = manifest["test_sets"]
    assert (facts["texts"], facts["sha256"]) == (4, sha256_file(path))
    counts = facts["dropped"]
    assert manifest["funnel"]["dropped"]["decontaminate"] == {
        "contaminated": counts["sentence_pairs"], "contaminated_posts": counts["post_pairs"],
    }  # fmt: skip
    steps = {step.name: step.key for step in plan_stages(config, tmp_path).steps}
    path.write_text("Other words altogether.\n", "utf-8")
    later = {step.name: step.key for step in plan_stages(config, tmp_path).steps}
    assert {name for name in steps if steps[name] != later[name]} == {"decontaminate", "split"}


def test_without_test_sets_there_is_no_such_step(tmp_path: Path) -> None:
    assert "decontaminate" not in [step.name for step in plan_stages(DEMO, tmp_path).steps]
    config = DEMO.model_copy(update={"decontaminate": DecontaminateOptions(ngram=2)})
    keys = [[step.key for step in plan_stages(one, tmp_path).steps] for one in (DEMO, config)]
    assert keys[0] == keys[1]
    assert stage_signatures(Run.resolve(DEMO), ["x"] * 3) == stage_signatures(Run.resolve(config), ["x"] * 3)


def test_a_test_set_that_is_none_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    config = DEMO.model_copy(update={"decontaminate": DecontaminateOptions(against=(tmp_path / "none.tsv",))})
    with pytest.raises(SourceError, match=r"none\.tsv: there is no such file"):
        plan_stages(config, tmp_path)


def test_splits_by_time(tmp_path: Path) -> None:
    split = SplitOptions(by="time", validation_from=date(2024, 3, 10), test_from=date(2024, 3, 18))
    release = build(DEMO.model_copy(update={"split": split}), tmp_path, version="0.0.1")
    posts = read_release(release).tables["posts"].select(["date", "split"]).to_pylist()
    for name, before in (("train", split.validation_from), ("validation", split.test_from)):
        dates = [row["date"].date() for row in posts if row["split"] == name and row["date"]]
        assert dates and before and max(dates) < before
    assert {row["split"] for row in posts} == {"train", "validation", "test"}


def test_a_pipe_as_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bay.csv"
    os.mkfifo(path)
    sources = (DEMO.sources[0].model_copy(update={"path": path}),)
    with pytest.raises(SourceError, match=r"bay\.csv: is a pipe, which can be read only once, wanted a file"):
        build(DEMO.model_copy(update={"sources": sources}), tmp_path)


def test_against_what_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="is no release"):
        build(DEMO.model_copy(update={"against": tmp_path}), tmp_path)


def test_against_is_relative_to_the_run_config(tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    text = (ROOT / "configs" / "demo.yaml").read_text("utf-8")
    config.write_text(f"against: old/demo/0.1.0\n{text}", "utf-8")
    assert load_run_config(config).against == tmp_path / "old/demo/0.1.0"


def test_edits_between_two_exports_are_published(tmp_path: Path) -> None:
    path = DEMO.sources[0].path
    export = json.loads(path.read_text("utf-8"))
    message = next(one for one in export["messages"] if len(one.get("text_entities", [])) > 1)
    message["text_entities"] = [{"type": "plain", "text": "Сегодня в порту тихо, и больше сказать пока нечего."}]
    message["text"] = message["text_entities"][0]["text"]
    (tmp_path / "early.json").write_text(json.dumps(export, ensure_ascii=False), "utf-8")
    early = DEMO.sources[0].model_copy(update={"path": tmp_path / "early.json"})
    release = build(DEMO.model_copy(update={"sources": (*DEMO.sources, early)}), tmp_path, version="0.0.3")
    (edit,) = [row for row in read_release(release).tables["duplicates"].to_pylist() if row["kind"] == "edit"]
    assert edit["post_id"] == edit["kept_id"] == f"prilivsk_ru/{message['id']}"
    assert edit["text"] == message["text"] and edit["removed"] is False
    posts = pq.read_table(sorted((release / "data" / "posts").glob("*.parquet")), partitioning=None)
    assert edit["post_id"] in posts["post_id"].to_pylist()


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    work = tmp_path / "nowhere"
    plan = plan_stages(load_run_config(ROOT / "configs" / "demo.yaml"), work)
    assert [step.is_stored(work) for step in plan.steps] == [False] * len(plan.steps)
    assert list(tmp_path.iterdir()) == []
