"""Facts: complete, portable, enough to build again."""

import json
from pathlib import Path

from toolkit.options import EncoderOptions, RunConfig, load_run_config
from toolkit.release.manifest import Manifest, portable_options


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
