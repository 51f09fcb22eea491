"""Which five letters follow each other in words of Russian: a word that has others is hardly one.

The runs are in `russian_runs.txt.gz`: a line begins with three letters, a group follows for each fourth letter, of it
and all that may be the fifth; blanks are written `_`, ё as е. They are the 63,854 runs in at least five of the 277,000
sentences, at most 20,000 of each source but names, that the encoder in the package was trained on (its card lists
them), counted in December 2026 by `benchmarks/russian_runs.py`. Of the words of Russian posts 11 % have others, names
and slang mostly; of those of Bulgarian text half, and of Serbian, Macedonian and Ukrainian six or seven in ten.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

LENGTH: Final = 5
_FILE: Final = Path(__file__).with_name("russian_runs.txt.gz")


def is_like_russian(word: str) -> bool:
    """Return whether a word has no letters one behind the other that words of Russian do not have so.

    Args:
        word: in small letters.

    >>> is_like_russian("книгами"), is_like_russian("книгата")
    (True, False)
    """
    return _known().issuperset(runs_of(word))


def runs_of(word: str) -> list[str]:
    """Return the runs of a word in small letters, its ends included.

    >>> runs_of("мост"), runs_of("я"), runs_of("ёж")
    (['_мост', 'мост_'], ['_я___'], ['_еж__'])
    """
    ended = f"_{word.replace('ё', 'е')}_".ljust(LENGTH, "_")
    return [ended[at : at + LENGTH] for at in range(len(ended) - LENGTH + 1)]


def packed(runs: Iterable[str]) -> bytes:
    """Return the file of some runs, the same bytes for the same runs."""
    lines = []
    for begin, of_line in groupby(sorted(set(runs)), lambda run: run[:3]):
        groups = groupby(of_line, lambda run: run[3])
        lines.append(begin + " ".join(fourth + "".join(run[4] for run in group) for fourth, group in groups))
    return gzip.compress("\n".join(lines).encode(), 9, mtime=0)


def unpacked(data: bytes) -> Iterator[str]:
    """Yield the runs of a file.

    >>> list(unpacked(packed(["мосту", "моста", "_я___"])))
    ['_я___', 'моста', 'мосту']
    """
    for line in gzip.decompress(data).decode().split("\n"):
        for group in line[3:].split(" "):
            yield from (line[:3] + group[0] + fifth for fifth in group[1:])


@cache
def _known() -> frozenset[str]:
    return frozenset(unpacked(_FILE.read_bytes()))
