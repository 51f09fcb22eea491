import json
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.cli import export
from toolkit.exports import FORMATS
from toolkit.exports.formats import PAIRS

Bitext = Callable[..., tuple[int, str, str]]

DEMO = next((Path(__file__).parent.parent.parent / "dist" / "demo").iterdir())


def test_the_command_knows_all_formats_and_configs() -> None:
    options = {option.name: option.type for option in export.command.params}
    assert [*options["format_name"].choices, "spreadsheet"] == list(FORMATS)
    assert list(options["config"].choices) == list(PAIRS)


def test_report_for_people(bitext: Bitext, tmp_path: Path) -> None:
    options = ("--format", "tsv", "--min-score", "0.9", "--relation", "parallel")
    code, out, err = bitext("export", DEMO, "-o", tmp_path / "p.tsv", *options)
    assert (code, out) == (0, "")
    lines = err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["train", "validation", "test"]
    assert "other relation" in lines[0] and lines[0].endswith(str(tmp_path / "p-train.tsv"))
    kept = sum(len((tmp_path / f"p-{line.partition(':')[0]}.tsv").read_text("utf-8").split("\n")) - 2 for line in lines)
    assert kept == sum(int(line.split()[1]) for line in lines) > 50


def test_report_as_json_and_quiet(bitext: Bitext, tmp_path: Path) -> None:
    options = ("--format", "moses", "--split", "train", "--config", "post_pairs")
    code, out, err = bitext("export", DEMO, "-o", tmp_path / "p", *options, "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert (report["config"], report["format"], list(report["splits"])) == ("post_pairs", "moses", ["train"])
    train = report["splits"]["train"]
    assert train["rows"] == train["kept"] == (tmp_path / "p.ru").read_text("utf-8").count("\n")
    assert bitext("export", DEMO, "-o", tmp_path / "q", *options, "--quiet") == (0, "", "")
    assert (tmp_path / "q.ru").read_bytes() == (tmp_path / "p.ru").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("nowhere", "-o", "a.tmx", "--format", "tmx"), "nowhere: is no release"),
        ((DEMO, "-o", "a.xml", "--format", "tmx"), "wanted NAME.tmx"),
        ((DEMO, "-o", DEMO / "a.tmx", "--format", "tmx"), "is in the release"),
        ((DEMO, "-o", "/dev/null/a.tmx", "--format", "tmx"), "cannot write"),
        ((DEMO, "-o", "a", "--format", "docx"), "'docx' is not one of"),
        ((DEMO, "-o", "a", "--format", "moses", "--min-score", "2"), "--min-score"),
    ],
)
def test_bad_input(
    bitext: Bitext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = bitext("export", *options)
    assert (code, out) == (2, "")
    assert message in err
    assert not list(tmp_path.iterdir())
