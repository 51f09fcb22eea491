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
from numpy.typing import NDArray

from toolkit.kernels.margin import margin_scores
from toolkit.kernels.pair_model import log_odds, with_leads
from toolkit.matching.around import Found, Look, find_near
from toolkit.matching.candidates import ABOVE, leads, weigh_pairs
from toolkit.matching.readings import LANGS
from toolkit.matching.sides import SIDE, Side, columns_of, flat_lists, join_sides, load_side, make_lists
from toolkit.matching.survey import Survey, draw_sample, load_rarity, take_survey
from toolkit.options import MatchOptions
from toolkit.partitions import Made, Partitions, Store

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

_CANDIDATES: Final = 8  # neighbours each way that are looked at closely; the counterpart was always among the first 5
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
        own = by_part(self.pairs.starts, places)
        parts = [self.pairs.part(number).take(pa.array(rows)) for number, rows in own]
        taken = pa.concat_tables([WEIGHED.empty_table(), *parts]).combine_chunks()
        around_ru, around_en = self.around["ru"][self.ru[places]], self.around["en"][self.en[places]]
        margin = margin_scores(taken["similarity"].to_numpy(), around_ru, around_en, "ratio")
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
    known = take_survey(read)
    typical, std = background[0] + ABOVE * background[1], background[1]
    sample = draw_sample(read, known, store, label, dim)
    look = Look(sample, max(_CANDIDATES, options.neighbors), options, typical, dim)
    near, neighbors, around = find_near(read, known, store, label, look)
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


def _candidate_pairs(found: Found, known: Survey, *, self_pairs: bool) -> tuple[Indexes, Indexes]:
    """Return the neighbours of both directions and the bilingual posts, if wanted, each pair once, sorted."""
    posts = max(int(known.starts[-1]), 1)
    (ru, en), (back_en, back_ru) = found["ru"], found["en"]
    halves = np.flatnonzero(known.texts["ru"] & known.texts["en"])
    pairs = np.unique(np.concatenate([ru * posts + en, back_ru * posts + back_en, halves * posts + halves]))
    ru, en = np.divmod(pairs, posts)
    if not self_pairs:
        ru, en = ru[ru != en], en[ru != en]
    return ru, en


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
    found = weigh_pairs(ru, en, (around_ru, around_en), (i, j), same_post, where.std, load_rarity(where.rarity))
    columns = {
        "ru": task.ru,
        "en": task.en,
        "similarity": found.similarity,
        "hours_apart": found.hours_apart,
        **found.overlaps,
        "length_ratio": found.evidence.length_ratio,
        "odds": log_odds(found.evidence, where.window_hours),
        "rank": found.rank,
        "found_ru": make_lists(found.margins.a > 0, np.diff(found.margins.starts_a), pa.list_(pa.bool_())),
        "found_en": make_lists(found.margins.b > 0, np.diff(found.margins.starts_b), pa.list_(pa.bool_())),
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


def by_part(starts: Indexes, rows: Indexes) -> Iterator[tuple[int, Indexes]]:
    """Yield the parts of ascending rows, and where they are in them."""
    cuts = np.searchsorted(rows, starts)
    for part in range(len(starts) - 1):
        if cuts[part] < cuts[part + 1]:
            yield part, rows[cuts[part] : cuts[part + 1]] - starts[part]
