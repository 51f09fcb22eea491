"""`bitext publish`: what it prints, and that it refuses what does not verify."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from toolkit.cli.publish import command
from toolkit.options import load_run_config
from toolkit.pipeline import build_dataset

ROOT = Path(__file__).parent.parent.parent
Run = Callable[..., tuple[int, str, str]]


def test_help_has_an_example_and_no_token() -> None:
    shown = CliRunner().invoke(command, ["--help"]).output
    assert "bitext publish releases/demo/0.1.0 hf://datasets/example-org/demo --private" in shown
    assert "--token" not in shown


def test_what_does_not_verify_is_refused(bitext: Run, tmp_path: Path) -> None:
    code, out, err = bitext("publish", tmp_path, tmp_path / "sets")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {tmp_path}: does not verify, and is not published: manifest.json: cannot be read")
    assert not (tmp_path / "sets").exists()


def test_dry_run_then_publish_then_again(bitext: Run, tmp_path: Path) -> None:
    config = load_run_config(ROOT / "configs" / "demo.yaml")
    release = build_dataset(config, out=tmp_path / "dist", work=tmp_path / "work").release
    target = tmp_path / "sets" / "demo" / "0.1.0"
    load = f'datasets.load_dataset("{target}", "sentence_pairs")\n'

    code, out, err = bitext("publish", release, tmp_path / "sets", "--dry-run")
    assert (code, target.exists()) == (0, False)
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["send"] * (len(lines) - 1)
    assert [line.split()[2] for line in lines[:-1]][-2:] == ["SHA256SUMS", "manifest.json"]
    assert err.splitlines()[0] == f"demo 0.1.0 -> {target}"

    code, out, err = bitext("publish", release, tmp_path / "sets")
    assert (code, out) == (0, load)
    assert err.splitlines()[1].startswith(f"published: {len(lines) - 1} files, ")

    code, out, err = bitext("publish", release, tmp_path / "sets", "--quiet")
    assert (code, out, err) == (0, load, "")

    code, out, err = bitext("publish", release, tmp_path / "sets", "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["outcome"], report["bytes"], len(report["there"])) == ("unchanged", 0, len(lines) - 1)


@pytest.mark.parametrize(
    ("field", "value"), [("name", "../../../x"), ("name", "/tmp/x"), ("version", "../x"), ("version", "2024-01")]
)
def test_a_manifest_that_names_another_place_is_refused(bitext: Run, tmp_path: Path, field: str, value: str) -> None:
    release = tmp_path / "release"
    shutil.copytree(ROOT / "dist" / "demo" / "0.1.0", release)
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    (release / "manifest.json").write_text(json.dumps(manifest | {field: value}), "utf-8")
    for command_line in (
        ("publish", release, tmp_path / "a" / "b" / "c" / "sets"),
        ("export", release, "-o", tmp_path / "p.tsv", "--format", "tsv"),
        ("diff", release, ROOT / "dist" / "demo" / "0.1.0"),
        ("build", ROOT / "configs" / "demo.yaml", "--previous", release, "--out", tmp_path / "dist",
         "--work", tmp_path / "work"),
    ):  # fmt: skip
        code, out, err = bitext(*command_line)
        assert (code, out, err.count("\n")) == (2, "", 1), command_line
        assert f"{field}: String should match pattern" in err
    code, out, err = bitext("verify", release)
    assert code != 0
    assert f"{field}: String should match pattern" in out + err
    assert not [path for path in tmp_path.iterdir() if path.name not in ("release", "work")]
