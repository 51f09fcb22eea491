"""What two texts must agree on to be the same item: numbers, names, days, months and currencies."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from toolkit.text.anchors import Names, names, number_words, numbers, shared_names
from toolkit.text.bodies import body_of, targets_of
from toolkit.text.characters import fold

_WORD = re.compile(r"[^\W_]+")
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
    "rub": "руб ₽ rouble ruble", "usd": r"доллар \$ dollar usd", "eur": "евро(?!п) € euro(?!p) eur", "cny": "юан ¥ yuan",
    "gbp": "фунт £ pound", "uah": "гривн ₴ hryvnia", "btc": "битко[ий]н bitcoin btc", "kzt": "тенге ₸ tenge",
}  # fmt: skip


def _stems(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(f'({word})' for word in words.split())})")  # the group tells which


_DAY, _MONTH = _stems(_DAYS), _stems(_MONTHS)
_CURRENCY = re.compile(
    "|".join(
        f"(?P<{name}>{'|'.join(rf'{chr(92)}b{word}' if word[0].isalpha() else word for word in words.split())})"
        for name, words in _CURRENCIES.items()
    )
)


class Facts(NamedTuple):
    """What a post says that may not be swapped.

    Attributes:
        n_words: of its body.
        digits: numbers in digits.
        numbers: these, and those in words.
        names: of persons, places and organisations.
        days: of the week, as numbers.
        months: of the year, as numbers.
        currencies: as codes.
        targets: where it sends its readers.
    """

    n_words: int
    digits: frozenset[str]
    numbers: frozenset[str]
    names: Names
    days: frozenset[str]
    months: frozenset[str]
    currencies: frozenset[str]
    targets: frozenset[str]


def facts_of(text: str, footers: frozenset[str]) -> Facts:
    """Return the facts of a post; arguments as for `bodies.body_of`."""
    body = body_of(text, footers)
    folded = fold(body)
    digits = numbers(body)
    return Facts(
        len(_WORD.findall(folded)),
        digits,
        digits | number_words(body),
        names(body),
        *(frozenset(str(match.lastindex) for match in found.finditer(folded)) for found in (_DAY, _MONTH)),
        frozenset(match.lastgroup or "" for match in _CURRENCY.finditer(folded)),
        targets_of(text, footers),
    )


def are_swapped(one: Facts, other: Facts) -> bool:
    """Tell whether one text says something else in the place of what the other says.

    More on one side is an addition and no swap. Of numbers and names, of which a long text has many and an edit may
    correct one, as many must be swapped as are shared, or more.

    >>> texts = ("Сбиты 3 дрона, сообщил мэр", "Сбиты 8 дронов, сообщил мэр", "Сбиты три дрона, все утром 5 мая")
    >>> first, second, third = (facts_of(text, frozenset()) for text in texts)
    >>> are_swapped(first, second), are_swapped(first, third)
    (True, False)
    """
    named = shared_names(one.names, other.names)
    sides = [
        (one.numbers & other.numbers, one.numbers - other.numbers, other.numbers - one.numbers),
        (named.both, one.names.sure - other.names.all, other.names.sure - one.names.all),
    ]
    if any(0 < min(len(here), len(there)) > len(both) for both, here, there in sides):
        return True
    exact = ((one.days, other.days), (one.months, other.months), (one.currencies, other.currencies))
    return any(here - there and there - here for here, there in exact)


def say_the_same_numbers(one: Facts, other: Facts) -> bool:
    """Tell whether no text has a number in digits that the other lacks."""
    return not (one.digits - other.numbers or other.digits - one.numbers)
