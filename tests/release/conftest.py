"""A small release of posts written for it: pairs in all splits, a bilingual post, duplicates, hostile text."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.options import ReleaseOptions, RunConfig, SourceOptions, SplitOptions
from toolkit.release.build import build_release
from toolkit.release.content import ReleaseContent, SourceFile
from toolkit.stages.split import split_bitext, split_components

# Before anything imports huggingface_hub, which reads it once.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

START = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
HOSTILE_RU = "Заголовок\n---\n| a | b |\n```\n<script>alert('ё')</script> ${x} $y {z} \u202e& [ссылка](javascript:1)"
HOSTILE_EN = "Heading\n---\nlicense: mit\n| a | b |\n```\n<script>alert(1)</script> # **x** <!-- \x00 ![i](x)"
STORIES = [
    (
        "Мэр открыл новый мост. Движение начнётся утром.",
        "The mayor opened a new bridge. Traffic starts in the morning.",
    ),
    ("В порту загорелся склад. Пострадавших нет.", "A warehouse caught fire in the port. Nobody was hurt."),
    ("Музей вернул картину семье художника.", "The museum returned a painting to the artist's family."),
    ("Поезд до столицы опоздал на 3 часа.", "The train to the capital was 3 hours late."),
    ("Учёные нашли редкую птицу в дельте реки.", "Scientists found a rare bird in the river delta."),
    ("Школа получила сорок компьютеров.", "The school received forty computers."),
    ("Фермеры собрали рекордный урожай вишни.", "Farmers picked a record cherry harvest."),
    (HOSTILE_RU, HOSTILE_EN),
]


def _post(post_id: str, text: str, *, hours: float | None, lang: str, **more: Any) -> dict[str, object]:
    return {
        "post_id": post_id, "channel": post_id.partition("/")[0], "channel_title": f"Канал | <b>{post_id}</b>",
        "date": None if hours is None else START + timedelta(hours=hours),
        "date_precision": "none" if hours is None else "utc", "lang": lang, "lang_confidence": 0.98765432,
        "lang_source": "detected", "text": text, "text_raw": f"{text}\n+7 900 000-00-00", "urls": ["https://example.org/a"],
        "hashtags": ["#город"], "media": ["photo"], "flags": [], "reactions": [{"emoji": "👍", "count": 3}],
        "views": 1500, "source_format": "desktop_json", "source_file": "svod.json", "source_span": "message 1",
    } | more  # fmt: skip


def _posts() -> list[dict[str, object]]:
    rows = []
    for number, (ru, en) in enumerate(STORIES, 1):
        # The last story has no dates.
        ru_hours, en_hours = (None, None) if number == len(STORIES) else (number * 24, number * 24 + 1.5)
        rows.append(_post(f"svod/{number}", ru, hours=ru_hours, lang="ru", text_ru=ru))
        rows.append(_post(f"brief/{number}", en, hours=en_hours, lang="en", text_en=en))
    both = "Выставка открыта до мая.\nThe exhibition is open until May."
    ru, en = both.split("\n")
    rows.append(_post("svod/20", both, hours=300, lang="mixed", text_ru=ru, text_en=en))
    contact = {"personal": [{"kind": "email", "count": 1}, {"kind": "phone", "count": 2}]}
    text = "Пишите: [EMAIL], звоните: [PHONE], [PHONE]"
    rows.append(_post("svod/21", text, hours=301, lang="ru", text_ru=text, **contact))
    return rows


def _duplicate(post_id: str, kept_id: str, kind: str, similarity: float) -> dict[str, object]:
    return {
        "post_id": post_id, "kept_id": kept_id, "kind": kind, "removed": kind != "repeat", "similarity": similarity,
        "rule": "word-5 Jaccard >= 0.8", "rule_version": "1", "channel": "echo",
        "date": START + timedelta(hours=50), "hours_later": 2.123456,
        "text": "Музей вернул картину семье художника.",
    }  # fmt: skip


def _bead(pair_id: str, number: int, ru: str, en: str, score: float) -> dict[str, object]:
    return {
        "bead_id": f"{pair_id}#{number}", "pair_id": pair_id, "ru_ids": [number], "en_ids": [number], "ru_text": ru,
        "en_text": en, "bead_type": "1:1", "similarity": score / 2, "score": score, "length_ratio": 0.9,
        "number_match": 1.0 if "3" in ru else None, "ru_lang": "ru", "ru_lang_confidence": 0.98765432, "en_lang": "en",
        "relation": "parallel",
    }  # fmt: skip


def _pairs_and_beads() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    pairs, beads = [], []
    ties = [(f"svod/{n}", f"brief/{n}", *STORIES[n - 1]) for n in range(1, len(STORIES) + 1)]
    ties.append(("svod/20", "svod/20", "Выставка открыта до мая.", "The exhibition is open until May."))
    for at, (ru_id, en_id, ru, en) in enumerate(ties):
        pair_id = f"{ru_id}~{en_id}"
        pairs.append(
            {
                "pair_id": pair_id,
                "ru_post_id": ru_id,
                "en_post_id": en_id,
                "similarity": 0.7123456,
                "margin": 1.2,
                "probability": 0.93,
                "length_ratio": 0.8,
                "hours_apart": None if at == 7 else 1.5,
                "coverage_ru": 1.0,
                "coverage_en": 1.0,
                "relation": "parallel",
                "variant": "full",
            }
        )
        sides = zip(ru.split(". "), en.split(". "), strict=True) if at < 2 else [(ru, en)]
        beads += [_bead(pair_id, n, r, e, 0.5 + at / 31 + n / 70) for n, (r, e) in enumerate(sides)]
    # Eleven beads show whether rows are in reading order: #10 is after #2.
    beads += [_bead("svod/3~brief/3", n, f"Строка {n}.", f"Line {n}.", 0.6) for n in range(1, 11)]
    return pairs, beads


@pytest.fixture(scope="session")
def run_config() -> RunConfig:
    return RunConfig(
        release=ReleaseOptions(
            name="city-news",
            version="1.0.0",
            title="City news: Russian and English",
            description="Posts of two invented channels about one city.",
            license="other",
            license_note="Texts belong to the channels.",
            contact="the issue tracker of the dataset",
        ),
        sources=(
            SourceOptions(path=Path("/somewhere/private/svod.json"), rights="Invented", slant="None | `x` <b>"),
            SourceOptions(path=Path("brief|x.txt"), rights="Invented", slant="None", url="https://example.org"),
        ),
        split=SplitOptions(validation=0.3, test=0.3),
    )


@pytest.fixture(scope="session")
def content(run_config: RunConfig) -> ReleaseContent:
    posts = schemas.from_rows(_posts(), schemas.CLEAN_POSTS)
    duplicates = schemas.from_rows(
        [
            _duplicate("echo/1", "svod/3", "exact", 1.0),
            _duplicate("echo/2", "svod/3", "near", 0.8765432),
            _duplicate("svod/5", "svod/5", "repeat", 1.0),
        ],
        schemas.DUPLICATES,
    )
    pair_rows, bead_rows = _pairs_and_beads()
    pairs = schemas.from_rows(pair_rows, schemas.POST_PAIRS)
    components = split_components(posts, duplicates, pairs, run_config.split)
    dropped: list[dict[str, object]] = [
        {"row_id": "svod/90", "stage": "clean", "reason": "empty"},
        {"row_id": "echo/1", "stage": "dedup", "reason": "duplicate", "value": "svod/3"},
        {"row_id": "echo/2", "stage": "dedup", "reason": "duplicate", "value": "svod/3"},
        {"row_id": "svod/21", "stage": "match", "reason": "no_counterpart", "value": "0.1"},
        {"row_id": "svod/4~brief/4#1", "stage": "filter", "reason": "null_bead"},
    ]
    return ReleaseContent(
        bitext=split_bitext(schemas.from_rows(bead_rows, schemas.BITEXT), pairs, components),
        pairs=pairs,
        posts=posts,
        duplicates=duplicates,
        components=components,
        dropped=schemas.from_rows(dropped, schemas.DROPPED),
        sources=(
            SourceFile(file="svod.json", sha256="a" * 64, format="desktop_json", posts=12),
            SourceFile(file="brief|x.txt", sha256="b" * 64, format="extracted_text", posts=9),
        ),
        encoder_name="/home/someone/models/tiny",
        encoder_revision="abc123",
        stages={"clean": "0011223344556677"},
    )


@pytest.fixture(scope="session")
def built(content: ReleaseContent, run_config: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished release; tests may read it and must not change it."""
    return build_release(content, run_config, tmp_path_factory.mktemp("dist"))


@pytest.fixture
def load() -> Callable[..., pa.Table]:
    """Read all rows of a config and split of a release."""
    import pyarrow.parquet as pq

    def read(release: Path, config: str, split: str) -> pa.Table:
        files = sorted((release / "data" / config).glob(f"{split}-*.parquet"))
        return pa.concat_tables([pq.ParquetFile(file).read() for file in files])

    return read
