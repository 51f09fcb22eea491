import sys

import pytest

from toolkit.text.characters import fix_look_alikes, fold, plain_letters, without_hidden


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ёлка", "елка"),
        ("за\u0301мок", "замок"),  # a stress mark
        ("и\u0306", "й"),  # NFD
        ("не\u00adпере\u200bносить\ufeff", "непереносить"),
        ("паром\u2800", "паром "),
        ("𝗠𝗼𝘀𝘁 𝟱", "most 5"),
        ("Ｍｏｓｔ５", "most5"),
        ("CCCP", "СССР"),  # all Latin, all Cyrillic
        ("Cегодня", "сегодня"),
        ("8️⃣0️⃣", "80"),
    ],
)
def test_the_same_to_a_reader(one: str, other: str) -> None:
    assert fold(one).replace("\u20e3", "") == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("й", "и"), ("é", "e"), ("½", "1⁄2"), ("№", "No"), ("5²", "52"), ("👍", "🇷🇺")]
)
def test_not_the_same(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_folding_twice_changes_nothing() -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, min(sys.maxunicode, 0x2FFFF))]))
    assert fold(fold(every)) == fold(every)


def test_plain_letters_are_one_for_one() -> None:
    text = "𝐌𝐨𝐬𝐭 ①②③ ㈱ ㌔ ½ ﬁ"
    assert len(plain_letters(text)) == len(text)


def test_what_shows_nothing() -> None:
    assert without_hidden("a\u3164b\u2060c\ufffcd\x07e") == "a bc de"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cегодня", "Сегодня"),  # Latin C
        ("CША", "США"),
        ("СOVID", "COVID"),  # Cyrillic С
        ("IТ-компания", "IT-компания"),
        ("ЮMoney", "ЮMoney"),
        ("СигмаPC", "СигмаPC"),
        ("IT-отдел", "IT-отдел"),
        ("plain text", "plain text"),
    ],
)
def test_look_alikes(text: str, expected: str) -> None:
    assert fix_look_alikes(text) == expected
