import pytest

from toolkit.text.calls import call_of, find_calls


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("👉 Читайте полностью", "read"),
        ("[Подробнее](https://example.org/a)", "read"),
        ("Подробнее — по ссылке: https://example.org", "read"),
        ("🔗 **Read in full**", "read"),
        ("Full text: example.org", "read"),
        ("Смотрите видео на сайте", "watch"),
        ("▶️ Watch live", "watch"),
        ("🎧 Слушайте подкаст «Порт»", "listen"),
        ("🔔 Подписывайтесь на @harbour", "subscribe"),
        ("__Читать нас можно здесь: example.org__", "subscribe"),
        ("Subscribe", "subscribe"),
        ("Follow us on all platforms", "subscribe"),
        ("Поделитесь с друзьями", "share"),
        ("Share this post", "share"),
        ("Напишите в комментариях, что вы видели", "comment"),
        ("Leave a comment below", "comment"),
        ("Join our chat", "join"),
        ("Поддержать редакцию: example.org", "donate"),
        ("Donate", "donate"),
        ("Пишите нам на [EMAIL]", "contact"),
        ("Write to us", "contact"),
        ("Подробности аварии выясняет комиссия, в которую вошли представители порта, города и трёх ведомств", None),
        ("Читатели библиотеки выбрали книгу года", None),
        ("Read the tide before you sail", None),
        ("The watch was found on the pier", None),
        ("Смотритель маяка ушёл на пенсию", None),
        ("Подписано соглашение", None),
        ("", None),
        ("🎉", None),
    ],
)  # fmt: skip
def test_calls(line: str, call: str | None) -> None:
    assert call_of(line) == call


def test_calls_of_a_text_in_order() -> None:
    assert find_calls("Паром вернулся.\n\nПодробнее: example.org\n🔔 Подписаться\n🔔 Подписаться") == [
        "read", "subscribe", "subscribe",
    ]  # fmt: skip
