"""What is a body of a post, and what only looks like one; through `split_by_language` too."""

import pytest

from toolkit.text.bodies import is_body
from toolkit.text.language import detect_language, split_by_language

BODIES = [
    "The ferry runs every day again. The ticket office opens at eight.",
    "President Vera Ilyina met Foreign Minister Oleg Sparrow in Port Harbour on Monday.",  # names, and a sentence
    "NEW BRIDGE OVER THE RIVER IS OPEN TO TRAFFIC",
    "Volunteers count seals on the sandbank",  # a headline of what happens
    "Paths are in the manual:\nhttps://example.org/a\nRead it before you run anything on the server.",
    "Паром снова ходит каждый день.",
    "Новый мост открыли раньше срока",
    "— Мы ждали этого три года, — сказала мэр Аглая Бризова.",
]
NO_BODIES = [
    "Harbour Master\nHarbour Master: Night Shift",
    "Old Sailors — Blue Water Song\nThe Anchors — Home Before the Rain\nNight Ferry — Last Boat to the Island",
    "How the Moon Moves the Water\nThe Man Who Measured the Sea for Forty Years",
    "Fresnel lens room\nRotating Light Gallery",
    "$ tidecurl -d '{\"id\": 77}' station.example.org:443 my.harbour.Service/Level",
    "for level in north south; do echo $level; done\nexport TIDE_KEY=abc123\nls -la /var/log/tides",
    "SELECT level FROM tides;\nDROP TABLE old_tides;",
    "#harbour #lighthouse #tides #sailing #knots #ferry",
    "https://example.org/the-ferry-is-back-in-service-again\n@harbour_news",
    "Aglaya Brizova, Vera Ilyina, Oleg Sparrow, Marta Lindqvist",
    "Happy New Year!",  # too short for a body
    "Война и мир\nСказка о Рыбаке и Рыбке",
    "Глеб Приливный, Аглая Бризова, Вера Ильина",
]


@pytest.mark.parametrize("text", BODIES)
def test_a_body(text: str) -> None:
    assert is_body(text)


@pytest.mark.parametrize("text", NO_BODIES)
def test_no_body(text: str) -> None:
    assert not is_body(text)


RU, EN = "Паром снова ходит каждый день, касса открыта.", "The ferry runs every day again, the office is open."
BILINGUAL = [
    f"{RU}\n\n{EN}",
    f"{EN}\n\n{RU}",
    f"🇷🇺 {RU}\n🇬🇧 {EN}",
    f"🇷🇺 {RU} 🇬🇧 {EN}",
    f"{RU} / {EN}",
    f"{RU} {EN}",
    "\n".join([RU, EN] * 3),
]


@pytest.mark.parametrize("text", BILINGUAL)
def test_both_texts_of_a_bilingual_post(text: str) -> None:
    assert detect_language(text).lang == "mixed"
    ru, en = split_by_language(text)
    assert ru and en and RU in ru and EN in en
    assert "ferry" not in ru and "Паром" not in en


@pytest.mark.parametrize("other", [text for text in NO_BODIES if "Harbour" in text or "tide" in text.casefold()])
def test_titles_and_code_leave_a_post_in_its_language(other: str) -> None:
    text = f"Подборка недели для тех, кто скучает по морю и по маякам.\n\n{other}"
    assert detect_language(text).lang == "ru"
    assert split_by_language(text) == (text, None)
    text = f"The pick of the week for those who miss the sea.\n\n{'Война и мир, Сказка о Рыбаке и Рыбке'}"
    assert split_by_language(text) == (None, text)
