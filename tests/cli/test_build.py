"""Bad input to `bitext build`: one clear line on stderr, exit code 2, no release."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.cli.build import _with_encoder
from toolkit.options import load_run_config

Bitext = Callable[..., tuple[int, str, str]]

CONFIG = """
release: {name: harbour, version: 1.0.0, title: Harbour, description: Posts, license: cc0-1.0,
          license_note: Ours, contact: issues}
sources:
  - {path: SOURCE, rights: ours, slant: none}
"""
FULL_ACCOUNT = {
    "about": "x",
    "personal_information": {"first_name": "x"},
    "contacts": {"list": []},
    "chats": {"list": []},
}


def write_config(folder: Path, source: str, more: str = "") -> Path:
    path = folder / "run.yaml"
    path.write_text(CONFIG.replace("SOURCE", source) + more, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.json", None, "missing.json: cannot read the source: No such file"),
        ("broken.json", b'{"name": "x", "messages": [{"id": 1,', "broken.json:1: is no valid JSON"),
        ("empty.txt", b"", "empty.txt: is empty"),
        ("account.json", json.dumps(FULL_ACCOUNT).encode(), "account.json: is an export of a whole Telegram account"),
        (
            "cut.csv.gz",
            gzip.compress(b"id,text\n1,hello there\n" * 99, mtime=0)[:40],
            "cut.csv.gz: the gzip file is cut off",
        ),
        ("binary.dat", bytes(range(256)) * 9, "binary.dat"),
        ("table.csv", b"id,title\n1,hello\n", "table.csv"),
    ],
)
def test_a_bad_source(tmp_path: Path, bitext: Bitext, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    config = write_config(tmp_path, name)
    code, out, err = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work", "--quiet")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err
    assert not (tmp_path / "dist").exists()


def test_a_wrong_column(tmp_path: Path, bitext: Bitext) -> None:
    (tmp_path / "a.csv").write_text("id,body\n1,hello\n", encoding="utf-8")
    config = write_config(tmp_path, "a.csv, columns: {text: bodyy}")
    code, _, err = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work", "--quiet")
    assert code == 2
    assert "no column 'bodyy'; the table has id, body" in err
    assert not (tmp_path / "dist").exists()


def test_an_unknown_option(tmp_path: Path, bitext: Bitext) -> None:
    config = write_config(tmp_path, "a.csv", "dedup: {treshold: 0.9}\n")
    code, _, err = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work")
    assert code == 2
    assert "unknown option 'dedup.treshold'" in err
    assert [path.name for path in tmp_path.iterdir()] == ["run.yaml"]


def test_missing_rights_are_told_before_any_work(tmp_path: Path, bitext: Bitext) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,hello\n", encoding="utf-8")
    config = write_config(tmp_path, "a.csv")
    config.write_text(config.read_text("utf-8").replace(", rights: ours", ""), encoding="utf-8")
    code, _, err = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work", "--quiet")
    assert code == 2
    assert "sources[0].rights is missing" in err
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--address", "127.0.0.1:6379"], "--address is of a Ray cluster. Add --engine ray"),
        (["--engine", "ray", "--workers", "2"], "--workers is of this machine; a cluster has workers of its own"),
        (["--workers", "0"], "--workers"),
        (["--workers", "1025"], "--workers"),
        (["--revision", "abc"], "ru-en-static: a static model takes no revision; got 'abc'. Leave revision out"),
        (["--prompt", "query: "], "ru-en-static: a static model takes no prompt; got 'query: '. Leave prompt out"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    tmp_path: Path, bitext: Bitext, options: list[str], message: str
) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,hello\n", encoding="utf-8")
    config = write_config(tmp_path, "a.csv")
    code, _, err = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work", *options)
    assert code == 2
    assert message in err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"name": "a/e5", "revision": "1", "prompt": "query: ", "device": "cuda"}),
        ({"device": "cpu"}, {"name": "a/e5", "revision": "1", "prompt": "query: ", "device": "cpu"}),
        ({"name": "b/c", "revision": "2"}, {"name": "b/c", "revision": "2", "prompt": None, "device": "cuda"}),
        ({"name": "folder"}, {"name": "folder", "revision": None, "prompt": None, "device": "cuda"}),
    ],
)
def test_another_encoder_does_not_inherit_revision_and_prompt(
    tmp_path: Path, given: dict[str, str], expected: dict[str, str | None]
) -> None:
    more = 'encoder: {name: a/e5, revision: "1", prompt: "query: ", device: cuda}\n'
    config = load_run_config(write_config(tmp_path, "a.csv", more))
    assert _with_encoder(config, given).encoder.model_dump(include=set(expected)) == expected


def test_posts_in_one_language_make_a_release_with_a_warning(tmp_path: Path, bitext: Bitext) -> None:
    rows = [{"id": n, "text": f"The ferry number {n} leaves the harbour at {n} o'clock today."} for n in range(5)]
    (tmp_path / "en.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    config = write_config(tmp_path, "en.jsonl")
    code, _, err = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work", "--quiet")
    assert code == 0
    assert len(err.splitlines()) == 1 and err.startswith("warning: no sentence pair was found: ")
    assert len(list(tmp_path.glob("dist/*/*/manifest.json"))) == 1
