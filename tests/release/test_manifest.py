"""Facts: complete, portable, enough to build again."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from whole import published_tables

from toolkit import schemas
from toolkit.errors import ReleaseError
from toolkit.options import EncoderOptions, RunConfig, load_run_config
from toolkit.release.content import ReferenceFile, ReleaseContent
from toolkit.release.gather import make_manifest
from toolkit.release.manifest import Manifest, publication_day, sign
from toolkit.release.stated import portable_options, require_release_facts
from toolkit.release.statistics import describe


def read(built: Path) -> Manifest:
    return Manifest.model_validate_json((built / "manifest.json").read_bytes())


def test_facts(built: Path) -> None:
    manifest = read(built)
    assert (manifest.name, manifest.version, manifest.schema_version) == ("city-news", "1.0.0", 1)
    assert manifest.encoder.model_dump() == {"name": "tiny", "revision": "abc123"}
    assert manifest.stages == {"clean": "0011223344556677"}
    assert [source.file for source in manifest.sources] == ["svod.json", "brief|x.txt"]
    assert manifest.sources[0].sha256 == "a" * 64
    assert manifest.funnel.dropped == {
        "clean": {"empty": 1},
        "dedup": {"duplicate": 2},
        "match": {"no_counterpart": 1},
        "filter": {"null_bead": 1},
    }
    assert [(rule.kind, rule.posts) for rule in manifest.funnel.duplicates] == [
        ("exact", 1),
        ("near", 1),
        ("repeat", 1),
    ]
    assert manifest.funnel.post_pairs == {"parallel": 9}
    assert manifest.signature.startswith("dataset:city-news@1.0.0|encoder:tiny@abc123|run:")
    assert {"pyarrow", "bitext-toolkit"} <= set(manifest.libraries)


@pytest.mark.parametrize(
    ("release", "problem"),
    [
        ({"contact": " "}, "release.contact is empty, and the dataset card needs it"),
        ({"uses": "Good.\n\n# All of it"}, "release.uses: line 3 begins a section of its own (#)"),
        ({"limitations": "<b>None</b>"}, "release.limitations: line 1 has HTML (<b>)"),
        ({"notes": "a\n---\nb"}, "release.notes: line 2 is a line of ---"),
        ({"title": "A\u202eB"}, "release.title: line 1 has a character that does not print"),
    ],
)
def test_what_the_card_cannot_print_stops_the_build(
    run_config: RunConfig, release: dict[str, str], problem: str
) -> None:
    changed = run_config.release.model_copy(update=release)
    with pytest.raises(ReleaseError, match=re.escape(problem)):
        require_release_facts(run_config.model_copy(update={"release": changed}))


def test_a_release_without_dates_has_no_day_unless_one_is_given(content: ReleaseContent, run_config: RunConfig) -> None:
    statistics = describe(published_tables(content)) | {"last_date": None}
    facts = {"configs": {}, "files": {}, "statistics": statistics}
    undated = make_manifest(content, run_config, **facts)
    assert publication_day(undated) is None
    dated = run_config.release.model_copy(update={"date": date(2025, 12, 31)})
    manifest = make_manifest(content, run_config.model_copy(update={"release": dated}), **facts)
    assert publication_day(manifest) == "2025-12-31"


def test_the_signature_covers_what_decides(built: Path) -> None:
    manifest = read(built)
    assert sign(manifest) == manifest.signature
    for change in ({"version": "1.0.1"}, {"stages": {"clean": "0"}}, {"sources": manifest.sources[:1]}):
        assert sign(manifest.model_copy(update=change)) != manifest.signature


def test_files_are_those_of_the_folder(built: Path) -> None:
    manifest = read(built)
    there = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert set(manifest.files) == there - {"manifest.json", "SHA256SUMS"}
    assert all((built / name).stat().st_size == facts.bytes for name, facts in manifest.files.items())


def test_options_can_be_built_from_again(built: Path, run_config: RunConfig, tmp_path: Path) -> None:
    options = read(built).options
    (tmp_path / "run.yaml").write_text(json.dumps(options, ensure_ascii=False), "utf-8")
    again = load_run_config(tmp_path / "run.yaml")
    assert [source.path for source in again.sources] == [tmp_path / "svod.json", tmp_path / "brief|x.txt"]
    assert portable_options(again) == options == portable_options(run_config)


def test_an_encoder_in_a_folder_is_named_without_it(run_config: RunConfig) -> None:
    config = run_config.model_copy(update={"encoder": EncoderOptions(name="/data/models/tiny")})
    assert portable_options(config)["encoder"]["name"] == "tiny"


def test_pairs_that_left_for_test_sets_and_other_splits(content: ReleaseContent, run_config: RunConfig) -> None:
    reasons = [
        ("decontaminate", "contaminated"),
        ("decontaminate", "contaminated_posts"),
        ("split", "near_other_split"),
    ]
    more: list[dict[str, object]] = [{"row_id": f"x#{n}", "stage": s, "reason": r} for n, (s, r) in enumerate(reasons)]
    row: dict[str, object] = {
        "id": "x#0", "config": "sentence_pairs", "test_set": "dev.tsv", "line": 3, "side": "ru", "overlap": 1.0,
    }  # fmt: skip
    changed = replace(
        content,
        dropped=pa.concat_tables([content.dropped, schemas.from_rows(more, schemas.DROPPED)]),
        references=(ReferenceFile("dev.tsv", "0" * 64, 40), ReferenceFile("test.tsv", "1" * 64, 50)),
        contaminated=schemas.from_rows([row], schemas.CONTAMINATED),
    )
    facts = [
        make_manifest(one, run_config, configs={}, files={}, statistics={"last_date": "2024-03-13"})
        for one in (content, changed)
    ]
    assert facts[1].funnel.beads == facts[0].funnel.beads + 2  # a pair of posts is no group of sentences
    assert [(one.file, one.texts, one.dropped) for one in facts[1].test_sets] == [
        ("dev.tsv", 40, {"sentence_pairs": 1}), ("test.tsv", 50, {}),
    ]  # fmt: skip
    assert facts[0].test_sets == []
