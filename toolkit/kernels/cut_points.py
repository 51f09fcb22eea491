"""Where a long pair of texts can be cut so that its pieces are aligned one by one.

Memory of an alignment is rows times columns; a pair of 20,000 x 20,000 sentences needs to be cut first. Sentence pairs
that are each other's best match in a window of both texts are candidates, many of them wrong; on their heaviest
monotone chain few are, and next to none where several stand side by side. Such a place is safe. (hunalign's
partialAlign cuts at shared rare words; Bertalign's first pass finds anchors.) The next window starts at the last safe
place, so time is linear; a window without safe places is doubled, so an insertion of any length is got over.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float32]
Piece = tuple[int, int, int, int]  # (top, bottom, left, right): rows top .. bottom - 1, columns left .. right - 1

_WINDOW: Final = 512  # sentences of both sides that are compared at a time
_BLOCK: Final = 1024
_STEP: Final = 4  # a window must take us this part of it further, or it is doubled
_SIDE_BY_SIDE: Final = 4  # pairs that vouch for the place in their middle


def cut_pair(rows: Real, columns: Real, *, cells: int) -> list[Piece]:
    """Return pieces that cover the pair, in order, none with more than `cells` cells.

    Args:
        rows: (n, dim) unit vectors of one text's sentences.
        columns: (m, dim) unit vectors of the other text's sentences.
        cells: most rows times columns of a piece; a pair that has no more stays whole.

    >>> cut_pair(np.eye(6, dtype=np.float32), np.eye(6, dtype=np.float32), cells=16)
    [(0, 3, 0, 3), (3, 6, 3, 6)]
    """
    n, m = len(rows), len(columns)
    if n * m <= cells:
        return [(0, n, 0, m)]
    return _cut((0, n, 0, m), _find_places(rows, columns), cells)


def _find_places(rows: Real, columns: Real) -> list[tuple[int, int]]:
    """Return safe places of the whole pair, in order."""
    places: list[tuple[int, int]] = []
    top, left, size = 0, 0, _WINDOW
    while True:
        window = rows[top : top + size], columns[left : left + size]
        found = _safe_places(_heaviest_chain(*_best_matches(*window)))
        if top + size >= len(rows) and left + size >= len(columns):
            return places + [(top + i, left + j) for i, j in found]
        if found and max(found[-1]) * _STEP >= size:
            places += [(top + i, left + j) for i, j in found]
            (top, left), size = places[-1], _WINDOW
        else:
            size *= 2


def _safe_places(chain: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs of a chain that stand in the middle of so many side by side.

    >>> _safe_places([(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (6, 5), (7, 6)])
    [(2, 2), (3, 3)]
    """
    before, after = _SIDE_BY_SIDE // 2, _SIDE_BY_SIDE - _SIDE_BY_SIDE // 2 - 1
    safe = []
    for number in range(before, len(chain) - after):
        i, j = chain[number]
        if chain[number - before] == (i - before, j - before) and chain[number + after] == (i + after, j + after):
            safe.append((i, j))
    return safe


def _cut(piece: Piece, safe: list[tuple[int, int]], cells: int) -> list[Piece]:
    """Halve at the safe place that is nearest to the middle, and again; in the middle where there is none."""
    done, waiting = [], [(piece, safe)]
    while waiting:
        (top, bottom, left, right), places = waiting.pop()
        if (bottom - top) * (right - left) <= cells:
            done.append((top, bottom, left, right))
            continue
        i, j = _nearest(((top + bottom) // 2, (left + right) // 2), places)
        waiting.append(((i, bottom, j, right), [place for place in places if place > (i, j)]))
        waiting.append(((top, i, left, j), [place for place in places if place < (i, j)]))
    return done


def _nearest(middle: tuple[int, int], places: list[tuple[int, int]]) -> tuple[int, int]:
    return min(places, key=lambda place: abs(place[0] - middle[0]) + abs(place[1] - middle[1]), default=middle)


def _best_matches(rows: Real, columns: Real) -> tuple[NDArray[np.int64], NDArray[np.int64], Real]:
    """Return (i, j, cosine) of sentences that are each other's best match, sorted by i; the first of equals counts.

    Rows are taken in blocks, so that memory is linear even if the window has become the whole pair.
    """
    n, m = len(rows), len(columns)
    column_of, best = np.zeros(n, np.int64), np.empty(n, np.float32)
    row_of, best_of_column = np.zeros(m, np.int64), np.full(m, -np.inf, np.float32)
    for start in range(0, n, _BLOCK):
        cosine = rows[start : start + _BLOCK] @ columns.T
        here = slice(start, start + len(cosine))
        column_of[here] = cosine.argmax(axis=1)
        best[here] = np.take_along_axis(cosine, column_of[here, None], axis=1)[:, 0]
        row = cosine.argmax(axis=0)
        top = np.take_along_axis(cosine, row[None], axis=0)[0]
        row_of = np.where(top > best_of_column, start + row, row_of)
        best_of_column = np.maximum(best_of_column, top)
    i = np.arange(n)
    mutual = (row_of[column_of] == i) & (best > 0)
    return i[mutual], column_of[mutual], best[mutual]


def _heaviest_chain(i: NDArray[np.int64], j: NDArray[np.int64], weight: Real) -> list[tuple[int, int]]:
    """Return the strictly monotone chain of (i, j) with the highest sum of weights, of pairs sorted by i.

    >>> _heaviest_chain(np.array([0, 1, 2, 3]), np.array([0, 9, 1, 2]), np.array([1, 1, 1, 1], np.float32))
    [(0, 0), (2, 1), (3, 2)]
    """
    ends: list[int] = []  # columns, ascending; the best chain that ends there or before is heavier for each next one
    tops: list[tuple[float, int]] = []  # its weight and last pair
    before = [-1] * len(i)
    for number, (column, gain) in enumerate(zip(j.tolist(), weight.tolist(), strict=True)):
        place = bisect_left(ends, column)
        total, before[number] = (tops[place - 1][0] + gain, tops[place - 1][1]) if place else (gain, -1)
        stop = place
        while stop < len(ends) and tops[stop][0] <= total:
            stop += 1
        if place == len(ends) or ends[place] != column or stop > place:
            ends[place:stop], tops[place:stop] = [column], [(total, number)]
    number = tops[-1][1] if tops else -1
    chain = []
    while number >= 0:
        chain.append((int(i[number]), int(j[number])))
        number = before[number]
    return chain[::-1]
