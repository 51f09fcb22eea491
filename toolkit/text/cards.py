"""Find bank cards and the accounts of persons: numbers with check digits or a prefix that others do not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from toolkit.text.phones import MANY_DIGITS, TAKEN, Found, digits_of

_CARD = re.compile(
    r"(?<![\w.,/:=+#№-])(?<!\d[ \u00a0])"
    r"(?:\d{4}([ \u00a0]{1,2}|[.-])\d{4}\1\d{4}\1\d{4}(?:\1\d{2,3}(?![\d/]))?"
    r"|\d{4}([ \u00a0-])\d{6}\2\d{5}|\d{15,16}|\d{18,19})"
    r"(?!\w|[.,-]\d|[ \u00a0]\d(?!\d?/\d\d))"  # an expiry date may follow
)
# After these words it may be grouped in any way, and a code may follow.
_DIGITS = re.compile(r"(?<!\d)\d(?:[ \u00a0./_-]{0,2}\d){14,18}")
_CARD_WORD = re.compile(
    r"(?:\b(?:карт[а-яё]{0,3}|сбер[а-яё]*|тинькоф[а-яё]*|т-банк[а-яё]*|альфа[а-яё]*|втб|мир|visa|master ?card|maestro"
    rf"|card|реквизит[а-яё]*)|💳)[^\n\d{TAKEN}]{{0,25}}\Z",
    re.IGNORECASE,
)
_REACH: Final = 45  # letters: such a word is no farther
_ISSUER = re.compile(
    r"(?:4\d{15}(?:\d{3})?|(?:5[1-5]|2[3-6]|22[2-9]|27[01])\d+|220[0-4]\d{12,15}|3[47]\d{13}|35\d{14}|62\d{14,17}"
    r"|(?:50|5[6-8]|63|67)\d{14,17}|6(?:011|5\d\d)\d{12})"
)
_LENGTHS: Final = {15, 16, 18, 19}
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
# Of a natural person in Russia: 40817 resident, 40820 not, then the currency.
_ACCOUNT = re.compile(r"(?<!\d)408[ \u00a0.]?(?:17|20)[ \u00a0.]?(?:810|840|978|156)(?:[ \u00a0.]?\d){12}(?!\d)")


def find_cards(text: str) -> Iterator[Found]:
    """Yield cards (the issuer's digits, Luhn's sum), IBANs (their check digits) and Russian accounts of persons.

    >>> [value for _, _, value in find_cards("4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00")]
    ['4111111111111111', 'de89370400440532013000']
    """
    if not MANY_DIGITS.search(text):
        return
    taken = 0
    for start, end, value in sorted({*_cards(text), *_accounts(text)}):
        if start >= taken:
            taken = end
            yield start, end, value


def _cards(text: str) -> Iterator[Found]:
    spans = [match.span() for match in _CARD.finditer(text)]
    for match in _DIGITS.finditer(text):
        start = match.start()
        if _CARD_WORD.search(text, max(0, start - _REACH), start):
            ends = [place + 1 for place in range(start, match.end()) if text[place].isdecimal()]
            spans += [(start, end) for end in ends[14:] if not text[end : end + 1].isdecimal()]
    for start, end in spans:
        digits = digits_of(text[start:end])
        if len(digits) in _LENGTHS and _ISSUER.fullmatch(digits) and _passes_luhn(digits):
            yield start, end, digits


def _accounts(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        value = "".join(match[0].split())
        if int("".join(str(int(letter, 36)) for letter in value[4:] + value[:4])) % 97 == 1:
            yield *match.span(), value.lower()
    for match in _ACCOUNT.finditer(text):
        yield *match.span(), digits_of(match[0])


def _passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
