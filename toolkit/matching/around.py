"""The neighbours of posts, and the neighbourhoods of posts and sentences: part by part, within the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.kernels.bimax import sentence_neighborhoods
from toolkit.kernels.margin import neighborhood
from toolkit.kernels.neighbors import Dated, Neighbors, look_among, nearest_both_ways, no_neighbors
from toolkit.matching.readings import LANGS, LENGTH, load_vectors
from toolkit.matching.sides import compared_letters, flat_lists, make_lists
from toolkit.matching.survey import Survey
from toolkit.options import MatchOptions
from toolkit.partitions import Made, Partitions, Store

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

NEAR: Final = pa.schema(
    [
        field
        for lang in LANGS
        for field in (
            pa.field(f"near_{lang}", pa.list_(pa.int64())),  # posts of the other language
            pa.field(f"around_{lang}", pa.float64()),  # the neighbourhood of the post
            pa.field(f"sentences_around_{lang}", pa.list_(pa.float64())),  # and of its sentences
        )
    ]
)

Around = dict[str, Floats]
Found = dict[str, tuple[Indexes, Indexes]]  # of each language, a text's post and a neighbour's, in any order


class Look(NamedTuple):
    """How neighbours are looked for.

    Attributes:
        sample: of the sentences.
        k: neighbours wanted.
        options: of matching.
        typical: cosine that a missing neighbour counts with.
        dim: of vectors.
    """

    sample: Partitions
    k: int
    options: MatchOptions
    typical: float
    dim: int

    def around(self, neighbors: Neighbors) -> Floats:
        """Return the neighbourhoods of posts."""
        k = self.options.neighbors
        first = Neighbors(neighbors.indexes[:, :k], neighbors.cosines[:, :k])
        return neighborhood(first, background=self.typical)


@dataclass(frozen=True)
class _LookAround:
    """Find the neighbours of a part's posts in the parts `reach`; None: that is done elsewhere."""

    name: str
    read: Partitions
    part: int
    starts: Indexes
    reach: tuple[int, ...] | None
    look: Look


_OTHER: Final = {"ru": "en", "en": "ru"}


def _look_around(task: _LookAround) -> Made:
    """Return a part of NEAR."""
    look = task.look
    columns: dict[str, pa.Array] = {}
    own = task.read.part(task.part, _columns_of_texts("sentence_vectors", "letters"))
    sample = look.sample.part(0)
    for lang, other in _OTHER.items():
        given, (_, counts) = pc.is_valid(own[f"letters_{lang}"]), compared_letters(own[f"letters_{lang}"])
        vectors = load_vectors(own[f"sentence_vectors_{lang}"], look.dim)
        around = sentence_neighborhoods(vectors, load_vectors(sample[other], look.dim), look.typical, LENGTH)
        columns[f"sentences_around_{lang}"] = make_lists(around, counts, pa.list_(pa.float64()), given)
        nothing = pa.nulls(len(given))
        columns |= {f"near_{lang}": nothing, f"around_{lang}": nothing}
    if task.reach is not None:
        columns |= _neighbors(own, task)
    return Made({task.name: pa.table([columns[field.name].cast(field.type) for field in NEAR], schema=NEAR)})


def _columns_of_texts(*names: str) -> list[str]:
    """Return the columns of READINGS that place posts in time and space, and some more of both languages."""
    return ["hours", "slack", *(f"{name}_{lang}" for lang in LANGS for name in ("vector", *names))]


def _neighbors(own: pa.Table, task: _LookAround) -> dict[str, pa.Array]:
    look = task.look
    mine = {lang: _dated(own, lang, look.dim) for lang in LANGS}
    best = {lang: no_neighbors(len(mine[lang][1].vectors), look.k) for lang in LANGS}
    for part in task.reach or ():
        there = own if part == task.part else task.read.part(part, _columns_of_texts())
        for lang, other in _OTHER.items():
            rows, vectors = _dated(there, other, look.dim)
            look_among(best[lang], mine[lang][1], vectors, rows + task.starts[part], look.options.window_hours, LENGTH)
    columns = {}
    for lang, found in best.items():
        place = np.full(own.num_rows, -1)
        place[mine[lang][0]] = np.arange(len(found.indexes))
        taken = pa.array(place, mask=place < 0)
        counts = (found.indexes >= 0).sum(axis=1)
        lists = make_lists(found.indexes[found.indexes >= 0], counts, pa.list_(pa.int64()))
        columns[f"near_{lang}"], columns[f"around_{lang}"] = lists.take(taken), pa.array(look.around(found)).take(taken)
    return columns


def _dated(read: pa.Table, lang: str, dim: int) -> tuple[Indexes, Dated]:
    """Return which posts have a text in a language, and the texts."""
    rows = np.flatnonzero(np.asarray(pc.is_valid(read[f"vector_{lang}"])))
    times = (read[name].to_numpy()[rows] for name in ("hours", "slack"))
    return rows, Dated(load_vectors(read[f"vector_{lang}"], dim), *times)


def find_near(
    read: Partitions, known: Survey, store: Store, label: str, look: Look
) -> tuple[Partitions, Found, Around]:
    """Find the neighbours of all posts.

    Args:
        read: READINGS.
        known: of them.
        store: for `label.near`.
        label: of the work that this is part of.
        look: how.

    Returns:
        NEAR in the parts of `read`, for the neighbourhoods of sentences; of each language the pairs of a post with a
        neighbour; and the neighbourhoods of posts, NaN where one has no text in a language.
    """
    far = _near_at_any_distance(read, known, look)
    reach = [None if far else known.reached(part, look.options.window_hours) for part in range(len(read))]
    name = f"{label}.near"
    tasks = [_LookAround(name, read, part, known.starts, parts, look) for part, parts in enumerate(reach)]
    near = store.map(_look_around, tasks, {name: NEAR}, name)[0][name]
    return near, *(far or _gather(near, known))


def _near_at_any_distance(read: Partitions, known: Survey, look: Look) -> tuple[Found, Around] | None:
    """Find neighbours where no window keeps posts apart, with the vectors of all texts in memory; None: one does."""
    if not len(read) or all(known.is_dated.values()):
        return None
    rows = {lang: np.flatnonzero(known.texts[lang]) for lang in LANGS}
    vectors = {lang: np.empty((len(rows[lang]), look.dim), np.float32) for lang in LANGS}
    for lang, into in vectors.items():
        start = 0
        for part in read.parts([f"vector_{lang}"]):
            some = load_vectors(part[f"vector_{lang}"], look.dim)
            into[start : start + len(some)] = some / np.float32(LENGTH)
            start += len(some)
    both = nearest_both_ways(vectors["ru"], vectors["en"], look.k, exact=look.options.exact)
    found: Found = {}
    around: Around = {}
    for (lang, other), near in zip(_OTHER.items(), both, strict=True):
        own, rank = np.nonzero(near.indexes >= 0)
        found[lang] = rows[lang][own], rows[other][near.indexes[own, rank]]
        around[lang] = np.full(len(known.texts[lang]), np.nan)
        around[lang][rows[lang]] = look.around(near)
    return found, around


def _gather(near: Partitions, known: Survey) -> tuple[Found, Around]:
    """Return the neighbours that all parts have found."""
    found: Found = {}
    around: Around = {}
    for lang in LANGS:
        rows, others, values = [], [], []
        for start, part in zip(known.starts.tolist(), near.parts([f"near_{lang}", f"around_{lang}"]), strict=False):
            neighbors, ends = flat_lists(part[f"near_{lang}"])
            rows.append(start + np.repeat(np.arange(part.num_rows), np.diff(ends)))
            others.append(neighbors.astype(np.int64))
            values.append(part[f"around_{lang}"].to_numpy())
        found[lang] = np.concatenate(rows), np.concatenate(others)
        around[lang] = np.concatenate(values)
    return found, around
