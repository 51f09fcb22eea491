"""What is gathered of all posts before their parts are weighed one by one: small whatever the size of the corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.kernels.anchor_sets import Frequencies, count_items
from toolkit.kernels.bimax import sample_places
from toolkit.matching.candidates import Rarity
from toolkit.matching.readings import LANGS, load_vectors
from toolkit.matching.sides import compared_letters, flat_lists
from toolkit.partitions import Part, Partitions, Store

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


class Survey(NamedTuple):
    """What is small enough to be known of all posts.

    Attributes:
        starts: first post of each part, and the end.
        first: earliest time of each part, in hours; NaN if it has no dated posts.
        last: the latest one.
        has_undated: whether a part has posts without date.
        is_dated: whether any text of a language has a date.
        texts: which posts have a text in a language.
        sentences: how many sentences of a post are compared.
        rarity: one row, see `_rarity`.
    """

    starts: Indexes
    first: Floats
    last: Floats
    has_undated: NDArray[np.bool_]
    is_dated: dict[str, bool]
    texts: dict[str, NDArray[np.bool_]]
    sentences: dict[str, Indexes]
    rarity: pa.Table

    def reached(self, part: int, window: float) -> tuple[int, ...]:
        """Return the parts whose posts may be within the window of some post of a part."""
        apart = (self.first > self.last[part] + window) | (self.last < self.first[part] - window)
        return tuple(np.flatnonzero(self.has_undated | self.has_undated[part] | ~apart).tolist())


_COUNTED: Final = ("numbers", "names", "links_ru", "links_en")


def take_survey(read: Partitions) -> Survey:
    """Read the narrow columns of READINGS."""
    spans, undated = [], []
    texts: dict[str, list[NDArray[np.bool_]]] = {lang: [] for lang in LANGS}
    sentences: dict[str, list[Indexes]] = {lang: [] for lang in LANGS}
    is_dated = dict.fromkeys(LANGS, False)
    counts: dict[str, tuple[NDArray[np.uint64], Indexes] | None] = dict.fromkeys(_COUNTED)
    narrow = ("hours", "slack", "links", "letters", "numbers", "sure_numbers", "names")
    for part in read.parts([name for name in read.schema.names if name.rsplit("_", 1)[0] in narrow or name in narrow]):
        hours, slack = part["hours"].to_numpy(), part["slack"].to_numpy()
        known = ~np.isnan(hours)
        spans.append((np.min((hours - slack)[known], initial=np.inf), np.max((hours + slack)[known], initial=-np.inf)))
        undated.append(not known.all())
        for lang in LANGS:
            given = np.asarray(pc.is_valid(part[f"letters_{lang}"]))
            texts[lang].append(given)
            sentences[lang].append(compared_letters(part[f"letters_{lang}"])[1])
            is_dated[lang] |= bool((given & known).any())
            is_sure = np.asarray(flat_lists(part[f"sure_numbers_{lang}"])[0], bool)
            found = {
                "numbers": flat_lists(part[f"numbers_{lang}"])[0][is_sure],
                "names": flat_lists(part[f"names_{lang}"])[0],
                f"links_{lang}": flat_lists(part["links"].filter(pa.array(given)))[0],
            }
            counts |= {name: count_items(items, counts[name]) for name, items in found.items()}
    first, last = np.array(spans, np.float64).reshape(-1, 2).T
    has_text = {lang: np.concatenate(each) for lang, each in texts.items()}
    return Survey(
        starts=read.starts,
        first=first,
        last=last,
        has_undated=np.array(undated, bool),
        is_dated=is_dated,
        texts=has_text,
        sentences={lang: np.concatenate(each) for lang, each in sentences.items()},
        rarity=_rarity(counts, sum(int(each.sum()) for each in has_text.values())),
    )


def _rarity(counts: dict[str, tuple[NDArray[np.uint64], Indexes] | None], texts: int) -> pa.Table:
    """Return the counts of anchors as a table of one row; what occurs once is left out."""
    columns: dict[str, pa.Array] = {"texts": pa.array([texts])}
    for name, found in counts.items():
        assert found is not None
        items, times = found
        columns[name] = pa.array([items[times > 1]], pa.list_(pa.uint64()))
        columns[f"{name}_counts"] = pa.array([times[times > 1]], pa.list_(pa.int64()))
    return pa.table(columns)


def load_rarity(stored: Partitions) -> Rarity:
    """Return what `Survey.rarity` says, where it is stored."""
    table = stored.part(0)
    texts = table["texts"][0].as_py()
    known = {
        name: Frequencies(flat_lists(table[name])[0], flat_lists(table[f"{name}_counts"])[0].astype(np.int64), texts)
        for name in _COUNTED
    }
    return Rarity(known["numbers"], known["names"], (known["links_ru"], known["links_en"]))


# --- a sample of the sentences ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sampling:
    """Which sentences of a part are in the sample: among those that are compared, in order."""

    read: Part
    places: dict[str, Indexes]
    dim: int


def draw_sample(read: Partitions, known: Survey, store: Store, label: str, dim: int) -> Partitions:
    """Write the vectors of the sentences that stand for each side: one row, a blob for each language."""
    places: dict[str, list[Indexes]] = {}
    for lang in LANGS:
        ends = np.append(0, np.cumsum(known.sentences[lang]))[known.starts]
        chosen = sample_places(int(ends[-1]))
        cuts = np.searchsorted(chosen, ends)
        places[lang] = [chosen[cuts[part] : cuts[part + 1]] - ends[part] for part in range(len(read))]
    tasks = [_Sampling(part, {lang: places[lang][part.number] for lang in LANGS}, dim) for part in read.tasks()]
    found = [task for task in tasks if any(map(len, task.places.values()))]
    drawn = list(store.engine.map(_draw, found))
    nothing = np.zeros((0, dim), np.float32)
    sample = {lang: np.concatenate([nothing, *(vectors[lang] for vectors in drawn)]) for lang in LANGS}
    blobs = {
        lang: pa.array([vectors.astype(np.int16).tobytes()], pa.large_binary()) for lang, vectors in sample.items()
    }
    return store.write(f"{label}.sample", pa.table(blobs))


def _draw(task: _Sampling) -> dict[str, Vectors]:
    names = {lang: f"sentence_vectors_{lang}" for lang in LANGS}
    read = task.read.read(list(names.values()))
    return {lang: load_vectors(read[names[lang]], task.dim)[places] for lang, places in task.places.items()}
