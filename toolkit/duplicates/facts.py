"""What two texts must agree on to be the same item: numbers, names, days, months and currencies."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Final

from toolkit.text.anchors import Names, names, shared_names
from toolkit.text.characters import fold
from toolkit.text.compared import body_of, targets_of
from toolkit.text.footers import NO_FOOTERS, Footers
from toolkit.text.number_words import words_as_numbers
from toolkit.text.numerals import Numbers, read_numbers

_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"\w+")
_NONE: Final = (frozenset[str](),) * 3
# Stems of folded words; what a text says of one kind cannot be swapped. (English "may" and "march" are verbs too.)
_DAYS: Final = (
    "понедельник вторник сред[ауы] четверг пятниц суббот воскресен monday tuesday wednesday thursday friday saturday "
    "sunday"
)
_MONTHS: Final = (
    r"январ феврал март апрел ма[йяе]\b июн июл август сентябр октябр ноябр декабр january february april june july "
    " august september october november december"
)
_CURRENCIES: Final = {
    "rub": "руб ₽ rouble ruble",
    "usd": r"доллар \$ dollar usd",
    "eur": "евро(?!п) € euro(?!p)",
    "cny": "юан ¥ yuan",
    "gbp": "фунт £ pound",
    "uah": "гривн ₴ hryvnia",
    "btc": "битко[ий]н bitcoin btc",
    "kzt": "тенге ₸ tenge",
}


def _stems(words: str) -> re.Pattern[str]:
    return re.compile("|".join(f"({word})" for word in words.split()))  # the group tells which


_DAY, _MONTH = _stems(_DAYS), _stems(_MONTHS)
_CURRENCY = re.compile(
    "|".join(
        f"(?P<{name}>{'|'.join(word for word in words.split() if word[0].isalpha())})"
        for name, words in _CURRENCIES.items()
    )
)
_SIGNS: Final = {
    word[-1]: name for name, words in _CURRENCIES.items() for word in words.split() if not word[0].isalpha()
}


@lru_cache(maxsize=1 << 16)  # posts are of the same words over and over
def _meaning(word: str) -> tuple[str, str, str] | None:
    """Return what day, month and currency a folded word names, "" for what it does not; None: nothing of the kind."""
    day, month, currency = _DAY.match(word), _MONTH.match(word), _CURRENCY.match(word)
    if not (day or month or currency):
        return None
    groups = (str(found.lastindex) if found else "" for found in (day, month))
    return (*groups, (currency and currency.lastgroup) or "")  # type: ignore[return-value]


class Facts:
    """What a post says that may not be swapped; each kind of fact is looked for when it is asked for, and once."""

    def __init__(self, text: str, footers: Footers = NO_FOOTERS, hidden: frozenset[str] = frozenset()) -> None:
        """Arguments as for `compared.body_of`, and where addresses lead that the text hides behind labels."""
        self._text, self._footers, self._hidden = text, footers, hidden
        self.body: str = body_of(text, footers)

    @cached_property
    def tokens(self) -> frozenset[str]:
        """What stands between spaces in the body."""
        return frozenset(self.body.split())

    @cached_property
    def n_words(self) -> int:
        """Words of the body."""
        return len(_WORD.findall(self.body))

    @cached_property
    def numbers(self) -> Numbers:
        """Numbers in digits, and what else they may be read as."""
        return read_numbers(self.body)

    @cached_property
    def written_numbers(self) -> frozenset[str]:
        """Numbers in digits and in words."""
        return self.numbers.sure | words_as_numbers(self.body)

    @cached_property
    def names(self) -> Names:
        """Of persons, places and organisations."""
        return names(self.body)

    @cached_property
    def exact(self) -> tuple[frozenset[str], ...]:
        """Days of the week, months of the year, and currencies."""
        folded = fold(self.body)
        meanings = list(filter(None, map(_meaning, set(_RUN.findall(folded)))))
        day, month, currency = (frozenset(kind) - {""} for kind in zip(*meanings, strict=True)) if meanings else _NONE
        return day, month, currency | {name for sign, name in _SIGNS.items() if sign in folded}

    @cached_property
    def targets(self) -> frozenset[str]:
        """Where it sends its readers."""
        return targets_of(self._text, self._footers) | self._hidden


def are_swapped(one: Facts, other: Facts) -> bool:
    """Tell whether one text says something else in the place of what the other says.

    More on one side is an addition and no swap. Of numbers and names, of which a long text has many and an edit may
    correct one, more must be swapped than are shared.

    >>> texts = ("Сбиты 3 дрона, сообщил мэр", "Сбиты 8 дронов, сообщил мэр", "Сбиты три дрона, все утром 5 мая")
    >>> first, second, third = map(Facts, texts)
    >>> are_swapped(first, second), are_swapped(first, third)
    (True, False)
    """
    if one.tokens <= other.tokens or other.tokens <= one.tokens:
        return False
    if any(here - there and there - here for here, there in zip(one.exact, other.exact, strict=True)):
        return True
    if _are_more(*_shared_and_alone(one.written_numbers, other.written_numbers)):
        return True
    named = shared_names(one.names, other.names)
    return _are_more(named.both, one.names.sure - other.names.all, other.names.sure - one.names.all)


def _shared_and_alone(here: frozenset[str], there: frozenset[str]) -> tuple[frozenset[str], ...]:
    return here & there, here - there, there - here


def _are_more(both: frozenset[str], here: frozenset[str], there: frozenset[str]) -> bool:
    return 0 < min(len(here), len(there)) > len(both)


def say_the_same_numbers(one: Facts, other: Facts) -> bool:
    """Tell whether no text has a number in digits that the other lacks."""
    return one.tokens == other.tokens or not (
        one.numbers.sure - other.numbers.all or other.numbers.sure - one.numbers.all
    )
