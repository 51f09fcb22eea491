"""Split a post into sentences: lines first, then what posts do between sentences, then the stops of prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from toolkit.text.characters import shows_nothing
from toolkit.text.one_byte import strictly, table_of
from toolkit.text.sentence_ends import sentence_ends
from toolkit.text.telegram import EMOJI, TAG_LETTER

_OMISSION = r"<\s?(?:\.{2,3}|…)\s?>"
_RULE = r"\*{3,}|[-_—=]{3,}|(?:\* ){2,}\*"
_OWN_SEGMENT = re.compile(rf"({_OMISSION}(?!\s*[a-zа-яё])|(?:^|(?<=\s))(?:{_RULE})(?=\s|$))")
_SIGNS_OF_SEGMENTS: Final = ("<", "*", "_", "=", "--", "——", "-—", "—-")  # each of them has one of these
_SPACES = re.compile(r"\s{2,}|[^\S ]")
_INLINE_BULLET = re.compile(r" (?=[•●▪◾‣⁃]\ufe0f? ?\w)")
_HASHTAG_BLOCK = re.compile(rf"(?:(?<=[.!?…»”\"')])|(?= #\S+ #))(?: #{TAG_LETTER}+)+")
_ONE_TAG = re.compile(rf"#?{TAG_LETTER}*")
# "... of the ministry.The second ...", but no names of sites, and see _split_glued.
_GLUED = re.compile(r"(?<=[a-zа-яё]{3}[.!?])(?=[A-ZА-ЯЁ][a-zа-яё])")
# A shape of it in Windows-1251, which has one of the bullets and none of the emoji.
_KINDS: Final = table_of(
    lambda sign: (
        "a" if re.match("[a-zа-яё]", sign) else "A" if re.match("[A-ZА-ЯЁ]", sign) else "." if sign in ".!?" else " "
    )
)
_GLUED_KINDS: Final = b"aaa.Aa"
_BULLET: Final = "•".encode("cp1251")
_SITE: Final = re.compile(
    r"(?:Com|Info|Net|Org|Ru|Su|Io|Me|Tv|Biz|Pro|Gov|Edu|Eu|Uk|Us|Ua|By|Kz|Online|Media|Press|Daily|Today|Live|Life|"
    r"Club|Site|Store|Tech|News|Post|Times|Рф|Ру|Ком|Нет|Инфо|Новости|Медиа|Онлайн|Сегодня|Недвижимость|Спорт)\b"
)
_CAPITALISED = re.compile(r"(?<!\w)[A-ZА-ЯЁ]\w*[.!?]$")
_OPEN, _CLOSE = frozenset("«“„"), frozenset("»”")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_WORD = re.compile(r"\w+")
_UPPER_NEXT = re.compile(r"\s*[«“\"'(\[]?[A-ZА-ЯЁ]")
_NEAR: Final = 200  # characters around an emoji in which words are counted
# A list on one line: "1. One thing 2. Another", "a) ... b) ..."
_LIST = re.compile(r"\W{0,3}(?:(?P<number>[0-9]{1,2})|(?P<letter>[aа]))(?P<mark>\.\)|[.)]) ?(?=[^\W\d_])")
_ITEM = re.compile(r" (?=(?:(?P<number>[0-9]{1,2})|(?P<letter>[a-zа-я]))(?P<mark>\.\)|[.)]) ?[«“\"]?[A-ZА-ЯЁ])")


def split_sentences(text: str, lang: str) -> list[str]:
    """Split a text into segments, in order; without their white space they are the text without its white space.

    A line end always ends a segment. "<...>", a line of asterisks and a block of hashtags after a sentence are
    segments of their own; an emoji between sentences and a bullet belong to the sentence that follows.

    Args:
        text: a post or a part of one; an empty line is no segment.
        lang: ru | en; today both have the same rules, because posts quote each other's abbreviations.

    >>> split_sentences("Talks went on for two days ☝️ It is a start. <...> Mr. Smith left. #News #UN", "en")
    ['Talks went on for two days', '☝️ It is a start.', '<...>', 'Mr. Smith left.', '#News #UN']
    >>> split_sentences("• Школу открыли в 1945 г. Он там учился.\\n***", "ru")
    ['• Школу открыли в 1945 г.', 'Он там учился.', '***']
    """
    return [segment for line in text.split("\n") for segment in _split_line(line)]


def _split_line(line: str) -> list[str]:
    segments: list[str] = []
    parts = _OWN_SEGMENT.split(line) if any(sign in line for sign in _SIGNS_OF_SEGMENTS) else [line]
    for number, part in enumerate(parts):
        if number % 2:
            segments.append(part)
        elif not shows_nothing(part):
            segments.extend(_split_prose(part))
    return segments


def _split_prose(text: str) -> list[str]:
    """Split what has no omission marks; a hashtag block at its end comes off first."""
    text = (text if text.isprintable() and "  " not in text else _SPACES.sub(" ", text)).strip()
    # Not $, which would try every start in a long run of tags.
    block = [None, *_HASHTAG_BLOCK.finditer(text)][-1] if "#" in text else None
    tags: list[str] = []
    if block is not None and not text[block.end() :].strip() and not _ONE_TAG.fullmatch(text, 0, block.start()):
        text, tags = text[: block.start()], [text[block.start() :].strip()]
    text = text.strip()
    parts = [text] if _has_only_stops(text) else _parts(text)
    return [*_joined([sentence for part in parts for sentence in _split_at_ends(part)]), *tags]


def _has_only_stops(text: str) -> bool:
    """Tell whether nothing but stops divides a text, as in most; much faster than to look for all else."""
    codes = strictly(text)
    if codes is None or _BULLET in codes or _LIST.match(text):
        return False
    return _GLUED_KINDS not in codes.translate(_KINDS)


def _parts(text: str) -> list[str]:
    """Split at bullets, emoji, numbers of a list and lost spaces."""
    pieces = [piece for item in _INLINE_BULLET.split(text) for piece in _split_at_emoji(item)]
    return [part for piece in pieces for entry in _split_list(piece) for part in _split_glued(entry)]


def _split_at_ends(text: str) -> list[str]:
    return _cut(text, sentence_ends(text))


def _cut(text: str, places: Iterator[int]) -> list[str]:
    """Return what is between these places, without outer space."""
    pieces, start = [], 0
    for place in places:
        pieces.append(text[start:place].strip())
        start = place
    return [*pieces, text[start:].strip()]


def _split_at_emoji(text: str) -> list[str]:
    return _cut(text, _emoji_between(text))


def _emoji_between(text: str) -> Iterator[int]:
    """Yield the places of emoji that stand between two sentences, the first of which lacks its full stop.

    Flags stand before names ("talks with 🇨🇳 Beijing"), and hearts stand for verbs in short phrases.
    """
    start = 0
    for match in () if text.isascii() else EMOJI.finditer(text):
        left = text[max(start, match.start() - _NEAR) : match.start()]
        right = text[match.end() : match.end() + _NEAR]
        if (
            left[-1:].isspace()
            and left.rstrip()[-1:].isalnum()
            and not _FLAG.match(match.group())
            and _UPPER_NEXT.match(right)
            and len(_WORD.findall(left)) >= 3
            and len(_WORD.findall(right)) >= 3
        ):
            yield match.start()
            start = match.start()


def _split_list(text: str) -> list[str]:
    """Split a list that stands on one line, if its numbers or letters follow each other."""
    first = _LIST.match(text)
    return _cut(text, _items(text, first)) if first else [text]


def _items(text: str, first: re.Match[str]) -> Iterator[int]:
    last = first
    for item in _ITEM.finditer(text, first.end()):
        if item["mark"] == last["mark"] and _follows(item, last):
            yield item.start()
            last = item


def _follows(item: re.Match[str], last: re.Match[str]) -> bool:
    if item["number"] and last["number"]:
        return int(item["number"]) == int(last["number"]) + 1
    return bool(item["letter"] and last["letter"]) and ord(item["letter"]) == ord(last["letter"]) + 1


def _split_glued(text: str) -> list[str]:
    return _cut(text, _glued(text))


def _glued(text: str) -> Iterator[int]:
    """Yield where the space between two sentences got lost; inside quotes it is the name of a site or a programme."""
    done = depth = 0
    for match in _GLUED.finditer(text):
        place = match.start()
        depth = max(depth + sum((sign in _OPEN) - (sign in _CLOSE) for sign in text[done:place]), 0)
        done = place
        is_site = _SITE.match(text, place) and (
            text[place - 1] != "." or _CAPITALISED.search(text[max(place - 40, 0) : place])
        )
        if not depth and not is_site:
            yield place


def _joined(sentences: list[str]) -> list[str]:
    """Join the number of a sentence to it, and signs that are none to the one before."""
    joined: list[list[str]] = []
    pending: list[str] = []  # a beginning that waits for its sentence: "🔹 1."
    for sentence in filter(None, sentences):
        if any(map(str.isalpha, sentence)):
            joined.append([*pending, sentence])
            pending = []
        elif not joined or pending or any(map(str.isdigit, sentence)):
            pending.append(sentence)
        else:
            joined[-1].append(sentence)
    return [" ".join(parts) for parts in (*joined, *([pending] if pending else []))]
