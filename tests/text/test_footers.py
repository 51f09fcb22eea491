import pytest

from toolkit.text.footers import Footers, Parted, find_footers, learn_footers, part_footer

FOOTER = "🔔 [Subscribe](https://t.me/harbour): @harbour"


def posts(n: int, last: str, n_without: int = 0) -> list[str]:
    ends = [f"Story {number} of the port.\n\n{last}" for number in range(n)]
    return [*ends, *(f"Story {number} of the town.\nIt is told in {number}." for number in range(n, n + n_without))]


@pytest.mark.parametrize(
    ("texts", "is_learned"),
    [
        (posts(5, FOOTER), True),
        (posts(5, FOOTER, 45), True),
        (posts(5, FOOTER, 46), False),  # less than a tenth
        (posts(4, FOOTER), False),  # too few to know
        ([posts(1, FOOTER)[0]] * 9, False),  # one post, again and again
        ([FOOTER] * 9, False),  # nothing above it
        (posts(9, "#News #Harbour"), False),  # what the post is about
        (posts(9, "#Маи\u0306 #Новыи\u0306Год"), False),
        (posts(9, "👉 Read in full"), False),  # of this post
        (posts(9, "❤️"), False),
        (posts(9, "a" * 201), False),
        ([f"Story {n}.\n{FOOTER}\na{n}\nb{n}\nc{n}\nd{n}" for n in range(9)], False),  # not among the last four lines
    ],
)
def test_what_is_a_footer(texts: list[str], is_learned: bool) -> None:
    learned = learn_footers(texts, 0.1)
    assert ("subscribe harbour" in learned) == is_learned
    assert len(learned) == is_learned


def test_markup_and_emoji_make_no_other_footer() -> None:
    texts = [
        f"Story {n}.\n{end}" for n, end in enumerate([FOOTER, "**Subscribe**: @Harbour", "Subscribe: @harbour."] * 2)
    ]
    assert learn_footers(texts, 0.5) == {"subscribe harbour"}


KEYS = frozenset({"subscribe harbour", "example org"})


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        (f"The ferry is back.\n\n{FOOTER}", Parted("The ferry is back.", FOOTER)),
        (f"One.\n\nTwo.\n\n{FOOTER}\nexample.org", Parted("One.\n\nTwo.", f"{FOOTER}\nexample.org")),
        (f"One.\n{FOOTER}\n#News", Parted("One.\n#News", FOOTER)),
        ("One.\nTwo.", Parted("One.\nTwo.", None)),
        (FOOTER, Parted("", FOOTER)),
        (f"{FOOTER}\nOne.\n2\n3\n4", Parted(f"{FOOTER}\nOne.\n2\n3\n4", None)),
        ("", Parted("", None)),
    ],
)
def test_part(text: str, parted: Parted) -> None:
    assert part_footer(text, Footers(KEYS)) == parted


NAMES = ("Порт Live", "harbour_news", "Музей моря")
PORT = [f"Паром номер {n} вышел из порта." for n in range(30)]


@pytest.mark.parametrize(
    ("line", "is_footer"),
    [
        ("👉 Порт Live. Подписаться", True),
        ("👉 [Порт Live](https://t.me/harbour_news). [Подписаться](https://t.me/+AbCdEf)", True),
        ("@harbour_news", True),
        ("https://t.me/harbour_news", True),
        ("t.me/another_channel", True),
        ("⚓️ Порт Live | Музей моря | Подписывайтесь", True),
        ("Подписывайтесь на наш канал", True),
        ("Subscribe to our channel: @harbour_news", True),
        ("Подписаться на Порт Live", True),
        ("Музей моря", False),  # may be what the post is about
        ("Подписаться на газету можно до мая", False),
        ("https://example.org/ferry/15", False),  # where it is from
        ("Паром: @harbour_news", False),
        ("Follow the news of the port", False),
        ("Join the ferry at noon", False),
        ("#порт", False),
    ],
)
def test_a_line_about_a_channel_is_a_footer_once(line: str, is_footer: bool) -> None:
    footers = find_footers({"port": [*PORT, f"Мост открыт.\n\n{line}"]}, NAMES, 0.1)["port"]
    body = "Мост открыт." if is_footer else f"Мост открыт.\n\n{line}"
    assert part_footer(f"Мост открыт.\n\n{line}", footers).body == body
    assert part_footer(line, footers).body == ("" if is_footer else line)


def test_footers_of_one_channel_are_footers_of_its_sisters() -> None:
    texts = {"port": posts(5, "👉 Порт. Подпишитесь на нас!"), "town": posts(5, "Редакция города", 9)}
    found = find_footers(texts, ["port", "town"], 0.1)
    assert part_footer("Мост открыт.\n👉 Порт. Подпишитесь на нас", found["town"]).body == "Мост открыт."
    assert part_footer("Мост открыт.\nРедакция города", found["town"]).body == "Мост открыт."
    assert part_footer("Мост открыт.\nРедакция города", found["port"]).footer is None  # says nothing of a channel


def test_a_short_call_with_any_name_is_a_footer_twice() -> None:
    texts = {"port": [*PORT, "Мост закрыт.\n🎭 Афиша. Подписаться", "Мост открыт.\n🎭 Афиша. Подписаться"]}
    footers = find_footers(texts, ["port"], 0.1)["port"]
    assert part_footer(texts["port"][-1], footers) == Parted("Мост открыт.", "🎭 Афиша. Подписаться")
    assert part_footer("Мост открыт.\n🎭 Кино. Подписаться", footers).footer is None


def test_lines_that_the_user_gives() -> None:
    given = ["Редакция порта", "Реклама. ООО*"]
    for share in (0.1, None):
        footers = find_footers({"port": PORT}, ["port"], share, given)["port"]
        text = "Мост открыт.\n**Редакция порта**\nРеклама. ООО «Паром», erid: 2Vtz"
        assert part_footer(text, footers).body == "Мост открыт."
        assert part_footer("Мост открыт.\nРедакция порта сообщает", footers).footer is None
    assert part_footer("Мост открыт.\n@port", footers).footer is None
