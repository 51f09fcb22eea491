"""Dumps in which nothing is translated: releases all the same, through their whole life."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.pipeline import build_dataset
from toolkit.release.checks.verify import verify_release
from toolkit.release.manifest import Manifest
from toolkit.release.read import read_release
from toolkit.run.summary import BuildReport
from toolkit.workspace import StepDone

Bitext = Callable[..., tuple[int, str, str]]

RU = ["Паром снова ходит каждый день, касса открыта с восьми утра.",
      "В библиотеке починили крышу, читальный зал откроют в субботу."]  # fmt: skip
EN = ["The bakery on Mill Street now sells rye bread twice a week.",
      "Volunteers counted 212 seals on the sandbank this spring."]  # fmt: skip
FERRY = "The ferry runs every day again, the ticket office opens at eight in the morning."
DATE = "2024-05-0{}T10:00:00+00:00"


def write(path: Path, texts: list[str], *, dated: bool = True, **more: Any) -> dict[str, str]:
    """Write posts as an API gives them; return what a run config says of the file."""
    rows = [
        {
            "id": number,
            "message": text,
            "channel": path.stem,
            **({"date": DATE.format(number)} if dated else {}),
            **more,
        }
        for number, text in enumerate(texts, 1)
    ]
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
    return {"path": str(path), "rights": "Invented", "slant": "None"}


def run_config(*sources: dict[str, str], **more: Any) -> RunConfig:
    release = {"name": "quay", "version": "next", "title": "Quay", "description": "Invented posts.",
               "license": "other", "license_note": "Invented", "contact": "nobody"}  # fmt: skip
    return RunConfig.model_validate({"release": release, "sources": list(sources)} | more)


def build(folder: Path, *sources: dict[str, str], **more: Any) -> BuildReport:
    return build_dataset(run_config(*sources, **more), out=folder / "dist", work=folder / "work")


def configs_in_card(release: Path) -> dict[str, list[str]]:
    """Return config -> splits as the card names them, the default one first."""
    card = (release / "README.md").read_text("utf-8")
    configs = yaml.safe_load(card.split("---\n")[1])["configs"]
    assert [bool(config.get("default")) for config in configs].count(True) == 1
    configs.sort(key=lambda config: not config.get("default"))
    names = [config["config_name"] for config in configs]
    for name in ("sentence_pairs", "post_pairs", "comparable_pairs", "duplicates"):
        quoted = [mark.format(name) for mark in ("### {}\n", "| `{}`", '"{}"', "- {}\n")]
        assert name in names or not [mark for mark in quoted if mark in card]
    croissant = json.loads((release / "croissant.json").read_text("utf-8"))
    assert {part["@id"] for part in croissant["recordSet"]} == {"splits", *names}
    return {config["config_name"]: [files["split"] for files in config["data_files"]] for config in configs}


def check_loads(release: Path, cache: Path) -> None:
    """Check that every config that the card names loads, with the rows that the manifest counts."""
    from datasets import load_dataset

    facts = Manifest.model_validate_json((release / "manifest.json").read_bytes())
    named = configs_in_card(release)
    for config, splits in named.items():
        loaded = load_dataset(str(release), config, cache_dir=str(cache))
        assert {split: rows.num_rows for split, rows in loaded.items()} == {
            split: facts.configs[config].splits[split].rows for split in splits
        }
    default = load_dataset(str(release), cache_dir=str(cache))
    assert default[facts.first_split].column_names == [c.name for c in facts.configs[facts.default_config].columns]


KINDS: list[tuple[str, list[str], list[str], bool, str]] = [
    ("one language", RU, [], True, "none of the 2 posts is in English"),
    ("the other one, no dates", [], EN, False, "none of the 2 posts is in Russian"),
    ("one post", RU[:1], [], True, "the one post is not in English"),
    ("one post, no date", [], EN[:1], False, "the one post is not in Russian"),
    ("nothing matches", RU, EN, True, "none of the 2 Russian posts says what one of the 2 English ones says"),
]


@pytest.mark.parametrize(("ru", "en", "dated", "why"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_a_dump_without_pairs_is_a_release(tmp_path: Path, ru: list[str], en: list[str], dated: bool, why: str) -> None:
    report = build(tmp_path, write(tmp_path / "quay.jsonl", ru + en, dated=dated))
    assert (report.no_pairs, report.default_config, report.published) == (why, "posts", {})
    assert verify_release(report.release).problems == ()
    named = configs_in_card(report.release)
    assert list(named) == ["posts"] and "train" in named["posts"]
    card = (report.release / "README.md").read_text("utf-8")
    assert f"No sentence pair was found: {why}." in card
    assert "How to train" not in card and "min_probability" not in card
    check_loads(report.release, tmp_path / "cache")


def test_the_command_warns_and_ends_well(tmp_path: Path, bitext: Bitext) -> None:
    sources = [write(tmp_path / "quay.jsonl", [*RU, RU[0]])]
    config = tmp_path / "run.yaml"
    config.write_text(json.dumps(run_config(*sources).model_dump(mode="json")), "utf-8")
    code, out, err = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work")
    assert code == 0 and "warning: no sentence pair was found: none of the 2 posts is in English" in err
    release = tmp_path / "dist" / "quay" / "1.0.0"
    assert f'load_dataset("{release}", "posts")' in out
    assert list(configs_in_card(release)) == ["posts", "duplicates"]
    check_loads(release, tmp_path / "cache")
    assert bitext("verify", release)[0] == 0
    assert bitext("lineage", "--release", release)[0] == 0
    code, out, _ = bitext("explain", "quay/1", "--release", release)
    assert code == 0 and RU[0][:20] in out
    for extra in ((), ("--config", "post_pairs")):
        code, _, err = bitext("export", release, "-o", tmp_path / "out.tmx", "--format", "tmx", *extra)
        assert code == 2 and "of pairs it has none" in err and err.count("\n") == 1
    code, out, err = bitext("publish", release, tmp_path / "shelf")
    assert code == 0 and '"posts")' in out + err
    code, _, err = bitext("train-encoder", release, "-o", tmp_path / "model")
    assert code == 2 and "to train on" in err and err.count("\n") == 1


def test_from_a_release_without_pairs_to_one_with_and_back(tmp_path: Path, bitext: Bitext) -> None:
    ru, en = write(tmp_path / "ru.jsonl", RU), write(tmp_path / "en.jsonl", [FERRY])
    first = build(tmp_path, ru).release
    second = build(tmp_path, ru, en, previous=first)
    assert second.no_pairs is None and second.default_config == "sentence_pairs" and second.version == "1.1.0"
    check_loads(second.release, tmp_path / "cache")
    takedowns = tmp_path / "takedowns.txt"
    takedowns.write_text("en/1\n", "utf-8")
    third = build(tmp_path, ru, en, previous=second.release, takedowns=takedowns)
    assert third.no_pairs == "none of the 2 posts is in English" and third.version == "2.0.0"
    assert verify_release(third.release).problems == ()
    check_loads(third.release, tmp_path / "cache")
    for old, new in ((first, second.release), (second.release, third.release)):
        code, out, _ = bitext("diff", old, new)
        assert code == 0 and "sentence_pairs" in out


def test_takedown_of_the_only_post(tmp_path: Path, bitext: Bitext) -> None:
    source = write(tmp_path / "quay.jsonl", RU[:1])
    first = build(tmp_path, source).release
    takedowns = tmp_path / "takedowns.txt"
    config = tmp_path / "run.yaml"
    config.write_text(json.dumps(run_config(source, takedowns=str(takedowns)).model_dump(mode="json")), "utf-8")
    assert bitext("takedown", "quay/1", "--config", config, "--release", first)[0] == 0
    for previous in ({}, {"previous": first}):
        with pytest.raises(
            ReleaseError, match="no post is left to publish, of 1 that were read: its removal was asked"
        ):
            build(tmp_path, source, takedowns=takedowns, **previous)


def test_sources_without_posts(tmp_path: Path) -> None:
    export = {"name": "Quay", "type": "public_channel", "id": 77, "messages": [
        {"id": 1, "type": "service", "date": "2024-05-01T10:00:00", "action": "create_channel", "text": ""},
        {"id": 2, "type": "message", "date": "2024-05-01T10:00:00", "photo": "photos/1.jpg", "text": ""},
    ]}  # fmt: skip
    path = tmp_path / "result.json"
    path.write_text(json.dumps(export), "utf-8")
    source = {"path": str(path), "rights": "Invented", "slant": "None"}
    found = r"found instead: result\.json \(desktop_json\): 1 media without text, 1 service messages"
    with pytest.raises(ReleaseError, match=found):
        build(tmp_path, source)
    report = build(tmp_path, source, write(tmp_path / "quay.jsonl", RU))
    assert report.without_post == {"media without text": 1, "service messages": 1}
    assert "| in the sources, but no posts: media without text | 1 |" in (report.release / "README.md").read_text(
        "utf-8"
    )


def test_only_another_language(tmp_path: Path) -> None:
    texts = ["Der Fährverkehr wurde heute wieder aufgenommen, und die Kasse öffnet um acht Uhr morgens."]
    with pytest.raises(ReleaseError, match="of 1 that were read: neither Russian nor English 1"):
        build(tmp_path, write(tmp_path / "quay.jsonl", texts))


def test_one_source_more_does_not_read_the_others_again(tmp_path: Path) -> None:
    """What is read depends on other sources, and on the version before, by the names that they show to be public."""
    first = write(tmp_path / "pier.jsonl", [*RU, "Пишите @pier_walker и @lena_sailor, они ответят каждому."])
    second = write(tmp_path / "quay.jsonl", EN)
    third = write(tmp_path / "mole.jsonl", ["Читайте нас: https://t.me/pier_walker/15, там пишут о порте каждый день."])
    read: dict[str, bool] = {}

    def note(event: object) -> None:
        if isinstance(event, StepDone) and event.label.startswith("parse "):
            read[event.label.removeprefix("parse ")] = not event.was_stored

    def run(*sources: dict[str, str], **more: Any) -> tuple[dict[str, bool], BuildReport]:
        read.clear()
        config = run_config(*sources, **more)
        report = build_dataset(config, out=tmp_path / "dist", work=tmp_path / "work", on_step=note)
        return dict(read), report

    old, report = run(first)
    assert old == {"pier.jsonl": True}
    texts = read_release(report.release).tables["posts"]["text"].to_pylist()
    assert any("[HANDLE] и [HANDLE]" in text for text in texts)
    again, report = run(second, first, previous=report.release)  # before the other one, and after a release
    assert again == {"quay.jsonl": True, "pier.jsonl": False}
    again, report = run(second, first, third, previous=report.release)
    assert again == {"quay.jsonl": False, "pier.jsonl": False, "mole.jsonl": True}
    # Now a source is named by the handle that the first one has.
    again, _ = run({**second, "channel": "pier_walker"}, first, third, previous=report.release)
    assert again == {"quay.jsonl": True, "pier.jsonl": True, "mole.jsonl": False}


def test_a_channel_that_is_a_number_is_named_in_the_card(tmp_path: Path) -> None:
    rows = [
        {"id": n, "message": text, "channel": 1288000003, "channel_title": "Пристань | <b>", "date": DATE.format(n)}
        for n, text in enumerate(RU, 1)
    ]
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    report = build(tmp_path, {"path": str(path), "rights": "Invented", "slant": "None"})
    posts = read_release(report.release).tables["posts"].to_pylist()
    card = (report.release / "README.md").read_text("utf-8")
    assert {(post["channel"], post["channel_title"]) for post in posts} == {("1288000003", "Пристань | <b>")}
    assert "| 1288000003: Пристань \\| &lt;b&gt; | 2 |" in card
