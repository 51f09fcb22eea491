"""Cells that a spreadsheet would compute: as they are by default, harmless where it is asked for."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pytest

from toolkit.cli.options import harmless
from toolkit.release.read import read_release

Bitext = Callable[..., tuple[int, str, str]]
DEMO = next((Path(__file__).parent.parent.parent / "dist" / "demo").iterdir())


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "  =1", "\n", "＝1", "＠SUM(1)", '=HYPERLINK("x")']
)
def test_what_is_computed_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "1-2", "почта@mail.example", "— да", "'=1", " текст"])
def test_other_text_stays(text: str) -> None:
    assert harmless(text) == text


def test_mine(tmp_path: Path, bitext: Bitext) -> None:
    (tmp_path / "ru.txt").write_text("=1+1 Мэр открыл новый мост через реку\n", "utf-8")
    (tmp_path / "en.txt").write_text("@The mayor opened a new bridge across the river\n", "utf-8")
    for more, mark in (([], ""), (["--spreadsheet"], "'")):
        _, out, _ = bitext("mine", tmp_path / "ru.txt", tmp_path / "en.txt", *more)
        assert out.split("\t")[1:] == [
            f"{mark}=1+1 Мэр открыл новый мост через реку", f"{mark}@The mayor opened a new bridge across the river\n",
        ]  # fmt: skip


def test_export_and_lineage(tmp_path: Path, bitext: Bitext) -> None:
    texts = read_release(DEMO).tables["post_pairs"]
    risky = pc.sum(pc.match_substring_regex(texts["ru_text"], r"\A\s*[=+\-@]")).as_py() or 0
    for more in ([], ["--spreadsheet"]):
        out = tmp_path / f"posts{len(more)}.tsv"
        arguments = ("export", DEMO, "-o", out, "--format", "tsv", "--config", "post_pairs", "--split", "train")
        assert bitext(*arguments, *more)[0] == 0
        assert bitext("lineage", "--release", DEMO, "-o", tmp_path / f"lineage{len(more)}.tsv", *more)[0] == 0
    plain, shown = ((tmp_path / f"posts{n}.tsv").read_text("utf-8") for n in (0, 1))
    assert shown.replace("\t'", "\t") == plain.replace("\t'", "\t") and (plain == shown) <= (risky == 0)
    code, _, err = bitext("export", DEMO, "-o", tmp_path / "a.jsonl", "--format", "jsonl", "--spreadsheet")
    assert (code, err) == (2, "error: --spreadsheet is of tables. Give --format tsv with it\n")
