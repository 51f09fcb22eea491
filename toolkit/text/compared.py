"""What of a post counts when it is compared with others: its words, without markup, addresses and last lines that link.

A signature, a call to subscribe and a link to the source make a copy of a post no other post, and two posts of one
channel no copies.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from toolkit.text.calls import call_of
from toolkit.text.footers import Footers, part_footer
from toolkit.text.pii import PLACEHOLDER
from toolkit.text.plain import without_markup
from toolkit.text.telegram import strip_emoji

_LAST_LINES: Final = 4  # that may go
_MAX_WORDS: Final = 12  # a longer line tells something
_MARKS = re.compile(r"[\[*_~@\u20e3]|://|www\.|t\.me/")
_LINK = re.compile(rf"\]\(|@\w|t\.me/|://|www\.|{PLACEHOLDER}")
_ADDRESS = re.compile(rf"(?:https?://|tg://|www\.|t\.me/)\S+|{PLACEHOLDER}")
_STYLE = re.compile(r"\*\*|__|~~|\|\|")
_KEYCAP = re.compile(r"(?<!\u20e3)[0-9]\ufe0f?\u20e3(?![0-9]\ufe0f?\u20e3)")  # several in a row are a number
_WORD = re.compile(r"\w+")
_PARTS = re.compile(r"[|—–.]")
_TARGET = re.compile(
    r"(?:https?://(?:www\.)?|\b(?=t\.me/))([\w.-]+)(/[^\s/)\]?#]+)?|((?<![\w/])@\w{4,}|PLACEHOLDER)".replace(
        "PLACEHOLDER", PLACEHOLDER
    )
)
_TELEGRAM: Final = ("t.me", "telegram.me")
_ABOUT_THE_POST: Final = ("read", "watch", "listen")


def body_of(text: str, footers: Footers) -> str:
    r"""Return the text as it is compared: without footers, markup, addresses, and short last lines that link.

    Args:
        text: of a post.
        footers: of its channel, see `footers.find_footers`.

    >>> body_of("**Buses** run [again](https://example.org/b).\n\n🔔 [Subscribe](https://t.me/x) | @x_bot", Footers())
    'Buses run again.'
    """
    if not footers and not _MARKS.search(text):
        return text
    part = _without_tail(part_footer(text, footers).body, _is_short_link)
    body = _STYLE.sub("", _ADDRESS.sub(" ", without_markup(_KEYCAP.sub("", part)))).strip()
    return body if _WORD.search(body) else text  # two links are no copies of each other


def _without_tail(text: str, is_gone: Callable[[str], bool]) -> str:
    lines = text.rstrip().split("\n")
    for _ in range(_LAST_LINES):
        while len(lines) > 1 and not lines[-1].strip():
            lines.pop()
        if len(lines) == 1 or not is_gone(lines[-1]):
            break
        lines.pop()
    return "\n".join(lines)


def _is_short_link(line: str) -> bool:
    return _LINK.search(line) is not None and _n_words(line) <= _MAX_WORDS


def _n_words(line: str) -> int:
    return len(_WORD.findall(_ADDRESS.sub("", without_markup(line))))


def targets_of(text: str, footers: Footers) -> frozenset[str]:
    """Return the sites, channels and handles that a text sends its readers to, without those of its footer.

    What stands for a handle or a phone number that was masked counts as one.

    Args:
        text: of a post, or an address that its label hides.
        footers: of its channel.

    >>> sorted(targets_of("Sign up: https://www.example.org/a?b=1 or t.me/school/12, write to @teacher", Footers()))
    ['@teacher', 'example.org', 't.me/school']
    """
    if not _LINK.search(text):
        return frozenset()
    text = _without_tail(part_footer(text, footers).body, _is_signature)
    return frozenset(map(_target, _TARGET.finditer(text)))


def _target(match: re.Match[str]) -> str:
    site, path, handle = (part and part.lower() for part in match.groups())
    return handle or (f"t.me{path or ''}" if site in _TELEGRAM else site or "")


def _is_signature(line: str) -> bool:
    """Tell whether a line is no more than a call about the channel, or its name."""
    if not _is_short_link(line):
        return False
    shown = without_markup(strip_emoji(line))
    calls = {call_of(part.strip()) for part in _PARTS.split(shown) if part.strip()}
    return bool(calls - {None, *_ABOUT_THE_POST}) or re.fullmatch(r"\W*@\w+\W*", shown) is not None
