import pytest

from toolkit.text.language import detect_language, detect_languages, language_prior, split_by_language

SENTENCES = [
    ("ru", "Вчера в городе открыли новый мост, и движение по старому перекрыли до осени."),
    ("ru", "как дела"),
    ("ru", "Читайте полностью"),
    ("ru", "Компания OpenExample выпустила Example Studio 3.1 и обещает поддержку Windows."),
    ("en", "The new bridge was opened yesterday, and the old one stays closed until autumn."),
    ("en", "Read in full"),
    ("en", "Good morning!"),
    ("en", "Port closed"),
    ("de", "Guten Morgen!"),
    ("fr", "Merci à tous."),
    ("uk", "Учора в місті відкрили новий міст, і рух старим перекрили до осені."),
    ("be", "Учора ў горадзе адкрылі новы мост, і рух па старым перакрылі да восені."),
    ("bg", "Вчера в града беше открит новият мост, а старият остава затворен до есента."),
    ("sr", "Јуче је у граду отворен нови мост, а стари ће бити затворен до јесени."),
    ("mk", "Вчера во градот беше отворен новиот мост, а стариот ќе биде затворен до есен."),
    ("kk", "Кеше қалада жаңа көпір ашылды, ал ескісі күзге дейін жабық болады."),
    ("de", "Gestern wurde in der Stadt die neue Brücke eröffnet, die alte bleibt bis Herbst gesperrt."),
    ("fr", "Le nouveau pont a été ouvert hier, et l'ancien reste fermé jusqu'à l'automne."),
    ("es", "Ayer se inauguró el nuevo puente y el antiguo seguirá cerrado hasta el otoño."),
]


@pytest.mark.parametrize(("lang", "text"), SENTENCES)
def test_language(lang: str, text: str) -> None:
    found = detect_language(text)
    assert found.lang == lang
    assert 0 < found.confidence <= 1
    assert found.confidence == round(found.confidence, 4)


# Half of them in the alphabet of Russian, which is what a detector errs by.
NEIGHBOURS = [
    ("uk", "Уряд схвалив новий бюджет на наступний рік."),
    ("uk", "Вода у річці піднялася на два метри."),
    ("uk", "Завтра очікується дощ та сильний вітер."),
    ("be", "Вада ў рацэ паднялася на два метры."),
    ("be", "Каманда перамагла з лікам тры два."),
    ("be", "Цягнік прыбыў на станцыю без спазнення."),
    ("bg", "Президентът се срещна с посланиците на седем държави."),
    ("bg", "Цените на хляба се повишиха с десет процента."),
    ("bg", "Новата болница ще приеме първите болни през есента."),
    ("sr", "Вода у реци порасла је за два метра."),
    ("sr", "У граду поново нема струје."),
    ("sr", "Спасиоци су пронашли несталог дечака."),
    ("mk", "Водата во реката порасна за два метра."),
    ("mk", "Утре се очекува дожд и силен ветер."),
    ("mk", "Возот пристигна на станицата без доцнење."),
]


@pytest.mark.parametrize(("lang", "text"), NEIGHBOURS)
def test_neighbours_are_not_russian(lang: str, text: str) -> None:
    assert detect_language(text).lang == lang


@pytest.mark.parametrize(
    "text", ["", "🎉🎉", "12:30", "https://example.org/привет", "#Новости #News", "@channel", "***"]
)
def test_without_words_there_is_no_language(text: str) -> None:
    assert detect_language(text) == ("und", 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "Смотрите: https://example.org/the/very/long/english/address/of/a/page/with/many/words #EnglishHashtag",
        "[Дизайн](https://example.org/file.png)Открытка ко дню города готова",
        "Премьер сказал: «No comment», и вышел из зала заседаний, не отвечая на вопросы журналистов.",
        "Ансамбль из Киева «Їжачок» выступит на фестивале вместе с артистами из двенадцати городов страны.",
    ],
)
def test_links_and_quotes_do_not_change_the_language(text: str) -> None:
    assert detect_language(text).lang == "ru"


RU = "Выставка открыта ежедневно, кроме понедельника.\n📍 Вход свободный."
EN = "The exhibition is open daily except Monday.\n📍 Admission is free."


@pytest.mark.parametrize("text", [f"{RU}\n\n{EN}", f"{EN}\n\n{RU}", f"🇷🇺\n{RU}\n—\n{EN}"])
def test_bilingual_post(text: str) -> None:
    assert detect_language(text).lang == "mixed"
    ru, en = split_by_language(text)
    assert ru is not None and en is not None
    assert [line for line in RU.split("\n") if line not in ru] == []
    assert [line for line in EN.split("\n") if line not in en] == []
    assert "exhibition" not in ru and "Выставка" not in en


def test_lines_without_letters_stay_with_the_line_before() -> None:
    ru, en = split_by_language(f"12:00\n{RU}\n***\n{EN}\n2025")
    assert ru == f"12:00\n{RU}\n***"
    assert en == f"{EN}\n2025"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RU, (RU, None)),
        (EN, (None, EN)),
        (f"{RU}\nExample Museum\nExample Hall", (f"{RU}\nExample Museum\nExample Hall", None)),
        ("Das Museum ist täglich außer Montag geöffnet.", (None, None)),
        ("👍", (None, None)),
    ],
)  # fmt: skip
def test_post_in_one_language_stays_whole(text: str, expected: tuple[str | None, str | None]) -> None:
    assert split_by_language(text) == expected


def test_other_second_language_makes_no_bilingual_post() -> None:
    assert detect_language(f"{RU}\nDas Museum ist täglich außer Montag geöffnet, der Eintritt ist frei.").lang == "ru"


def test_many_at_once_are_as_each_alone_in_any_order() -> None:
    texts = [text for _, text in SENTENCES + NEIGHBOURS] + [f"{RU}\n\n{EN}", "", "🎉"]
    alone = [detect_language(text) for text in texts]
    assert detect_languages(texts) == alone
    assert detect_languages(texts[::-1]) == alone[::-1]
    assert detect_languages([]) == []


# Russian that Bulgarian, Macedonian or Serbian could be, taken by itself.
AMBIGUOUS = [
    "Позвоните два раза.",
    "Победа за вами.",
    "Куда они ушли?",
    "Машина брата синяя.",
    "Картина висит на стене.",
    "Помогите найти друга",
    "Правда глаза колет.",
]


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_a_channel_in_russian_decides_what_is_close(text: str) -> None:
    assert detect_language(text, language_prior({"ru": 50.0, "bg": 3.0})).lang == "ru"


@pytest.mark.parametrize(("lang", "text"), NEIGHBOURS)
def test_a_channel_in_another_language_keeps_its_own(lang: str, text: str) -> None:
    assert detect_language(text, language_prior({lang: 50.0, "ru": 3.0})).lang == lang
