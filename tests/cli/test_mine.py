from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from toolkit.encoders import load_encoder
from toolkit.options import EncoderOptions

Bitext = Callable[..., tuple[int, str, str]]

PAIRS = [
    ("Кошка спит на окне.", "The cat is asleep on the window sill."),
    ("Завтра будет дождь.", "It will rain tomorrow."),
    ("Мы купили новый дом.", "We have bought a new house."),
    ("Поезд опоздал на час.", "The train was an hour late."),
    ("Он учит японский язык.", "He is learning Japanese."),
    ("Магазин закрыт в воскресенье.", "The shop is closed on Sunday."),
    ("Врач советует больше ходить.", "The doctor recommends walking more."),
]
RU = [ru for ru, _ in PAIRS] + ["Сколько стоит этот билет?"]
EN = ["My brother plays the violin."] + [en for _, en in reversed(PAIRS)] + ["Volcanoes are mountains of fire."]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    ru, en = tmp_path / "ru.txt", tmp_path / "en.txt"
    ru.write_text("\n".join(RU) + "\n", "utf-8")
    en.write_text("\r\n".join([*EN[:3], "", *EN[3:]]), "utf-8")
    return ru, en


def _reference(margin: str, retrieval: str, k: int, threshold: float) -> list[tuple[float, str, str]]:
    """LASER's mine_bitexts, written down plainly."""
    encoder = load_encoder(EncoderOptions())
    cosines = encoder.encode(RU).astype(np.float64) @ encoder.encode(EN).astype(np.float64).T
    around_ru = np.sort(cosines, axis=1)[:, ::-1][:, :k].mean(axis=1)
    around_en = np.sort(cosines, axis=0)[::-1][:k].mean(axis=0)
    around = (around_ru[:, None] + around_en[None, :]) / 2
    scores: NDArray[np.float64] = {"ratio": cosines / around, "distance": cosines - around, "absolute": cosines}[margin]
    fwd = [(scores[i, near[j]], i, near[j]) for i, near, j in _best(cosines, scores, k)]
    bwd = [(scores[near[i], j], near[i], j) for j, near, i in _best(cosines.T, scores.T, k)]
    if retrieval == "fwd":
        found = fwd
    elif retrieval == "bwd":
        found = bwd
    elif retrieval == "intersect":
        found = [row for row in fwd if row in bwd]
    else:
        found, used_ru, used_en = [], set(), set()
        for score, i, j in sorted(fwd + bwd, key=lambda row: (-row[0], row[1], row[2])):
            if i not in used_ru and j not in used_en:
                used_ru.add(i)
                used_en.add(j)
                found.append((score, i, j))
    rows = sorted(((round(float(s), 4), int(i), int(j)) for s, i, j in found), key=lambda r: (-r[0], r[1], r[2]))
    return [(score, RU[i], EN[j]) for score, i, j in rows if score >= threshold]


def _best(
    cosines: NDArray[np.float64], scores: NDArray[np.float64], k: int
) -> list[tuple[int, NDArray[np.int64], int]]:
    near = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return [(row, near[row], int(np.argmax(scores[row, near[row]]))) for row in range(len(cosines))]


@pytest.mark.parametrize("margin", ["ratio", "distance", "absolute"])
@pytest.mark.parametrize("retrieval", ["fwd", "bwd", "max", "intersect"])
@pytest.mark.parametrize("k", [2, 3, 4])
def test_agrees_with_brute_force(
    bitext: Bitext, files: tuple[Path, Path], tmp_path: Path, margin: str, retrieval: str, k: int
) -> None:
    threshold = {"ratio": 1.05, "distance": 0.05, "absolute": 0.3}[margin]
    out = tmp_path / "mined.tsv"
    code, stdout, _ = bitext("mine", *files, "-o", out, "--margin", margin, "--retrieval", retrieval, "-k", k,
                             "--threshold", threshold)  # fmt: skip
    assert (code, stdout) == (0, "")
    mined = [line.split("\t") for line in out.read_text("utf-8").splitlines()]
    expected = _reference(margin, retrieval, k, threshold)
    assert [(ru, en) for _, ru, en in mined] == [(ru, en) for _, ru, en in expected]
    assert [float(score) for score, _, _ in mined] == pytest.approx([score for score, _, _ in expected], abs=2e-4)
    assert len(mined) >= 4


def test_true_pairs_come_first_on_stdout(bitext: Bitext, files: tuple[Path, Path]) -> None:
    code, out, err = bitext("mine", *files)
    rows = [tuple(line.split("\t")[1:]) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert set(rows[: len(PAIRS)]) == set(PAIRS)
    assert len({ru for ru, _ in rows}) == len({en for _, en in rows}) == len(rows)  # each line once


def test_fewer_lines_than_neighbours(bitext: Bitext, tmp_path: Path) -> None:
    ru, en = tmp_path / "ru.txt", tmp_path / "en.txt"
    ru.write_text("Кошка спит на окне.\nЗавтра будет дождь.\n", "utf-8")
    en.write_text("It will rain tomorrow.\n\n\tThe cat is  asleep\ton the window sill.\n", "utf-8")
    _, out, _ = bitext("mine", ru, en, "--retrieval", "intersect")
    assert {tuple(line.split("\t")[1:]) for line in out.splitlines()} == {
        ("Завтра будет дождь.", "It will rain tomorrow."),
        ("Кошка спит на окне.", "The cat is asleep on the window sill."),
    }


def test_counts_for_a_script_and_for_a_person(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "mined.tsv"
    code, stdout, err = bitext("mine", *files, "-o", out, "--json")
    assert (code, err, json.loads(stdout)) == (0, "", {"ru": 8, "en": 9, "pairs": 7})
    assert bitext("mine", *files, "-o", out) == (0, "", "8 Russian and 9 English lines: 7 pairs\n")
    assert bitext("mine", *files, "-o", out, "--quiet", "--exact") == (0, "", "")
    assert bitext("mine", *files, "--json")[::2] == (
        2, "error: --json would mix with the pairs on stdout. Write the pairs to a file with --out\n"
    )  # fmt: skip


def test_bad_input(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    out, binary = tmp_path / "mined.tsv", tmp_path / "x.bin"
    binary.write_bytes(b"\xff\xfe\x00")
    assert bitext("mine", tmp_path / "no.txt", files[1], "-o", out)[::2] == (
        2,
        f"error: {tmp_path / 'no.txt'}: there is no such file\n",
    )
    code, _, err = bitext("mine", files[0], binary, "-o", out)
    assert code == 2
    assert err.startswith(f"error: {binary}:1: ends inside a letter of UTF-16")
    assert not out.exists()


def test_a_file_without_sentences(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "blank.txt").write_text("\n\n", "utf-8")
    code, out, err = bitext("mine", files[0], tmp_path / "blank.txt")
    assert (code, out) == (2, "")
    assert "blank.txt: has no sentences" in err
