"""Find mail addresses and the names that persons go by in Telegram and elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from toolkit.text.characters import fix_look_alikes
from toolkit.text.phones import TAKEN, Found, has_any

# --- mail ------------------------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![^\W_])")
_FILE_ENDINGS = ("png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js")  # "logo@2x.png"

_USER = r"(?<![\w.@+-])(?!(?:us|me|him|her|them|you|it|or|and|is)\b)[\w.+-]{2,40}"
_PROVIDER = (
    r"(?:gmail|mail|yandex|ya|bk|inbox|list|internet|rambler|outlook|hotmail|live|icloud|yahoo|proton(?:mail)?|pm|gmx|ukr"
    r"|tut|aol)"
)
_AT_WORD, _DOT_WORD = r"\s(?:at|собак[аиу]|собачка|@)\s", r"\s(?:dot|точка|тчк|\.)\s"
_MAIL_WORD = (
    r"\b(?:e-?mail|mail|[еиэ]?-?м[еэ]йл|майл|(?:эл)?почт[аеуы]|пиши(?:те)?|напиши(?:те)?|write|contact|адрес[а-яё]*)\b"
)
# Spaces, and words for signs, only where nothing else can be meant. First one of what such a text must have.
_SPOKEN: Final = tuple(
    (signs, re.compile(pattern, re.IGNORECASE))
    for signs, pattern in (
        (  # ivan@ mail.example
            ("@ ", "@\u00a0"),
            rf"({_USER}@[ \u00a0]{{1,2}}(?:[A-Za-z\d-]+\.)+[A-Za-z]{{2,24}})(?!\w)",
        ),
        (  # ivan @ gmail.com, ivan.p @gmail.com
            (" @", "\u00a0@", "\n@"),
            r"(?<![\w.@+-])(?=[A-Za-z\d])"
            rf"((?:{_USER}[ \u00a0]{{1,2}}@[ \u00a0]{{1,2}}|(?=[\w+-]{{0,40}}[\d._]){_USER}[ \u00a0\n]@)"
            rf"{_PROVIDER}\.[a-z]{{2,3}})(?!\w)",
        ),
        (  # ivan собака mail точка ru
            ("собак", "собач"),
            rf"({_USER}\s(?:собак[аиу]|собачка)\s[\w.-]+{_DOT_WORD}[^\W\d_]{{2,24}})(?!\w)",
        ),
        (  # mail: ivan dot petrov at mail dot example
            (" dot ", " точка ", " тчк ", " @ ", " . "),
            rf"{_MAIL_WORD}[^\n@{TAKEN}]{{0,25}}?"
            rf"({_USER}(?:{_DOT_WORD}[\w-]{{2,40}}){{0,2}}(?:{_AT_WORD}|@)[\w-]{{2,40}}"
            rf"(?:(?:\.|{_DOT_WORD})[^\W\d_]{{2,24}}){{1,3}})(?!\w)",
        ),
    )
)
_SPOKEN_SIGNS: Final = (re.compile(_AT_WORD, re.IGNORECASE), re.compile(_DOT_WORD, re.IGNORECASE))

# --- names -----------------------------------------------------------------------------------------------------------

_NAME = r"[A-Za-z](?:[\w.]{2,30}[A-Za-z0-9_])"
_HANDLE = re.compile(rf"(?<![\w@.])@({_NAME})(?![\w@])", re.ASCII)
_DOMAIN = re.compile(r"[\w.]+\.(?:com|ru|org|net|info|io|dev|app|cat|su|ai|biz)")  # at which mail is offered
# What stands behind a decorator: its arguments, or what it decorates.
_CALLED = re.compile(r"\((?:\)|[^()\n]{0,80}[=\"'/\d\[])")
_DECORATES = re.compile(
    r"[^\n]{0,80}(?:\n[ \t]*@[\w.]+[^\n]{0,80}){0,9}"
    r"\n[ \t]*(?:(?:async|export|public|private|protected|static) )*"
    r"(?:def|class|function|interface|void|fun|const|let|int|String)\b"
)
_INDENT: Final = 80  # characters before a decorator, at most
_PACKAGE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z]")  # @scope/package
_CODE = re.compile(
    "charset|classmethod|dataclass|deprecated|everyone|here|implements|import|include|keyframes|media|override|param"
    "|property|returns?|section|staticmethod|supports"
)
_TELEGRAM = r"(?<![\w.-])(?:t|telegram)\.(?:me|dog)/"
_LINKS: Final = re.compile(
    "|".join(
        (
            rf"{_TELEGRAM}(?:s/)?@?([A-Za-z]\w{{3,31}})(?![\w+]|/\w)",
            r"\btg:(?://)?resolve/?\?(?:[\w=]+&)*domain=([A-Za-z]\w{3,31})(?![\w/])",
            r"\b([a-z]\w{3,31})\.t\.me\b",
            r"\bweb\.telegram\.org/\w/#@([A-Za-z]\w{3,31})",
            r"\btg:(?://)?(?:user\?id|openmessage\?user_id)=(\d+)",
            # Elsewhere only what can be no organisation's.
            r"\bvk\.(?:com|ru)/id(\d+)|\[id(\d+)\|",
            r"\b(?:facebook|fb)\.com/profile\.php\?id=(\d+)",
            r"\bok\.ru/profile/(\d+)",
            r"\blinkedin\.com/in/([\w-]+)",
            r"\bskype:(?:live:)?([a-z][\w.,-]{5,31})(?=\?(?:call|chat|add))",
        )
    ),
    re.ASCII | re.IGNORECASE,
)
LINK_SIGNS: Final = (".me", ".dog", "tg:", "org/", "vk.", "[id", "profile", "/in/", "skype:")
_NO_NAMES: Final = re.compile(
    "joinchat|add(?:stickers|emoji|list|theme)|share|proxy|socks|login|confirmphone|setlanguage|boost|giftcode|invoice|contact"
)
NAME_SIGNS: Final = ("telegram", "телеграм", "тг", "tg", "skype", "скайп", "instagram", "инст", "discord", "дискорд")
# "Skype: ivan.petrov"; a name shows by a sign that words do not have.
_NAMED = re.compile(
    r"(?:\b(?:skype|скайп[а-яё]{0,2})(?: ?[:—–-] ?| )(?:live:)?"
    r"|\b(?:telegram|телеграмм?|тг|tg|instagram|инстаграмм?|инста?|discord|дискорд) ?[:—–] ?)"
    r"((?=[\w.]*[_\d]|[a-z]+\.[a-z])[A-Za-z_]{3}[\w.]{1,28}\w)(?![\w@]|\.\w)",
    re.IGNORECASE,
)

_MESSAGE_LINK = re.compile(rf"{_TELEGRAM}(?:s/)?([A-Za-z]\w{{3,31}})/\d", re.ASCII | re.IGNORECASE)
_CHANNEL = r"(?:каналы?|канал[еу]|каналом|чат[еу]?|channels?|chat)"
_CHANNEL_NAMED: Final = (
    # канале @name, channel «Port» (@name); not: of the channel @name, админ канала @name
    re.compile(
        rf"(?<!of )(?<!of the )(?<!of our )\b{_CHANNEL}"
        rf"\s?[:—–|-]?\s?(?:[«“\"][^»”\"\n]{{1,60}}[»”\"])?\s?\(?@({_NAME})",
        re.IGNORECASE,
    ),
    # [@name](https://t.me/+invitation): what one is invited to is no person
    re.compile(
        rf"\[[^\[\]\n@]{{0,60}}@({_NAME})\s?[^\[\]\n]{{0,60}}\]\((?:https?://)?{_TELEGRAM}(?:\+(?!\d{{7}})|joinchat/)"
    ),
    # [our channel](https://t.me/name)
    re.compile(
        rf"\[(?:[^\[\]\n]*\s|[^\[\]\n]*-)?{_CHANNEL}\b[^\[\]\n]*\]\(https?://t\.me/(?:s/)?([A-Za-z]\w{{3,31}})/?\)",
        re.IGNORECASE,
    ),
)


def find_emails(text: str) -> Iterator[Found]:
    """Yield mail addresses, also those spelled out where it is plain that they are some.

    >>> [value for _, _, value in find_emails("Mail: Ivan at port dot example or a@port.example")]
    ['a@port.example', 'ivan@port.example']
    """
    if "@" in text:
        for match in _EMAIL.finditer(text):
            value = fix_look_alikes(match[0].lower())
            if not value.endswith(_FILE_ENDINGS):
                yield *match.span(), value
    for signs, pattern in _SPOKEN:
        for match in pattern.finditer(text) if has_any(text, signs) else ():
            yield *match.span(1), _spelled_right(match[1])


def _spelled_right(spoken: str) -> str:
    at, dot = _SPOKEN_SIGNS
    return "".join(dot.sub(".", at.sub("@", spoken)).split()).lower()


def find_handle_links(text: str) -> Iterator[Found]:
    """Yield the names in addresses that lead to somebody."""
    for match in _LINKS.finditer(text) if has_any(text, LINK_SIGNS) else ():
        group = match.lastindex or 1
        if not _NO_NAMES.fullmatch(match[group].lower()):
            yield *match.span(group), match[group].lower()


def find_handles(text: str) -> Iterator[Found]:
    """Yield @names, and names that are said to be some in a messenger, in a text that has no addresses.

    >>> list(find_handles("@Some_one, Skype: ivan.petrov, @types/react"))
    [(0, 9, 'some_one'), (18, 29, 'ivan.petrov')]
    """
    if "@" in text:
        for match in _HANDLE.finditer(text):
            name, (start, end) = match[1].lower(), match.span()
            is_code = _CODE.fullmatch(name) or _PACKAGE.match(text, start + 1)
            if not (is_code or _DOMAIN.fullmatch(name) or _CALLED.match(text, end) or _is_decorator(text, start, end)):
                yield start, end, name
    for match in _NAMED.finditer(text) if has_any(text, NAME_SIGNS) else ():
        yield *match.span(1), match[1].lower()


def _is_decorator(text: str, start: int, end: int) -> bool:
    is_first = not text[max(0, start - _INDENT) : start].rpartition("\n")[2].strip()
    return is_first and _DECORATES.match(text, end) is not None


def channels_in(texts: Iterable[str]) -> set[str]:
    """Return the names that texts show to be channels': by a link to a message, an invitation, the word "channel".

    >>> sorted(channels_in(["t.me/port/15", "Наш канал: @Harbour", "[@pier](https://t.me/+AbCdEfGh)"]))
    ['harbour', 'pier', 'port']
    """
    found: set[str] = set()
    for text in texts:
        for pattern in (_MESSAGE_LINK, *_CHANNEL_NAMED):
            found.update(match[1].lower() for match in pattern.finditer(text))
    return found
