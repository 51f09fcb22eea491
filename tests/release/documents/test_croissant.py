"""croissant.json: mlcroissant finds nothing wrong with it and loads every record set from the folder."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from toolkit.release.documents.croissant import render_croissant
from toolkit.release.manifest import Manifest

# Of what mlcroissant imports.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")


@pytest.fixture
def facts(built: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((built / "croissant.json").read_text("utf-8"))
    return loaded


@pytest.fixture
def dataset(built: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    import requests

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("mlcroissant went to the network")

    monkeypatch.setattr(requests.Session, "request", no_network)
    from mlcroissant import Dataset

    return Dataset(built / "croissant.json")


def test_mlcroissant_finds_nothing_wrong(dataset: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    assert not caplog.records
    assert dataset.metadata.ctx.is_v1_1()


def test_every_record_set_loads(dataset: Any, built: Path, caplog: pytest.LogCaptureFixture) -> None:
    manifest = Manifest.model_validate_json((built / "manifest.json").read_bytes())
    configs = {name for name, config in manifest.configs.items() if config.rows}
    assert {record_set.uuid for record_set in dataset.metadata.record_sets} == configs | {"splits"}
    for config in configs:
        records = list(dataset.records(config))
        assert len(records) == manifest.configs[config].rows
        names = [column.name for column in manifest.configs[config].columns]
        assert set(records[0]) == {f"{config}/{name}" for name in [*names, "split"]}
    assert not caplog.records
    (first, *_) = dataset.records("splits")
    assert first == {"splits/name": "train", "splits/type": "cr:TrainingSplit"}


def test_values_are_typed_and_rows_know_their_split(dataset: Any) -> None:
    rows = {row["sentence_pairs/bead_id"]: row for row in dataset.records("sentence_pairs")}
    row = rows[b"svod/1~brief/1#0"]
    assert row["sentence_pairs/ru_text"].decode() == "Мэр открыл новый мост"
    assert row["sentence_pairs/split"] == b"train"
    assert row["sentence_pairs/ru_ids"] == [0]
    assert row["sentence_pairs/number_match"] is None
    assert row["sentence_pairs/first_seen"].isoformat() == "2024-03-02T09:30:00+00:00"
    (post,) = [row for row in dataset.records("posts") if row["posts/post_id"] == b"svod/21"]
    assert post["posts/personal"] == [
        {"posts/personal/kind": b"email", "posts/personal/count": 1},
        {"posts/personal/kind": b"phone", "posts/personal/count": 2},
    ]


def test_hashes_are_those_of_the_files(facts: dict[str, Any], built: Path) -> None:
    objects = [one for one in facts["distribution"] if one["@type"] == "cr:FileObject"]
    assert {one["contentUrl"] for one in objects} == {
        path.relative_to(built).as_posix() for path in (built / "data").rglob("*.parquet")
    }
    for one in objects:
        data = (built / one["contentUrl"]).read_bytes()
        assert (one["sha256"], one["contentSize"]) == (hashlib.sha256(data).hexdigest(), f"{len(data)} B")
        assert one["encodingFormat"] == "application/x-parquet"


def test_what_the_specification_asks_for(facts: dict[str, Any]) -> None:
    required = "@context @type name description license url creator datePublished conformsTo version inLanguage citeAs"
    required += " keywords prov:wasDerivedFrom prov:wasGeneratedBy"
    assert set(required.split()) <= set(facts)
    terms = "dataCollection dataCollectionTimeframe dataPreprocessingProtocol dataManipulationProtocol dataBiases"
    terms += " machineAnnotationTools dataLimitations dataUseCases personalSensitiveInformation"
    terms += " dataReleaseMaintenancePlan"
    assert {f"rai:{term}" for term in terms.split()} <= set(facts)
    assert facts["datePublished"] == "2024-03-13"
    assert facts["rai:dataCollectionTimeframe"] == ["2024-03-02", "2024-03-13"]
    assert "near: word-5 Jaccard >= 0.8 (version 1, 1 rows)" in facts["rai:dataManipulationProtocol"]
    assert facts["rai:dataBiases"][0] == "svod.json: None | `x` <b>"
    assert [origin["prov:label"] for origin in facts["prov:wasDerivedFrom"]] == ["svod.json", "brief|x.txt"]
    assert "None" not in json.dumps(facts["prov:wasGeneratedBy"])


def test_licence_and_address(built: Path) -> None:
    manifest = Manifest.model_validate_json((built / "manifest.json").read_bytes())
    release = manifest.options["release"] | {
        "license": "cc-by-4.0",
        "homepage": "https://example.org/d",
        "date": "2024-05-01",
    }
    changed = manifest.model_copy(update={"options": manifest.options | {"release": release}})
    facts = json.loads(render_croissant(changed))
    assert facts["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert (facts["url"], facts["datePublished"]) == ("https://example.org/d", "2024-05-01")
    own = json.loads(render_croissant(manifest))
    assert (own["license"], own["url"]) == ("LICENSE", "README.md")
    assert (built / own["license"]).is_file() and (built / own["url"]).is_file()
