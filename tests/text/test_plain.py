import time

import pytest

from toolkit.text.language import detect_language
from toolkit.text.plain import join_hard_wraps, plain_text
from toolkit.text.sentences import split_sentences

LONG = "A line that is so long that only a page's width can have ended it in the"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🔹 First\n\n🔸Second 🎉🎉", "First\nSecond"),
        ("• A point\n▪️ Another", "A point\nAnother"),
        ("🇷🇺🇪🇬 Flags before names", "Flags before names"),
        ("Inside 🎉 they stay", "Inside 🎉 they stay"),
        ("1️⃣ First point\n8️⃣0️⃣ years ago", "First point\n80 years ago"),
        ("Said it. #News #World", "Said it."),
        ("Said it 👇 #News #World", "Said it"),
        ("On #WorldDay we met", "On #WorldDay we met"),
        ("We met on #WorldDay", "We met on #WorldDay"),
        ("#News\nText", "Text"),
        ("Said it. #Новыи\u0306Год #Маи\u0306", "Said it."),
        ("#Новыи\u0306Год\nText", "Text"),
        ("Text\n👉 https://example.org/a\n@channel", "Text"),
        ("Read https://example.org", "Read https://example.org"),
        ("Text\n***\n<...>\n2025", "Text\n***\n<...>\n2025"),
        ("🎉🎉", ""),
        ("", ""),
    ],
)
def test_plain_text(text: str, expected: str) -> None:
    assert plain_text(text) == expected
    assert plain_text(expected) == expected


@pytest.mark.parametrize(
    ("text", "is_joined"),
    [
        (f"{LONG}\nmiddle of a sentence.", True),
        (f"{LONG},\n«в кавычках»", True),
        (f"{LONG}.\nlower case", False),
        (f"{LONG}:\nlower case", False),
        (f"{LONG}\nUpper case", False),
        (f"{LONG}\n• lower case", False),
        (f"{LONG}\n\nlower case", False),
        ("apples\npears", False),
    ],
)
def test_hard_wraps(text: str, is_joined: bool) -> None:
    assert join_hard_wraps(text) == (text.replace("\n", " ") if is_joined else text)


@pytest.mark.parametrize("run", ["😀" * 100_000, "#a " * 30_000, "a@" * 50_000, "a." * 50_000, "1" * 100_000])
def test_long_runs_take_no_time(run: str) -> None:
    text = f"Слово. {run}="
    started = time.perf_counter()
    plain_text(text)
    detect_language(text)
    split_sentences(text, "ru")
    assert time.perf_counter() - started < 10  # it was hours


def test_the_label_of_a_link_to_the_rest_is_no_sentence() -> None:
    assert plain_text("Музей купил картины. Подробнее") == "Музей купил картины."
    assert plain_text("The museum bought it. Read more…") == "The museum bought it."
    assert plain_text("Подробнее о музее. Он купил") == "Подробнее о музее. Он купил"
