"""What is personal in one source of a run is masked in all of them; what is a channel's stays in all of them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit.errors import ToolkitError
from toolkit.options import RunConfig
from toolkit.pipeline import build_dataset, plan_stages
from toolkit.release.read import read_release
from toolkit.text.masking import SALT_VARIABLE
from toolkit.workspace import StepDone, load_last_run, run_steps

Bitext = Callable[..., tuple[int, str, str]]

# Russian, English. Whose @lena_quay is only the first says; alone the English channel would show her, signed as she is
# there. Whose @tide_table is tells only the Russian one as well: alone the English channel would hide it.
POSTS = [
    ("Паром вернулся в гавань, все 47 пассажиров дома. Вопросы — редактору @lena_quay.",
     "The ferry is back in the harbour, all 47 passengers are safe at home.\n\n@Lena_Quay"),
    ("Маяк покрасили заново, и он виден за 12 миль. Источник: @tide_table.",
     "The lighthouse was painted again and is seen from 12 miles. Yesterday @tide_table was full of it."),
    ("Рыбаки вернули городу старый якорь весом 300 кг. Вчера @pier_en писал о нём.",
     "Fishermen gave an old anchor of 300 kg back to the town. Yesterday @pier_ru wrote about it."),
    ("Мост через залив откроют для машин 15 мая. Звоните: 8 (900) 555-01-27.",
     "The bridge over the bay opens for cars on 15 May. Call +7 900 555 01 27."),
    ("Школа у причала приняла 120 новых учеников. Почта: anna.mole (собака) port (точка) sample.",
     "The school at the pier has taken 120 new pupils. Mail: anna.mole@port.sample."),
    ("Музей флота показал 30 старых карт побережья.\n\nhttps://t.me/lena_quay",
     "The navy museum showed 30 old maps of the coast.\n\nt.me/lena_quay"),
]  # fmt: skip
VALUES = ("lena_quay", "lenaquay", "555-01-27", "555 01 27", "5550127", "anna.mole")
BILINGUAL = (
    "Причал номер 4 закрыт на ремонт до октября, касса переехала. Вопросы: @lena_quay.\n\n"
    "Pier number 4 is closed for repairs until October, the ticket office has moved. Questions: @Lena_Quay."
)


def write(folder: Path, name: str, texts: list[str], **more: Any) -> dict[str, str]:
    """Write posts as an API gives them; return what a run config says of the file."""
    rows = [
        {"id": number, "message": text, "channel": name, "date": f"2025-03-0{number}T09:00:00+00:00", **more}
        for number, text in enumerate(texts, 1)
    ]
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
    return {"path": str(path), "rights": "Invented", "slant": "None"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("alike")


@pytest.fixture(scope="module")
def sources(folder: Path) -> list[dict[str, str]]:
    russian = write(folder / "in", "pier_ru", [*(ru for ru, _ in POSTS), BILINGUAL])
    english = write(folder / "in", "pier_en", [en for _, en in POSTS], post_author="@Lena_Quay")
    return [russian, english]


@pytest.fixture(scope="module")
def built(folder: Path, sources: list[dict[str, str]]) -> tuple[Path, dict[str, str]]:
    return build(folder, sources)


def run_config(sources: list[dict[str, str]], **more: Any) -> RunConfig:
    release = {"name": "pier", "version": "next", "title": "Pier", "description": "Invented posts.",
               "license": "other", "license_note": "Invented", "contact": "nobody", "date": "2025-12-31"}  # fmt: skip
    return RunConfig.model_validate({"release": release, "sources": sources} | more)


def build(folder: Path, sources: list[dict[str, str]], **more: Any) -> tuple[Path, dict[str, str]]:
    """Build a release; return its folder, and post id -> text."""
    report = build_dataset(run_config(sources, **more), out=folder / "dist", work=folder / "work")
    posts = read_release(report.release).tables["posts"].to_pylist()
    return report.release, {post["post_id"]: post["text"] for post in posts}


def merged(work: Path, sources: list[dict[str, str]], on_step: Any = lambda event: None, **more: Any) -> pa.Table:
    """Run the steps of a build that read, mask and join; return the posts of all sources."""
    steps = plan_stages(run_config(sources, **more), work).steps
    last = [step.name for step in steps].index("merge")
    return run_steps(steps[: last + 1], work, on_step=on_step).tables["posts"]


def all_words(folder: Path) -> str:
    """Return what is in all files, tables read, and the names of files; all in lower case."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    tables = [str(pq.ParquetFile(path).read().to_pylist()) for path in files if path.suffix == ".parquet"]
    words = [*tables, *map(str, files), *(path.read_bytes().decode("utf-8", "replace") for path in files)]
    return "\n".join(words).lower()


def test_both_sides_of_a_pair_are_masked_alike(folder: Path, built: tuple[Path, dict[str, str]]) -> None:
    release, texts = built
    words = all_words(folder / "dist") + all_words(folder / "work")
    assert [value for value in VALUES if value in words] == []
    shown = {"[HANDLE]": 2, "@tide_table": 1, "[PHONE]": 1, "[EMAIL]": 1}
    for channel in ("pier_ru", "pier_en"):
        said = [text for post_id, text in texts.items() if post_id.startswith(channel) and "Pier number" not in text]
        assert {value: sum(value in text for text in said) for value in shown} == shown
    assert "@pier_en" in texts["pier_ru/3"] and "@pier_ru" in texts["pier_en/3"]  # channels of the run
    assert texts["pier_ru/7"].count("[HANDLE]") == 2  # both bodies
    pairs = read_release(release).tables["sentence_pairs"].to_pylist()
    for value in ("[PHONE]", "[EMAIL]", "[HANDLE]", "@tide_table"):
        both = {(value in pair["ru_text"], value in pair["en_text"]) for pair in pairs}
        assert (True, True) in both and both <= {(True, True), (False, False)}, value


def test_hashed_alike_in_all_spellings(
    tmp_path: Path, sources: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SALT_VARIABLE, "a-salt-for-tests-only")
    posts = merged(tmp_path, sources, pii=dict.fromkeys(("phone", "email", "handle"), "hash")).to_pylist()
    said = {
        name: " ".join(post["text"] for post in posts if post["channel"] == name) for name in ("pier_ru", "pier_en")
    }
    russian, english = (set(re.findall(r"\[\w+:[a-p]+\]", text)) for text in said.values())
    assert russian == english and len(russian) == 3


def test_the_order_of_sources_changes_nothing(
    tmp_path: Path, folder: Path, built: tuple[Path, dict[str, str]], sources: list[dict[str, str]]
) -> None:
    assert merged(tmp_path, sources[::-1]).equals(load_last_run(folder / "work").tables["posts"])


def test_killed_between_reading_and_masking(
    tmp_path: Path, folder: Path, built: tuple[Path, dict[str, str]], sources: list[dict[str, str]]
) -> None:
    """What was read is stored as marks only; the next run reads it again and comes to the same."""

    def kill(event: object) -> None:
        if event == "parse pier_en.jsonl":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        merged(tmp_path, sources, kill)
    assert [value for value in VALUES if value in all_words(tmp_path)] == []
    assert merged(tmp_path, sources).equals(load_last_run(folder / "work").tables["posts"])


def test_a_source_is_masked_again_when_another_one_tells_of_a_person(
    tmp_path: Path, sources: list[dict[str, str]]
) -> None:
    read: dict[str, bool] = {}

    def note(event: object) -> None:
        if isinstance(event, StepDone) and event.label.startswith("parse "):
            read[event.label.removeprefix("parse ")] = not event.was_stored

    def is_shown(*of: dict[str, str]) -> bool:
        texts = merged(tmp_path / "work", [*of], note)["text"].to_pylist()
        return any("@Lena_Quay" in text for text in texts)

    russian, english = sources
    other = write(tmp_path / "in", "mole", ["A post about nothing but the weather at sea, which is fine again today."])
    assert is_shown(english)
    assert is_shown(english, other)
    assert read == {"pier_en.jsonl": False, "mole.jsonl": True}
    assert not is_shown(english, other, russian)
    assert read == {"pier_en.jsonl": True, "mole.jsonl": False, "pier_ru.jsonl": True}


@pytest.mark.parametrize("command", ["parse", "dedup"])
@pytest.mark.parametrize("turn", [1, -1])
def test_commands_with_several_inputs(
    tmp_path: Path, sources: list[dict[str, str]], bitext: Bitext, command: str, turn: int
) -> None:
    out = tmp_path / ("posts.jsonl" if command == "parse" else "folder")
    paths = [source["path"] for source in sources[::turn]]
    code, output, error = bitext(command, *paths, "-o", out)
    assert code == 0, error
    said = all_words(tmp_path) + (output + error).lower()
    assert [value for value in VALUES if value in said] == []
    assert said.count("tide_table") >= 2 and "@pier_ru" in said and "@pier_en" in said


def test_explain_and_takedown_of_masked_posts(
    tmp_path: Path, folder: Path, built: tuple[Path, dict[str, str]], sources: list[dict[str, str]], bitext: Bitext
) -> None:
    release, texts = built
    for post_id in texts:
        code, out, err = bitext("explain", post_id, "--work", folder / "work", "--json")
        assert code == 0 and [value for value in VALUES if value in (out + err).lower()] == []
    config, takedowns = tmp_path / "run.yaml", tmp_path / "takedowns.txt"
    later = run_config(sources, takedowns=str(takedowns), previous=str(release))
    config.write_text(json.dumps(later.model_dump(mode="json")), "utf-8")
    code, out, err = bitext("takedown", "pier_en/1", "--config", config, "--release", release)
    assert code == 0, err
    _, texts = build(tmp_path, sources, takedowns=str(takedowns), previous=str(release))
    assert "pier_en/1" not in texts and "pier_ru/1" in texts
    words = all_words(tmp_path / "dist") + takedowns.read_text("utf-8").lower()
    assert [value for value in VALUES if value in words] == []


def test_a_source_that_cannot_be_read_leaves_nothing_unmasked(tmp_path: Path, sources: list[dict[str, str]]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"messages": [', "utf-8")
    with pytest.raises(ToolkitError):
        merged(tmp_path / "work", [*sources, {**sources[0], "path": str(broken)}])
    assert [value for value in VALUES if value in all_words(tmp_path / "work")] == []
