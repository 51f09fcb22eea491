"""Find the posts that are variants of one another: CLEAN_POSTS + vectors -> POST_PAIRS.

Candidates are nearest neighbours, within a time window where both posts have dates. Evidence is weighed into a
probability, and the best one-to-one assignment is taken, in which staying alone is a real choice. Then the posts that
stayed alone are held against what the pairs left: a post that merges two of the other side is in two pairs.
"""

from __future__ import annotations

from itertools import compress
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
from toolkit.kernels.bimax import found_sentences
from toolkit.kernels.pair_model import at_rate_of_pool, log_odds, probability
from toolkit.matching.candidates import ABOVE, Candidates, find_candidates
from toolkit.matching.sides import Side, read_side, read_sides, split_with_letters
from toolkit.options import AlignOptions, MatchOptions
from toolkit.results import NO_COUNTERPART, StageResult
from toolkit.text.sentences import split_sentences

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
    vectors: pa.Table,
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
        vectors: `schemas.post_embeddings` of these posts by this encoder.
        encoder: for their sentences, and for its background.
        options: window and threshold.
        engine: where texts are read; neighbours are searched in this process.
        align: how sentences will be aligned, which tells whether a post says the same twice.

    Returns:
        `kept` conforms to `schemas.POST_PAIRS`, coverage, relation and variant null. `dropped` has the posts without
        counterpart, reason `NO_COUNTERPART`; value is the best probability, null where nothing was near.
    """
    ru, en = read_sides(posts, vectors, encoder, engine)
    candidates = find_candidates(ru, en, encoder.background, options)
    alone = log_odds(candidates.evidence, options.window_hours)
    odds = at_rate_of_pool(alone, candidates.ru, candidates.en, min(len(side.post_ids) for side in (ru, en)))
    # How many posts have a counterpart elsewhere says nothing of those that bring their own.
    odds = np.where(candidates.evidence.same_post, alone, odds)
    odds[_say_two_things(posts, candidates, ru, encoder, align)] = _NEVER
    chosen = _assign(candidates, odds, options)
    parts, best = [_pairs(candidates, chosen, odds, ru, en)], _best(candidates, odds, ru, en)
    in_pairs = candidates.ru[chosen], candidates.en[chosen]
    ru_alone, en_alone = (
        side.take(np.setdiff1d(np.arange(len(side.post_ids)), rows))
        for side, rows in zip((ru, en), in_pairs, strict=True)
    )
    ru_rests, en_rests = _rests(posts, (ru, en), in_pairs, encoder, engine)
    for some_ru, some_en in ((ru_alone, en_rests), (ru_rests, en_alone)):
        again = find_candidates(some_ru, some_en, encoder.background, options)
        odds_again = log_odds(again.evidence, options.window_hours) - _RARE
        odds_again[again.evidence.same_post] = _NEVER
        parts.append(_pairs(again, _assign(again, odds_again, options), odds_again, some_ru, some_en))
        for post_id, chance in _best(again, odds_again, some_ru, some_en).items():
            best[post_id] = max(best.get(post_id, 0.0), chance)
    kept = pa.concat_tables(parts).sort_by("pair_id").combine_chunks()
    return StageResult(kept, _alone(posts, kept, best))


def _assign(candidates: Candidates, odds: Floats, options: MatchOptions) -> Indexes:
    least = np.clip(options.min_probability, 1e-9, 1 - 1e-9)
    return assign_one_to_one(candidates.ru, candidates.en, odds - np.log(least / (1 - least)))


def _say_two_things(posts: pa.Table, found: Candidates, ru: Side, encoder: Encoder, options: AlignOptions) -> Indexes:
    """Return which candidates are the two texts of one post that do not translate each other."""
    places = np.flatnonzero(found.evidence.same_post)
    ids = pa.chunked_array([[ru.post_ids[row] for row in found.ru[places]]], pa.string())
    texts = [schemas.look_up(ids, posts, "post_id", f"text_{lang}").to_pylist() for lang in ("ru", "en")]
    sides = [(split_sentences(one, "ru"), split_sentences(other, "en")) for one, other in zip(*texts, strict=True)]
    aligned = align_texts(sides, encoder, options)
    shares = [sorted(covered_shares(beads, *side)) for beads, side in zip(aligned, sides, strict=True)]
    is_same = [any(more >= most and less >= least for most, least in _COVERED) for less, more in shares]
    return np.asarray(places[~np.array(is_same, bool)])


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
    found = found_sentences(sides[0].sentences, sides[1].sentences, mean + ABOVE * std, pairs)
    rests = []
    for lang, side, rows, is_found in zip(("ru", "en"), sides, pairs, found, strict=True):
        ids = pa.chunked_array([[side.post_ids[row] for row in rows]], pa.string())
        texts = schemas.look_up(ids, posts, "post_id", f"text_{lang}").to_pylist()
        kept = ["\n".join(compress(split_with_letters(t, lang), ~f)) for t, f in zip(texts, is_found, strict=True)]
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
        rests.append(read_side(known.sort_by("post_id"), vectors, encoder, lang, engine))
    return rests


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


def _best(found: Candidates, odds: Floats, ru: Side, en: Side) -> dict[str, float]:
    """Return the best probability of each post that has a candidate."""
    best: dict[str, float] = {}
    for a, b, chance in zip(found.ru.tolist(), found.en.tolist(), probability(odds).tolist(), strict=True):
        for post_id in (ru.post_ids[a], en.post_ids[b]):
            best[post_id] = max(best.get(post_id, 0.0), chance)
    return best


def _alone(posts: pa.Table, kept: pa.Table, best: dict[str, float]) -> pa.Table:
    """Return the posts that are in no pair as DROPPED, with their best probability."""
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
