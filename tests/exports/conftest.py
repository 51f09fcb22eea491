"""A small release whose texts are hostile to every format, written for these tests."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from toolkit import schemas
from toolkit.release.manifest import ConfigFacts, EncoderFacts, Funnel, Manifest, SplitFacts
from toolkit.release.parquet import write_split
from toolkit.release.row_hash import content_hash
from toolkit.release.tables import COMPARABLE_PAIRS, POST_PAIRS, SENTENCE_PAIRS, PublishedConfig
from toolkit.storage import sha256_file

Row = dict[str, Any]
Splits = Mapping[str, Sequence[Row]]

HOSTILE = [
    ("Строка <b>&amp;</b> \x00 и \x1f\ufffe конец", 'He said "yes" & <left>, \x0b twice'),
    ("Две\nстроки,\r\nтри\u2028и\u0085ещё", "Tab\there, C:\\new, back\\\\slash\n"),
    ("👩‍🚀 \U0001f680 и ]]> дальше", "'quotes' -- & #x0; &#0; %s {x}"),
]


def make_row(number: int, ru: str, en: str, **facts: Any) -> Row:
    """A row of a published config; a fact that is not given has a value that is never asked for."""
    posts = {"ru_post_id": f"svod/{number}", "en_post_id": f"brief/{number}"}
    return {
        "bead_id": f"svod/{number} ~ brief/{number}#0", "pair_id": f"svod/{number} ~ brief/{number}", **posts,
        "ru_text": ru, "en_text": en, "score": 0.9, "probability": 0.9, "similarity": 0.5, "number_match": None,
        "length_ratio": 0.8, "margin": 1.1, "coverage_ru": 1.0, "coverage_en": 0.75,
        "relation": "parallel", "variant": "full", "bead_type": "1:2", "position": 0, "ru_ids": [0], "en_ids": [0, 1],
        "ru_channel": "svod", "en_channel": "brief", "component_id": f"brief/{number}",
        "first_seen": datetime(2024, 3, 1, 9, 30, number % 60, 250_000, tzinfo=UTC),
    } | facts  # fmt: skip


def write_release(folder: Path, configs: Mapping[str, Splits]) -> Path:
    """Write data, manifest and checksums."""
    facts = {}
    for config in (SENTENCE_PAIRS, POST_PAIRS, COMPARABLE_PAIRS):
        splits = {name: _write(folder, config, name, rows) for name, rows in configs.get(config.name, {}).items()}
        facts[config.name] = ConfigFacts(about="", rows=0, columns=[], splits=splits)
    funnel = Funnel(posts_read=0, posts=0, dropped={}, duplicates=[], post_pairs={}, beads=0, sentence_pairs=0)
    manifest = Manifest(
        name="city", version="1.2.0", schema_version=1, signature="", sources=[], stages={}, statistics={}, files={},
        encoder=EncoderFacts(name="tiny", revision="1"), options={"release": {"license": "cc0-1.0"}}, funnel=funnel,
        configs=facts, libraries={},
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest.model_dump_json(), "utf-8")
    list_files(folder)
    return folder


def list_files(folder: Path) -> None:
    """Make the lists of a release fit its files."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))
    sizes = {name: (folder / name).stat().st_size for name in names}
    manifest["files"] = {name: {"bytes": sizes[name], "sha256": sha256_file(folder / name)} for name in names}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    sums = [f"{sha256_file(folder / name)}  {name}\n" for name in [*names, "manifest.json"]]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def _write(folder: Path, config: PublishedConfig, split: str, rows: Sequence[Row]) -> SplitFacts:
    table = schemas.from_rows(list(rows), config.schema)
    paths = write_split(table, config, split, folder / "data" / config.name)
    names = [path.relative_to(folder).as_posix() for path in paths]
    return SplitFacts(rows=table.num_rows, bytes=table.nbytes, content_sha256=content_hash(table), files=names)


@pytest.fixture
def row() -> Callable[..., Row]:
    return make_row


@pytest.fixture
def relist() -> Callable[[Path], None]:
    """Make the lists of a release fit its files, as someone would who hides a change."""
    return list_files


@pytest.fixture
def make(tmp_path: Path) -> Callable[[Mapping[str, Splits]], Path]:
    """Write a release of the rows that are given, by config and split."""
    return lambda configs: write_release(tmp_path / "city" / "1.2.0", configs)


@pytest.fixture
def release(make: Callable[[Mapping[str, Splits]], Path]) -> Path:
    rows = [make_row(number, *texts) for number, texts in enumerate(HOSTILE, 1)]
    test = [make_row(7, "Мост открыт.", "The bridge is open.", number_match=0.5)]
    posts = [row | {"ru_text": f"{row['ru_text']}\nВторой абзац."} for row in rows]
    return make({"sentence_pairs": {"train": rows, "test": test}, "post_pairs": {"train": posts}})
