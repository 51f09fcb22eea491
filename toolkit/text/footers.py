"""Footers: the last lines that a channel puts under many of its posts, learned from the posts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from toolkit.text.calls import is_about_the_channel
from toolkit.text.normalize import tidy_text
from toolkit.text.plain import without_markup
from toolkit.text.telegram import TAG_LETTER, strip_emoji

_LAST_LINES: Final = 4  # in which a footer stands; a signature, a call and a link or two
_MIN_POSTS: Final = 5  # of different words above the line; fewer are chance, or one post again and again
_MAX_LETTERS: Final = 200
_NO_WORD = re.compile(r"[\W_]+")
_TAGS_ONLY = re.compile(rf"(?:[\s|,/·•]*#{TAG_LETTER}+)+[\W_]*")


class Parted(NamedTuple):
    """A text without its footer, and the footer; None if it has none."""

    body: str
    footer: str | None


def learn_footers(texts: Iterable[str], share: float) -> frozenset[str]:
    """Return the keys of the lines that are footers of one channel.

    A line is one if it is among the last four lines of at least `share` of the posts and of five posts or more that
    say different things above it. Hashtags tell what a post is about and are never footers, nor are calls to read or
    watch the rest of it.

    Args:
        texts: of the channel's posts.
        share: of the posts, 0..1.
    """
    above: dict[str, set[int]] = {}
    n_posts = 0
    for text in texts:
        n_posts += 1
        lines = [line for line in text.split("\n") if line.strip()]
        first = max(1, len(lines) - _LAST_LINES)
        what_it_says = hash("\n".join(lines[:first]))
        for key in {key for line in lines[first:] if (key := _key(line))}:
            above.setdefault(key, set()).add(what_it_says)
    return frozenset(key for key, posts in above.items() if len(posts) >= max(_MIN_POSTS, share * n_posts))


def part_footer(text: str, footers: frozenset[str]) -> Parted:
    """Return the text without the footers among its last lines; a text of nothing else stays as it is.

    >>> part_footer("The ferry is back.\\n\\n🔔 Subscribe: @harbour", frozenset({"subscribe harbour"}))
    Parted(body='The ferry is back.', footer='🔔 Subscribe: @harbour')
    """
    if not footers:
        return Parted(text, None)
    lines = text.split("\n")
    filled = [at for at, line in enumerate(lines) if line.strip()]
    gone = {at for at in filled[1:][-_LAST_LINES:] if _key(lines[at]) in footers}
    if not gone:
        return Parted(text, None)
    body = "\n".join(line for at, line in enumerate(lines) if at not in gone)
    return Parted(tidy_text(body), "\n".join(lines[at] for at in sorted(gone)))


def _key(line: str) -> str:
    """Return what is the same in all copies of a line: its words without markup; "" if it can be no footer."""
    if len(line) > _MAX_LETTERS:
        return ""
    shown = without_markup(strip_emoji(tidy_text(line)))
    if _TAGS_ONLY.fullmatch(shown.strip()) or not is_about_the_channel(line):
        return ""
    return _NO_WORD.sub(" ", shown).strip().casefold()
