"""`bitext takedown`: the list beside the run config, and what a release has of the posts."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.test_build import write_config
from toolkit.options import load_run_config

Bitext = Callable[..., tuple[int, str, str]]

DEMO = next((Path(__file__).parent.parent.parent / "dist" / "demo").iterdir())
HEADER = "post_id\tdate\treason\twords"
UNCHECKED = "Without --release the ids are not checked, and the words of the posts not remembered\n"


def test_the_list_is_beside_the_run_config_and_builds_find_it(tmp_path: Path, bitext: Bitext) -> None:
    config = write_config(tmp_path, "a.csv")
    path = tmp_path / "takedowns.tsv"
    assert load_run_config(config).takedowns is None
    code, out, err = bitext("takedown", "harbour/1", "harbour/2", "--config", config, "--reason", "asked")
    assert (code, out, err) == (0, "", f"{path}: 2 added, 0 were there\n{UNCHECKED}")
    day = datetime.now(UTC).date().isoformat()
    assert path.read_text("utf-8").splitlines() == [
        HEADER, f"harbour/1\t{day}\tasked\t", f"harbour/2\t{day}\tasked\t",
    ]  # fmt: skip
    assert load_run_config(config).takedowns == path
    assert (
        bitext("takedown", "harbour/2", "harbour/3", "--config", config)[2]
        == f"{path}: 1 added, 1 were there\n{UNCHECKED}"
    )


def test_the_run_config_may_name_another_list(tmp_path: Path, bitext: Bitext) -> None:
    (tmp_path / "asked.tsv").write_text("harbour/1\n", "utf-8")
    config = write_config(tmp_path, "a.csv", "takedowns: asked.tsv\n")
    assert bitext("takedown", "harbour/2", "--config", config)[0] == 0
    assert (tmp_path / "asked.tsv").read_text("utf-8").startswith("harbour/1\nharbour/2\t")
    assert not (tmp_path / "takedowns.tsv").exists()


def test_what_a_release_has_of_the_posts(tmp_path: Path, bitext: Bitext) -> None:
    config = write_config(tmp_path, "a.csv")
    code, out, _ = bitext("takedown", "prilivsk_ru/203", "prilivsk_ru/204", "--config", config, "--release", DEMO)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("prilivsk_ru/203: sentence_pairs ") and lines[0].endswith("posts 1, duplicates 1")
    assert lines[1] == "  prilivsk_ru/204 left because it says the same, and stays out"
    assert lines[2:] == [
        "prilivsk_ru/204: duplicates 1",
        "  prilivsk_ru/203 says the same and was kept in its place; record it too if that has to leave",
    ]


@pytest.mark.parametrize(
    ("ids", "more", "message"),
    [
        (["prilivsk_ru/9999"], ["--release", DEMO], "has no post 'prilivsk_ru/9999'. Its config `posts` shows the ids"),
        (["prilivsk_ru/203 ~ prilivsk_en/1"], [], "names a pair. Name the posts to remove, the one, the other or both"),
        (["a\tb"], [], "is no id of a post"),
        (["prilivsk_ru/203"], ["--release", "nowhere"], "nowhere: is no release"),
    ],
)
def test_what_is_refused(tmp_path: Path, bitext: Bitext, ids: list[str], more: list[object], message: str) -> None:
    code, out, err = bitext("takedown", *ids, "--config", write_config(tmp_path, "a.csv"), *more)
    assert (code, out) == (2, "") and message in err and len(err.splitlines()) == 1
    assert not (tmp_path / "takedowns.tsv").exists()


def test_an_id_that_no_post_has_is_told_by_the_build(tmp_path: Path, bitext: Bitext) -> None:
    text = (Path(__file__).parent.parent.parent / "configs" / "demo.yaml").read_text("utf-8")
    config = tmp_path / "demo.yaml"
    config.write_text(text.replace("path: demo/", f"path: {Path('configs/demo').absolute()}/"), "utf-8")
    assert bitext("takedown", "prilivsk_ru/2003", "prilivsk_ru/203", "--config", config)[0] == 0
    arguments = ("--out", tmp_path / "dist", "--work", tmp_path / "work", "--quiet")
    code, out, err = bitext("build", config, *arguments)
    assert code == 0
    assert f"{tmp_path / 'takedowns.tsv'}: no post has or had the id 'prilivsk_ru/2003'\n" in err
    assert "knows 'prilivsk_ru/203' by its id only" in err
    assert "(verified)" in out


@pytest.mark.parametrize("more", [[], ["--release", DEMO]])
def test_an_address_is_of_a_post_or_refused(tmp_path: Path, bitext: Bitext, more: list[object]) -> None:
    rows = "id,text,link\n5,Туман,https://t.me/c/1288000009/203\n6,Fog,https://t.me/prilivsk_ru/203\n"
    (tmp_path / "a.csv").write_text(rows, "utf-8")
    config = write_config(tmp_path, "a.csv")
    code, _, err = bitext("takedown", "https://t.me/prilivsk_ru/9999", "--config", config, *more)
    assert code == 2 and "'https://t.me/prilivsk_ru/9999' is the address of no post" in err
    assert not (tmp_path / "takedowns.tsv").exists()
    assert bitext("takedown", "https://t.me/s/Prilivsk_ru/203?single", "--config", config, *more)[0] == 0
    assert (tmp_path / "takedowns.tsv").read_text("utf-8").splitlines()[1].startswith("prilivsk_ru/203\t")
