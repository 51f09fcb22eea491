"""Find the posts that are variants of one another: CLEAN_POSTS -> POST_PAIRS.

Candidates are nearest neighbours, within a time window where both posts have dates. Evidence is weighed into a
probability, and the best one-to-one assignment is taken, in which staying alone is a real choice. Then the posts that
stayed alone are held against what the pairs left: a post that merges two of the other side is in two pairs.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.alignment.coverage import covered_shares
from toolkit.alignment.sentences import align_texts
from toolkit.engine import EMBEDDED, Engine
from toolkit.kernels.assignment import assign_one_to_one
from toolkit.kernels.pair_model import at_rate_of_pool, probability
from toolkit.matching.passes import OVERLAPS, Weighed, by_part, weigh_posts
from toolkit.matching.readings import LANGS, READ, READINGS, read_parts, read_texts, store_for
from toolkit.matching.sides import compared_letters, flat_lists
from toolkit.options import AlignOptions, MatchOptions
from toolkit.partitions import PART_ROWS, Made, Part, Partitions, Store
from toolkit.results import NO_COUNTERPART, StageResult

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

_REST_LETTERS: Final = 40  # of what a pair leaves of a post; less is a greeting or a signature
# A post says the same twice if nearly all of one of its texts has a counterpart, and at least so much of the other: two
# posts may be pairs if they share less. Of a text and a summary of it in a sentence these are all and less.
_COVERED: Final = ((0.7, 0.4), (0.95, 0.2))
_NEVER: Final = -700.0  # log-odds
# Log-odds against a second counterpart: one rest in 30 has one, where 0.62 of the posts have a first.
_RARE: Final = 3.0


def match_posts(
    posts: pa.Table,
    encoder: Encoder,
    options: MatchOptions = MatchOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
    align: AlignOptions = AlignOptions(),  # noqa: B008
) -> StageResult:
    """Pair Russian posts with English ones, each post once in each of its languages, or twice if it merges two.

    Posts with `text_ru` are the Russian side, those with `text_en` the English one; a bilingual post is on both, and is
    paired with itself if its sentences translate each other, unless the options say that it never is.

    Args:
        posts: conform to `schemas.CLEAN_POSTS`.
        encoder: of texts and sentences, and for its background.
        options: window and threshold.
        engine: where posts are read and compared.
        align: how sentences will be aligned, which tells whether a post says the same twice.

    Returns:
        `kept` conforms to `schemas.POST_PAIRS`, coverage, relation and variant null. `dropped` has the posts without
        counterpart, reason `NO_COUNTERPART`; value is the best probability, null where nothing was near.
    """
    posts = schemas.conform(posts, schemas.CLEAN_POSTS).sort_by([("date", "ascending"), ("post_id", "ascending")])
    with TemporaryDirectory(prefix="bitext-") as folder:
        store = Store(Path(folder), engine)
        parts = store.write("posts", posts.select(["post_id", *READ]), PART_ROWS)
        return match_parts(parts, read_parts(parts, encoder, store), encoder, store, options, align)


def match_parts(
    posts: Partitions,
    read: Partitions,
    encoder: Encoder,
    store: Store,
    options: MatchOptions = MatchOptions(),  # noqa: B008
    align: AlignOptions = AlignOptions(),  # noqa: B008
) -> StageResult:
    """Do what `match_posts` does part by part: no process holds more than a part, and those within the window.

    Args:
        posts: have a post_id.
        read: READINGS of these posts, in the same parts.
        encoder: for its background, and for what pairs leave of posts.
        store: for what is made on the way; it is removed.
        options: window and threshold.
        align: how sentences will be aligned.
    """
    own = replace(store, folder=store.folder / "weighing")
    weighing = partial(weigh_posts, background=encoder.background, dim=encoder.dim, options=options)
    first = weighing(read, own, "pairs")
    odds = at_rate_of_pool(first.odds, first.ru, first.en, min(first.posts.values()))
    # How many posts have a counterpart elsewhere says nothing of those that bring their own.
    is_half = first.ru == first.en
    odds = np.where(is_half, first.odds, odds)
    odds[np.flatnonzero(is_half)[_say_two_things(read, first.ru[is_half], encoder, own, align)]] = _NEVER
    ids = posts.read(["post_id"])["post_id"].combine_chunks()
    best = np.full(len(ids), -1.0)
    chosen = _assign(first, odds, options)
    pairs = [_pairs(first, chosen, odds, ids)]
    _note_best(best, first, odds)
    for name, again in _rests(read, first, chosen, encoder, own).items():
        second = weighing(again, own, f"pairs.{name}")
        odds = np.where(second.ru == second.en, _NEVER, second.odds - _RARE)
        pairs.append(_pairs(second, _assign(second, odds, options), odds, ids))
        _note_best(best, second, odds)
    kept = pa.concat_tables(pairs).sort_by("pair_id").combine_chunks()
    shutil.rmtree(own.folder)
    return StageResult(kept, _alone(ids, kept, best))


def _assign(found: Weighed, odds: Floats, options: MatchOptions) -> Indexes:
    least = np.clip(options.min_probability, 1e-9, 1 - 1e-9)
    return assign_one_to_one(found.ru, found.en, odds - np.log(least / (1 - least)))


# --- posts that say something in two languages -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Halves:
    """Posts of a part that have both languages."""

    read: Part
    rows: Indexes


def _say_two_things(
    read: Partitions, rows: Indexes, encoder: Encoder, store: Store, options: AlignOptions
) -> NDArray[np.bool_]:
    """Tell which of these bilingual posts have two texts that do not translate each other."""
    parts = read.tasks()
    tasks = [_Halves(parts[number], own) for number, own in by_part(read.starts, rows)]
    check = partial(_check_halves, encoder=encoder, options=options)
    found = list(store_for(encoder, store).engine.map(check, tasks))
    return np.concatenate([np.zeros(0, bool), *found])


def _check_halves(task: _Halves, encoder: Encoder, options: AlignOptions) -> NDArray[np.bool_]:
    posts = task.read.read([f"sentences_{lang}" for lang in LANGS]).take(pa.array(task.rows))
    sides = list(zip(*(posts[f"sentences_{lang}"].to_pylist() for lang in LANGS), strict=True))
    aligned = align_texts(sides, encoder, options)
    shares = [sorted(covered_shares(beads, *side)) for beads, side in zip(aligned, sides, strict=True)]
    return np.array(
        [not any(more >= most and less >= least for most, least in _COVERED) for less, more in shares], bool
    )


# --- what pairs leave of posts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Left:
    """What the pairs leave of a part.

    Attributes:
        read: of its posts.
        paired: for each language the posts of the part that are in a pair, ascending.
        found: for each language, and of all its sentences in pairs, whether the other text has it.
    """

    read: Part
    paired: dict[str, Indexes]
    found: dict[str, NDArray[np.bool_]]


_AGAIN: Final = {"again.ru": ("ru", "en"), "again.en": ("en", "ru")}  # posts alone in one language, rests in the other


def _rests(read: Partitions, first: Weighed, chosen: Indexes, encoder: Encoder, store: Store) -> dict[str, Partitions]:
    """Return READINGS of the posts that stayed alone in a language, with what the pairs leave of posts in the other.

    Where nothing is alone, or the pairs leave nothing that matters, there is nothing to return.
    """
    taken = first.take(chosen)
    tasks = [_Left(part, {}, {}) for part in read.tasks()]
    for lang in LANGS:
        order = np.argsort(taken[lang].to_numpy(), kind="stable")
        rows, found = taken[lang].to_numpy()[order], taken[f"found_{lang}"].take(pa.array(order))
        cuts = np.searchsorted(rows, read.starts)
        for part, task in enumerate(tasks):
            own = slice(cuts[part], cuts[part + 1])
            task.paired[lang] = rows[own] - read.starts[part]
            task.found[lang] = np.asarray(flat_lists(found[own])[0], bool)
    leave = partial(_leave, encoder=encoder)
    tables, counts = store_for(encoder, store).map(leave, tasks, dict.fromkeys(_AGAIN, READINGS), "again")
    return {
        name: tables[name]
        for name, (alone, rest) in _AGAIN.items()
        if any(count[f"alone.{alone}"] for count in counts) and any(count[f"rests.{rest}"] for count in counts)
    }


def _leave(task: _Left, encoder: Encoder) -> Made:
    """Return a part of both tables of `_rests`."""
    read = task.read.read()
    of_post = {name: read[name] for name in READINGS.names if name[-3:] not in ("_ru", "_en")}
    alone: dict[str, dict[str, pa.Array]] = {}
    rests: dict[str, dict[str, pa.Array]] = {}
    counts: dict[str, int] = {}
    for lang in LANGS:
        is_alone = np.asarray(pc.is_valid(read[f"vector_{lang}"]))
        is_alone[task.paired[lang]] = False
        rows = pa.array(np.arange(read.num_rows), mask=~is_alone)
        alone[lang] = {name: read[name].take(rows) for name in READINGS.names if name.endswith(f"_{lang}")}
        texts = _left_of(read, lang, task.paired[lang], task.found[lang])
        place = np.full(read.num_rows, -1)
        place[list(texts)] = np.arange(len(texts))
        found = read_texts(pa.chunked_array([list(texts.values())], pa.string()), lang, encoder)
        rests[lang] = {f"{name}_{lang}": column.take(pa.array(place, mask=place < 0)) for name, column in found.items()}
        counts |= {f"alone.{lang}": int(is_alone.sum()), f"rests.{lang}": len(texts)}
    tables = {}
    for name, (one, other) in _AGAIN.items():
        columns = of_post | alone[one] | rests[other]
        tables[name] = pa.table([columns[field.name] for field in READINGS], schema=READINGS)
    return Made(tables, counts)


def _left_of(read: pa.Table, lang: str, rows: Indexes, found: NDArray[np.bool_]) -> dict[int, str]:
    """Return, for the posts of which enough is left, the sentences that the counterpart does not have."""
    posts = read.select([f"sentences_{lang}", f"letters_{lang}"]).take(pa.array(rows))
    sentences, letters = (posts[name].to_pylist() for name in posts.column_names)
    ends = np.cumsum([0, *compared_letters(posts[f"letters_{lang}"])[1].tolist()])
    left = {}
    for row, texts, sizes, start, end in zip(rows.tolist(), sentences, letters, ends, ends[1:], strict=False):
        used = [(text, size) for text, size in zip(texts, sizes, strict=True) if size]
        kept = list(compress(used, ~found[start:end]))
        if sum(size for _, size in kept) >= _REST_LETTERS:
            left[row] = "\n".join(text for text, _ in kept)
    return left


# --- results ---------------------------------------------------------------------------------------------------------


def _pairs(found: Weighed, chosen: Indexes, odds: Floats, ids: pa.Array) -> pa.Table:
    """Return the chosen candidates as POST_PAIRS."""
    taken = found.take(chosen)
    columns = {
        "ru_post_id": ids.take(taken["ru"].combine_chunks()),
        "en_post_id": ids.take(taken["en"].combine_chunks()),
        "probability": pa.array(probability(odds[chosen]).round(4)),
    }
    columns["pair_id"] = pc.binary_join_element_wise(columns["ru_post_id"], columns["en_post_id"], " ~ ")
    for name in ("similarity", "margin", "hours_apart", *OVERLAPS, "length_ratio"):
        columns[name] = pa.array(taken[name].to_numpy().round(4), from_pandas=True)
    nothing = pa.nulls(len(chosen))
    table = pa.table({field.name: columns.get(field.name, nothing) for field in schemas.POST_PAIRS})
    return schemas.conform(table, schemas.POST_PAIRS)


def _note_best(best: Floats, found: Weighed, odds: Floats) -> None:
    """Raise the best probability of each post that has a candidate."""
    chances = probability(odds)
    for rows in (found.ru, found.en):
        np.maximum.at(best, rows, chances)


def _alone(ids: pa.Array, kept: pa.Table, best: Floats) -> pa.Table:
    """Return the posts that are in no pair as DROPPED, with their best probability; -1 is none."""
    paired = pa.concat_arrays([kept[name].combine_chunks() for name in ("ru_post_id", "en_post_id")])
    rows = np.flatnonzero(~np.asarray(pc.is_in(ids, paired)))
    values = [None if chance < 0 else f"{chance:.4f}" for chance in best[rows].tolist()]
    columns = {
        "row_id": ids.take(pa.array(rows)),
        "stage": pa.repeat("match", len(rows)),
        "reason": pa.repeat(NO_COUNTERPART, len(rows)),
        "value": pa.array(values, pa.string()),
    }
    table = pa.table({field.name: columns[field.name] for field in schemas.DROPPED})
    return schemas.conform(table.sort_by("row_id"), schemas.DROPPED)
