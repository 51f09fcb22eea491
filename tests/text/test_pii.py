import time

import pytest

from toolkit.text.pii import find_personal, public_values


def found(text: str, *public: str) -> list[tuple[str, str]]:
    items = find_personal(text, public_values(public, [text]))
    assert all(text[item.start : item.end].strip() for item in items)
    return [(item.kind, item.value) for item in items]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Звоните: +7 (000) 555-01-27.", "+70005550127"),
        ("+7 495 123-45-67", "+74951234567"),
        ("+7\u00a0495\u00a0123\u201345\u201367", "+74951234567"),
        ("+7 49\u200b5 123-45-67", "+74951234567"),
        ("Приёмная 8 (495) 123-45-67, доб. 12", "+74951234567"),
        ("8-800-555-01-27 бесплатно", "+78005550127"),
        ("пишите 89161234567", "+79161234567"),
        ("London +44 20 7946 0958", "+442079460958"),
        ("US: +1 (202) 555-0143.", "+12025550143"),
        ("Tel.: (202) 555-0143", "+12025550143"),
        ("тел. 123-45-67", "1234567"),
        ("Приём: (495) 123-45-67", "+74951234567"),
        ("8(495)1234567", "+74951234567"),
        ("+7(495)123-45-67", "+74951234567"),
        ("8 495 1234567", "+74951234567"),
        ("8.800.555.01.27", "+78005550127"),
        ("79161234567", "+79161234567"),
        ("Ask (202) 555-0143 or come", "+12025550143"),
        ("Toll free: 1-202-555-0143", "+12025550143"),
        ("Call us on 020 7946 0958 today", "+442079460958"),
        ("☎️ 8 (000) 12-34", "80001234"),
        ("[написать](https://wa.me/79161234567)", "+79161234567"),
        ("tel:+7-916-123-45-67", "+79161234567"),
        ("https://t.me/+79161234567", "+79161234567"),
    ],
)
def test_phones(text: str, number: str) -> None:
    assert found(text) == [("phone", number)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("+7 **916** 123-45-67", "phone", "+79161234567"),
        ("+7 [916](https://a.example/1) 123-45-67", "phone", "+79161234567"),
        ("Тел.: +7 916\n123-45-67", "phone", "+79161234567"),
        ("8 (916) 123-\n45-67", "phone", "+79161234567"),
        ("\uff0b\uff17 \uff19\uff11\uff16 \uff11\uff12\uff13-\uff14\uff15-\uff16\uff17", "phone", "+79161234567"),
        ("8 9\ufe0f\u20e31\ufe0f\u20e36\ufe0f\u20e3 123 45 67", "phone", "+79161234567"),
        ("tel:%2B7%20916%20123-45-67", "phone", "+79161234567"),
        ("hello@**port.example**", "email", "hello@port.example"),
        ("hello&#64;port.example", "email", "hello@port.example"),
        ("hello\uff20port.example", "email", "hello@port.example"),
        ("https://a.example/?to=hello%40port.example", "email", "hello@port.example"),
        ("@`some_one`", "handle", "some_one"),
        ("@s\u043eme_one", "handle", "some_one"),
        ("4111 1111\n1111 1111", "card", "4111111111111111"),
        ("+7 9О6 1O3-45-67", "phone", "+79061034567"),
        ("8 9l6 123 45 67", "phone", "+79161234567"),
        ("8_916_123_45_67", "phone", "+79161234567"),
        ("8*916*123*45*67", "phone", "+79161234567"),
        ("\u2795\u2466\u2468\u2460\u2465 123 45 67", "phone", "+79161234567"),
        ("8 (916)\r\n\r\n123-45-67", "phone", "+79161234567"),
        ("8     916     123   45   67", "phone", "+79161234567"),
        ("ivan(at)mail[dot]example", "email", "ivan@mail.example"),
        ("ivan (собака) mail (точка) example", "email", "ivan@mail.example"),
        ("ivan [@] mail [.] example", "email", "ivan@mail.example"),
        ("**ivan**@mail.example", "email", "ivan@mail.example"),
        ("*ivan*@mail.example", "email", "ivan@mail.example"),
        ("ivan@mail&period;example", "email", "ivan@mail.example"),
        ("ivan@\nmail.example", "email", "ivan@mail.example"),
        ("ivan@mail.\nexample", "email", "ivan@mail.example"),
        ("iv\u0430n@m\u0430il.example", "email", "ivan@mail.example"),
        ("@ivan\\_petrov", "handle", "ivan_petrov"),
        ("@\u0456v\u0430n_p\u0435trov", "handle", "ivan_petrov"),
        ("@\u043e\u0440\u0435\u0430\u0443\u0445", "handle", "opeayx"),
        ("t[.]me/ivan_petrov", "handle", "ivan_petrov"),
    ],
)
def test_disguises(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


def test_what_is_public_or_taken_stays_so_in_disguise() -> None:
    assert found("@**harbour**, 8 800\n555-01-27", "harbour", "8 800 555-01-27") == []
    assert found("**+7 916 123-45-67** `@some_one`") == [("phone", "+79161234567"), ("handle", "some_one")]


def test_one_disguised_value_after_another() -> None:
    text = "8_916_123_45_67\n8_916_123_45_68\n**ivan**@mail.example **Автор**@some_one"
    assert found(text) == [
        ("phone", "+79161234567"), ("phone", "+79161234568"), ("email", "ivan@mail.example"), ("handle", "some_one"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["@хорошо, @вася", "foo(at) home, a [.] b", "2*3*4 = 24", "8/916/123 5б 10О кв"])
def test_what_is_no_disguise(text: str) -> None:
    assert found(text) == []


def test_numbers_in_a_list_and_the_same_number_written_in_two_ways() -> None:
    assert found("Телефоны: 123-45-67, 123-45-68 и 123-45-69") == [
        ("phone", "1234567"), ("phone", "1234568"), ("phone", "1234569"),
    ]  # fmt: skip
    russian, english = found("тел. 8 (495) 123-45-67"), found("phone +7 495 123 45 67")
    assert russian == english == [("phone", "+74951234567")]


@pytest.mark.parametrize(
    "text",
    [
        "Война 1941-1945 годов и 1914–1918 годов, 01.09.1939 и 2024-03-01, в 12:30-14:45",
        "Прибыль 79 161 234 567 рублей, +100 000 000 за год, 1 234 567 890 руб.",
        "A rise of +1 234 567 890 dollars; 12,345,678,901 in all; 8 916 000 000 роублей",
        "Статья 228.1, закон № 89161234567, дело 2-1234/2024, ГОСТ 12345-2001",
        "ISBN 978-5-17-118366-6, ISBN 0471399515, ИНН 7707083893, счёт 40702810099910004312",
        "https://ria.example/20241127/polovina-1985998861.html и https://a.example/89161234567/8-800-555-01-27",
        "IP 13.107.64.0/18, версия 11609.20002, UUID 27450541-8E31-4150-9947-DC59F998FC01",
        "55.755826, 37.617300; 1732700000000; 4:2 (1:0, 2:1, 1:1)",
        "Телефон стоит 1 000 000 рублей. The phone was sold in 2020-2021 for 1 250 000.",
        "Горячая линия приняла 1,234,567 звонков. Call 112.",
        "Ночью +15\n2024 12 45\n1941-1945\n+10\n89 12 34",
        "iPhone 15 2023 2024 2025",
        "Тираж 5 000 000 000, матч 12-10-2024, позвонили 24 02 2024",
        "12 345 678 901 234 567 km, 1234 5678 9012 3456, 4000 0000 0000 0001",
        "https://shop.example/item/4111111111111111 и №4111111111111111",
    ],
)
def test_numbers_of_the_news_stay(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Write to hello@port.example.", "hello@port.example"),
        ("Hello@Port.Example", "hello@port.example"),
        ("mailto:first.last+tag@mail.port.example?subject=x", "first.last+tag@mail.port.example"),
        ("почта имя@пример.рф, ждём", "имя@пример.рф"),
        ("a\u200bb@port.example", "ab@port.example"),
    ],
)
def test_mail(text: str, address: str) -> None:
    assert found(text) == [("email", address)]


@pytest.mark.parametrize("text", ["logo@2x.png", "5 @ 3", "a@b", "@", "https://maps.example/@55.7,37.6,12z"])
def test_no_mail(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Карта 4111 1111 1111 1111", "4111111111111111"),
        ("карта: 2200-0000-0000-0004", "2200000000000004"),
        ("4111111111111111", "4111111111111111"),
        ("Amex 3782 822463 10005.", "378282246310005"),
        ("4111\u00a01111\u00a01111\u00a01111", "4111111111111111"),
    ],
)
def test_cards(text: str, digits: str) -> None:
    assert found(text) == [("card", digits)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Автор: @some_one, фото @Other.Name.", ["some_one", "other.name"]),
        ("[пишите](https://t.me/some_one)", ["some_one"]),
        ("t.me/s/some_one и tg://resolve?domain=some_two", ["some_one", "some_two"]),
        ("tg://user?id=12345", ["12345"]),
        ("https://some-one.example/@x", []),
        ("Ответит @harbour_bot, t.me/harbour_bot?start=1, t.me/BotFather", []),
        ("Читайте @harbour: https://t.me/harbour/15", []),
        ("https://t.me/joinchat/AAAA https://t.me/+AbCdEf https://t.me/addlist/xyz https://t.me/c/123/4", []),
        ("@abc @1234 a@b @ home", []),
    ],
)
def test_handles(text: str, names: list[str]) -> None:
    assert found(text) == [("handle", name) for name in names]


def test_what_the_user_calls_public_stays() -> None:
    text = "8-800-555-01-27, press@port.example, @Harbour, t.me/harbour"
    assert len(found(text)) == 4
    assert found(text, "+7 800 555 01 27", "Press@Port.example", "https://t.me/harbour") == []
    assert found("DE89370400440532013000, 4111.1111.1111.1111", "DE89 3704 0044 0532 0130 00", "4111111111111111") == []


@pytest.mark.parametrize(
    "text",
    [
        "1" * 20_000,
        "1-" * 10_000,
        "+7 " * 7_000,
        "a@" * 10_000,
        "a.b" * 7_000 + "@",
        "тел. " * 4_000,
        "@а" * 9_000,
        "a" * 30_000 + " @",
        "иван собака " * 2_000,
        "mail a at b dot c " * 1_000,
        "4111 " * 4_000,
        "( at " * 5_000,
        "1\n" * 10_000,
        "8_916_" * 4_000,
        "tg:resolve?" + "a=b&" * 5_000,
        "[канал @" * 3_000,
        "канал «" * 3_000,
    ],
)
def test_strange_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    find_personal(text, public_values((), [text]))
    assert time.process_time() - started < 2
