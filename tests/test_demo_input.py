"""The files in configs/: the demo's dumps hold what their README promises, and ru-en.yaml shows every option."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from toolkit.options import ReleaseOptions, RunConfig, SourceOptions, load_run_config
from toolkit.sources import read_source

ROOT = Path(__file__).parent.parent
DEMO = load_run_config(ROOT / "configs/demo.yaml")
PAIRS = [line.split("\t") for line in (ROOT / "tests/data/demo_pairs.tsv").read_text("utf-8").splitlines()]


@cache
def posts(source: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_source(DEMO.sources[source]).posts.to_pylist()
    return rows


def starting(source: int, beginning: str) -> list[dict[str, Any]]:
    return [post for post in posts(source) if post["text"].startswith(beginning)]


@pytest.mark.parametrize(("source", "with_text"), [(0, 28), (1, 24), (2, 18)])
def test_every_post_is_read_once(source: int, with_text: int) -> None:
    assert sum(bool(post["text"]) for post in posts(source)) == with_text
    assert len({post["post_id"] for post in posts(source)}) == len(posts(source))
    assert {post["channel"] for post in posts(source)} <= {"prilivsk_ru", "prilivsk_en"}


@pytest.mark.parametrize(
    ("source", "beginning", "copies"),
    [
        (0, "🍲 Праздник ухи", 2),  # a repost
        (0, "📊 Порт Приливска", 2),  # a newer number
        (1, "🧭 Free walking tours", 2),  # a corrected time
        (0, "📷 В Музее мореходства", 1),  # an album
        (1, "Good morning 🌊", 1),  # nothing that a second copy could repeat
        (1, "🎹 The piano has been found!", 1),  # no reactions below it
        (1, "🛠 Hot water", 1),
    ],
)
def test_posts_begin_where_they_were_meant_to(source: int, beginning: str, copies: int) -> None:
    assert len(starting(source, beginning)) == copies


def test_what_the_dump_can_only_show_in_pieces_is_whole() -> None:
    (concert,) = starting(1, "🎼")
    assert concert["text"].endswith("I decided not to correct anything.”")
    assert concert["text"].count("Tickets are sold") == 1
    (seals,) = starting(1, "🔬")
    assert seals["forwarded_from"] == "Prilivsk Marine Station 🐚"
    assert seals["text"].count("🔹") == 3
    assert {r["emoji"]: r["count"] for r in starting(1, "🌊")[0]["reactions"]}["🔥"] == 1100


def test_the_export_shows_what_exports_have() -> None:
    assert starting(0, "🔬")[0]["forwarded_from"] == "Морская станция Приливска 🐚"
    assert starting(0, "🎹")[0]["reply_to"] == starting(0, "Шторм обошёлся")[0]["post_id"]
    assert starting(0, "📚")[0]["edited"] is not None
    assert starting(0, "🗼")[0]["hashtags"] == ["#маяк", "#Приливск"]
    assert "\u200b" in starting(0, "♟")[0]["text_raw"] and "\u00a0" in starting(0, "♟")[0]["text_raw"]


def test_pairs_name_posts_that_exist() -> None:
    known = {post["post_id"] for source in range(3) for post in posts(source)}
    assert {post_id for ru, en, *_ in PAIRS for post_id in (ru, en)} <= known
    assert len(PAIRS) == 28


def test_ru_en_shows_every_option_at_its_default() -> None:
    path = ROOT / "configs/ru-en.yaml"
    config, shown = load_run_config(path), yaml.safe_load(path.read_text("utf-8"))
    assert shown["release"].keys() == ReleaseOptions.model_fields.keys()
    assert set().union(*shown["sources"]) == SourceOptions.model_fields.keys()
    paths = {"previous", "takedowns", "against"}
    assert all(shown[name] is RunConfig.model_fields[name].default for name in paths)
    for name in RunConfig.model_fields.keys() - {"release", "sources"} - paths:
        options: BaseModel = getattr(config, name)
        assert options == type(options)(), f"{name} in ru-en.yaml is not the default"
        assert shown[name].keys() == type(options).model_fields.keys(), name
