from pathlib import Path

import pytest

from toolkit.errors import SourceError
from toolkit.evaluation.bead_files import read_beads, read_texts


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")
    return folder


def test_lines_and_json_are_the_same(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a_beads="[0]:[0, 1]:0.98\n[1]:[]:\n\n[]:[2]\n",
        a_jsonl='{"ru_ids": [0], "en_ids": [0, 1], "score": 0.98}\n{"ru_ids": [1], "en_ids": []}\n'
        '{"ru_ids": [], "en_ids": [2]}\n',
    )
    assert read_beads(folder / "a.beads") == [((0,), (0, 1)), ((1,), ()), ((), (2,))] == read_beads(folder / "a.jsonl")


def test_folders_by_name(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold", a_gold="[0]:[0]\n", b_gold="[0]:[1]\n", a_ru="Да.\n", a_en="Yes.\n", a_txt="?")
    test = write(tmp_path / "test", b_beads="[0]:[]:\n", a_jsonl='{"ru_ids": [0], "en_ids": [0]}\n')
    assert read_texts(gold, test) == [([((0,), (0,))], [((0,), (0,))]), ([((0,), (1,))], [((0,), ())])]


@pytest.mark.parametrize(
    ("gold", "test", "message"),
    [
        ("one/a.gold", "two/no.beads", "no.beads: there is no such file"),
        ("one/a.gold", "two", "one/a.gold: is no folder, but"),
        ("one", "empty", "one/a.gold: has no counterpart in"),
        ("two", "one", "two/b.beads: has no counterpart in"),
        ("empty", "empty", "empty: has no files of beads"),
        ("one/a.gold", "bad/x.beads", "x.beads:2: is '0:0', wanted a bead as [0, 1]:[0]"),
        ("one/a.gold", "bad/y.beads", "y.beads:1: is '[1 2]:[0]', wanted a bead"),
        ("one/a.gold", "bad/z.beads", 'z.beads:1: is \'{"ru_ids": [-1], "en_ids": [0]}\', wanted a bead'),
        ("bad/twice.gold", "two/a.beads", "twice.gold: has en line 0 in two beads"),
        ("bad/none.gold", "two/a.beads", "none.gold: has no beads"),
        ("one/a.gold", "bad/far.beads", "far.beads: names no line that a.gold does, so it is of another text"),
        ("short", "short", "short/a.gold:1: names en line 1 of a text that has 1; the first line is 0"),
        ("nulls", "nulls", "nulls: no gold file has a bead with both sides"),
    ],
)
def test_bad_files(tmp_path: Path, gold: str, test: str, message: str) -> None:
    write(tmp_path / "one", a_gold="[0]:[0]\n")
    write(tmp_path / "two", a_beads="[0]:[0]\n", b_beads="[0]:[0]\n")
    write(tmp_path / "empty")
    write(
        tmp_path / "bad",
        x_beads="[0]:[0]\n0:0\n",
        y_beads="[1 2]:[0]\n",
        z_beads='{"ru_ids": [-1], "en_ids": [0]}\n',
        twice_gold="[0]:[0]\n[1]:[0]\n",
        none_gold="",
        far_beads="[7]:[8]\n",
    )
    write(tmp_path / "short", a_gold="[0]:[1]\n", a_ru="Да.\n", a_en="Yes.\n")
    write(tmp_path / "nulls", a_gold="[0]:[]\n")
    with pytest.raises(SourceError) as error:
        read_texts(tmp_path / gold, tmp_path / test)
    assert message in str(error.value)
