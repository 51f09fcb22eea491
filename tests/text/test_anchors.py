import pytest

from toolkit.text.anchors import (
    link_key,
    link_overlap,
    name_overlap,
    name_skeleton,
    names,
    number_overlap,
    numbers,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,000 / 1 000 / 1.000 / 1\u00a0000 / 1'000", {"1000"}),
        ("3,5 и 3.5 и 3.50", {"3.5"}),
        ("0.125 0,125", {"0.125"}),
        ("12,345,678.90 12 345 678,9", {"12345678.9"}),
        ("007", {"7"}),
        ("100 %", {"100"}),
        ("в 2020 100 человек", {"2020", "100"}),
        ("с 9 до 10", {"9", "10"}),
        ("5 тыс. 5 тысяч 5,000 5 thousand", {"5000"}),
        ("2,5 млрд, 2.5 billion, $2.5bn", {"2500000000"}),
        ("1 трлн and 1 trillion", {"1000000000000"}),
        ("$3m €3 million 3 миллиона", {"3000000"}),
        ("30 m high", {"30"}),
        ("$ 3m, 3m, $12,5 m", {"3000000", "3", "12500000"}),
        ("11 500 000 руб., 1234 567", {"11500000", "1234", "567"}),
        ("26.07.2020", {"26", "2020"}),
        ("1,2,3", {"1", "2", "3"}),
        ("COVID-19, Т-34, 80-летие, 1990-х, 5th", {"19", "34", "80", "1990", "5"}),
        ("8\ufe0f\u20e30\ufe0f\u20e3 лет", {"80"}),
        ("https://example.org/2024/77 @bot99 t.me/x/5", set()),
        ("без чисел", set()),
        ("0 0.0", {"0"}),
    ],
)
def test_numbers(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("ru", "en", "expected"),
    [
        ("Построено 9,5 тысяч домов", "9,500 houses built", 1.0),
        ("12 мостов и 3 дороги", "12 bridges and three roads", 1.0),
        ("12 мостов и 30 дорог", "12 bridges and 31 roads", 1 / 3),
        ("12 мостов", "no bridges", 0.0),
        ("мосты", "bridges", None),
        ("два моста", "two bridges", None),  # letters alone are no numbers: "one" and "two" are everywhere
    ],
)
def test_number_overlap_is_symmetric(ru: str, en: str, expected: float | None) -> None:
    assert (
        number_overlap(ru, en) == number_overlap(en, ru) == (expected if expected is None else pytest.approx(expected))
    )


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://en.kremlin.ru/events/president/news/70001", "kremlin.ru#70001"),
        ("kremlin.ru/events/president/news/70001/", "kremlin.ru#70001"),
        ("https://www.mid.ru/ru/foreign_policy/news/1900001/", "mid.ru#1900001"),
        ("https://mid.ru/en/foreign_policy/news/1900001/?utm_source=x#top", "mid.ru#1900001"),
        ("https://example.org/en/about-us", "example.org/about-us"),
        ("https://example.org/ru/about-us", "example.org/about-us"),
        ("https://example.org/2024/05/story", "example.org/2024/05/story"),
        ("https://t.me/s/channel/15", "t.me/channel/15"),
        ("https://t.me/channel", None),
        ("https://example.org", None),
        ("https://example.org/en/", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_link_key(url: str, key: str | None) -> None:
    assert link_key(url) == key


def test_link_overlap() -> None:
    a, b = "https://example.org/ru/news/12345", "https://example.org/en/news/12345-the-title"
    assert link_overlap([a, "https://t.me/ours"], [b, "https://t.me/theirs"]) == 1.0
    assert link_overlap([a], ["https://example.org/news/99999"]) == 0.0
    assert link_overlap([a], []) == 0.0
    assert link_overlap([], ["https://t.me/theirs"]) is None


@pytest.mark.parametrize(
    ("ru", "en"),
    [
        ("Лавровым", "Lavrov"),
        ("Хельсинки", "Helsinki"),
        ("Чернобыля", "Chernobyl"),
        ("Жириновский", "Zhirinovsky"),
        ("Щербаков", "Shcherbakov"),
        ("Вашингтона", "Washington"),
        ("Джонсону", "Johnson"),
        ("Мадуро", "Maduro"),
        ("Цхинвал", "Tskhinval"),
        ("Алексеем", "Alexei"),
    ],
)
def test_skeleton_joins_the_alphabets(ru: str, en: str) -> None:
    skeletons = name_skeleton(ru), name_skeleton(en)
    assert skeletons[0]
    assert skeletons[0] == skeletons[1]


def test_short_names_have_no_skeleton() -> None:
    assert name_skeleton("Рим") == name_skeleton("Rome") == name_skeleton("I") == ""


def test_words_that_open_a_sentence_are_not_looked_for() -> None:
    found = names("Погода испортилась. «Завтра» будет Тропинина")
    assert found.sure == {name_skeleton("Tropinina")}
    assert found.sure < found.all


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The McDonald's in #OldMINSK", ["Donald", "Minsk"]),
        ("met Élodie and Ψηφίδα", ["Élodie"]),
        ("купил myTelegram и ноутбукBoston", ["Telegram", "Boston"]),
        ("on the d'Artagnan way", ["Artagnan"]),
    ],
)
def test_where_a_name_begins(text: str, words: list[str]) -> None:
    assert {name_skeleton(word) for word in words} <= names(text).sure


def test_latin_words_in_russian_are_names() -> None:
    assert names("новая версия bitextor вышла").sure == {name_skeleton("bitextor")}
    assert names("the new version of bitextor").sure == frozenset()


def test_hashtags_are_cut_at_capitals() -> None:
    assert names("see the #MinskConference now").sure == {name_skeleton("Minsk"), name_skeleton("Conference")}


@pytest.mark.parametrize(
    ("ru", "en", "expected"),
    [
        ("Гимнастка Тропинина победила в Кемерове", "The gymnast Tropinina won in Kemerovo", 1.0),
        ("Гимнастка Тропинина победила в Кемерове", "The skier Zavarzin lost in Norilsk", 0.0),
        ("гимнастка победила", "The gymnast Tropinina won", None),
    ],
)
def test_name_overlap(ru: str, en: str, expected: float | None) -> None:
    assert name_overlap(ru, en) == name_overlap(en, ru) == expected
