"""Find the posts that are variants of one another: CLEAN_POSTS + vectors -> POST_PAIRS.

Candidates are nearest neighbours, within a time window where both posts have dates. Evidence is weighed into a
probability, and the best one-to-one assignment is taken, in which staying alone is a real choice. Then the posts that
stayed alone are held against what the pairs left: a post that merges two of the other side is in two pairs.
"""

from __future__ import annotations

from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.kernels.assignment import assign_one_to_one
from toolkit.kernels.bimax import Sentences, found_in_each_other, found_sentences, lead, sentence_neighborhoods
from toolkit.kernels.margin import margin_scores, neighborhood
from toolkit.kernels.neighbors import Neighbors, either_way, nearest_both_ways
from toolkit.kernels.pair_model import Evidence, at_rate_of_pool, log_odds, probability
from toolkit.options import MatchOptions
from toolkit.results import NO_COUNTERPART, StageResult
from toolkit.text.anchor_weights import Anchors, Weighed, find_anchors, weigh_anchors
from toolkit.text.anchors import Names
from toolkit.text.sentences import split_sentences

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

_CANDIDATES: Final = 8  # neighbours each way that are looked at closely; the counterpart was always among the first 5
_ABOVE: Final = 2.0  # standard deviations above the background: the typical neighbourhood in a pool of news
_LEAD_FLOOR: Final = -1.0  # an opponent that every post has, in standard deviations: the typical unrelated candidate
_IN_LONG: Final = 0.75  # share of "short in long" when candidates compete; the long text may have more to say
_REST_LETTERS: Final = 40  # of what a pair leaves of a post; less is a greeting or a signature
_RARE: Final = (
    3.0  # log-odds against a second counterpart: one rest in 30 has one, where 0.62 of the posts have a first
)
_TEXTS = pa.list_(pa.string())
_READ = pa.schema(
    [
        pa.field("vectors", pa.list_(pa.float32())),
        pa.field("letters", pa.list_(pa.int64())),
        *(pa.field(name, _TEXTS) for name in ("numbers", "number_words", "sure", "all", "links")),
    ]
)


class Side(NamedTuple):
    """The posts of one language, or some of them, sorted by post_id.

    Attributes:
        post_ids: of the posts.
        vectors: shape (posts, dim).
        hours: dates in hours, NaN where there is none.
        sentences: of the posts.
        letters: of the posts.
        anchors: of the posts.
    """

    post_ids: list[str]
    vectors: NDArray[np.float32]
    hours: Floats
    sentences: Sentences
    letters: Floats
    anchors: list[Anchors]

    def take(self, rows: Indexes) -> Side:
        """Return some posts, in the order of `rows`."""
        starts, counts = self.sentences.starts[rows], np.diff(self.sentences.starts)[rows]
        places = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        sentences = Sentences(
            self.sentences.vectors[places], self.sentences.weights[places], np.cumsum([0, *counts.tolist()])
        )
        post_ids, anchors = ([items[row] for row in rows] for items in (self.post_ids, self.anchors))
        return Side(post_ids, self.vectors[rows], self.hours[rows], sentences, self.letters[rows], anchors)


class Candidates(NamedTuple):
    """Pairs that were looked at closely, sorted by (ru, en).

    Attributes:
        ru: index of the Russian post in its side.
        en: index of the English post in its side.
        similarity: cosine of the two texts.
        margin: the ratio margin.
        hours_apart: English minus Russian time, NaN where a date is missing.
        overlaps: number_overlap, link_overlap and name_overlap, NaN where not defined.
        evidence: what the model weighs.
    """

    ru: Indexes
    en: Indexes
    similarity: Floats
    margin: Floats
    hours_apart: Floats
    overlaps: dict[str, Floats]
    evidence: Evidence


def match_posts(
    posts: pa.Table,
    vectors: pa.Table,
    encoder: Encoder,
    options: MatchOptions = MatchOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
) -> StageResult:
    """Pair Russian posts with English ones, each post once in each of its languages, or twice if it merges two.

    Posts with `text_ru` are the Russian side, those with `text_en` the English one; a bilingual post is on both, and
    may be paired with itself.

    Args:
        posts: conform to `schemas.CLEAN_POSTS`.
        vectors: `schemas.post_embeddings` of these posts by this encoder.
        encoder: for their sentences, and for its background.
        options: window and threshold.
        engine: where texts are read; neighbours are searched in this process.

    Returns:
        `kept` conforms to `schemas.POST_PAIRS`, coverage, relation and variant null. `dropped` has the posts without
        counterpart, reason `NO_COUNTERPART`; value is the best probability, null where nothing was near.
    """
    ru, en = read_sides(posts, vectors, encoder, engine)
    candidates = find_candidates(ru, en, encoder.background, options)
    odds = log_odds(candidates.evidence, options.window_hours)
    odds = at_rate_of_pool(odds, candidates.ru, candidates.en, min(len(side.post_ids) for side in (ru, en)))
    chosen = _assign(candidates, odds, options)
    parts = [_pairs(candidates, chosen, odds, ru, en)]
    in_pairs = candidates.ru[chosen], candidates.en[chosen]
    ru_alone, en_alone = (
        side.take(np.setdiff1d(np.arange(len(side.post_ids)), rows))
        for side, rows in zip((ru, en), in_pairs, strict=True)
    )
    ru_rests, en_rests = _rests(posts, (ru, en), in_pairs, encoder, engine)
    for some_ru, some_en in ((ru_alone, en_rests), (ru_rests, en_alone)):
        again = find_candidates(some_ru, some_en, encoder.background, options)
        odds_again = log_odds(again.evidence, options.window_hours) - _RARE
        parts.append(_pairs(again, _assign(again, odds_again, options), odds_again, some_ru, some_en))
    kept = pa.concat_tables(parts).sort_by("pair_id").combine_chunks()
    return StageResult(kept, _alone(posts, kept, candidates, odds, ru, en))


def _assign(candidates: Candidates, odds: Floats, options: MatchOptions) -> Indexes:
    least = np.clip(options.min_probability, 1e-9, 1 - 1e-9)
    return assign_one_to_one(candidates.ru, candidates.en, odds - np.log(least / (1 - least)))


def _rests(
    posts: pa.Table, sides: tuple[Side, Side], pairs: tuple[Indexes, Indexes], encoder: Encoder, engine: Engine
) -> list[Side]:
    """Return, of the posts of each side that are in a pair, what their counterparts do not say, where it is enough.

    Args:
        posts: CLEAN_POSTS.
        sides: the Russian and the English posts.
        pairs: index of the Russian and of the English post of each pair.
        encoder: of the sides.
        engine: where texts are read.
    """
    mean, std = encoder.background
    found = found_sentences(sides[0].sentences, sides[1].sentences, mean + _ABOVE * std, pairs)
    rests = []
    for lang, side, rows, is_found in zip(("ru", "en"), sides, pairs, found, strict=True):
        ids = pa.chunked_array([[side.post_ids[row] for row in rows]], pa.string())
        texts = schemas.look_up(ids, posts, "post_id", f"text_{lang}").to_pylist()
        kept = ["\n".join(compress(_sentences(t, lang), ~f)) for t, f in zip(texts, is_found, strict=True)]
        places = [place for place, text in enumerate(kept) if sum(map(str.isalpha, text)) >= _REST_LETTERS]
        kept_ids, kept = ids.take(pa.array(places, pa.int64())), [kept[place] for place in places]
        known = posts.take(pc.index_in(kept_ids, posts["post_id"].combine_chunks()))
        known = known.set_column(
            known.schema.get_field_index(f"text_{lang}"), f"text_{lang}", pa.array(kept, pa.string())
        )
        vectors = pa.table(
            {
                "post_id": kept_ids,
                "lang": pa.repeat(lang, len(kept)),
                "vector": pa.FixedSizeListArray.from_arrays(encoder.encode(kept).ravel(), encoder.dim),
            }
        )
        rests.append(_read_side(known.sort_by("post_id"), vectors, encoder, lang, engine))
    return rests


def read_sides(posts: pa.Table, vectors: pa.Table, encoder: Encoder, engine: Engine = EMBEDDED) -> tuple[Side, Side]:
    """Read the posts of each language into arrays: first the Russian, then the English side."""
    posts = schemas.conform(posts, schemas.CLEAN_POSTS).sort_by("post_id")
    ru, en = (_read_side(posts, vectors, encoder, lang, engine) for lang in ("ru", "en"))
    return ru, en


def _read_side(posts: pa.Table, vectors: pa.Table, encoder: Encoder, lang: str, engine: Engine) -> Side:
    own = vectors.filter(pc.equal(vectors["lang"], lang))
    mine = posts.filter(pc.is_in(posts["post_id"], own["post_id"].combine_chunks()))
    rows = own.take(pc.index_in(mine["post_id"], own["post_id"].combine_chunks()))
    flat = rows["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    texts = pa.table({"text": mine[f"text_{lang}"], "urls": mine["urls"]})
    read = engine.map_batches(texts, partial(_read_texts, encoder=encoder, lang=lang), _READ)
    counts = [len(letters) for letters in read["letters"].to_pylist()]
    weights = read["letters"].combine_chunks().flatten().to_numpy(zero_copy_only=False).astype(np.float64)
    of_sentences = read["vectors"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    starts = np.cumsum([0, *counts])
    return Side(
        post_ids=mine["post_id"].to_pylist(),
        vectors=flat.reshape(-1, encoder.dim),
        hours=_hours(mine["date"]),
        sentences=Sentences(of_sentences.reshape(-1, encoder.dim), weights, starts),
        letters=np.add.reduceat(np.append(weights, 0), starts[:-1]) if counts else np.zeros(0),
        anchors=_anchors(read),
    )


def _read_texts(batch: pa.Table, encoder: Encoder, lang: str) -> pa.Table:
    """Take from each text what it can be recognised by."""
    texts = batch["text"].to_pylist()
    sentences = [_sentences(text, lang) for text in texts]
    encoded = encoder.encode([sentence for group in sentences for sentence in group])
    ends = np.cumsum([len(group) for group in sentences])[:-1]
    anchors = [find_anchors(text, urls) for text, urls in zip(texts, batch["urls"].to_pylist(), strict=True)]
    columns = [
        [part.ravel() for part in np.split(encoded, ends)],
        [[_letters(sentence) for sentence in group] for group in sentences],
        [sorted(found.numbers[0]) for found in anchors],
        [sorted(found.numbers[1]) for found in anchors],
        [sorted(found.names.sure) for found in anchors],
        [sorted(found.names.all) for found in anchors],
        [sorted(found.links) for found in anchors],
    ]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, _READ, strict=True)], schema=_READ)


def _anchors(read: pa.Table) -> list[Anchors]:
    columns = ([frozenset(items) for items in read[name].to_pylist()] for name in _READ.names[2:])
    return [
        Anchors((digits, words), Names(sure, every), links)
        for digits, words, sure, every, links in zip(*columns, strict=True)
    ]


def _sentences(text: str, lang: str) -> list[str]:
    """Return the sentences with letters; the whole text if none has any."""
    return [sentence for sentence in split_sentences(text, lang) if any(map(str.isalpha, sentence))] or [text]


def _letters(text: str) -> int:
    return max(sum(map(str.isalpha, text)), 1)


def _hours(dates: pa.ChunkedArray) -> Floats:
    hours = pc.divide(dates.cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64()).cast(pa.float64()), 3_600_000.0)
    return np.asarray(pc.fill_null(hours, float("nan")).combine_chunks().to_numpy(zero_copy_only=False))


def find_candidates(ru: Side, en: Side, background: tuple[float, float], options: MatchOptions) -> Candidates:
    """Return the pairs worth weighing, with the evidence.

    Args:
        ru: the Russian posts.
        en: the English posts.
        background: of the encoder.
        options: neighbours and window.
    """
    mean, std = background
    k = max(_CANDIDATES, options.neighbors)
    forward, backward = nearest_both_ways(
        ru.vectors,
        en.vectors,
        k,
        times_a=ru.hours,
        times_b=en.hours,
        window=options.window_hours,
        exact=options.exact,
    )
    i, j = _candidate_pairs(forward, backward, ru, en)
    cosines = np.einsum("ij,ij->i", ru.vectors[i], en.vectors[j], dtype=np.float64)
    typical = mean + _ABOVE * std
    around_ru = neighborhood(_first(forward, options.neighbors), background=typical)[i]
    around_en = neighborhood(_first(backward, options.neighbors), background=typical)[j]
    in_en, in_ru = (values / std for values in _found(ru, en, (i, j), typical))
    is_ru_shorter = ru.letters[i] <= en.letters[j]
    short_in_long, long_in_short = np.where(is_ru_shorter, (in_en, in_ru), (in_ru, in_en))
    both = _IN_LONG * short_in_long + (1 - _IN_LONG) * long_in_short
    hours_apart = en.hours[j] - ru.hours[i]
    anchors = _weighed(ru, en, i, j)
    overlaps = {name: anchors[name] for name in ("number_overlap", "link_overlap", "name_overlap")}
    evidence = Evidence(
        short_in_long=short_in_long,
        long_in_short=long_in_short,
        lead_ru=lead(both, i, _LEAD_FLOOR),
        lead_en=lead(both, j, _LEAD_FLOOR),
        **{name: anchors[name] for name in Weighed._fields if name in Evidence._fields},
        length_ratio=np.minimum(ru.letters[i], en.letters[j]) / np.maximum(ru.letters[i], en.letters[j]),
        letters=np.minimum(ru.letters[i], en.letters[j]),
        hours=np.abs(hours_apart),
        same_post=np.array([ru.post_ids[a] == en.post_ids[b] for a, b in zip(i, j, strict=True)], bool),
    )
    margin = margin_scores(cosines, around_ru, around_en, "ratio")
    return Candidates(i, j, cosines, margin, hours_apart, overlaps, evidence)


def _first(neighbors: Neighbors, k: int) -> Neighbors:
    return Neighbors(neighbors.indexes[:, :k], neighbors.cosines[:, :k])


def _candidate_pairs(forward: Neighbors, backward: Neighbors, ru: Side, en: Side) -> tuple[Indexes, Indexes]:
    """Return the neighbours of both directions and the bilingual posts, each pair once, sorted."""
    place = {post_id: index for index, post_id in enumerate(en.post_ids)}
    halves = [(index, place[post_id]) for index, post_id in enumerate(ru.post_ids) if post_id in place]
    pairs = np.unique(
        np.concatenate([either_way(forward, backward), np.array(halves, np.int64).reshape(-1, 2)]), axis=0
    )
    return pairs[:, 0], pairs[:, 1]


def _found(ru: Side, en: Side, pairs: tuple[Indexes, Indexes], typical: float) -> tuple[Floats, Floats]:
    around_ru = sentence_neighborhoods(ru.sentences, en.sentences, typical)
    around_en = sentence_neighborhoods(en.sentences, ru.sentences, typical)
    return found_in_each_other(ru.sentences, en.sentences, around_ru, around_en, pairs)


def _weighed(ru: Side, en: Side, i: Indexes, j: Indexes) -> dict[str, Floats]:
    """Return the fields of `Weighed` as columns, NaN where one is not defined."""
    rows = weigh_anchors(ru.anchors, en.anchors, zip(i.tolist(), j.tolist(), strict=True))
    table = np.array(rows, np.float64).reshape(-1, len(Weighed._fields))
    return dict(zip(Weighed._fields, table.T, strict=True))


def _pairs(found: Candidates, chosen: Indexes, odds: Floats, ru: Side, en: Side) -> pa.Table:
    """Return the chosen candidates as POST_PAIRS, sorted by pair_id."""
    ru_ids = [ru.post_ids[index] for index in found.ru[chosen]]
    en_ids = [en.post_ids[index] for index in found.en[chosen]]
    columns = {
        "similarity": found.similarity,
        "margin": found.margin,
        "probability": probability(odds),
        "hours_apart": found.hours_apart,
        **found.overlaps,
        "length_ratio": found.evidence.length_ratio,
    }
    nothing = pa.nulls(len(chosen))
    table = pa.table(
        {
            "pair_id": pa.array([f"{a} ~ {b}" for a, b in zip(ru_ids, en_ids, strict=True)], pa.string()),
            "ru_post_id": pa.array(ru_ids, pa.string()),
            "en_post_id": pa.array(en_ids, pa.string()),
            **{name: pa.array(values[chosen].round(4), from_pandas=True) for name, values in columns.items()},
            **dict.fromkeys(("coverage_ru", "coverage_en", "relation", "variant"), nothing),
        }
    )
    return schemas.conform(table.sort_by("pair_id"), schemas.POST_PAIRS)


def _alone(posts: pa.Table, kept: pa.Table, found: Candidates, odds: Floats, ru: Side, en: Side) -> pa.Table:
    """Return the posts that are in no pair as DROPPED, with their best probability."""
    best: dict[str, float] = {}
    for a, b, chance in zip(found.ru.tolist(), found.en.tolist(), probability(odds).tolist(), strict=True):
        for post_id in (ru.post_ids[a], en.post_ids[b]):
            best[post_id] = max(best.get(post_id, 0.0), chance)
    paired = {*kept["ru_post_id"].to_pylist(), *kept["en_post_id"].to_pylist()}
    alone = sorted(post_id for post_id in posts["post_id"].to_pylist() if post_id not in paired)
    rows: list[dict[str, object]] = [
        {
            "row_id": post_id,
            "stage": "match",
            "reason": NO_COUNTERPART,
            "value": f"{best[post_id]:.4f}" if post_id in best else None,
        }
        for post_id in alone
    ]
    return schemas.from_rows(rows, schemas.DROPPED)
