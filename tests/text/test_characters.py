import re
import sys
import unicodedata

import pytest

from toolkit.text.characters import (
    BLANK,
    IGNORABLE,
    SPACE,
    fix_look_alikes,
    fold,
    plain_letters,
    shows_nothing,
    without_hidden,
)


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
        ("Ｔｈｅ 𝓑𝓻𝓲𝓭𝓰𝓮 Ⓘⓢ 🅞🅟🅔🅝", "the bridge is open"),
        ("ᴛʜᵉ ʙʀɪᴅɢᴇ", "the bridge"),
        ("５² 𝟓𝟎", "5² 50"),
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


def test_the_table_has_what_unicode_calls_format_characters() -> None:
    shown = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13456)}
    shown |= {0xFFF9, 0xFFFA, 0xFFFB}  # controls for us
    ignorable, space = re.compile(f"[{IGNORABLE}]"), re.compile(f"[{SPACE}]")
    for code in range(0x110000):
        character = chr(code)
        category = unicodedata.category(character)
        if (category == "Cf" and code not in shown) or "VARIATION SELECTOR" in unicodedata.name(character, ""):
            assert ignorable.match(character), hex(code)
        elif category == "Zs":
            assert space.match(character), hex(code)
    others = "\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0\ufff0\ufff8\U000e0fff"  # Other_Default_Ignorable_...
    assert all(map(ignorable.match, others))
    assert all(map(shows_nothing, [*others, *BLANK, " ", ""]))
    assert not any(map(shows_nothing, "a.1☝\u0301"))
