import pytest

from toolkit.text.phones import find_phone_links, find_phones, is_valid_phone, phone_number


def values(text: str) -> list[str]:
    found = list(find_phones(text))
    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    return [value for _, _, value in found]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8 916 12 34 567", "+79161234567"),
        ("8 916 123 456 7", "+79161234567"),
        ("8 (916) 12-345-67", "+79161234567"),
        ("916 123-45-67", "+79161234567"),
        ("(49624) 1-23-45", "+74962412345"),
        ("#89161234567", "+79161234567"),
        ("#+79161234567", "+79161234567"),
        ("8 (029) 123-45-67", "+375291234567"),
        ("80291234567", "+375291234567"),
        ("(067) 123-45-67", "+380671234567"),
        ("020 7946 0958", "+442079460958"),
        ("07400 123456", "+447400123456"),
        ("0049 30 12345678", "+493012345678"),
        ("202.555.0143", "+12025550143"),
        ("(202) 555 0143", "+12025550143"),
        ("Телефон:\n123-45-67", "1234567"),
        ("по номеру 123-45-67", "1234567"),
        ("Контактный номер: 12-34-56", "123456"),
        ("т. 123-45-67", "1234567"),
        ("номер 9161234567", "+79161234567"),
        ("Telegram: 916 123 45 67", "+79161234567"),
        ("вацап 9161234567", "+79161234567"),
        ("my number is 202 555 0143", "+12025550143"),
        ("text me at 07400 123456", "+447400123456"),
        ("+7 495 123-45-67 доб. 123", "+74951234567"),
    ],
)
def test_shapes_and_words(text: str, number: str) -> None:
    assert values(text) == [number]


def test_local_numbers_after_a_whole_one() -> None:
    assert values("+7 (495) 123-45-67, 123-45-68 и 123-45-69") == ["+74951234567", "1234568", "1234569"]


@pytest.mark.parametrize(
    "text",
    [
        "номер 7707083893, дело номер 123-45-67, № 916-123-45-67, приказ №(495) 123-45-67",
        "Telegram: 950 000 000, телеграм 2024-2025, сигнал 10.0.19045",
        "т. 12-10-24, 900 т. 123-456, по номеру 12-10-2024",
        "Call out CVE-2021-21193; a call to bind on 10.99.99.99; 8 9 1 6 1 2 3 4 5 6 7",
        "89161234567abc, 0x79161234567, 18446744073709551615, 8005551234",
        "(25-23, 25-20, 19-25, 25-22), 7 100 200 30 40, 00 00 01 02 03 04 05",
        "кадастровый номер 77:01:0001001:1234, 1625918400",
        "#2024123, #8916123456, #891612345678",
    ],
)
def test_other_numbers(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    "link",
    [
        "wa.me/79161234567", "https://api.whatsapp.com/send?text=hi&phone=79161234567", "viber://add?number=79161234567",
        "viber://chat?number=%2B79161234567", "https://viber.click/79161234567", "https://t.me/%2B79161234567",
        "tg://resolve?phone=79161234567", "https://signal.me/#p/+79161234567", "tel:+7(916)123-45-67",
        "tel:89161234567", "skype:+79161234567?call",
    ],
)  # fmt: skip
def test_links(link: str) -> None:
    assert [value for _, _, value in find_phone_links(link)] == ["+79161234567"]


@pytest.mark.parametrize(
    "link", ["https://a.example/79161234567", "t.me/port/79161234567", "https://a.example/?id=79161234567"]
)
def test_ids_in_links(link: str) -> None:
    assert list(find_phone_links(link)) == []


def test_one_number_has_one_spelling() -> None:
    spellings = (
        "+7 916 123-45-67",
        "8 (916) 1234567",
        "79161234567",
        "916 123-45-67",
        "\uff0b7 916 \u0661\u0662\u0663 45 67",
    )
    assert {phone_number(raw) for raw in spellings} == {"+79161234567"}
    assert phone_number("123-45-67") == "1234567"
    assert is_valid_phone("+79161234567")
    assert not is_valid_phone("1234567")
    assert not is_valid_phone("+70001234567")
