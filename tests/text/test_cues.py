from __future__ import annotations

import pytest

from toolkit.text.cues import count_letters, line_cues


@pytest.mark.parametrize(
    ("text", "letters", "sentences", "ending", "has_quote"),
    [
        ("Порт открыт.", 10, 1, 1, False),
        ("«Порт открыт», — сказал капитан…", 23, 1, 1, True),
        ("Is the port open?", 13, 1, 3, False),
        ('It is. "We are glad!" Mr. Orlov said.', 24, 4, 1, True),  # an abbreviation counts too, on both sides alike
        ("Prilivsk, 7 May:", 12, 1, 4, False),
        ("Harbour news", 11, 1, 0, False),
        ("🔥🔥", 0, 1, 0, False),
        ("", 0, 1, 0, False),
    ],
)
def test_length_and_punctuation(text: str, letters: int, sentences: int, ending: int, has_quote: bool) -> None:
    assert line_cues(text)[:4] == (letters, sentences, ending, has_quote)
    assert count_letters(text) == letters


def test_numbers_and_names_meet_across_languages() -> None:
    ru = line_cues("Капитан Орлов привёл 12 судов и два буксира в Мурманск.")
    en = line_cues("It was Captain Orlov who brought twelve ships and 2 tugs to Murmansk.")
    assert (sorted(ru.digits), sorted(en.digits)) == (["12"], ["2"])
    assert ru.digits <= en.numbers
    assert en.digits <= ru.numbers
    assert len(ru.names.all & en.names.all) >= 2
