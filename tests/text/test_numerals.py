import pytest

from toolkit.text.anchors import number_overlap
from toolkit.text.number_words import words_as_numbers
from toolkit.text.numerals import read_numbers

TRANSLATED = [
    ("Вода поднялась на ２５ сантиметров", "The water rose by 25 centimetres"),
    ("Температура достигла 25 °C", "reached 𝟐𝟓 °C"),
    ("Якорь XVIII века нашли", "Divers found an 18th-century anchor"),
    ("в XXI веке", "in the 21st century"),
    ("в ХХ веке", "in the 20th century"),
    ("V век до н. э.", "the 5th century BC"),
    ("начало в 17:00", "it starts at 5 p.m."),
    ("в 17.30", "at 5:30 p.m."),
    ("в 17:30", "at 5:30 pm"),
    ("в 9 утра", "at 9 a.m."),
    ("в пять вечера", "at 5 p.m."),
    ("в 17 часов", "at 5 p.m."),
    ("в 00:15", "at 12:15 a.m."),
    ("в 10:00 мск", "at 10 a.m. Moscow time"),
    ("в полдень", "at 12 p.m."),
    ("в 24:00", "at midnight"),
    ("26.07.2020", "July 26, 2020"),
    ("26 июля 2020 года", "2020-07-26"),
    ("26.07.20", "July 26, 2020"),
    ("26.07", "July 26"),
    ("1 марта", "03/01"),
    ("5-го мая", "on May 5th"),
    ("5-й этаж", "the 5th floor"),
    ("пятый этаж", "the 5th floor"),
    ("2-я мировая война", "World War II"),
    ("Вторая мировая", "WW2"),
    ("в IV квартале", "in Q4"),
    ("в I квартале", "in Q1"),
    ("в первом квартале", "in the 1st quarter"),
    ("III место", "3rd place"),
    ("Глава V", "Chapter 5"),
    ("5 %", "5 percent"),
    ("50 %", "half"),
    ("половина", "50%"),
    ("четверть", "25%"),
    ("три четверти", "75%"),
    ("½ стакана", "0.5 cup"),
    ("½ стакана", "1/2 cup"),
    ("1½ часа", "1.5 hours"),
    ("полтора часа", "1.5 hours"),
    ("2,5 часа", "two and a half hours"),
    ("2½", "2.5"),
    ("1/4", "¼"),
    ("1/2 финала", "½ final"),
    ("8️⃣0️⃣ лет", "80 years"),
    ("🔟 лет", "10 years"),
    ("①", "1"),
    ("⑫ мест", "12 seats"),
    ("100 км²", "100 square km"),
    ("100 м2", "100 square metres"),
    ("100 кв. м", "100 m²"),
    ("в 1990-е", "in the 1990s"),
    ("в 90-е годы", "in the 1990s"),
    ("в девяностые", "in the 1990s"),
    ("1980-х", "the 80s"),
    ("в 2000-х", "the 2000s"),
    ("1941–45 гг.", "1941–1945"),
    ("сезон 2023/24", "the 2023–24 season"),
    ("2023/2024", "2023-24"),
    ("от 5 до 10 тысяч", "5,000 to 10,000"),
    ("5–10 млн", "5-10 million"),
    ("5–10 тыс.", "5,000–10,000"),
    ("1,5–2 млрд", "1.5 to 2 billion"),
    ("5 тыс.", "5,000"),
    ("5 тысяч", "5k"),
    ("5000", "5K"),
    ("12 345", "12,345"),
    ("1 млрд 500 млн", "1.5 billion"),
    ("2 тыс. 300", "2,300"),
    ("$5 млн", "$5m"),
    ("5 млн", "5M"),
    ("полмиллиона", "500,000"),
    ("полтора миллиона", "1.5 million"),
    ("двадцать пять", "25"),
    ("сто двадцать", "120"),
    ("две тысячи", "2,000"),
    ("двести", "200"),
    ("дюжина", "12"),
    ("12", "a dozen"),
    ("пара", "2"),
    ("20 лет", "two decades"),
    ("десятилетие", "10 years"),
    ("50 лет", "half a century"),
    ("трое", "3 people"),
    ("24 часа", "сутки"),
    ("100 лет", "a century"),
    ("пятиэтажный", "5-storey"),
    ("двухлетний", "2-year-old"),
    ("80-летие", "80th anniversary"),
    ("семидневный", "7-day"),
    ("-5 °C", "minus 5"),
    ("−5", "5 below zero"),
    ("№ 5", "No. 5"),
    ("۵ человек", "5 people"),
    ("100-тысячный", "100,000th"),
    ("5 из 10", "five out of 10"),
    ("каждый 5-й", "one in five"),
    ("вдвое", "2 times"),
    ("в 2 раза", "doubled"),
    ("трижды", "3 times"),
    ("счёт 3:1", "3-1"),
    ("3,5", "3.5"),
    ("1-я", "first"),
    ("1 000 000", "1 million"),
    ("1,2 трлн", "1.2 trillion"),
    ("2 тысячелетия", "two millennia"),
    ("5 миллионеров", "5 millionaires"),
    ("2/3", "two thirds"),
    ("7 ч 30 мин", "7 hours 30 minutes"),
    ("в 7 ч.", "at 7 a.m."),
]
CHANGED = [
    ("в 17:00", "at 6 p.m."),
    ("5 мая", "May 6"),
    ("XXI век", "the 20th century"),
    ("25 %", "26%"),
    ("5 тысяч", "6,000"),
    ("1990-е", "1980s"),
    ("26.07.2020", "July 27, 2020"),
    ("26.07.2020", "July 26, 2021"),
    ("½", "0.25"),
    ("в IV квартале", "Q3"),
    ("двадцать пять", "26"),
    ("100 км²", "101 square km"),
    ("12 345", "12,346"),
    ("1941–45", "1941–1944"),
    ("5–10 тыс.", "5,000–11,000"),
    ("1 млрд 500 млн", "1.6 billion"),
    ("пятый этаж", "the 6th floor"),
    ("полтора миллиона", "1.6 million"),
    ("8️⃣0️⃣", "81"),
    ("в 17:30", "at 5:31 p.m."),
    ("дюжина", "13"),
    ("2/3", "3/4"),
    ("50 лет", "60 years"),
    ("２５", "26"),
]


@pytest.mark.parametrize(("ru", "en"), TRANSLATED)
def test_honest_translations_have_the_same_numbers(ru: str, en: str) -> None:
    assert number_overlap(ru, en) == number_overlap(en, ru) == 1.0


@pytest.mark.parametrize(("ru", "en"), CHANGED)
def test_a_changed_number_is_seen(ru: str, en: str) -> None:
    overlap = number_overlap(ru, en)
    assert overlap is not None
    assert overlap < 1


@pytest.mark.parametrize(
    "text", ["I have a CD and an MC", "Пётр I правил", "vitamin C, Plan X", "DIM, MIX, I'm, Xi", "без чисел"]
)
def test_letters_that_are_no_roman_numbers(text: str) -> None:
    assert read_numbers(text) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("двух, пятью и двенадцать", {"2", "5", "12"}),
        ("Seven or ten often weigh", {"7", "10"}),
        ("сто двадцать пять", {"100", "20", "5", "125"}),
        ("две с половиной тысячи", {"2", "0.5", "1", "50", "1000", "2500"}),
        ("one", set()),
        ("семинар, столица, пятно, двухсторонний", {"2"}),
    ],
)
def test_numbers_in_letters(text: str, expected: set[str]) -> None:
    assert words_as_numbers(text) == expected
