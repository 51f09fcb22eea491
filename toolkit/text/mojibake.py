"""Texts that were decoded wrongly: Russian in one of its encodings, read as another one, once or twice.

ftfy (Speer 2019) knows UTF-8 that was read as something else. Between the 8-bit encodings of Russian it has nothing to
go by; there only the language tells: what is repaired must read like Russian, and what it was made of must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import ftfy
from ftfy.badness import is_bad

from toolkit.text.one_byte import strictly, table_of
from toolkit.text.plausibility import has_never, oddity

_LINE_END: Final = re.compile(r"\r\n?|\n")  # U+0085 is a letter here
# Python's codecs, and ftfy's that also take the bytes which Windows leaves undefined.
_READ_AS: Final = (
    "sloppy-windows-1252",
    "sloppy-windows-1251",
    "latin-1",
    "koi8-r",
    "cp866",
    "mac-cyrillic",
    "iso8859-5",
    "mac-roman",
)
_MEANT: Final = ("utf-8", "sloppy-windows-1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
_ODD: Final = 6.5  # bits a character: from there on a line may be garbage; names and abbreviations have up to 6
_FINE: Final = 5.6  # bits of what a repair gives; Russian has 3 to 5
_GAIN: Final = 3.0  # bits that it must be better by
_NEAR: Final = 0.05  # bits that tell nothing, as capitals from small letters
# These two have most small letters in common, so that only capitals, "я" and signs are wrong; all must be right then.
_SISTERS: Final = ((("mac-cyrillic", "sloppy-windows-1251"),), (("sloppy-windows-1251", "mac-cyrillic"),))
_SMALL_GAIN: Final = 0.4
_SISTERS_GAIN: Final = 25.0  # of a line in all
_ALL_FINE: Final = re.compile(r"(?:[А-Яа-яЁё\x20-\x7e\xa0«»„“”…№—–]|(?<![А-яЁё])[^\w](?![А-яЁё]))+")
_RUSSIAN: Final = re.compile("[А-Яа-яЁё]")
_SHORT: Final = 40  # letters; among more, a name may have a sign or a capital inside
_IN_WORD: Final = re.compile("[а-яё][А-ЯЁ]|[А-яЁё][\x80-\xbf][А-яЁё]|[А-яЁё][©®\xad]")
_MOST: Final = 0.8  # of what is not ASCII are Russian letters
_LEAST: Final = 4  # characters that tell; fewer could be anything
_SAMPLE: Final = 400  # characters of a line that are judged
_SEARCHES: Final = 50  # lines of a text for which all pairs of encodings are tried; a text is spoiled in one way
_ACCENTED: Final = re.compile(r"[\xc0-\xd6\xd8-\xf6\xf8-\xff]")
_NO_ASCII: Final = re.compile(r"[^\x00-\x7f\xa0]")
_TELLS: Final = re.compile(r"[^\x00-\x9f]")  # the control characters from U+0080 on are in several encodings
_ASCII_LETTER: Final = re.compile("[A-Za-z]")
# What a wrong code page gives: frames and signs in words, capitals after small letters, letters of other languages.
_SUSPECT: Final = re.compile(
    r"[\u2500-\u259f\u221a\u2248]|[а-яё][А-ЯЁ]|[Ђ-ЏҐђ-џґЎў]|[¤¦§¬±µ¶†‡•][А-яЁё]|[А-яЁё][¤¦§¬±µ¶†‡]|[\x80-\x9f]"
    r"|[\xc0-\xd6\xd8-\xf6\xf8-\xff]{3}"
)
# What Russian and English are written with; of nothing else no sign of a wrong code page is made, but for these.
_FINE_SIGN: Final = re.compile("[\n -~А-Яа-яЁё«»„“”’…—–№₽]")
_KINDS: Final = (("В", "ВГРС"), ("А", "АБДЕЖЗИЙКЛМНОПТУФХЦЧШЩЪЫЬЭЮЯЁ"), ("«", "«»„“”"), ("№", "№"))
_KIND: Final = {sign: kind for kind, signs in _KINDS for sign in signs}
_BESIDES: Final = b"\0"
_FINE_KINDS: Final = table_of(
    lambda sign: _KIND.get(sign, "а" if _RUSSIAN.match(sign) else " ") if _FINE_SIGN.match(sign) else _BESIDES.decode()
)
_SIGNS: Final = (_BESIDES, *(signs.encode("cp1251") for signs in ("аА", "аВ", "В«В", "№«", "«№")))

Steps = tuple[tuple[str, str], ...]


def fix_mojibake(text: str) -> str:
    """Return the text as it was meant, line by line; a line that no decoding makes plausible stays as it is.

    >>> fix_mojibake("РџСЂРёРІРµС‚"), fix_mojibake("Ïðèâåò, ìèð!"), fix_mojibake("оЮПНЛ ЯМНБЮ УНДХР")
    ('Привет', 'Привет, мир!', 'Паром снова ходит')
    """
    if _reads_fine(text):
        return text
    lines = _LINE_END.split(text)
    suspects = [number for number, line in enumerate(lines) if _is_suspect(line)]
    if not suspects:
        return text
    known: list[Steps] = []
    searches = 0
    for number in suspects:
        line = lines[number]
        steps = next((steps for steps in known if _is_repaired(line, steps)), None)
        if steps is None and searches < _SEARCHES:
            searches += 1
            steps = _find(line)
            if steps is not None:
                known.append(steps)
        lines[number] = _apply(line, steps) if steps is not None else _by_ftfy(line)
    return "\n".join(lines)


def is_garbled(text: str) -> bool:
    """Tell whether a text, after all repairs, is still not what its author wrote: characters are lost, or unreadable.

    >>> is_garbled("Паром \N{REPLACEMENT CHARACTER} ходит"), is_garbled("Паром снова ходит")
    (True, False)
    """
    if "\N{REPLACEMENT CHARACTER}" in text:
        return True
    if _reads_fine(text) or not _SUSPECT.search(text):
        return False
    return any(_is_garbage(line) for line in _LINE_END.split(text) if not line.isascii())


def _is_garbage(line: str) -> bool:
    """Tell whether most of a line is what wrong code pages make of Russian; foreign languages are no garbage."""
    if len(_SUSPECT.findall(line[:_SAMPLE])) < _LEAST:
        return False
    bits, count = oddity(line[:_SAMPLE])
    is_of_russian = (
        is_bad(line) or re.search("[а-яё][А-ЯЁ]|[А-яЁё][\u2550-\u256c]|[\u2550-\u256c][А-яЁё]", line) is not None
    )
    return count > 2 * _LEAST and bits >= _ODD and is_of_russian


def _is_suspect(line: str) -> bool:
    """Tell, in microseconds, whether a line is worth a closer look."""
    if _reads_fine(line):
        return False
    return _SUSPECT.search(line) is not None or has_never(line) or is_bad(line)


def _reads_fine(text: str) -> bool:
    """Tell whether a text shows nothing of what is searched for, which most do not; ten times faster than to search."""
    if text.isascii():
        return True
    codes = strictly(text)
    if codes is None:
        return False
    kinds = codes.translate(_FINE_KINDS)
    return not any(sign in kinds for sign in _SIGNS) and not has_never(text)


def _by_ftfy(line: str) -> str:
    """Return what ftfy makes of a line, such as one in English with signs of a wrong encoding."""
    if not is_bad(line):
        return line
    fixed = ftfy.fix_encoding(line)
    bits, count = oddity(fixed[:_SAMPLE])
    return line if count > 2 * _LEAST and bits >= _ODD and is_bad(fixed) else fixed  # garbage of another kind


def _find(line: str) -> Steps | None:
    """Return the decodings that make a line plausible, the best ones first, once or twice."""
    sample = _sample(line)
    bits, count = oddity(sample)
    if count < _LEAST or not _may_be_russian(sample):
        return None
    if bits < _ODD:
        return _best(sample, bits, _SISTERS)
    # What is plausible after one step was not spoiled twice.
    steps = _best(sample, bits, _once()) or _best(sample, bits, _twice(sample))
    if steps is None or steps in _SISTERS:
        return steps
    decoded = _apply(sample, steps)
    return steps + (_best(decoded, oddity(decoded)[0], _SISTERS) or ())


def _sample(line: str) -> str:
    """Return the beginning of a line, up to a space: characters that are several bytes stay whole."""
    return line if len(line) <= _SAMPLE else line[: line.rfind(" ", _SAMPLE // 2, _SAMPLE)]


def _best(sample: str, bits: float, ways: Iterable[Steps]) -> Steps | None:
    """Return the decodings that make a line most plausible; of equals the first that begins with a capital.

    Windows-1251 and ISO 8859-5 turn each other's small letters into capitals, and both read as Russian then.
    """
    gained = ((_bits_after(sample, bits, steps), steps) for steps in ways)
    fine = [(bits, steps) for bits, steps in gained if bits is not None]
    least = min((bits for bits, _ in fine), default=0.0)
    near = [steps for bits, steps in fine if bits <= least + _NEAR]
    return next((steps for steps in near if _begins(_apply(sample, steps))), near[0] if near else None)


def _begins(line: str) -> bool:
    first = _RUSSIAN.search(line)
    return first is not None and first[0].isupper()


def _is_repaired(line: str, steps: Steps) -> bool:
    sample = _sample(line)
    return _bits_after(sample, oddity(sample)[0], steps) is not None


def _bits_after(sample: str, bits: float, steps: Steps) -> float | None:
    """Return the oddity of a line that is decoded anew, if it reads like Russian then, and better than before."""
    decoded = _apply(sample, steps)
    gained = None if decoded == sample else _bits_if_russian(decoded)
    if gained is None:
        return None
    if steps in _SISTERS:
        is_better = bits - gained >= min(_SMALL_GAIN, _SISTERS_GAIN / len(sample))
        return gained if is_better and _ALL_FINE.fullmatch(decoded) else None
    return gained if bits - gained >= _GAIN else None


def _may_be_russian(line: str) -> bool:
    """Tell whether a line has few letters that a wrong decoding leaves alone: other languages have many."""
    if not _ACCENTED.search(line):
        return True
    n_other = len(_NO_ASCII.findall(line))
    return 2 * n_other > len(_ASCII_LETTER.findall(line)) + n_other


def _bits_if_russian(text: str) -> float | None:
    """Return the oddity of a text that reads like Russian, None of another."""
    bits, count = oddity(text)
    n_letters = len(_RUSSIAN.findall(text))
    is_short = count < _SHORT
    is_fine = bits <= _FINE and n_letters >= max(_LEAST, _MOST * count)
    return bits if is_fine and not (is_short and _IN_WORD.search(text)) else None


@cache
def _once() -> tuple[Steps, ...]:
    return tuple(((read, meant),) for read in _READ_AS for meant in _MEANT if read != meant)


def _twice(sample: str) -> Iterator[Steps]:
    """Yield what may have happened twice: some reading, then UTF-8 read wrongly; or the same mistake again."""
    for read in _READ_AS:
        if _apply(sample, ((read, "utf-8"),)) != sample:
            yield from (((read, "utf-8"), step) for (step,) in _once())
    yield from ((step, step) for (step,) in _once() if step[1] != "utf-8" and (step,) not in _SISTERS)


def _apply(text: str, steps: Steps) -> str:
    """Return a text decoded anew; itself where it cannot be, or one of the steps changes nothing."""
    now = text
    for read, meant in steps:
        decoded = _decoded(now, read, meant)
        if decoded is None or decoded == now:
            return text
        now = decoded
    return now


def _decoded(text: str, read: str, meant: str) -> str | None:
    """Return the text with what is not of the encoding, as emoji and typographic signs that were added, left alone."""
    if _TELLS.search(text) and not _TELLS.search(_foreign(read).sub("", text)):
        return None
    parts: list[str] = []
    for part, is_foreign in _parts(text, read):
        if is_foreign:
            parts.append(part)
            continue
        data = part.encode(read)
        try:
            parts.append(data.decode(meant))
        except UnicodeDecodeError:
            if meant != "utf-8":
                return None
            # Of "Р\xa0" extractors make "Р ": the byte A0 is a space now.
            try:
                parts.append(re.sub(rb"(?<=[\xd0\xd1]) ", b"\xa0", data).decode(meant))
            except UnicodeDecodeError:
                return None
    return "".join(parts)


def _parts(text: str, encoding: str) -> Iterator[tuple[str, bool]]:
    """Yield stretches of a text that an encoding has, and the others between them."""
    start = 0
    for match in _foreign(encoding).finditer(text):
        yield text[start : match.start()], False
        yield match.group(), True
        start = match.end()
    yield text[start:], False


@cache
def _foreign(encoding: str) -> re.Pattern[str]:
    """Return a pattern of what an encoding has not."""
    has = bytes(range(0x80, 0x100)).decode(encoding, "ignore")
    return re.compile(f"[^\\x00-\\x7f{re.escape(has)}]+")
