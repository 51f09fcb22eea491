import gzip
from pathlib import Path

import pytest

from tests.text.headlines import HEADLINES
from toolkit.text import russian_runs
from toolkit.text.language import detect_languages, language_prior
from toolkit.text.neighbour_words import LIKELY, SURE, foreignness, is_russian_only

# How many headlines of 60 (kk: 30) are taken for Russian: by themselves, and in a channel where 20 of 21 posts are it.
TAKEN = [("uk", 2, 3), ("be", 0, 1), ("bg", 6, 10), ("sr", 4, 5), ("mk", 3, 5), ("kk", 0, 1)]


@pytest.mark.parametrize(("lang", "alone", "in_channel"), TAKEN)
def test_headlines_are_rarely_taken_for_russian(lang: str, alone: int, in_channel: int) -> None:
    headlines = HEADLINES[lang].split("\n")[1:-1]
    assert len(set(headlines)) == (30 if lang == "kk" else 60)
    prior = language_prior({"ru": 20.0, lang: 1.0})
    taken = [
        sum(found.lang == "ru" for found in detect_languages(headlines, priors)) for priors in (None, [prior] * 60)
    ]
    assert taken[0] <= alone
    assert taken[1] <= in_channel


# Words of their own settle it, whatever else the channel writes in.
OWN_WORDS = [
    ("bg", "Кметът обеща нови автобуси"),
    ("bg", "Депутатите спориха цяла нощ"),
    ("bg", "Училищата няма да работят в понеделник"),
    ("sr", "Шта да радимо кад дува кошава"),
    ("sr", "Министар рекао да неће поднети оставку"),
    ("sr", "Више новца за културу"),
    ("mk", "Новиот мост се отвора денес"),
    ("uk", "Де не буде води завтра"),
    ("uk", "Хто заплатить за рахунком"),
    ("uk", "Громада продає старе авто"),
    ("be", "Эксперты чакаюць зніжэння цэн"),
    ("be", "Больш грошай на культуру"),
]


@pytest.mark.parametrize(("lang", "text"), OWN_WORDS)
def test_own_words_are_stronger_than_a_channel(lang: str, text: str) -> None:
    assert detect_languages([text], [{"ru": 50.0}])[0].lang == lang


# Russian all the same: names, foreign words, short ones, words that the neighbours have too.
RUSSIAN = [
    "Робот Гриша победил",
    "Победа за вами",
    "Динамо победило Манчестер Сити",
    "Правда глаза колет",
    "Суд в Ереване арестовал лидера партии",
    "В Ливане тихо",
    "Ставки растут",
    "Умер актёр Джон Мэлори",
    "Как дела в Макао",
    "Экскурсия в Набережные Челны",
    "Курс доллара",
    "Начало в восемь",
    "ПОГОДА НА ЗАВТРА",
    "Стартап привлёк инвестиции",
    "Пицца и Ницца",
    "Коммерсантъ: акции упали",
    "Блогер Ник Палмер приехал в Тбилиси",
]


@pytest.mark.parametrize("text", RUSSIAN)
def test_russian_in_a_russian_channel(text: str) -> None:
    assert detect_languages([text], [language_prior({"ru": 5.0, "bg": 1.0})])[0].lang == "ru"


WORDS = [
    ("се", SURE),
    ("също", SURE),
    ("новият", SURE),
    ("правителството", SURE),
    ("къща", SURE),
    ("специалност", SURE),
    ("централни", SURE),
    ("аудио", 0),
    ("рекао", SURE),
    ("београдског", SURE),
    ("шта", SURE),
    ("градот", 0),
    ("новиот", SURE),
    ("патува", SURE),
    ("українська", SURE),
    ("говорити", SURE),
    ("навчання", SURE),
    ("працюють", SURE),
    ("жыццё", SURE),
    ("рабіць", SURE),
    ("новыя", SURE),
    ("книгата", LIKELY),
    ("да", LIKELY),
    ("лето", 0),
    ("сити", 0),
    ("центральный", 0),
    ("объезд", 0),
    ("съёмка", 0),
    ("коммерсантъ", 0),
    ("подъезд", 0),
    ("полный", 0),
]


@pytest.mark.parametrize(("word", "expected"), WORDS)
def test_words_that_russian_lacks(word: str, expected: int) -> None:
    assert foreignness(word) == expected


@pytest.mark.parametrize("word", ["что", "если", "ещё", "когда"])
def test_russian_words_are_no_neighbours(word: str) -> None:
    assert is_russian_only(word)
    assert foreignness(word) == 0


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[(word, True) for word in ("министр", "ещё", "ёлка", "я", "й")],
        *[(word, False) for word in ("президентът", "місто", "горад", "београд", "ще")],
    ],
)
def test_runs_of_letters(word: str, expected: bool) -> None:
    assert russian_runs.is_like_russian(word) == expected


def test_the_file_of_runs_is_what_packing_makes_of_it() -> None:
    data = (Path(russian_runs.__file__).parent / "russian_runs.txt.gz").read_bytes()
    runs = list(russian_runs.unpacked(data))
    assert len(runs) == len(set(runs)) == 63_854
    assert {len(run) for run in runs} == {russian_runs.LENGTH}
    assert gzip.decompress(russian_runs.packed(runs[::-1])) == gzip.decompress(data)
