import pytest

from toolkit.text.addresses import channels_in, find_emails, find_handle_links, find_handles


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("_ivan@mail.example_", "_ivan@mail.example"),
        ("ivan@ mail.example", "ivan@mail.example"),
        ("ivan @ gmail.com", "ivan@gmail.com"),
        ("i.petrov @yandex.ru", "i.petrov@yandex.ru"),
        ("i.petrov\n@mail.ru", "i.petrov@mail.ru"),
        ("иван собака почта точка рф", "иван@почта.рф"),
        ("E-mail: ivan at mail dot example", "ivan@mail.example"),
        ("Write to Ivan dot Petrov at mail dot example", "ivan.petrov@mail.example"),
        ("Почта: ivan @ mail.example. Ждём", "ivan@mail.example"),
    ],
)
def test_mail(text: str, value: str) -> None:
    assert [value for _, _, value in find_emails(text)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "Write to us at port dot example",
        "We looked at the sea, dot by dot. A ship is at anchor dot",
        "Злая собака лает, точка невозврата",
        "domains such as @hotmail.com, like @gmail.com",
        "Live @ bbc.com, dinner @ port.example",
    ],
)
def test_no_mail(text: str) -> None:
    assert list(find_emails(text)) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Some_One/@other_one", ["some_one", "other_one"]),
        ("Skype: ivan.petrov, скайп live:ivan_77", ["ivan.petrov", "ivan_77"]),
        ("Instagram: ivan_petrov; тг: @ivan_p", ["ivan_petrov", "ivan_p"]),
        ("npm install @types/react @testing-library/react, @media and @property, @everyone", []),
        ("Telegram: Durov said; Discord: v1.2.3; SkypeSettings.xml; Skype for Business", []),
    ],
)
def test_handles(text: str, names: list[str]) -> None:
    assert sorted(value for _, _, value in find_handles(text)) == sorted(names)


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://t.me/ivan_petrov/", "ivan_petrov"),
        ("tg:resolve?domain=ivan_petrov&text=hi", "ivan_petrov"),
        ("tg://resolve?text=hi&domain=ivan_petrov", "ivan_petrov"),
        ("tg://openmessage?user_id=12345", "12345"),
        ("https://web.telegram.org/k/#@ivan_petrov", "ivan_petrov"),
        ("https://vk.com/id12345", "12345"),
        ("[id12345|Иван]", "12345"),
        ("https://www.facebook.com/profile.php?id=12345", "12345"),
        ("https://ok.ru/profile/12345", "12345"),
        ("https://www.linkedin.com/in/ivan-petrov/", "ivan-petrov"),
        ("skype:ivan.petrov?chat", "ivan.petrov"),
    ],
)
def test_links_to_persons(link: str, name: str) -> None:
    assert [value for _, _, value in find_handle_links(link)] == [name]


@pytest.mark.parametrize(
    "link",
    ["https://vk.com/port_news", "https://www.instagram.com/port/", "https://x.com/port/status/1", "[club5|Порт]"],
)
def test_pages_may_be_an_organisations(link: str) -> None:
    assert list(find_handle_links(link)) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Наш канал @port, чат: @port_chat, в канале «Маяк» (@mayak_news)", {"port", "port_chat", "mayak_news"}),
        ("Read our channel @harbour", {"harbour"}),
        ("админ канала @some_one, owner of the channel @some_two, автор @some_three", set()),
        ("[@pier\n](https://t.me/+AbCdEfGh) [@some_one](https://t.me/+79161234567)", {"pier"}),
        ("в своём [телеграм-канале](https://t.me/harbour) и у [автора](https://t.me/some_one)", {"harbour"}),
        ("t.me/s/port/15", {"port"}),
    ],
)
def test_channels(text: str, names: set[str]) -> None:
    assert channels_in([text]) == names
