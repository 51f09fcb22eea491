import pytest

from toolkit.text.telegram import (
    EMOJI,
    find_hashtags,
    find_urls,
    forward_source,
    line_role,
    parse_count,
    parse_reactions,
    starts_with_emoji,
    strip_emoji,
)


@pytest.mark.parametrize(
    ("line", "reactions"),
    [
        ("👍18❤8💯2😁1", [("👍", 18), ("❤", 8), ("💯", 2), ("😁", 1)]),
        ("👍1.2K❤13.4K🔥1M", [("👍", 1200), ("❤", 13400), ("🔥", 1_000_000)]),
        ("7.03K👍12 7", [("paid", 7030), ("👍", 12), ("custom_emoji", 7)]),
        ("3❤493", [("paid", 3), ("❤", 493)]),
        ("👍12 7 3", [("👍", 12), ("custom_emoji", 7), ("custom_emoji", 3)]),
        ("❤️5", [("❤", 5)]),
        ("❤5", [("❤", 5)]),
        ("❤️‍🔥3🤷‍♂2", [("❤\u200d🔥", 3), ("🤷\u200d♂", 2)]),
        (" 👍 18 ❤ 8 ", [("👍", 18), ("❤", 8)]),
        ("🔥100", [("🔥", 100)]),
        ("🎯12🦊3", [("🎯", 12), ("🦊", 3)]),
    ],
)
def test_reactions(line: str, reactions: list[tuple[str, int]]) -> None:
    assert parse_reactions(line) == reactions


@pytest.mark.parametrize(
    "line",
    [
        "8️⃣0️⃣ years ago",  # keycaps have digits in them
        "2️⃣0️⃣2️⃣6️⃣",
        "1️⃣2",
        "🇷🇺12",  # a flag is no reaction
        "📞 112",
        "🚩12",
        "2025",
        "12 7",
        "👍",
        "👍18 likes",
        "5 👍",
        "👍1.2.3",
        "",
        "#News",
    ],
)
def test_no_reactions(line: str) -> None:
    assert parse_reactions(line) is None


def test_long_line_of_almost_reactions_is_read_in_time() -> None:
    assert parse_reactions("👍1 " * 20_000 + "x") is None
    assert parse_reactions(" " * 50_000 + "x") is None


@pytest.mark.parametrize(("count", "number"), [("1.2K", 1200), ("7.03K", 7030), ("1M", 1_000_000), ("58", 58)])
def test_count(count: str, number: int) -> None:
    assert parse_count(count) == number


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Media is too big", "media_marker"),
        ("This media is not supported in your browser", "media_marker"),
        ("VIEW IN TELEGRAM", "telegram_link"),
        ("ПОСМОТРЕТЬ В TELEGRAM", "telegram_link"),
        ("Please open Telegram to view this post", "unsupported_marker"),
        ("Forwarded from Port News", "forward_header"),
        ("Forwarded from\xa0Port News", "forward_header"),
        ("Переслано из Вестник порта", "forward_header"),
        ("via @gif", "via"),
        ("1.2 MB", "size"),
        ("45,3 КБ", "size"),
        ("Please open the window", None),
        ("via the old road", None),
        ("12 MBit", None),
        ("Forwarded from", None),
    ],
)
def test_line_role(line: str, role: str | None) -> None:
    assert line_role(line) == role


def test_forward_source() -> None:
    assert forward_source("Forwarded from\xa0Port News 🚢 (A. Author)") == "Port News 🚢 (A. Author)"
    assert forward_source("We forwarded it from Port News") is None


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("See https://example.org/a?b=1, and www.example.com.", ["https://example.org/a?b=1", "www.example.com"]),
        ("(https://example.org/a_(b))", ["https://example.org/a_(b)"]),
        ("Подробнее: mid.ru/ru/news и кремль.рф", ["mid.ru/ru/news", "кремль.рф"]),
        ("«https://example.org»", ["https://example.org"]),
        ("[text](https://example.org/x)", ["https://example.org/x"]),
        ("Write to press@example.org", []),
        ("The talks ended.It is over. 12.30 p.m.", []),
        ("t.me/example/12", ["t.me/example/12"]),
    ],
)
def test_urls(text: str, urls: list[str]) -> None:
    assert find_urls(text) == urls


@pytest.mark.parametrize(
    ("text", "hashtags"),
    [
        ("#Victory81 #РоссияКуба #UN_80", ["#Victory81", "#РоссияКуба", "#UN_80"]),
        ("№ #1 and a#b and https://example.org/#top", []),
        ("(#News)", ["#News"]),
        ("Новости #Россиискии\u0306Мир и #Новыи\u0306Год", ["#РоссиискийМир", "#НовыйГод"]),
        ("#е\u0308лка_2025 #за\u0301мок #हिन्दी", ["#ёлка_2025", "#за\u0301мок", "#हिन्दी"]),
        ("и\u0306#b, #\ufe0f\u20e3 and #\u0306", []),
    ],
)
def test_hashtags(text: str, hashtags: list[str]) -> None:
    assert find_hashtags(text) == hashtags


def test_emoji() -> None:
    assert EMOJI.findall("🇷🇺 8️⃣ ☝️ 👨‍👩‍👧 👍🏽 →©x") == ["🇷🇺", "8️⃣", "☝️", "👨‍👩‍👧", "👍🏽"]
    assert strip_emoji("☝️ It is → so™") == " It is → so™"
    assert starts_with_emoji("🔹 first") and starts_with_emoji("▪ first") and not starts_with_emoji("• first")
