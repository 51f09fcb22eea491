"""Pairs of posts weighed part by part.

What a part cannot know alone is gathered first, and is small: a sample of the sentences, how many texts have an anchor.
Then every part looks for the neighbours of its posts, in the parts that the window reaches, and compares the sentences
of its posts with the sample. Then the pairs of every part's Russian posts are weighed. All that is left to do with
all pairs at once is to hold them against each other, by four numbers a pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.kernels.anchor_sets import Frequencies, count_items
from toolkit.kernels.bimax import sample_places, sentence_neighborhoods
from toolkit.kernels.margin import margin_scores, neighborhood
from toolkit.kernels.neighbors import Dated, Neighbors, look_among, nearest_both_ways, no_neighbors
from toolkit.kernels.pair_model import log_odds, with_leads
from toolkit.matching.candidates import ABOVE, Rarity, leads, weigh_pairs
from toolkit.matching.readings import LANGS
from toolkit.matching.sides import (
    SIDE,
    Side,
    columns_of,
    compared_letters,
    flat_lists,
    join_sides,
    load_side,
    load_vectors,
)
from toolkit.options import MatchOptions
from toolkit.partitions import Made, Partitions, Store

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

_CANDIDATES: Final = 8  # neighbours each way that are looked at closely; the counterpart was always among the first 5
_NEAR: Final = pa.schema(
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
OVERLAPS: Final = ("number_overlap", "link_overlap", "name_overlap")
_EVIDENCE: Final = ("similarity", "hours_apart", *OVERLAPS, "length_ratio", "odds", "rank")
WEIGHED: Final = pa.schema(
    [
        pa.field("ru", pa.int64()),  # row of the post
        pa.field("en", pa.int64()),
        *(pa.field(name, pa.float64()) for name in _EVIDENCE),
        pa.field("found_ru", pa.list_(pa.bool_())),  # which of the compared sentences have a like in the other text
        pa.field("found_en", pa.list_(pa.bool_())),
    ]
)


class Weighed(NamedTuple):
    """Pairs that were looked at closely, sorted by (ru, en).

    Attributes:
        ru: row of the Russian post.
        en: row of the English post; the same if it is bilingual.
        odds: log-odds that the two are variants of one post.
        pairs: WEIGHED, in the same order.
        around: neighbourhood of every post in each language, NaN where it has no text.
        posts: how many have a text in each language.
    """

    ru: Indexes
    en: Indexes
    odds: Floats
    pairs: Partitions
    around: dict[str, Floats]
    posts: dict[str, int]

    def take(self, places: Indexes) -> pa.Table:
        """Return some pairs, given by their places in ascending order, as WEIGHED with their margin."""
        own = by_part(part_starts(self.pairs), places)
        parts = [self.pairs.part(number).take(pa.array(rows)) for number, rows in own]
        taken = pa.concat_tables([WEIGHED.empty_table(), *parts]).combine_chunks()
        around = (self.around[lang][rows[places]] for lang, rows in (("ru", self.ru), ("en", self.en)))
        margin = margin_scores(taken["similarity"].to_numpy(), *around, "ratio")
        return taken.append_column("margin", pa.array(margin))


def weigh_posts(
    read: Partitions, store: Store, label: str, background: tuple[float, float], dim: int, options: MatchOptions
) -> Weighed:
    """Find the pairs of posts that are worth weighing, and weigh them.

    Args:
        read: READINGS, in any order and any parts; quick if posts of one time are in one part.
        store: for what is made on the way.
        label: of this work in the store.
        background: of the encoder.
        dim: of the encoder.
        options: neighbours and window, and whether a post may be paired with itself.
    """
    known = _survey(read)
    typical, std = background[0] + ABOVE * background[1], background[1]
    look = _Look(_sample(read, known, store, label, dim), max(_CANDIDATES, options.neighbors), options, typical, dim)
    far = _near_at_any_distance(read, known, look)
    reach = [None if far else known.reached(part, options.window_hours) for part in range(len(read))]
    name = f"{label}.near"
    tasks = [_LookAround(name, read, part, known.starts, parts, look) for part, parts in enumerate(reach)]
    near = store.map(_look_around, tasks, {name: _NEAR}, name)[0][name]
    neighbors, around = far or _gather(near, known)
    ru, en = _candidate_pairs(neighbors, known, self_pairs=options.self_pairs)
    rarity = store.write(f"{label}.rarity", known.rarity)
    ends = np.searchsorted(ru, known.starts)
    cuts = [slice(ends[part], ends[part + 1]) for part in range(len(read))]
    where = _Where(label, read, near, known.starts, rarity, std, dim, options.window_hours)
    weighing = [_Weighing(where, ru[cut], en[cut]) for cut in cuts]
    pairs = store.map(_weigh, weighing, {label: WEIGHED}, label)[0][label]
    narrow = pairs.read(["odds", "rank"])
    odds = with_leads(narrow["odds"].to_numpy(), *leads(narrow["rank"].to_numpy(), ru, en))
    posts = {lang: int(known.texts[lang].sum()) for lang in LANGS}
    return Weighed(ru, en, odds, pairs, around, posts)


# --- what is known of all --------------------------------------------------------------------------------------------


class _Survey(NamedTuple):
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


def _survey(read: Partitions) -> _Survey:
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
    given = {lang: np.concatenate(each) for lang, each in texts.items()}
    return _Survey(
        starts=part_starts(read),
        first=first,
        last=last,
        has_undated=np.array(undated, bool),
        is_dated=is_dated,
        texts=given,
        sentences={lang: np.concatenate(each) for lang, each in sentences.items()},
        rarity=_rarity(counts, sum(int(each.sum()) for each in given.values())),
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


def _load_rarity(stored: Partitions) -> Rarity:
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

    read: Partitions
    part: int
    places: dict[str, Indexes]
    dim: int


def _sample(read: Partitions, known: _Survey, store: Store, label: str, dim: int) -> Partitions:
    """Write the vectors of the sentences that stand for each side: one row, a blob for each language."""
    places: dict[str, list[Indexes]] = {}
    for lang in LANGS:
        ends = np.append(0, np.cumsum(known.sentences[lang]))[known.starts]
        chosen = sample_places(int(ends[-1]))
        cuts = np.searchsorted(chosen, ends)
        places[lang] = [chosen[cuts[part] : cuts[part + 1]] - ends[part] for part in range(len(read))]
    tasks = [_Sampling(read, part, {lang: places[lang][part] for lang in LANGS}, dim) for part in range(len(read))]
    found = [task for task in tasks if any(map(len, task.places.values()))]
    drawn = list(store.engine.map(_draw, found))
    nothing = np.zeros((0, dim), np.float32)
    sample = {lang: np.concatenate([nothing, *(vectors[lang] for vectors in drawn)]) for lang in LANGS}
    blobs = {lang: pa.array([vectors.tobytes()], pa.large_binary()) for lang, vectors in sample.items()}
    return store.write(f"{label}.sample", pa.table(blobs))


def _draw(task: _Sampling) -> dict[str, Vectors]:
    names = {lang: f"sentence_vectors_{lang}" for lang in LANGS}
    read = task.read.part(task.part, list(names.values()))
    return {lang: load_vectors(read[names[lang]], task.dim)[places] for lang, places in task.places.items()}


# --- neighbours ------------------------------------------------------------------------------------------------------

_Around = dict[str, Floats]
_Found = dict[str, tuple[Indexes, Indexes]]  # of each language, a text's post and a neighbour's, in any order


class _Look(NamedTuple):
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
        first = Neighbors(*(values[:, : self.options.neighbors] for values in neighbors))
        return neighborhood(first, background=self.typical)


@dataclass(frozen=True)
class _LookAround:
    """Find the neighbours of a part's posts in the parts `reach`; None: that is done elsewhere."""

    name: str
    read: Partitions
    part: int
    starts: Indexes
    reach: tuple[int, ...] | None
    look: _Look


_OTHER: Final = {"ru": "en", "en": "ru"}


def _look_around(task: _LookAround) -> Made:
    """Return a part of _NEAR."""
    look = task.look
    columns: dict[str, pa.Array] = {}
    own = task.read.part(task.part, _columns_of_texts("sentence_vectors", "letters"))
    sample = look.sample.part(0)
    for lang, other in _OTHER.items():
        given, (_, counts) = pc.is_valid(own[f"letters_{lang}"]), compared_letters(own[f"letters_{lang}"])
        vectors = load_vectors(own[f"sentence_vectors_{lang}"], look.dim)
        around = sentence_neighborhoods(vectors, load_vectors(sample[other], look.dim), look.typical)
        columns[f"sentences_around_{lang}"] = _lists(around, counts, pa.list_(pa.float64()), given)
        nothing = pa.nulls(len(given))
        columns |= {f"near_{lang}": nothing, f"around_{lang}": nothing}
    if task.reach is not None:
        columns |= _neighbors(own, task)
    return Made({task.name: pa.table([columns[field.name].cast(field.type) for field in _NEAR], schema=_NEAR)})


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
            look_among(best[lang], mine[lang][1], vectors, rows + task.starts[part], look.options.window_hours)
    columns = {}
    for lang, found in best.items():
        place = np.full(own.num_rows, -1)
        place[mine[lang][0]] = np.arange(len(found.indexes))
        taken = pa.array(place, mask=place < 0)
        counts = (found.indexes >= 0).sum(axis=1)
        lists = _lists(found.indexes[found.indexes >= 0], counts, pa.list_(pa.int64()))
        columns[f"near_{lang}"], columns[f"around_{lang}"] = lists.take(taken), pa.array(look.around(found)).take(taken)
    return columns


def _dated(read: pa.Table, lang: str, dim: int) -> tuple[Indexes, Dated]:
    """Return which posts have a text in a language, and the texts."""
    rows = np.flatnonzero(np.asarray(pc.is_valid(read[f"vector_{lang}"])))
    times = (read[name].to_numpy()[rows] for name in ("hours", "slack"))
    return rows, Dated(load_vectors(read[f"vector_{lang}"], dim), *times)


def _lists(
    values: NDArray[np.float64] | Indexes, counts: Indexes, kind: pa.DataType, given: pa.Array | None = None
) -> pa.Array:
    ends = pa.array(np.append(0, np.cumsum(counts)), pa.int32())
    lists = pa.ListArray.from_arrays(ends, pa.array(values, kind.value_type))
    return lists if given is None else pc.if_else(given, lists, pa.scalar(None, kind))


def _near_at_any_distance(read: Partitions, known: _Survey, look: _Look) -> tuple[_Found, _Around] | None:
    """Find neighbours where no window keeps posts apart, with the vectors of all texts in memory; None: one does."""
    if not len(read) or all(known.is_dated.values()):
        return None
    rows = {lang: np.flatnonzero(known.texts[lang]) for lang in LANGS}
    vectors = {lang: np.empty((len(rows[lang]), look.dim), np.float32) for lang in LANGS}
    for lang, into in vectors.items():
        start = 0
        for part in read.parts([f"vector_{lang}"]):
            found = load_vectors(part[f"vector_{lang}"], look.dim)
            into[start : start + len(found)] = found
            start += len(found)
    both = nearest_both_ways(vectors["ru"], vectors["en"], look.k, exact=look.options.exact)
    found, around = {}, {}
    for (lang, other), near in zip(_OTHER.items(), both, strict=True):
        own, rank = np.nonzero(near.indexes >= 0)
        found[lang] = rows[lang][own], rows[other][near.indexes[own, rank]]
        around[lang] = np.full(len(known.texts[lang]), np.nan)
        around[lang][rows[lang]] = look.around(near)
    return found, around


def _gather(near: Partitions, known: _Survey) -> tuple[_Found, _Around]:
    """Return the neighbours that all parts have found."""
    found, around = {}, {}
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


def _candidate_pairs(found: _Found, known: _Survey, *, self_pairs: bool) -> tuple[Indexes, Indexes]:
    """Return the neighbours of both directions and the bilingual posts, if wanted, each pair once, sorted."""
    posts = max(int(known.starts[-1]), 1)
    (ru, en), (back_en, back_ru) = found["ru"], found["en"]
    halves = np.flatnonzero(known.texts["ru"] & known.texts["en"])
    pairs = np.unique(np.concatenate([ru * posts + en, back_ru * posts + back_en, halves * posts + halves]))
    ru, en = np.divmod(pairs, posts)
    if not self_pairs:
        ru, en = ru[ru != en], en[ru != en]
    return ru, en


# --- evidence --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Where:
    """Where pairs find their texts, and what weighs them."""

    name: str
    read: Partitions
    near: Partitions
    starts: Indexes
    rarity: Partitions
    std: float
    dim: int
    window_hours: float


@dataclass(frozen=True)
class _Weighing:
    """Weigh pairs, given by the rows of their posts, sorted."""

    where: _Where
    ru: Indexes
    en: Indexes


def _weigh(task: _Weighing) -> Made:
    """Return a part of WEIGHED."""
    where = task.where
    if not len(task.ru):
        return Made({where.name: WEIGHED.empty_table()})
    (ru_rows, i), (en_rows, j) = (np.unique(rows, return_inverse=True) for rows in (task.ru, task.en))
    (ru, around_ru), (en, around_en) = (_side(where, lang, rows) for lang, rows in (("ru", ru_rows), ("en", en_rows)))
    same_post = task.ru == task.en
    found = weigh_pairs(ru, en, (around_ru, around_en), (i, j), same_post, where.std, _load_rarity(where.rarity))
    columns = {
        "ru": task.ru,
        "en": task.en,
        "similarity": found.similarity,
        "hours_apart": found.hours_apart,
        **found.overlaps,
        "length_ratio": found.evidence.length_ratio,
        "odds": log_odds(found.evidence, where.window_hours),
        "rank": found.rank,
        "found_ru": _lists(found.margins.a > 0, np.diff(found.margins.starts_a), pa.list_(pa.bool_())),
        "found_en": _lists(found.margins.b > 0, np.diff(found.margins.starts_b), pa.list_(pa.bool_())),
    }
    return Made({where.name: pa.table([pa.array(columns[name]) for name in WEIGHED.names], schema=WEIGHED)})


def _side(where: _Where, lang: str, rows: Indexes) -> tuple[Side, Floats]:
    """Take up the texts of some posts, wherever they are, and the neighbourhoods of their sentences."""
    sides, around = [], []
    for part, rows_here in by_part(where.starts, rows):
        own = pa.array(rows_here)
        sides.append(load_side(where.read.part(part, columns_of(lang, *SIDE)).take(own), lang, where.dim))
        name = f"sentences_around_{lang}"
        around.append(flat_lists(where.near.part(part, [name]).take(own)[name])[0])
    return join_sides(sides), np.concatenate(around)


def part_starts(table: Partitions) -> Indexes:
    """Return the first row of each part, and the end."""
    return np.cumsum([0, *table.rows])


def by_part(starts: Indexes, rows: Indexes) -> Iterator[tuple[int, Indexes]]:
    """Yield the parts of ascending rows, and where they are in them."""
    cuts = np.searchsorted(rows, starts)
    for part in range(len(starts) - 1):
        if cuts[part] < cuts[part + 1]:
            yield part, rows[cuts[part] : cuts[part + 1]] - starts[part]
