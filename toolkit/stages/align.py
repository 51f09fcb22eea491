"""Stage `align`: POST_PAIRS to BEADS: the sentences of every post pair, aligned by `alignment/sentences.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.alignment.sentences import align_texts
from toolkit.encoders import engine_for
from toolkit.engine import EMBEDDED, Engine
from toolkit.matching.pair_parts import PairPart
from toolkit.matching.readings import store_for
from toolkit.options import AlignOptions
from toolkit.partitions import Made, Partitions, Store
from toolkit.text.sentences import split_sentences

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

_PAIRS: Final = 512  # post pairs that the engine hands over at a time
_BEAD: Final = ("bead_id", "pair_id", "ru_ids", "en_ids", "ru_text", "en_text", "bead_type", "similarity", "score")
_JOB: Final = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("pair_id", "text_ru", "text_en")),
        *(pa.field(name, pa.list_(pa.int64())) for name in ("taken_ru", "taken_en")),
    ]
)


def align_posts(
    pairs: pa.Table,
    posts: pa.Table,
    encoder: Encoder,
    options: AlignOptions = AlignOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
) -> pa.Table:
    """Align the sentences of every post pair.

    A post that is in several pairs gives a sentence to one of them: the most probable pair is aligned first, and what
    has found its counterpart there is a null bead in the others.

    Args:
        pairs: POST_PAIRS.
        posts: CLEAN_POSTS with the posts of the pairs, whose `text_ru` and `text_en` are split into sentences.
        encoder: compares sentences; travels to the engine's workers as its options.
        options: shapes of beads, and what a null bead costs.
        engine: where it runs.

    Returns:
        BEADS, sorted by pair and reading order.
    """
    align = partial(_align_jobs, encoder=encoder, options=options)
    engine = engine_for(encoder, engine)
    taken: dict[tuple[str, str], set[int]] = defaultdict(set)
    parts = []
    turns = list(_turns(pairs.sort_by("pair_id")))
    for turn, jobs in enumerate(turns):
        columns = [jobs["pair_id"]]
        columns += [schemas.look_up(jobs[f"{lang}_post_id"], posts, "post_id", f"text_{lang}") for lang in ("ru", "en")]
        for lang in ("ru", "en"):
            gone = [sorted(taken.get((lang, post_id), ())) for post_id in jobs[f"{lang}_post_id"].to_pylist()]
            columns.append(pa.chunked_array([pa.array(gone, pa.list_(pa.int64()))]))
        parts.append(engine.map_batches(pa.table(columns, schema=_JOB), align, schemas.BEADS, rows=_PAIRS))
        if turn + 1 < len(turns):
            _take(taken, jobs, parts[-1])
    beads = schemas.conform(pa.concat_tables(parts), schemas.BEADS)
    if len(parts) > 1:
        beads = beads.take(pa.array(np.argsort(np.array(beads["pair_id"].to_pylist()), kind="stable")))
    return beads


def align_parts(
    pairs: Sequence[PairPart],
    encoder: Encoder,
    options: AlignOptions,
    store: Store,
    judge: Callable[[pa.Table, pa.Table, pa.Table], pa.Table],
) -> dict[str, Partitions]:
    """Do what `align_posts` does, of pairs and posts that are on disk.

    Args:
        pairs: with the posts that they need.
        encoder: see `align_posts`.
        options: see `align_posts`.
        store: where the results go.
        judge: from POST_PAIRS, their BEADS and posts to POST_PAIRS with coverage, while the posts are at hand.

    Returns:
        beads and aligned (POST_PAIRS), a part for each part of the pairs, in their order.
    """
    align = partial(_align_part, encoder=encoder, options=options, judge=judge)
    made = {"beads": schemas.BEADS, "aligned": schemas.POST_PAIRS}
    return store_for(encoder, store).map(align, pairs, made)[0]


def _align_part(
    part: PairPart,
    encoder: Encoder,
    options: AlignOptions,
    judge: Callable[[pa.Table, pa.Table, pa.Table], pa.Table],
) -> Made:
    posts = part.read_posts(["post_id", "text_ru", "text_en"])
    beads = align_posts(part.tied, posts, encoder, options, Engine(workers=1))
    return Made({"beads": part.only_own(beads), "aligned": part.only_own(judge(part.tied, beads, posts))})


def _turns(pairs: pa.Table) -> Iterator[pa.Table]:
    """Yield pairs that share no post: first all but those that must wait for a more probable pair of their post."""
    next_turn: dict[tuple[str, str], int] = {}
    turns = np.zeros(pairs.num_rows, np.int64)
    ids = [pairs[f"{lang}_post_id"].to_pylist() for lang in ("ru", "en")]
    for row in np.argsort(-pairs["probability"].to_numpy(), kind="stable").tolist():
        keys = ("ru", ids[0][row]), ("en", ids[1][row])
        turns[row] = max(next_turn.get(key, 0) for key in keys)
        next_turn.update(dict.fromkeys(keys, int(turns[row]) + 1))
    for turn in range(turns.max(initial=0) + 1):
        yield pairs.filter(pa.array(turns == turn))


def _take(taken: dict[tuple[str, str], set[int]], pairs: pa.Table, beads: pa.Table) -> None:
    """Note which sentences of which posts have a counterpart now, in place."""
    posts = {row["pair_id"]: row for row in pairs.select(["pair_id", "ru_post_id", "en_post_id"]).to_pylist()}
    for bead in beads.filter(pc.is_valid(beads["score"])).select(["pair_id", "ru_ids", "en_ids"]).to_pylist():
        for lang in ("ru", "en"):
            taken[lang, posts[bead["pair_id"]][f"{lang}_post_id"]].update(bead[f"{lang}_ids"])


def _align_jobs(jobs: pa.Table, encoder: Encoder, options: AlignOptions) -> pa.Table:
    """Do the work of `align_posts` for a batch of `_JOB`; a taken sentence takes part as a blank one."""
    ru = [split_sentences(text, "ru") for text in jobs["text_ru"].to_pylist()]
    en = [split_sentences(text, "en") for text in jobs["text_en"].to_pylist()]
    columns: dict[str, list[object]] = {name: [] for name in schemas.BEADS.names}
    free = [
        [
            ["" if place in taken else sentence for place, sentence in enumerate(sentences)] if taken else sentences
            for sentences, taken in zip(texts, jobs[f"taken_{lang}"].to_pylist(), strict=True)
        ]
        for texts, lang in ((ru, "ru"), (en, "en"))
    ]
    appends = [columns[name].append for name in _BEAD]
    found = align_texts(list(zip(*free, strict=True)), encoder, options)
    for pair_id, left, right, beads in zip(jobs["pair_id"].to_pylist(), ru, en, found, strict=True):
        for number, bead in enumerate(beads):
            row = (
                f"{pair_id}#{number}",
                pair_id,
                bead.ru_ids,
                bead.en_ids,
                " ".join([left[i] for i in bead.ru_ids]) or None,
                " ".join([right[j] for j in bead.en_ids]) or None,
                f"{len(bead.ru_ids)}:{len(bead.en_ids)}",
                bead.similarity,
                bead.score,
            )
            for column, value in zip(appends, row, strict=True):
                column(value)
    return pa.table([pa.array(columns[field.name], field.type) for field in schemas.BEADS], schema=schemas.BEADS)
