"""Find a body that stands in its post twice: page extractors and careless authors copy it."""

from __future__ import annotations

import re

_OPENING = 12  # characters that a copied body begins with, as a quick test
_WORD = re.compile(r"\w+")
_MIN_WORDS = 5  # a slogan said twice is no copy
_MAX_TRIES = 40  # lines at which a copy may begin
_MIN_SHARE = 0.5  # of the words must come back: less is a refrain


def repeat_start(text: str) -> int | None:
    r"""Return where the second copy of a body begins, None if there is none.

    The copy reaches to the end of the text. It is the whole body word for word, or those of its lines, in order, that
    hold at least half of its words.

    >>> text = "📌 Title\nFirst line of the post.\nSecond line.\nFirst line of the post.\nSecond line."
    >>> text[repeat_start(text):]
    'First line of the post.\nSecond line.'
    >>> repeat_start("We shall go on to the end. We shall go on to the end.")
    27
    """
    return _second_half(text) or _repeated_lines(text)


def _second_half(text: str) -> int | None:
    """Return where the words of the first half begin again."""
    if text.find(text[:_OPENING], len(text) // 3) < 0:
        return None  # almost every text ends here
    spans = [match.span() for match in _WORD.finditer(text)]
    half, odd = divmod(len(spans), 2)
    words = [text[start:stop].lower() for start, stop in spans]
    if odd or half < _MIN_WORDS or words[:half] != words[half:]:
        return None
    start = spans[half][0]
    while start > spans[half - 1][1] and not text[start - 1].isspace():
        start -= 1  # an opening quote or an emoji belongs to the copy
    return start


def _repeated_lines(text: str) -> int | None:
    """Return where a line comes back from which on all lines do, in order."""
    body, _, last = text.rstrip().rpartition("\n")
    if last.strip() not in body:
        return None  # almost every text ends here
    lines = [line.strip() for line in text.rstrip().split("\n")]
    if lines[-1] not in lines[:-1]:
        return None
    total = sum(map(bool, lines))
    n_before, n_tries = 0, 0
    seen: set[str] = set()
    for cut in range(1, len(lines)):
        n_before += bool(lines[cut - 1])
        seen.add(lines[cut - 1])
        if 2 * n_before < total or not lines[cut] or lines[cut] not in seen:
            continue  # a copy has no more lines than its body
        if _is_copy(lines[cut:], lines[:cut]):
            return sum(len(line) + 1 for line in text.split("\n")[:cut])
        n_tries += 1
        if n_tries == _MAX_TRIES:  # who repeats so much copies nothing
            return None
    return None


def _is_copy(tail: list[str], body: list[str]) -> bool:
    remaining = iter(body)
    if not all(line in remaining for line in tail if line):
        return False
    n_tail, n_body = (sum(len(_WORD.findall(line)) for line in lines) for lines in (tail, body))
    return n_tail >= max(_MIN_WORDS, _MIN_SHARE * n_body)
