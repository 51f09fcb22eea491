"""Find what reaches one person: telephone numbers, mail addresses, bank cards and accounts, handles.

What each looks like say phones.py, cards.py and addresses.py; here is in which order they are looked for, and what is
public. Numbers inside web addresses are ids and stay, unless the address is itself a telephone's or a person's (tel:,
wa.me, t.me/name).

Whether @name is a person or a channel, no mention says for certain. A handle counts as public if the user or a source
names it, if somewhere a link to one of its messages stands (t.me/name/123: only channels and groups have those) or it
is called a channel ("канал @name"), if it ends in "bot", as only bots' names do, if a channel of the posts is called
so, or if more mentions speak for a channel than for a person (see handle_cues). All others are taken for personal. What
several sources of one run say of a handle becomes one decision in handle_owners.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Final, NamedTuple

from toolkit.text.addresses import LINK_SIGNS, NAME_SIGNS, channels_in, find_emails, find_handle_links, find_handles
from toolkit.text.cards import find_cards
from toolkit.text.characters import fold
from toolkit.text.disguise import undisguised, visible
from toolkit.text.handle_cues import channels_by_words
from toolkit.text.phones import (
    MANY_DIGITS,
    TAKEN,
    Found,
    find_phone_links,
    find_phones,
    has_any,
    is_valid_phone,
    phone_number,
)
from toolkit.text.telegram import url_spans

KINDS: Final = ("phone", "email", "card", "handle")
# What stands where a value stood: [PHONE], or [PHONE:hgkpjmnoig] in mode hash.
PLACEHOLDER: Final = rf"\[(?:{'|'.join(kind.upper() for kind in KINDS)})(?::[a-p]+)?\]"


class Personal(NamedTuple):
    """A personal value in a text.

    Attributes:
        start: where it begins.
        end: where it ends.
        kind: one of KINDS.
        value: the same for all spellings of it: E.164, lower case, digits.
    """

    start: int
    end: int
    kind: str
    value: str


_NEAR: Final = 120  # letters; a value farther away stands in nothing's way
_EDGE: Final = 40  # letters at the ends of a part of a text, in which numbers may be cut
_IN_LATIN: Final = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
)

Finder = Callable[[str], Iterator[Found]]

_PLACEHOLDER = re.compile(PLACEHOLDER)
_HIDDEN_HANDLE = re.compile(r"\[HANDLE(?::[a-p]+)?\]")
_IN_ADDRESSES_TOO: Final[tuple[tuple[str, Finder], ...]] = (
    ("email", find_emails),
    ("phone", find_phone_links),
    ("handle", find_handle_links),
)
_IN_WORDS: Final[tuple[tuple[str, Finder], ...]] = (("card", find_cards), ("phone", find_phones))
_IN_ALL: Final = (*_IN_ADDRESSES_TOO, *_IN_WORDS, ("handle", find_handles))
# One of these, or six digits near one another, is in every text that has a personal value; most texts have none.
_SIGNS: Final = (
    "@", "\uff20", "\ufe6b", "&", "%40", "at)", "at]", "at}", "at>", "собак", "собач", " dot ", " точка ", "[.]", "(.)",
    *LINK_SIGNS, *NAME_SIGNS,
)  # fmt: skip


def find_personal(text: str, public: Container[str] = ()) -> list[Personal]:
    """Return the personal values in a text, in order, without overlaps.

    Args:
        text: of a post; also a single address.
        public: values that are nobody's secret, as `public_values` returns them.

    >>> [p.value for p in find_personal("Тел. +7 (495) 000-11-22, a@b.example, @some_one; 1941-1945, 12 345 678")]
    ['+74950001122', 'a@b.example', 'some_one']
    """
    seen, places = visible(text)
    if not may_have_personal(seen):
        return []
    seen = _PLACEHOLDER.sub(lambda match: TAKEN * len(match[0]), seen)  # "PHONE" there announces no number
    found = _found(seen, (*_IN_ADDRESSES_TOO, *_IN_WORDS))
    seen = _taken(seen, found)  # what is taken has no part in anything else
    new = _disguised(seen)
    while new:  # again near what was found, because a value may bar the way to the next, as numbers on two lines do
        found += new
        seen = _taken(seen, new)
        new = [item for part in _around(new, len(seen)) for item in _disguised_in(seen, *part)]
    found += _found(seen, _IN_ALL[-1:])  # names last: "@port.example" may be the end of a disguised address
    kept = [item for item in sorted(found) if not _is_public(item, public)]
    if places:
        kept = [item._replace(start=places[item.start], end=places[item.end - 1] + 1) for item in kept]
    return kept


def may_have_personal(text: str) -> bool:
    """Tell whether a text without hidden characters is worth a search."""
    return has_any(text, _SIGNS) or MANY_DIGITS.search(text) is not None


def public_values(named: Iterable[str], texts: Iterable[str] = ()) -> frozenset[str]:
    """Return what is public: the values named, and the handles that the texts show to be channels'.

    Args:
        named: handles, also with @ or as addresses, numbers and addresses in any spelling.
        texts: of posts, in which handles may stand.

    >>> sorted(public_values(["@Harbour", "8 800 000-00-01"], ["see t.me/other_port/15"]))
    ['+78000000001', 'harbour', 'other_port']
    """
    texts = list(texts)
    return frozenset({_public_value(name) for name in named} | channels_in(texts) | channels_by_words(texts))


def handles_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the handles that stand in texts; in texts that were masked those that are public.

    >>> sorted(handles_in(["Ask @harbour or [HANDLE]", "https://t.me/port_news"]))
    ['harbour', 'port_news']
    """
    return frozenset(name for text in texts for _, _, name in _handles(text) if name[0].isalpha())


def part_handles(text: str) -> tuple[str, list[str]]:
    """Return a text with one word for each handle, shown or hidden; and them in order, a hidden one as its placeholder.

    >>> part_handles("Ask @Harbour or [HANDLE]!")
    ('Ask HANDLE or HANDLE!', ['harbour', '[HANDLE]'])
    """
    hidden = [(*match.span(), match[0]) for match in _HIDDEN_HANDLE.finditer(text)]
    parts: list[str] = []
    names: list[str] = []
    done = 0
    for start, end, name in sorted([*hidden, *_handles(text)]):
        if start >= done:
            parts += [text[done:start], "HANDLE"]
            names.append(name)
            done = end
    return "".join([*parts, text[done:]]), names


def title_key(title: str) -> str:
    """Return the key that a channel's title and its handle share: their letters and digits, folded and in Latin."""
    return "".join(letter for letter in fold(title).translate(_IN_LATIN) if letter.isalnum())


def _handles(text: str) -> list[Found]:
    if not has_any(text, ("@", *LINK_SIGNS, *NAME_SIGNS)):
        return []
    return [*find_handle_links(text), *find_handles(_without_urls(text))]


def _public_value(name: str) -> str:
    found = find_personal(name)
    if len(found) == 1:
        return found[0].value
    name = name.strip().rsplit("/", 1)[-1].removeprefix("@").lower()
    return phone_number(name) if re.fullmatch(r"[+\d\s().\u00a0-]+", name) else name


def _found(text: str, finders: Iterable[tuple[str, Finder]]) -> list[Personal]:
    found: list[Personal] = []
    has_urls = True
    for kind, finder in finders:
        if has_urls and (kind, finder) not in _IN_ADDRESSES_TOO:  # what comes next has no business inside addresses
            text, has_urls = _without_urls(text), False
        new: list[Personal] = []
        marks = bytearray(len(text))
        for start, end, value in finder(text):
            if TAKEN not in text[start:end] and not any(marks[start:end]):
                new.append(Personal(start, end, kind, value))
                marks[start:end] = b"\1" * (end - start)
        new.sort()
        found += new
        text = _taken(text, new)
    return sorted(found)


def _taken(text: str, found: list[Personal]) -> str:
    return _replaced(text, ((item.start, item.end) for item in found), TAKEN)


def _replaced(text: str, spans: Iterable[tuple[int, int]], sign: str) -> str:
    """Return the text with a sign for each character of the spans, which are in order and apart."""
    parts: list[str] = []
    done = 0
    for start, end in spans:
        parts += [text[done:start], sign * (end - start)]
        done = end
    return "".join([*parts, text[done:]])


def _without_urls(text: str) -> str:
    return _replaced(text, url_spans(text), " ")


def _disguised(text: str) -> list[Personal]:
    view, origins = undisguised(text)
    found: list[Personal] = []
    end_of_last = 0
    for item in _found(view, _IN_ALL) if origins else ():
        start, end = origins[item.start][0], origins[item.end - 1][1]
        is_free = start >= end_of_last and TAKEN not in text[start:end]
        if is_free and ("\n" not in text[start:end] or _is_sure(item)):
            found.append(item._replace(start=start, end=end))
            end_of_last = end
    return found


def _around(found: list[Personal], length: int) -> list[tuple[int, int]]:
    """Return the parts of a text that are near what was found, in order and apart."""
    parts: list[tuple[int, int]] = []
    for item in sorted(found):
        start, end = max(0, item.start - _NEAR), min(length, item.end + _NEAR)
        if parts and start <= parts[-1][1]:
            parts[-1] = (parts[-1][0], max(end, parts[-1][1]))
        else:
            parts.append((start, end))
    return parts


def _disguised_in(text: str, start: int, end: int) -> Iterator[Personal]:
    """Yield what is disguised in a part of a text, but for what its ends may have cut."""
    for item in _disguised(text[start:end]):
        is_whole = (not start or item.start >= _EDGE) and (end == len(text) or item.end + _EDGE <= end - start)
        if is_whole:
            yield item._replace(start=item.start + start, end=item.end + start)


def _is_sure(item: Personal) -> bool:
    """Tell whether a value that is on two lines is one, and not the numbers of a table."""
    return item.kind != "phone" or is_valid_phone(item.value)


def _is_public(item: Personal, public: Container[str]) -> bool:
    if item.value in public:
        return True
    return item.kind == "handle" and (
        item.value.endswith(("bot", "botfather")) or item.value.partition(".")[0] in public
    )
