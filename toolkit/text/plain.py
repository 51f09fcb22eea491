"""The text of a post that can have a translation: paragraphs without decoration, link lines and tag blocks."""

from __future__ import annotations

import re
from typing import Final

from toolkit.text.pii import PLACEHOLDER
from toolkit.text.telegram import EMOJI, TAG_LETTER, starts_with_emoji

_MARKS = rf"(?:{EMOJI.pattern}|[\u25a0-\u25ff\u2b1b\u2b1c•‣▶►➡])"
_LEADING = re.compile(rf"(?:{_MARKS}\s*)+")
_MARKS_INSIDE = re.compile(rf"(?:\s*{_MARKS})+")
_NUMBER_OF_KEYCAPS = re.compile(r"(?:[0-9]\ufe0f?\u20e3){2,}")
_KEYCAP = re.compile(r"\ufe0f?\u20e3")
_TAG = rf"#{TAG_LETTER}+"
_TAGS = rf"{_TAG}(?:[\s|,/·]+{_TAG})*"
_TAGS_INSIDE = re.compile(rf"(?:(?<=[.!?…»”\"')])\s+|\s+(?={_TAG}\s+#)){_TAGS}\s*")
# The label of a link to the rest, after the last sentence: it hides an address and says nothing that a reader misses.
_REST = re.compile(
    r"(?<=[.!?…»”\")])\s+\[?(?:Подробнее|Подробности|Читать (?:далее|дальше|полностью)|Read (?:more|on|in full)"
    r"|Learn more|More details|Full (?:story|text))\]?\s?[.…:>»→]*$",
    re.IGNORECASE,
)
# The last two letters of each of these labels, and what may stand behind them.
_REST_ENDS: Final = ("ее", "ти", "ше", "ью", "re", "on", "ll", "ls", "ry", "xt")
_BEHIND_REST: Final = ".…:>»→"
_PROSE_ENDS = frozenset(".!?…,:;»”\")'")  # most lines end so, and need no search for emoji
_ADDRESS = re.compile(rf"(?:https?://|www\.|t\.me/)\S+|[#@]{TAG_LETTER}+|{PLACEHOLDER}")
_SIGNS_OF_ADDRESS: Final = ("/", "#", "@", "[", "www.")  # each address has one of these
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]\n]*)\]\((?:https?|tg)://[^\s()]*(?:\([^\s()]*\)[^\s()]*)*\)")
_MARKDOWN_BOLD = re.compile(r"\*\*(?=[^\s*])([^*\n]+)(?<=\S)\*\*")
_WRAPPED = re.compile(r"[\w,(—–-]$")
_LOWER = re.compile(r"[«“\"'(]?[a-zа-яё]")
_WRAP_WIDTH = 40  # a shorter line was ended by its author, not by a page's width


def plain_text(text: str) -> str:
    r"""Return what there is to translate, a paragraph a line.

    Of a Markdown link, as Telegram's APIs write it, the label stays, and of bold text what is between the stars.
    Emoji and bullets leave the ends of a line and stay inside it, but several keycaps in a row are a number; a block
    of hashtags after the last word of a line goes; a line with nothing but links, hashtags, mentions and emoji goes;
    empty lines go.

    >>> plain_text("🔹 Сергей Лавров 🇷🇺 в Каире. #Египет #Африка\n\n👉 https://example.org\n@channel | #News\n***")
    'Сергей Лавров 🇷🇺 в Каире.\n***'
    >>> plain_text("1️⃣ 8️⃣0️⃣ years ago")
    '80 years ago'
    >>> plain_text("[](https://example.org/a)**Buses** run [again](https://example.org/b_(c)).")
    'Buses run again.'
    """
    text = without_markup(text)
    if "\u20e3" in text:
        text = _NUMBER_OF_KEYCAPS.sub(lambda match: _KEYCAP.sub("", match.group()), text)
    lines = (_plain_line(line.strip()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def without_markup(text: str) -> str:
    """Return the text with the labels of Markdown links instead of the links, and without the stars of bold words.

    >>> without_markup("**Buses** run [again](https://example.org/b)")
    'Buses run again'
    """
    text = _MARKDOWN_LINK.sub(r"\1", text) if "](" in text else text
    return _MARKDOWN_BOLD.sub(r"\1", text) if "**" in text else text


def _plain_line(line: str) -> str:
    if any(sign in line for sign in _SIGNS_OF_ADDRESS) and _is_of_addresses(line):
        return ""
    if _may_end_with_rest(line):
        line = _REST.sub("", line)
    line = _strip_marks(line)
    if "#" in line:
        line = _strip_marks(_without_tail(_TAGS_INSIDE, line))
    return line[match.end() :] if (match := _LEADING.match(line)) else line


def _is_of_addresses(line: str) -> bool:
    return not _LETTER_OR_DIGIT.search(_ADDRESS.sub("", line)) and _LETTER_OR_DIGIT.search(line) is not None


def _may_end_with_rest(line: str) -> bool:
    """Tell, in a fraction of what the search costs, whether a line may end with the label of a link to the rest."""
    return line.rstrip(_BEHIND_REST).rstrip().rstrip("]")[-2:].casefold().endswith(_REST_ENDS)


def _strip_marks(line: str) -> str:
    return line if line[-1:].isalnum() or line[-1:] in _PROSE_ENDS else _without_tail(_MARKS_INSIDE, line)


def _without_tail(pattern: re.Pattern[str], line: str) -> str:
    """Cut a match that ends the line; with a $ in it, a pattern would try every start in a long run of emoji."""
    last = [None, *pattern.finditer(line)][-1]
    return line[: last.start()] if last is not None and last.end() == len(line) else line


def join_hard_wraps(text: str) -> str:
    r"""Join lines that a page's width has broken inside a sentence.

    A line is joined to the one before if it goes on in lower case and the one before is long and unfinished.

    >>> join_hard_wraps("Germany would never be able again to disturb peace of the\nworld.\nTotal:\nworld")
    'Germany would never be able again to disturb peace of the world.\nTotal:\nworld'
    """
    if "\n" not in text:
        return text
    joined: list[str] = []
    for line in text.split("\n"):
        if joined and _goes_on(joined[-1], line):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return "\n".join(joined)


def _goes_on(line: str, following: str) -> bool:
    return (
        len(line) >= _WRAP_WIDTH
        and _LOWER.match(following) is not None
        and _WRAPPED.search(line) is not None
        and not starts_with_emoji(following)
    )
