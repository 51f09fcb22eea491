from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from toolkit.cli.evaluate import command

Bitext = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "configs" / "demo"
RELEASE = ROOT / "dist" / "demo" / "0.1.0"
FILES = {  # that are wrong in some way
    "ids": "1\t2\n",
    "others": "8\t9\n",
    "one": "1\n",
    "header": "ru_id\ten_id\n1\t2\n",
    "duplicates": "id_a\tid_b\n1\t2\n",
    "posts": "id\ttext\na\tThe same\nb\tThe same\n",
    "other_posts": "a\tz\n",
    "swapped": "Дождь.\tRain.\n",
    "sentences": "Rain.\tДождь.\n",
}


def test_what_match_writes(bitext: Bitext, tmp_path: Path) -> None:
    for out in (tmp_path / "pairs.tsv", tmp_path / "pairs.parquet"):
        assert bitext("match", DEMO / "ru.result.json", DEMO / "en.dump.txt", "-o", out, "-q")[0] == 0
        code, text, err = bitext("evaluate", "pairs", DEMO / "gold_pairs.tsv", out)
        assert (code, err) == (0, "")
        assert text in (ROOT / "README.md").read_text("utf-8")


def test_what_align_writes(bitext: Bitext, tmp_path: Path) -> None:
    texts, gold = (DEMO / "lighthouse.ru.txt", DEMO / "lighthouse.en.txt"), DEMO / "lighthouse.gold"
    found = []
    for out, *more in ((tmp_path / "a.beads",), (tmp_path / "a.jsonl", "--json")):
        assert bitext("align", *texts, "-o", out, *more)[0] == 0
        code, text, _ = bitext("evaluate", "beads", gold, out, "--json")
        assert code == 0
        found.append(json.loads(text))
    assert found[0] == found[1]
    assert found[0]["counts"]["gold_beads"] == 5
    assert found[0]["figures"]["strict_f1"]["low"] is None
    assert (
        "no intervals: they need more than one of texts" in bitext("evaluate", "beads", gold, tmp_path / "a.beads")[1]
    )


def test_folders_of_beads(bitext: Bitext, tmp_path: Path) -> None:
    (tmp_path / "gold").mkdir()
    (tmp_path / "test").mkdir()
    for name, test in (("1", "[0]:[0]\n"), ("2", "[0]:[]:\n[]:[0]:\n")):
        (tmp_path / "gold" / f"{name}.gold").write_text("[0]:[0]\n", "utf-8")
        (tmp_path / "test" / f"{name}.beads").write_text(test, "utf-8")
    code, text, _ = bitext("evaluate", "beads", tmp_path / "gold", tmp_path / "test")
    assert code == 0
    assert text.splitlines()[1] == "strict recall           0.5000 [0.0000, 1.0000]"
    assert text.splitlines()[-1] == "95 % intervals: bootstrap over 2 texts, 1,000 resamples"


def test_what_dedup_writes(bitext: Bitext, tmp_path: Path) -> None:
    posts, gold = tmp_path / "posts.jsonl", tmp_path / "gold.tsv"
    text = "The museum of the old town will be open to visitors every day but Monday"
    rows = [("a", text), ("b", f"{text}!"), ("c", "The ferry to the island does not run in winter, as every year")]
    posts.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in rows), "utf-8")
    gold.write_text("id_a\tid_b\tis_duplicate\nb\ta\t1\na\tc\t0\n", "utf-8")
    assert bitext("dedup", posts, "-o", tmp_path / "out", "-q")[0] == 0
    found = tmp_path / "out" / "pairs.tsv"
    exact = bitext("evaluate", "dedup", posts, found, "--posts", "--json")
    judged = bitext("evaluate", "dedup", gold, found, "--partial", "--similarity", "is_duplicate", "--threshold", 1,
                    "--json")  # fmt: skip
    for code, out, _ in (exact, judged):
        assert code == 0
        assert json.loads(out)["figures"]["f1"]["value"] == 1.0
    code, out, _ = bitext("evaluate", "dedup", gold, found, "--json")
    assert json.loads(out)["figures"]["recall"]["value"] == 0.5


def test_encoders_side_by_side(bitext: Bitext, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("The cat sleeps.\tКошка спит.\nIt is raining.\tИдёт дождь.\n", "utf-8")
    code, out, _ = bitext("evaluate", "retrieval", pairs, "--against", "ru-en-static", "--json")
    first, second = json.loads(out)
    assert code == 0
    assert first == second
    assert first["encoder"] == "ru-en-static"
    assert first["figures"]["mean"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    header, row, last = bitext("evaluate", "retrieval", pairs)[1].splitlines()
    assert header.split() == ["encoder", "file", "pairs", "en-ru", "ru-en", "mean"]
    assert row.startswith("ru-en-static  pairs.tsv  2      1.0000 [1.0000, 1.0000]")
    assert last == "95 % intervals: bootstrap over pairs, 1,000 resamples"


def test_a_release(bitext: Bitext, tmp_path: Path) -> None:
    sentences = sorted((RELEASE / "data" / "sentence_pairs").glob("test-*.parquet"))[0]
    gold = ("--gold", DEMO / "gold_pairs.tsv", "--partial", "--gold-sentences", sentences)
    code, out, _ = bitext("evaluate", "release", RELEASE, *gold, "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == ["post_pairs", "sentence_pairs"]
    assert found["sentence_pairs"]["figures"]["strict_recall"]["value"] == 1.0
    assert found["post_pairs"]["counts"]["gold_items"] == 21
    text = bitext("evaluate", "release", RELEASE, *gold)[1].splitlines()
    assert text[0] == "post_pairs:" and "sentence_pairs:" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pairs", "no.tsv", "{ids}"), "no.tsv: there is no such file"),
        (("pairs", "{one}", "{ids}"), "one.tsv:1: the row has 1 columns, wanted ru_id<TAB>en_id"),
        (("pairs", "{ids}", "{one}"), "one.tsv:1: the row has 1 columns, wanted ru_id<TAB>en_id"),
        (("pairs", "{ids}", "{others}"), "no id is in both files"),
        (("beads", "{ids}", "{ids}"), "ids.tsv:1: is '1\\t2', wanted a bead"),
        (("dedup", "{ids}", "{others}"), "no id is in both files"),
        (("dedup", "{ids}", "{ids}", "--threshold", "0.5"), "has similarity None"),
        (("dedup", "{ids}", "{ids}", "--partial", "--posts"), "--partial is of a list of pairs"),
        (("retrieval", "{one}"), "one.tsv:1: the row has 1 columns, wanted en<TAB>ru"),
        (("retrieval", "{sentences}", "--against", "no/such-model"), "revision"),
        # --device is for the other one then
        (("retrieval", "{sentences}", "--against", "no/such-model", "--device", "cpu"), "revision"),
        (
            ("retrieval", "{sentences}", "--device", "cpu"),
            "a static model takes no device; got 'cpu'. Leave device out",
        ),
        (("release", "{folder}"), "nothing to compare with. Give --gold or --gold-sentences"),
        (("release", "{folder}", "--gold", "{ids}"), "is no release: manifest.json cannot be read"),
        (("dedup", "{ids}", "{header}"), "header.tsv: has no column id_a; it has ru_id, en_id"),
        (("pairs", "{ids}", "{duplicates}"), "duplicates.tsv: has no column ru_id or ru_post_id; it has id_a, id_b"),
        (
            ("dedup", "{posts}", "{other_posts}", "--posts"),
            "1 of the 2 ids in the pairs are of no post, as 'z'; there are 2",
        ),
        (("retrieval", "{ids}"), "ids.tsv: has no Russian text in its second column, as '2', wanted en<TAB>ru"),
        (
            ("release", str(RELEASE), "--gold-sentences", "{swapped}"),
            "no Russian text in its second column, as 'Rain.'",
        ),
        (("release", str(RELEASE), "--gold-sentences", "{sentences}"), "no sentence is in both: gold has 'Rain. / Д"),
    ],
)
def test_bad_input_is_one_line(bitext: Bitext, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    names = {"folder": tmp_path}
    for name, text in FILES.items():
        names[name] = tmp_path / f"{name}.tsv"
        names[name].write_text(text, "utf-8")
    code, out, err = bitext("evaluate", *(argument.format(**names) for argument in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("error: ") and err.count("\n") == 1


@pytest.mark.parametrize("name", sorted(command.commands))
def test_every_command_has_examples_and_help(name: str) -> None:
    text = command.commands[name].get_help(click.Context(command.commands[name], info_name=name))
    assert f"bitext evaluate {name} " in text.split("Examples:")[1]
    assert all(param.help for param in command.commands[name].params if isinstance(param, click.Option))


def test_demo_gold_is_about_every_post() -> None:
    from toolkit.evaluation.pairs import read_items
    from toolkit.options import SourceOptions
    from toolkit.sources import read_source

    items = read_items(DEMO / "gold_pairs.tsv")
    for side, file in ((0, "ru.result.json"), (1, "en.dump.txt")):
        ids = {
            post_id.rsplit("/", 1)[-1]
            for post_id in read_source(SourceOptions(path=DEMO / file)).posts["post_id"].to_pylist()
        }
        assert ids <= {name for item in items for name in item[side]}
