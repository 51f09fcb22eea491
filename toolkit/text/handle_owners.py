"""Whose the handles of a run are: one decision for all of its sources, made from marks that tell no name.

Each source is a witness, by its own words. Witnesses are not added up, because one post says the same in Russian and in
English: the stricter one wins. Who is a person's by the words of one source is hidden in all, unless links show a
channel.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from toolkit.text.addresses import channels_in
from toolkit.text.disguise import undisguised, visible
from toolkit.text.handle_cues import owners_by_words
from toolkit.text.pii import handles_in, title_key

# What a source alone says of a handle; of two of them the first counts.
OWN: Final = "own"  # the name or the title of a channel whose posts these are
LINKED: Final = "linked"  # a channel's for certain: by a link to a message, an invitation, the word "channel"
PERSON: Final = "person"  # by the words around it
CHANNEL: Final = "channel"  # likewise
UNKNOWN: Final = "unknown"
OWNERS: Final = (OWN, LINKED, PERSON, CHANNEL, UNKNOWN)

_MARK: Final = 6  # hex digits: of a thousand million names some sixty have the same
_MIN_TITLE: Final = 5  # letters; a shorter title is a word that others are called by too


class PublicNames:
    """What is public in a run; remembers the marks of the values for which it was asked.

    A source that was read once need not be read again when other names are public, unless it has one of them.
    """

    def __init__(self, marks: Iterable[str], named: Iterable[str] = ()) -> None:
        """Get ready.

        Args:
            marks: of the handles that the run shows, from `decide_public`.
            named: what is public whatever is decided, as `pii.public_values` returns it.
        """
        self.marks = frozenset(marks)
        self.asked: set[str] = set()
        self._named = frozenset(named)

    def __contains__(self, value: object) -> bool:
        """Tell whether a value is public."""
        if value in self._named:
            return True
        mark = _mark(str(value))
        if mark is None:
            return False
        self.asked.add(mark)
        return mark in self.marks


def name_marks(names: Iterable[str]) -> frozenset[str]:
    """Return short hashes of names, equal for two spellings of one: enough to see a change, too little to tell a name.

    >>> name_marks(["@Harbour_News"]) == name_marks(["https://t.me/harbournews"])
    True
    """
    return frozenset(mark for name in names if (mark := _mark(name)) is not None)


@lru_cache(maxsize=1 << 16)
def _mark(name: str) -> str | None:
    key = title_key(name.rsplit("/", 1)[-1])
    return hashlib.sha256(key.encode()).hexdigest()[:_MARK] if key and not key.isdigit() else None


def find_owners(texts: Iterable[str], channels: Iterable[str] = (), titles: Iterable[str] = ()) -> dict[str, str]:
    """Return mark -> one of OWNERS, in order of marks, for the handles of a source.

    Args:
        texts: of its posts, each with its links, for who is named in how many of them counts.
        channels: whose posts these are, as names.
        titles: of those channels, as readers see them.

    >>> sorted(find_owners(["Source: @harbour. Write to @some_one"]).values())
    ['channel', 'person']
    """
    texts = [visible(text)[0] for text in texts]
    as_meant = [view for text in texts if (view := undisguised(text)[0]) != text]  # without the addresses of links
    names: dict[str, set[str]] = defaultdict(set)
    for name, owner in (owners_by_words(as_meant) | owners_by_words(texts)).items():
        names[owner].add(name)
    names[OWN] = {*channels, *(title for title in titles if len(title_key(title)) >= _MIN_TITLE)}
    names[LINKED] = channels_in(texts)
    names[UNKNOWN] |= handles_in([*texts, *as_meant])
    found: dict[str, str] = {}
    for owner in reversed(OWNERS):
        found |= dict.fromkeys(name_marks(names[owner]), owner)
    return dict(sorted(found.items()))


def decide_public(
    sources: Iterable[Mapping[str, str]], known: Iterable[str] = (), *, goes_on: bool = False
) -> frozenset[str]:
    """Return the marks of the handles that stay in all sources of a run.

    Args:
        sources: what `find_owners` says of each.
        known: marks of names that are public whatever the sources say.
        goes_on: whether an earlier version is published. What a source alone would hide then stays hidden, for so it
            was published.

    >>> first, second = find_owners(["Write to @some_one"]), find_owners(["Bridge.\\n\\n@some_one @harbour"])
    >>> decide_public([first, second]) == name_marks(["harbour"])
    True
    """
    marks: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        for mark, owner in source.items():
            marks[owner].add(mark)
    hidden = marks[PERSON] | marks[UNKNOWN] if goes_on else marks[PERSON] - marks[LINKED]
    return frozenset(known) | marks[OWN] | ((marks[LINKED] | marks[CHANNEL]) - hidden)
