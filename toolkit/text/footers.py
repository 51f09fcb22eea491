"""Footers: the last lines that a channel puts under many of its posts, learned from the posts of a run.

A line that says something is one if it stands under many of a channel's posts. A line that says nothing but whose
channel this or another is ("Port Live. Subscribe", "@harbour") needs no such proof: it is one under any post.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.text.calls import is_about_the_channel
from toolkit.text.characters import fold
from toolkit.text.normalize import tidy_text
from toolkit.text.one_byte import strictly, table_of
from toolkit.text.plain import without_markup
from toolkit.text.telegram import TAG_LETTER, strip_emoji

Outlines = NDArray[np.int64]

_LAST_LINES: Final = 4  # in which a footer stands; a signature, a call and a link or two
_MIN_POSTS: Final = 5  # of different words above the line; fewer are chance, or one post again and again
_MAX_LETTERS: Final = 200
_MAX_WORDS: Final = 6  # of a name of a channel and a call to subscribe
_NO_WORD = re.compile(r"[\W_]+")
# Of a line of nothing else no character goes, and none takes another's place but by its look.
_PLAIN = re.compile("[ -)+-Z^a-z{}А-Яа-яЁё«»„“”’…—–]")
_BESIDES: Final = b"\0"  # what is not plain
_WORDS: Final = table_of(lambda sign: ("a" if sign.isalnum() else " ") if _PLAIN.match(sign) else _BESIDES.decode())
_TAGS_ONLY = re.compile(rf"(?:[\s|,/·•]*#{TAG_LETTER}+)+[\W_]*")

_NAME = r"(?:https?://)?(?:t|telegram)\.me/(?:s/)?[+\w]+/?|@\w{4,32}"
_SUBSCRIBE = r"(?:подпи(?:саться|шитесь|ш[иу]сь|сывайтесь|сывайся)|subscribe|follow(?: us)?|sign up|join(?: us)?)"
_CALL = (
    rf"{_SUBSCRIBE}|вступай(?:те)?|присоединя(?:йтесь|йся)|наш(?:и)? (?:канал|чат|telegram|телеграм|каналы)\w*"
    r"|our (?:channel|chat|telegram)s?|(?:мы|читайте нас|читать нас|read us|follow us|we are) (?:в|on|in) (?:\w+)"
)
_TO_WHAT = (
    r"(?:\s+(?:на|в|к|до|to|our|us|on|the|нас|нам|наш|нашему|канал[ауе]?|чат[ауе]?|channels?|chat|telegram"
    r"|телеграм\w*))*"
)
# What a line about a channel is made of, besides names of channels.
_OF_CHANNEL: Final = re.compile(rf"(?:{_NAME})|\b(?:{_CALL}){_TO_WHAT}\b", re.IGNORECASE)
_SPEAKS: Final = re.compile(rf"(?:{_NAME})|\b{_SUBSCRIBE}\b", re.IGNORECASE)
_MAY_SPEAK: Final = ("@", "подпи", ".me/", "subscr", "follow", "gn up", "jo")  # each match of it has one of these
_SUBSCRIBES: Final = re.compile(rf"(?:^|\s){_SUBSCRIBE}(?:$|\s)")
_BETWEEN_PARTS: Final = re.compile(r"[|•·/,.:;!()«»\"“”]+|\s[—–-]\s|\s{2,}")


class Footers(NamedTuple):
    """What is a footer under the posts of one channel.

    Attributes:
        lines: keys of lines.
        beginnings: keys that lines begin with.
        names: keys of the names of channels; None if only the lines above are footers.
    """

    lines: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    names: frozenset[str] | None = None

    def __bool__(self) -> bool:
        """Whether any line could be one."""
        return bool(self.lines or self.beginnings) or self.names is not None


NO_FOOTERS: Final = Footers()


class Parted(NamedTuple):
    """A text without its footer, and the footer; None if it has none."""

    body: str
    footer: str | None


def find_footers(
    texts: Mapping[str, Iterable[str]], names: Iterable[str], share: float | None, given: Iterable[str] = ()
) -> dict[str, Footers]:
    """Return what is a footer under the posts of each channel.

    Args:
        texts: channel -> its posts' texts.
        names: of the channels, as readers see them and as addresses have them.
        share: as `learn_footers`; None if nothing but the lines given are footers.
        given: lines that are footers of all channels; those that end with a star begin them.
    """
    texts = {channel: list(of_one) for channel, of_one in texts.items()}
    channels = [channel for channel, of_one in texts.items() for _ in of_one]
    flat = [text for of_one in texts.values() for text in of_one]
    seen = LastLines() if share is None else read_last_lines(channels, flat, frequent_outlines([outlines(flat)]))
    return choose_footers([seen], texts, names, share, given)


def choose_footers(
    seen: Iterable[LastLines],
    channels: Iterable[str],
    names: Iterable[str],
    share: float | None,
    given: Iterable[str] = (),
) -> dict[str, Footers]:
    """Do what `find_footers` does, after the last lines of all posts were read, here or elsewhere.

    Args:
        seen: what `read_last_lines` found in the posts, some at a time.
        channels: that get footers.
        names: see `find_footers`.
        share: see `find_footers`.
        given: see `find_footers`.
    """
    whole = [line for line in given if not line.endswith("*")]
    lines = frozenset(_words(line) for line in whole) - {""}
    beginnings = tuple(sorted({_words(line) for line in given if line.endswith("*")} - {""}))
    if share is None:
        return dict.fromkeys(channels, Footers(lines, beginnings))
    all_lines = _joined(seen)
    learned = {channel: _learned(all_lines, channel, share) for channel in channels}
    known = frozenset(_words(name) for name in names if name) - {""}
    sisters = {key for keys in learned.values() for key in keys if _speaks_of_channel(key, known)}
    above: dict[str, set[int]] = {}
    for of_channel in all_lines.above.values():
        for key, posts in of_channel.items():
            above.setdefault(key, set()).update(posts)
    twice = {key for key, posts in above.items() if len(posts) > 1 and _is_short_call(key)}
    shared = lines | sisters | twice
    return {channel: Footers(keys | shared, beginnings, known) for channel, keys in learned.items()}


def learn_footers(texts: Iterable[str], share: float) -> frozenset[str]:
    """Return the keys of the lines that are footers of one channel.

    A line is one if it is among the last four lines of at least `share` of the posts and of five posts or more that
    say different things above it. Hashtags tell what a post is about and are never footers, nor are calls to read or
    watch the rest of it.

    Args:
        texts: of the channel's posts.
        share: of the posts, 0..1.
    """
    texts = list(texts)
    frequent = frequent_outlines([outlines(texts)], least=max(_MIN_POSTS, share * len(texts)))
    return _learned(read_last_lines([""] * len(texts), texts, frequent), "", share)


class LastLines(NamedTuple):
    """The last lines of some posts, as far as they may be footers.

    Attributes:
        above: channel -> key of a line -> hashes of what posts say above it.
        n_posts: channel -> posts.
    """

    above: Mapping[str, Mapping[str, set[int]]] = {}
    n_posts: Mapping[str, int] = {}


def outlines(texts: Iterable[str]) -> Outlines:
    """Return the outlines of the last lines of texts, each once a text: the lengths of a line's words.

    Most lines differ in them. What stands under one post only is no footer, and its key costs much more.
    """
    found = [hash(one) for text in texts for one in {_outline(line) for line in _last_lines(text)[1]}]
    return np.array(found, np.int64)  # hashes of numbers are the same in every process


def frequent_outlines(found: Iterable[Outlines], least: float = 2) -> Outlines:
    """Return the outlines that so many texts have, sorted."""
    different, counts = np.unique(np.concatenate([np.zeros(0, np.int64), *found]), return_counts=True)
    return different[counts >= least]


def read_last_lines(channels: Iterable[str], texts: Iterable[str], frequent: Outlines) -> LastLines:
    """Read the last lines of posts that have one of the outlines."""
    wanted = frozenset(frequent.tolist())
    above: dict[str, dict[str, set[int]]] = {}
    n_posts: Counter[str] = Counter()
    for channel, text in zip(channels, texts, strict=True):
        n_posts[channel] += 1
        first, last = _last_lines(text)
        keys = {key for line in last if hash(_outline(line)) in wanted and (key := _key(line))}
        if keys:
            what_it_says = int.from_bytes(blake2b("\n".join(first).encode(), digest_size=8).digest())
            of_channel = above.setdefault(channel, {})
            for key in keys:
                of_channel.setdefault(key, set()).add(what_it_says)
    return LastLines(above, n_posts)


def _last_lines(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a text that say something, and of these the last ones apart."""
    lines = [line for line in text.split("\n") if line.strip()]
    first = max(1, len(lines) - _LAST_LINES)
    return lines[:first], lines[first:]


def _joined(seen: Iterable[LastLines]) -> LastLines:
    above: dict[str, dict[str, set[int]]] = {}
    n_posts: Counter[str] = Counter()
    for some in seen:
        n_posts.update(some.n_posts)
        for channel, lines in some.above.items():
            of_channel = above.setdefault(channel, {})
            for key, posts in lines.items():
                of_channel.setdefault(key, set()).update(posts)
    return LastLines(above, n_posts)


def _learned(seen: LastLines, channel: str, share: float) -> frozenset[str]:
    least = max(_MIN_POSTS, share * seen.n_posts.get(channel, 0))
    return frozenset(key for key, posts in seen.above.get(channel, {}).items() if len(posts) >= least)


def _outline(line: str) -> tuple[int, ...]:
    """Return the lengths of the words of a line's key, which most lines differ in: the key itself costs much more."""
    words = _plain_words(line)
    return tuple(map(len, _words(line).split() if words is None else words))


def _plain_words(line: str) -> list[bytes] | None:
    """Return a letter for each letter of each word of a plain line, None of another."""
    codes = strictly(line)
    if codes is None or _BESIDES in (words := codes.translate(_WORDS)):
        return None
    return words.split()


@lru_cache(maxsize=64)
def _outlines(lines: frozenset[str]) -> frozenset[tuple[int, ...]]:
    return frozenset(tuple(map(len, line.split())) for line in lines)


def part_footer(text: str, footers: Footers) -> Parted:
    """Return the text without the footers among its last lines; of a text of nothing else nothing is left.

    >>> part_footer("The ferry is back.\\n\\n🔔 Subscribe: @harbour", Footers(frozenset({"subscribe harbour"})))
    Parted(body='The ferry is back.', footer='🔔 Subscribe: @harbour')
    """
    lines = text.split("\n")
    filled = [at for at, line in enumerate(lines) if line.strip()]
    gone = {at for at in filled[-_LAST_LINES:] if _is_footer(lines[at], footers)}
    if not gone:
        return Parted(text, None)
    body = "\n".join(line for at, line in enumerate(lines) if at not in gone)
    return Parted(tidy_text(body), "\n".join(lines[at] for at in sorted(gone)))


def _is_footer(line: str, footers: Footers) -> bool:
    if footers.beginnings and _words(line).startswith(footers.beginnings):
        return True
    if footers.lines and _outline(line) in _outlines(footers.lines) and _words(line) in footers.lines:
        return True
    if footers.names is None or len(line) > _MAX_LETTERS:
        return False
    return _is_of_channel(line, footers.names) and bool(_key(line))


def _is_of_channel(line: str, names: frozenset[str]) -> bool:
    """Tell whether a line has nothing but names of channels and calls to subscribe.

    The name alone is none: it may be a title.
    """
    shown = _shown(line)
    small = shown.casefold()
    if not any(sign in small for sign in _MAY_SPEAK) or not _SPEAKS.search(shown):
        return False
    rest, n_parts = _OF_CHANNEL.subn("|", shown)
    return n_parts > 0 and all(part in names for part in _parts(rest))


def _parts(line: str) -> Iterator[str]:
    return (part for piece in _BETWEEN_PARTS.split(line) if (part := _words(piece)))


def _is_short_call(key: str) -> bool:
    """Tell whether a line that stands under two posts has a call and what may be a name: the name need not be known."""
    return len(key.split()) <= _MAX_WORDS and _SUBSCRIBES.search(key) is not None


def _speaks_of_channel(key: str, names: frozenset[str]) -> bool:
    return bool(_SPEAKS.search(key)) or any(f" {name} " in f" {key} " for name in names)


@lru_cache(maxsize=1 << 14)  # as of `_words`
def _key(line: str) -> str:
    """Return what is the same in all copies of a line: its words without markup; "" if it can be no footer."""
    if len(line) > _MAX_LETTERS:
        return ""
    shown = _shown(line)
    if _TAGS_ONLY.fullmatch(shown.strip()) or not is_about_the_channel(line):
        return ""
    return _words(line)


@lru_cache(maxsize=1 << 14)  # channels repeat their last lines
def _words(line: str) -> str:
    return _NO_WORD.sub(" ", fold(_shown(line))).strip()


def _shown(line: str) -> str:
    return without_markup(strip_emoji(tidy_text(line)))
