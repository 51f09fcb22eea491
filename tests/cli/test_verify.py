"""`bitext verify` prints what a release holds, and each problem in a line."""

import json
from pathlib import Path

from click.testing import CliRunner

from toolkit.cli.verify import command


def test_help_has_an_example() -> None:
    shown = CliRunner().invoke(command, ["--help"]).output
    assert "bitext verify dist/demo/1.0.0" in shown


def test_a_folder_without_release(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(tmp_path)])
    assert done.exit_code == 2
    assert done.output.startswith("problem: manifest.json: cannot be read")


def test_json(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(tmp_path), "--json"])
    assert done.exit_code == 2
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert len(report["problems"]) == 1
