"""How likely texts are in each language, for many texts at once and in whole numbers.

The model is py3langid's (Lui & Baldwin 2012, naive Bayes over byte n-grams), the arithmetic is not: all sums
are of whole numbers, so that no processor, no library of linear algebra and no order of the texts changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]

_DEPTH: Final = 6  # bytes of the longest n-gram
_UNIT: Final = 512  # weights are multiples of 1/512: half precision between -16 and -2
_COUNT_UNIT: Final = 4096
_MAX_COUNT: Final = 4096  # of an n-gram; texts are cut long before
_BLOCK: Final = 1 << 16  # n-grams x languages that are weighed at a time: what the processor's cache holds


class _Tables(NamedTuple):
    """The model: an automaton over bytes that tells the longest n-gram that ends at a byte, and n-grams' weights."""

    first_two: Values  # state behind two bytes
    following: Values  # state * 256 + byte -> state, by row
    row: Values  # state -> where its row begins
    feature: Values  # state -> n-gram, or -1
    weights: Values  # n-gram x column, int16
    classes: list[str]  # language of each column
    rarity: Values  # of each column's language, int64


class Closed(NamedTuple):
    """A set of languages, and their columns of the model."""

    languages: tuple[str, ...]
    weights: Values
    rarity: Values
    starts: Values  # of each language's columns: one may have two


def log_odds(texts: Sequence[str], languages: tuple[str, ...]) -> Values:
    """Return how much speaks for each language in each text.

    Args:
        texts: without NUL.
        languages: that the model knows; see `known_languages`.

    Returns:
        float64 (texts, languages), 0 for the likeliest and negative for the others. Divided by the square root of a
        text's bytes, so that texts of different length can be compared, as py3langid does; 0 throughout for a text
        in which the model knows no n-gram. Exactly the same on every machine.
    """
    if not texts:
        return np.zeros((0, len(languages)))
    model, chosen = _tables(), _closed(languages)
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    owners, features, counts = _n_grams(encoded, model)
    sums = np.zeros((len(texts), len(languages)), np.int64)
    if not len(owners):
        return sums.astype(np.float64)
    logs = _logs()[np.minimum(counts, _MAX_COUNT)]
    begins = np.flatnonzero(np.diff(owners, prepend=-1))
    step = max(1, _BLOCK // chosen.weights.shape[1])
    at = 0
    while at < len(begins):  # whole texts, as many as there is room for
        stop = max(at + 1, int(np.searchsorted(begins, begins[at] + step, "right")) - 1)
        stop = len(begins) if begins[at] + step >= len(features) else stop
        part = slice(begins[at], begins[stop] if stop < len(begins) else len(features))
        weighed = np.multiply(chosen.weights[features[part]], logs[part, None], dtype=np.int32)
        columns = np.add.reduceat(weighed, begins[at:stop] - begins[at], axis=0, dtype=np.int64)
        columns += chosen.rarity
        sums[owners[begins[at:stop]]] = np.maximum.reduceat(columns, chosen.starts, axis=1)
        at = stop
    lengths = np.sqrt(np.array([max(len(text), 1) for text in encoded], np.float64))
    odds: Values = (sums - sums.max(axis=1, keepdims=True)) / (_UNIT * _COUNT_UNIT) / lengths[:, None]
    return odds


def _n_grams(encoded: list[bytes], model: _Tables) -> tuple[Values, Values, Values]:
    """Return text, n-gram and how often the text has it, by text and n-gram.

    What the automaton knows behind a byte depends on the last six bytes only, so all bytes are looked up at once; NUL
    is in no n-gram, and keeps texts apart.
    """
    joined = np.frombuffer(b"\0" * _DEPTH + b"\0".join(encoded) + b"\0", np.uint8)
    size = len(joined) - _DEPTH
    state = model.first_two[joined[1 : size + 1].astype(np.int32) << 8 | joined[2 : size + 2]]
    for behind in range(3, _DEPTH + 1):
        state = model.following[model.row[state] + joined[behind : size + behind]]
    found = model.feature[state]
    lengths = np.array([len(text) + 1 for text in encoded])
    owner = np.repeat(np.arange(len(encoded)), lengths)
    is_known = found >= 0
    n = len(model.weights)
    keys = owner[is_known] * n + found[is_known]
    if len(encoded) * n < 1 << 31:
        keys = keys.astype(np.int32)
    keys.sort()
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(begins, append=len(keys))
    return keys[begins] // n, keys[begins] % n, counts


def known_languages() -> tuple[str, ...]:
    """Return the languages that the model knows, sorted."""
    return tuple(sorted(set(_tables().classes)))


@cache
def _closed(languages: tuple[str, ...]) -> Closed:
    model = _tables()
    columns = [[at for at, known in enumerate(model.classes) if known == language] for language in languages]
    starts = np.cumsum([0, *map(len, columns[:-1])])
    flat = [at for of_one in columns for at in of_one]
    return Closed(languages, np.ascontiguousarray(model.weights[:, flat]), model.rarity[flat], starts)


@cache
def _logs() -> Values:
    counts = np.arange(_MAX_COUNT + 1)
    return np.array([round(_COUNT_UNIT * float(np.log1p(count))) for count in counts], np.int32)


@cache
def _tables() -> _Tables:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    following = np.frombuffer(model.tk_nextmove, model.tk_nextmove.typecode)
    row = np.frombuffer(model.tk_row, model.tk_row.typecode).astype(np.int32) << 8
    weights = np.rint(np.asarray(model.nb_ptc, np.float32) * _UNIT).astype(np.int16)
    rarity = np.rint(np.asarray(model.nb_pc, np.float64) * _UNIT).astype(np.int64) * _COUNT_UNIT
    first = following[row[0] : row[0] + 256]
    first_two = following[row[first][:, None] + np.arange(256)].reshape(-1)
    return _Tables(first_two, following, row, np.array(model.tk_output), weights, model.nb_classes, rarity)
