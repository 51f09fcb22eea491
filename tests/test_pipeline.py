"""A run against an older release, and one of two exports of one channel: what is left out, and what is told."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from toolkit.errors import ReleaseError, SourceError
from toolkit.options import RunConfig, load_run_config
from toolkit.pipeline import build_dataset, plan_stages
from toolkit.release.read import read_release
from toolkit.release.verify import verify_release

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
