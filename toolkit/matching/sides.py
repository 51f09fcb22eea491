"""Texts as arrays that can be compared with those of the other language, taken up from READINGS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.kernels.anchor_sets import Sets
from toolkit.kernels.bimax import Sentences
from toolkit.matching.readings import READINGS, load_vectors

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


class Side(NamedTuple):
    """The texts of some posts in one language.

    Attributes:
        vectors: shape (posts, dim).
        hours: dates in hours, NaN where there is none; of a day without time of day its noon.
        slack: hours by which the true one may differ: half a day, else 0.
        sentences: of the posts.
        letters: of the posts.
        numbers: hashes of the numbers.
        names: hashes of the names.
        links: hashes of the links.
    """

    vectors: Vectors
    hours: Floats
    slack: Floats
    sentences: Sentences
    letters: Floats
    numbers: Sets
    names: Sets
    links: Sets


def columns_of(lang: str, *names: str) -> list[str]:
    """Return the names of columns of READINGS, in its order: these, and those of the texts in a language."""
    wanted = {*names, *(f"{name}_{lang}" for name in names)}
    return [name for name in READINGS.names if name in wanted]


SIDE: Final = (
    *("hours", "slack", "links", "vector", "letters", "sentence_vectors"),
    *("numbers", "sure_numbers", "names", "sure_names"),
)


def load_side(read: pa.Table, lang: str, dim: int) -> Side:
    """Take up texts as arrays.

    Args:
        read: READINGS, at least the columns `SIDE`, of posts that have a text in the language.
        lang: of the texts.
        dim: length of a vector.
    """
    letters, counts = compared_letters(read[f"letters_{lang}"])
    vectors = load_vectors(read[f"sentence_vectors_{lang}"], dim)
    starts = np.append(0, np.cumsum(counts))
    links, link_starts = flat_lists(read["links"])
    return Side(
        vectors=load_vectors(read[f"vector_{lang}"], dim),
        hours=read["hours"].to_numpy(),
        slack=read["slack"].to_numpy(),
        sentences=Sentences(vectors, letters, starts),
        letters=np.add.reduceat(letters, starts[:-1]) if len(counts) else np.zeros(0),
        numbers=_sets(read, "numbers", lang),
        names=_sets(read, "names", lang),
        links=Sets(links, np.ones(len(links), bool), link_starts),
    )


def join_sides(parts: Sequence[Side]) -> Side:
    """Return the texts of all parts, one after the other."""
    return Side(
        vectors=np.concatenate([part.vectors for part in parts]),
        hours=np.concatenate([part.hours for part in parts]),
        slack=np.concatenate([part.slack for part in parts]),
        sentences=Sentences(*_joined([part.sentences for part in parts])),
        letters=np.concatenate([part.letters for part in parts]),
        numbers=Sets(*_joined([part.numbers for part in parts])),
        names=Sets(*_joined([part.names for part in parts])),
        links=Sets(*_joined([part.links for part in parts])),
    )


def _joined(parts: Sequence[tuple[Any, Any, Indexes]]) -> tuple[Any, Any, Indexes]:
    """Join lists that are given by two columns of values and their starts."""
    first, second, starts = zip(*parts, strict=True)
    lengths = np.concatenate([np.diff(each) for each in starts])
    return np.concatenate(first), np.concatenate(second), np.append(0, np.cumsum(lengths))


def compared_letters(column: pa.ChunkedArray) -> tuple[Floats, Indexes]:
    """Return the letters of the sentences that are compared, at least 1, and how many of these each text has."""
    letters, starts = flat_lists(column)
    rows = np.repeat(np.arange(len(column)), np.diff(starts))
    counts = np.bincount(rows[letters > 0], minlength=len(column))
    given = np.asarray(pc.is_valid(column))
    bare = given & (counts == 0)  # counts as one sentence
    counts[bare] = 1
    found = np.ones(int(counts.sum()))
    is_whole = np.zeros(len(found), bool)
    is_whole[(np.cumsum(counts) - counts)[bare]] = True
    found[~is_whole] = letters[letters > 0]
    return found, counts


def flat_lists(column: pa.ChunkedArray) -> tuple[NDArray[Any], Indexes]:
    """Return the values of lists one after the other, and where each list starts, and the end; null is empty."""
    lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0), np.int64)
    return np.asarray(pc.list_flatten(column)), np.append(0, np.cumsum(lengths))


def _sets(read: pa.Table, name: str, lang: str) -> Sets:
    items, starts = flat_lists(read[f"{name}_{lang}"])
    return Sets(items, np.asarray(flat_lists(read[f"sure_{name}_{lang}"])[0], bool), starts)


def make_lists(values: NDArray[Any], counts: Indexes, kind: pa.DataType, given: pa.Array | None = None) -> pa.Array:
    """Return values as lists of so many each; null where none is given."""
    ends = pa.array(np.append(0, np.cumsum(counts)), pa.int32())
    lists = pa.ListArray.from_arrays(ends, pa.array(values, kind.value_type))
    return lists if given is None else pc.if_else(given, lists, pa.scalar(None, kind))
