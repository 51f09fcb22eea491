import pytest

from toolkit.text.handle_cues import channels_by_words
from toolkit.text.masking import hide_personal


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Подписаться: @harbour_one", {"harbour_one"}),
        ("Источник: @pier", {"pier"}),
        ("Source: t.me/pier", {"pier"}),
        ("Follow @pier_one and @pier_two", {"pier_one", "pier_two"}),
        ("[Подписаться](https://t.me/pier) | [Прислать новость](https://t.me/quay)", {"pier", "quay"}),
        ("Мост открыт.\n\n@pier", {"pier"}),
        ("Мост открыт.\n\n@pier #порт", {"pier"}),
        ("По данным @port_embassy, мост открыт", {"port_embassy"}),
        ("Автор: @some_one", set()),
        ("Пишите @some_one или @some_two", set()),
        ("По вопросам рекламы: @some_one", set()),
        ("По всем вопросам:\n@some_one", set()),
        ("Поздравляем победителей!\n\n@some_one\n@some_two", set()),
        ("Ask @some_one", set()),
        ("Photo by @some_one", set()),
        ("Жанна Иванова (@some_one) открыла мост", set()),
        ("[Анна Иванова](https://t.me/some_one)", set()),
        ("@some_one (перевод), @some_two (редактура)", set()),
        ("Вчера @some_one был в порту", set()),
        ("Иван Петров\n@some_one", set()),
        ("@some_one", set()),  # nothing stands above it
        ("Связь с автором канала: @some_one", set()),
        ("Owner of the channel: @some_one", set()),
    ],
)
def test_words_around(text: str, names: set[str]) -> None:
    assert channels_by_words([text]) == names


def test_mentions_are_votes() -> None:
    signed = [f"Новость {number}.\n\n@pier" for number in range(4)]
    assert channels_by_words([*signed, "Пишите @pier"]) == {"pier"}
    assert channels_by_words([signed[0], "Пишите @pier", "Ask @pier"]) == set()
    assert channels_by_words([f"И снова {number} раз @pier тут" for number in range(3)]) == {"pier"}
    assert channels_by_words([f"Пишите {number} раз @pier" for number in range(9)]) == set()


@pytest.mark.parametrize(
    "text",
    [
        "@decorator()",
        "@app.route('/pier')",
        "@cached\ndef pier():",
        "@first_one\n@second(1)\nclass Pier:",
        "mail at @harbour.com",
    ],
)
def test_code_is_no_handle(text: str) -> None:
    assert hide_personal(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Касса порта+7 900 000-01-02ежедневно.", "Касса порта[PHONE]ежедневно."),
        ("Справки по телефону8-900-000-01-02Адрес: порт.", "Справки по телефону[PHONE]Адрес: порт."),
        ("WhatsApp+79000000102Viber", "WhatsApp[PHONE]Viber"),
        ("тел8(900)000-01-02", "тел[PHONE]"),
        ("Box office+44 20 7946 0958daily", "Box office[PHONE]daily"),
        ("Касса(495)123-45-67Вход", "Касса[PHONE]Вход"),
        ("8 900 123-45-67 8 900 123-45-68", "[PHONE] [PHONE]"),
        ("рост+10 000 000 рублей, ГОСТ8-900-12, АБ8 900 000", "рост+10 000 000 рублей, ГОСТ8-900-12, АБ8 900 000"),
    ],
)
def test_numbers_glued_to_words(text: str, hidden: str) -> None:
    assert hide_personal(text) == hidden
