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


@pytest.mark.parametrize(
    ("kind", "starts"),
    [
        (
            "subscribe",
            "подпишитесь|подписка на|читайте нас|следите за нами|мы в telegram|наш канал в max|subscribe|sign up",
        ),
        ("subscribe", "follow us|our channel|read us"),
        ("join", "присоединяйтесь|вступайте|join us"),
        ("donate", "поддержать проект|донат|помочь редакции|donate|support us"),
        ("comment", "обсудить|комментируйте|напишите в комментарии|пишите в комментарии|поделитесь в комментариях"),
        (
            "comment",
            "делитесь в комментариях|расскажите в комментариях|ждем вас в комментариях|ждём вас в комментариях",
        ),
        ("comment", "оставляйте мнения|comment below|leave a comment|tell us in the comments|discuss"),
        ("share", "поделись|перешлите|отправьте друзьям|share this|forward this"),
        ("contact", "пиши в бот|напишите нам|пришлите фото|прислать новость|предложить новость|задать вопрос"),
        ("contact", "связаться с нами|звоните|write to us|contact us|email us|send us|call us"),
        ("read", "читать далее|подробнее|полный текст|полностью|далее на|узнать больше|read more|full text|learn more"),
        ("read", "find out more|more details at|details here"),
        ("watch", "смотрите видео|полное видео|watch live|full video|live stream"),
        ("listen", "слушайте подкаст|listen here"),
    ],
)
def test_every_beginning_of_a_call_is_known(kind: str, starts: str) -> None:
    for start in starts.split("|"):
        assert [call_of(start), call_of(start.capitalize()), call_of(f"👉 {start}")] == [kind] * 3
