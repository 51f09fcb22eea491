"""What Telegram writes around and inside a text: links, hashtags, emoji, reactions, words of its interface.

A page of t.me shows more than posts say: who a post was forwarded from, that a video is too big for the browser, how
often readers clicked a heart. `line_role` tells such lines from text, `parse_reactions` reads the counts. All strings
of the interface are in one table, because they rot and are localised.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# ---------------------------------------------------------------- words of the interface

MARKERS: Final = {
    "media_marker": (
        "Media is too big",
        "This media is not supported in your browser",
        "Медиафайл слишком большой",
        "Медиафайл слишком велик",
        "Этот медиафайл не поддерживается вашим браузером",
        "Это медиа не поддерживается вашим браузером",
    ),
    "unsupported_marker": (
        "Please open Telegram to view this post",
        "Откройте Telegram, чтобы посмотреть этот пост",
        "Откройте Telegram, чтобы просмотреть этот пост",
        "Пожалуйста, откройте Telegram, чтобы посмотреть этот пост",
        "Пожалуйста, откройте Telegram, чтобы просмотреть этот пост",
    ),
    "telegram_link": (
        "VIEW IN TELEGRAM",
        "ПОСМОТРЕТЬ В TELEGRAM",
        "ПРОСМОТРЕТЬ В TELEGRAM",
        "ОТКРЫТЬ В TELEGRAM",
    ),
}
FORWARD_PREFIXES: Final = ("Forwarded from ", "Переслано из ", "Переслано от ")

_ROLE_OF_MARKER = {text.casefold(): role for role, texts in MARKERS.items() for text in texts}
_FORWARD = re.compile("(?:" + "|".join(FORWARD_PREFIXES).replace(" ", r"\s") + r")\s*(.+)")
_VIA = re.compile(r"(?:via|через)\s+(@\w{3,32})", re.IGNORECASE)
_SIZE = re.compile(r"\d+(?:[.,]\d+)?\s?(?:bytes?|[KMGT]?B|байт|[КМГТ]?Б)", re.IGNORECASE)

# ---------------------------------------------------------------- emoji

_PICTURE = (
    "[\U0001f000-\U0001faff\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u25fd\u25fe\u2600-\u27bf\u2b1b\u2b1c\u2b50\u2b55]"
)
_PICTURE_IF_MARKED = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb\u25fc"
    "\u2934\u2935\u2b05-\u2b07\u3030\u303d\u3297\u3299]"
)
_SKIN = "[\U0001f3fb-\U0001f3ff]"
_ONE = rf"(?:{_PICTURE}\ufe0f?{_SKIN}?|{_PICTURE_IF_MARKED}\ufe0f)"
_PICTURES = rf"{_ONE}(?:\u200d{_ONE})*[\U000e0020-\U000e007f]*"
EMOJI: Final = re.compile(rf"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURES})")
_LEADING_EMOJI = re.compile(rf"\s*(?:{EMOJI.pattern}|{_PICTURE_IF_MARKED})")

# ---------------------------------------------------------------- reactions

# The reactions that Telegram offers to everybody. Others can only be custom emoji, which the web page shows without a
# character, so a single "🚩12" is far more likely to be text.
_REACTION_EMOJI = frozenset(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡⭐"
) | {"❤\u200d🔥", "👨\u200d💻", "🤷\u200d♂", "🤷\u200d♀"}
_COUNT = r"\d{1,12}(?:[.,]\d{1,12})?[KMkm]?"
MAX_COUNT: Final = 2**63 - 1
_REACTION = re.compile(rf"(?P<emoji>{_PICTURES}) ?(?P<count>{_COUNT})|(?P<bare>{_COUNT})")
_REACTIONS = re.compile(rf"(?:{_COUNT})?(?: ?{_PICTURES} ?{_COUNT}| {_COUNT}(?![\w.,]))+")

PAID: Final = "paid"
CUSTOM: Final = "custom_emoji"

# ---------------------------------------------------------------- links and hashtags

_TOP_LEVEL = "com|org|net|info|int|gov|edu|ru|su|рф|uk|eu|me|ly|io|tv|be|by|kz|ua|de|fr|it|es|ca|us|cn|in|rs|bg|am|ge"
_URL = re.compile(
    rf"https?://[^\s<>\"«»“”]+|www\.[^\s<>\"«»“”]+"
    rf"|(?<![\w@./-])(?:[a-zа-я0-9-]+\.)+(?:{_TOP_LEVEL})(?![\w-])(?:/[^\s<>\"«»“”]*)?",
)
# Marks that letters bear, of the scripts that have some: Python's \w has none of them, Telegram's hashtags have all.
_MARKS = "".join(
    chr(code)
    for code in (*range(0x300, 0x3100), *range(0xA600, 0xAC00))
    if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
TAG_LETTER: Final = rf"[\w{_MARKS}]"  # what a hashtag consists of, also in decomposed letters
_HASHTAG = re.compile(rf"(?<![\w{_MARKS}&/#])#(?={TAG_LETTER}*[^\W\d_]){TAG_LETTER}+")


def find_urls(text: str) -> list[str]:
    """Return the web addresses in the text, in order, as written; bare domains too, e-mail domains not.

    >>> find_urls("Read mid.ru/en (or https://kremlin.ru/a?b=1). Mail press@mid.ru")
    ['mid.ru/en', 'https://kremlin.ru/a?b=1']
    """
    return [text[start:end] for start, end in url_spans(text)]


def url_spans(text: str) -> list[tuple[int, int]]:
    """Return where the addresses that `find_urls` finds begin and end."""
    return [(match.start(), match.start() + len(_trim_url(match.group()))) for match in _URL.finditer(text)]


def _trim_url(url: str) -> str:
    """Cut punctuation that belongs to the sentence; keep a bracket that was opened inside the address."""
    for stop in ("](", ")[", "]["):  # Markdown links that an API wrote
        url = url.split(stop)[0]
    while url and (url[-1] in ".,;:!?'*_…" or _closes_more(url, "()") or _closes_more(url, "[]")):
        url = url[:-1]
    return url


def _closes_more(url: str, brackets: str) -> bool:
    return url.endswith(brackets[1]) and url.count(brackets[1]) > url.count(brackets[0])


def find_hashtags(text: str) -> list[str]:
    """Return the hashtags in the text with their #, in order; one needs a letter and is no part of an address.

    They are composed (NFC), as everybody types them, however the text has its letters.

    >>> find_hashtags("#Victory81 and #РоссияКуба, not #1 or a.org/#top")
    ['#Victory81', '#РоссияКуба']
    >>> find_hashtags("#Новыи\u0306Год") == ["#НовыйГод"]
    True
    """
    return [unicodedata.normalize("NFC", tag) for tag in _HASHTAG.findall(_URL.sub(" ", text))]


def strip_emoji(text: str) -> str:
    """Return the text without emoji; spaces stay as they are.

    >>> strip_emoji("🇷🇺 8️⃣0️⃣ years ❤️")
    '  years '
    """
    return text if text.isascii() else EMOJI.sub("", text)


def starts_with_emoji(text: str) -> bool:
    """Tell whether the first thing in the text is an emoji.

    >>> starts_with_emoji("▪️ first"), starts_with_emoji("first ▪️")
    (True, False)
    """
    return _LEADING_EMOJI.match(text) is not None


def parse_count(count: str) -> int:
    """Return the number that a rounded count stands for.

    Raises:
        ValueError: if it is no number.
        OverflowError: if it is one that no count can be, beyond 64 bits.

    >>> parse_count("1.2K"), parse_count("1M"), parse_count("58")
    (1200, 1000000, 58)
    """
    factor = {"K": 1_000, "M": 1_000_000}.get(count[-1:].upper(), 1)
    number = int(count) if count.isdecimal() else round(float(count.rstrip("KMkm").replace(",", ".")) * factor)
    if abs(number) > MAX_COUNT:
        raise OverflowError("a count beyond 64 bits")
    return number


def parse_reactions(line: str) -> list[tuple[str, int]] | None:
    """Read a line of reaction counts; None if the line is something else.

    A count before the first emoji is of paid stars, counts without emoji after it are of custom emoji: the page shows
    neither with a character. Emoji outside Telegram's own set count only in the company of others.

    >>> parse_reactions("7.03K👍12❤️‍🔥1.2K 7")
    [('paid', 7030), ('👍', 12), ('❤\u200d🔥', 1200), ('custom_emoji', 7)]
    >>> parse_reactions("8️⃣0️⃣ years ago"), parse_reactions("2025"), parse_reactions("🚩12")
    (None, None, None)
    """
    line = " ".join(line.split())
    if not _REACTIONS.fullmatch(line):
        return None
    reactions: list[tuple[str, int]] = []
    for match in _REACTION.finditer(line):
        emoji = (match["emoji"] or (CUSTOM if reactions else PAID)).replace("\ufe0f", "")
        reactions.append((emoji, parse_count(match["count"] or match["bare"])))
    shown = [emoji for emoji, _ in reactions if emoji not in (PAID, CUSTOM)]
    if not shown or not (any(emoji in _REACTION_EMOJI for emoji in shown) or len(shown) > 1):
        return None
    return reactions


def line_role(line: str) -> str | None:
    """Return what a line of the interface is; None if it is text or reactions.

    Returns:
        media_marker, unsupported_marker, telegram_link (the link below either), forward_header, via, size (of a
        document, the line after its name), or None.
    """
    line = " ".join(line.split())
    role = _ROLE_OF_MARKER.get(line.casefold())
    if role:
        return role
    if _FORWARD.fullmatch(line):
        return "forward_header"
    if _VIA.fullmatch(line):
        return "via"
    return "size" if _SIZE.fullmatch(line) else None


def forward_source(line: str) -> str | None:
    """Return whose post a forward header names, with the author's signature if there is one.

    >>> forward_source("Forwarded from Example Embassy (A. Author)")
    'Example Embassy (A. Author)'
    """
    match = _FORWARD.fullmatch(" ".join(line.split()))
    return match[1] if match else None
