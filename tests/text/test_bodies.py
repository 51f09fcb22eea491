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


SHORT = [
    ("Порт закрыт из-за шторма.", "The port is closed because of a storm."),
    ("Паром задерживается на час.", "The ferry is one hour late."),
    ("Посольство сегодня не работает.", "The embassy is closed today."),
    ("Мост открыт для движения.", "The bridge is open to traffic."),
    ("Завтра будет сильный ветер.", "There will be strong wind tomorrow."),
    ("Спасибо всем, кто пришёл!", "Thanks to everyone who came!"),
    ("Мы переехали на новый адрес.", "We have moved to a new address."),
    ("Регистрация продлена до пятницы.", "Registration is extended until Friday."),
    ("Вход на выставку свободный.", "Admission to the exhibition is free."),
    ("Тюлени вернулись в бухту.", "The seals are back in the bay."),
    ("Прямая трансляция начнётся в 19:00.", "The live stream starts at 19:00."),
    ("Сегодня ночью будет мороз.", "There will be frost tonight."),
    ("Поздравляем с Новым годом!", "We wish you a happy New Year!"),
    ("Музей открыт каждый день.", "The museum is open every day."),
    ("Лёд на реке тонкий.", "The ice on the river is thin."),
    ("Воду отключат до вечера.", "Water will be cut off until evening."),
    ("Новая школа примет 600 детей.", "The new school will take 600 children."),
    ("Вакцинация бесплатна для всех.", "Vaccination is free for everyone."),
]


@pytest.mark.parametrize("form", ["{0}\n\n{1}", "{1}\n{0}", "🇷🇺 {0} 🇬🇧 {1}", "{0} / {1}", "{0} {1} #bay"])
def test_short_bodies_of_one_sentence_each(form: str) -> None:
    texts = [form.format(*pair) for pair in SHORT]
    for (ru, en), text in zip(SHORT, texts, strict=True):
        sides = split_by_language(text)
        assert sides[0] and sides[1] and ru[:-1] in sides[0] and en[:-1] in sides[1], text


SHORT_ALONE = [
    "Слушаем новый альбом вечером.\n\nBlue Water Song\nHome Before the Rain",
    "Порт закрыт.\n\nHarbour Master 2",
    "Что почитать о море.\n\nThe Man Who Measured the Sea",
    "Статья недели.\n\nWhy the Moon Moves the Water",
    "Ставим программу одной строкой.\n\npip install tidecurl --upgrade",
    "Как посмотреть файлы на сервере.\n\nls -la /var/log/tides",
    "Наш новый сериал выходит в пятницу.\n\nThe Last Keeper of the Light",
    "Спасибо нашим партнёрам за помощь!\n\nNorth Harbour Shipping Company, Blue Water Foundation",
    "Сегодня в кино.\n\nGone with the Tide",
    "Песня дня.\n\nOld Sailors — We Are Going Home",
    "Он сказал это вчера вечером на сцене.\n\n«I was never afraid of the sea»",
    "Подпишитесь на наш второй канал.\n\nHarbour News in English",
    "В чатике спрашивают, откуда эта фраза.\n\nWinter is coming.",
    "Тест: что говорит капитан в первой сцене?\n\nAll hands on deck!",
    "Обновили сайт.\n\nAll is new.",  # half as long
    "Паром уйдёт в 9 утра.\n\nThe ferry leaves at 10.",
    "Порт открыт?\n\nThe port is open.",
]


@pytest.mark.parametrize("text", SHORT_ALONE)
def test_a_short_phrase_in_the_other_language_is_no_body(text: str) -> None:
    assert detect_language(text).lang != "mixed"
