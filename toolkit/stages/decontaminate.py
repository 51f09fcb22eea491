"""Stage `decontaminate`: take out the pairs that have a text of a test set, so that measuring on it stays honest.

BITEXT + POST_PAIRS -> both, without those pairs, and CONTAMINATED, the list of what left and why.

A text is contaminated by a text of a test set (in either language: a reference) if

- both have the same words in the same order, or
- at least `overlap` of the distinct word n-grams of one of the two stand in the other one, and that one of the two, and
  the reference, have at least 2 n words. So a reference counts that is a part of a longer sentence or post, and so does
  a sentence that is a part of a longer reference. An n-gram that more than ten posts have counts as not shared.

The measure is PaLM's (Chowdhery et al. 2022: 70 % of an example's 8-grams), with two changes. The share is asked of one
text, not of a whole corpus, which has each n-gram of a sentence somewhere. And n is 4, because 8 is for documents: in
a sentence of 17 words, the median of newstest2018, one changed word takes up to eight of its ten 8-grams away. PaLM's
terms find 30 % of newstest's references when one word of them is replaced, and 9 % when two are; half of the 4-grams
find 94 and 72 %. Of 637,000 texts that have nothing to do with newstest 5 are hit, and none of 3,347 posts of newsrooms
and a ministry (`benchmarks/decontaminate.py`, references of 8 words and more).

Below 2 n = 8 words, the shortest run that GPT-3 took as evidence (Brown et al. 2020, appendix C: 8 to 13), what two
texts share is ordinary language: there only the same words count, and never a part of a post. GPT-3's too is the limit
of ten: without it an embassy's posts would all have "the Russian Ministry of Foreign Affairs reported this". Its cut is
not: it leaves the rest of a document, while a pair without some of its words is no pair, and leaves whole.

Words are those of `text.shingles`, with ё as е: which of the two is printed is a matter of taste.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.duplicates.references import (
    Hits,
    References,
    ReferenceSet,
    Shingled,
    better,
    common_ngrams,
    count_ngrams,
)
from toolkit.matching.pair_parts import PairPart
from toolkit.options import DecontaminateOptions
from toolkit.partitions import Made, Part, Partitions, Store
from toolkit.results import CONTAMINATED, CONTAMINATED_POSTS, StageResult, split_by_verdict


@dataclass(frozen=True)
class DecontaminateResult(StageResult):
    """What stays and what leaves: `kept` is the bitext, `dropped` has rows of both tables.

    Attributes:
        pairs: `schemas.POST_PAIRS` that stay, sorted by pair_id.
        contaminated: `schemas.CONTAMINATED`: a row for each row that left, sorted by config and id.
    """

    pairs: pa.Table
    contaminated: pa.Table


def decontaminate(
    bitext: pa.Table,
    pairs: pa.Table,
    posts: pa.Table,
    references: Sequence[ReferenceSet],
    options: DecontaminateOptions = DecontaminateOptions(),  # noqa: B008
    published: pa.ChunkedArray | None = None,
) -> DecontaminateResult:
    """Remove the sentence pairs and pairs of posts of which a side is contaminated.

    A pair of posts leaves if its Russian or its English text is, and all its sentence pairs leave with it. Posts stay
    posts: they are in no pair, and nobody trains a translation on one alone.

    Args:
        bitext: conforms to `schemas.BITEXT`.
        pairs: conforms to `schemas.POST_PAIRS`; has every `pair_id` of the bitext.
        posts: `post_id`, `text_ru`, `text_en` of all posts of the pairs, and of others: they tell what is common.
        references: the test sets; no text is empty.
        options: n, and the share.
        published: texts of posts of the version before that are not among these: they too tell what is common.

    Returns:
        `dropped` has reason `CONTAMINATED` for sentence pairs and `CONTAMINATED_POSTS` for pairs of posts, and as value
        test set, line, side and overlap: of the worst of the pair's own texts, else of those of its posts.
    """
    texts = [posts["text_ru"], posts["text_en"], *([] if published is None else [published])]
    sets = Shingled.of(references, options)
    index = References(references, sets, common_ngrams(sets, texts, options), options)
    return _decontaminate(bitext.sort_by("bead_id"), pairs.sort_by("pair_id"), posts, index)


def decontaminate_parts(
    bitext: Partitions,
    pairs: Sequence[PairPart],
    posts: Sequence[Partitions],
    references: Sequence[ReferenceSet],
    options: DecontaminateOptions,
    store: Store,
    published: pa.ChunkedArray | None = None,
) -> dict[str, Partitions]:
    """Do what `decontaminate` does, of beads and posts that are on disk.

    Args:
        bitext: `schemas.BITEXT`, cut as the pairs are.
        pairs: POST_PAIRS with their posts.
        posts: all of them.
        references: see `decontaminate`.
        options: see `decontaminate`.
        store: where the results go.
        published: see `decontaminate`.

    Returns:
        decontaminate, decontaminate.dropped and contaminated, part by part.
    """
    sets = Shingled.of(references, options)
    count = partial(_count_part, sets=sets, options=options)
    counts = sets.no_counts()
    for some in store.engine.map(count, [part for table in posts for part in table.tasks()]):
        counts += some
    if published is not None:
        counts += count_ngrams(sets, [published], options)
    index = References(references, sets, sets.common(counts), options)
    made = {
        "decontaminate": schemas.BITEXT,
        "decontaminate.dropped": schemas.DROPPED,
        "contaminated": schemas.CONTAMINATED,
    }
    tasks = list(zip(bitext.tasks(), pairs, strict=True))
    return store.map(partial(_decontaminate_part, index=index), tasks, made)[0]


def _count_part(part: Part, sets: Shingled, options: DecontaminateOptions) -> NDArray[np.int64]:
    return count_ngrams(sets, part.read(["text_ru", "text_en"]).columns, options)


def _decontaminate_part(task: tuple[Part, PairPart], index: References) -> Made:
    part, pairs = task
    posts = pairs.read_posts(["post_id", "text_ru", "text_en"])
    result = _decontaminate(part.read(), pairs.pairs, posts, index, sort=False)
    tables = {"decontaminate": result.kept, "decontaminate.dropped": result.dropped}
    return Made(tables | {"contaminated": result.contaminated})


def _decontaminate(
    bitext: pa.Table, pairs: pa.Table, posts: pa.Table, index: References, *, sort: bool = True
) -> DecontaminateResult:
    by_pair = better(*(_post_hits(pairs[f"{lang}_post_id"], posts, lang, index) for lang in ("ru", "en")))
    own = better(*(index.hits(bitext[f"{lang}_text"], is_ru=lang == "ru") for lang in ("ru", "en")))
    place = pc.index_in(bitext["pair_id"], value_set=pairs["pair_id"].combine_chunks())
    inherited = by_pair.take(np.asarray(place, np.int64))
    by_bead = own.unless(own.overlap == 0, inherited)
    configs = pc.if_else(
        pc.fill_null(pc.equal(pairs["relation"], "comparable"), False), "comparable_pairs", "post_pairs"
    )
    listed = [
        index.listed(by_bead, bitext["bead_id"], pa.array(["sentence_pairs"] * bitext.num_rows, pa.string())),
        index.listed(by_pair, pairs["pair_id"], configs),
    ]
    beads = _part(bitext, "bead_id", listed[0], CONTAMINATED, sort=sort)
    posts_left = _part(pairs, "pair_id", listed[1], CONTAMINATED_POSTS, sort=sort)
    return DecontaminateResult(
        kept=schemas.conform(beads.kept, schemas.BITEXT),
        dropped=pa.concat_tables([beads.dropped, posts_left.dropped]).sort_by("row_id").combine_chunks(),
        pairs=schemas.conform(posts_left.kept, schemas.POST_PAIRS),
        contaminated=pa.concat_tables(listed).sort_by([("config", "ascending"), ("id", "ascending")]).combine_chunks(),
    )


def _post_hits(ids: pa.ChunkedArray, posts: pa.Table, lang: str, index: References) -> Hits:
    """Look up the text of each post once, however many pairs it is in."""
    distinct = pc.unique(ids)
    texts = schemas.look_up(pa.chunked_array([distinct]), posts, "post_id", f"text_{lang}")
    hits = index.hits(texts, is_ru=lang == "ru")
    return hits.take(np.asarray(pc.index_in(ids, value_set=distinct), np.int64))


def _part(table: pa.Table, key: str, contaminated: pa.Table, reason: str, *, sort: bool) -> StageResult:
    place = pc.index_in(table[key], value_set=contaminated["id"].combine_chunks())
    values = [f"{row['test_set']}:{row['line']} {row['side']} {row['overlap']:.4f}" for row in contaminated.to_pylist()]
    judged = table.append_column("drop_reason", pc.if_else(pc.is_valid(place), reason, pa.scalar(None, pa.string())))
    judged = judged.append_column("drop_value", pa.array(values, pa.string()).take(place.combine_chunks()))
    return split_by_verdict(judged, stage="decontaminate", key=key, sort=sort)
