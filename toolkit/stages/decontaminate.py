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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.kernels.overlap import SetIndex
from toolkit.options import DecontaminateOptions
from toolkit.results import CONTAMINATED, CONTAMINATED_POSTS, StageResult, split_by_verdict
from toolkit.text.shingles import Hashes, hash_words, word_shingles, words_keys

_BATCH = 1 << 15  # texts that are hashed at a time
_COMMON = 10  # posts; GPT-3's number of documents
_YO = str.maketrans("ёЁ", "еЕ")


class ReferenceSet(NamedTuple):
    """The texts of a test set.

    Attributes:
        name: by which the list of removals calls it.
        texts: in either language.
        lines: the line, or row, of each, from 1.
    """

    name: str
    texts: Sequence[str]
    lines: Sequence[int]


@dataclass(frozen=True)
class DecontaminateResult(StageResult):
    """What stays and what leaves: `kept` is the bitext, `dropped` has rows of both tables.

    Attributes:
        pairs: `schemas.POST_PAIRS` that stay, sorted by pair_id.
        contaminated: `schemas.CONTAMINATED`: a row for each row that left, sorted by config and id.
    """

    pairs: pa.Table
    contaminated: pa.Table


class _Hits(NamedTuple):
    """What the texts of a column share with the references.

    Attributes:
        overlap: of each text with the reference that it shares most with; 0 if it is not contaminated.
        reference: number of that one, the first of equally good ones; any number where overlap is 0.
        is_ru: whether the Russian side has it.
    """

    overlap: NDArray[np.float64]
    reference: NDArray[np.int64]
    is_ru: NDArray[np.bool_]

    def take(self, places: NDArray[np.int64]) -> _Hits:
        return _Hits(self.overlap[places], self.reference[places], self.is_ru[places])

    def unless(self, is_other: NDArray[np.bool_], other: _Hits) -> _Hits:
        """Return these, and the other ones where `is_other`."""
        return _Hits(
            np.where(is_other, other.overlap, self.overlap),
            np.where(is_other, other.reference, self.reference),
            np.where(is_other, other.is_ru, self.is_ru),
        )


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
    bitext, pairs = bitext.sort_by("bead_id"), pairs.sort_by("pair_id")
    texts = [posts["text_ru"], posts["text_en"], *([] if published is None else [published])]
    index = _References(references, texts, options)
    by_pair = _better(*(_post_hits(pairs[f"{lang}_post_id"], posts, lang, index) for lang in ("ru", "en")))
    own = _better(*(index.hits(bitext[f"{lang}_text"], is_ru=lang == "ru") for lang in ("ru", "en")))
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
    beads = _part(bitext, "bead_id", listed[0], CONTAMINATED)
    posts_left = _part(pairs, "pair_id", listed[1], CONTAMINATED_POSTS)
    return DecontaminateResult(
        kept=schemas.conform(beads.kept, schemas.BITEXT),
        dropped=pa.concat_tables([beads.dropped, posts_left.dropped]).sort_by("row_id").combine_chunks(),
        pairs=schemas.conform(posts_left.kept, schemas.POST_PAIRS),
        contaminated=pa.concat_tables(listed).sort_by([("config", "ascending"), ("id", "ascending")]).combine_chunks(),
    )


class _References:
    """All references of a run, of which each text is looked up."""

    def __init__(
        self, sets: Sequence[ReferenceSet], posts: Sequence[pa.ChunkedArray], options: DecontaminateOptions
    ) -> None:
        self._options = options
        self._names = [one.name for one in sets for _ in one.texts]
        self._lines = [line for one in sets for line in one.lines]
        words = _words([text for one in sets for text in one.texts])
        self._first: dict[bytes, int] = {}
        for number, key in enumerate(words_keys(words)):
            self._first.setdefault(key, number)
        # A text that several test sets have is looked for once, under its first name.
        distinct = np.array(list(self._first.values()), np.int64)
        self._long = distinct[np.diff(words.offsets)[distinct] >= 2 * options.ngram]
        shingles = word_shingles(_select(words, self._long), options.ngram)
        every = SetIndex(*shingles)
        self._sizes = every.sizes
        self._index = _without(shingles, _common(every, posts, options))

    def hits(self, texts: pa.ChunkedArray, *, is_ru: bool) -> _Hits:
        """Look up texts; a null has nothing."""
        overlap, reference = np.zeros(len(texts)), np.zeros(len(texts), np.int64)
        for start in range(0, len(texts), _BATCH):
            part = slice(start, start + _BATCH)
            overlap[part], reference[part] = self._best([text or "" for text in texts[part].to_pylist()])
        return _Hits(overlap, reference, np.full(len(texts), is_ru))

    def listed(self, hits: _Hits, ids: pa.ChunkedArray, configs: pa.Array) -> pa.Table:
        """Return the rows of CONTAMINATED for what is contaminated."""
        gone = np.flatnonzero(hits.overlap > 0)
        numbers = hits.reference[gone].tolist()
        columns = {
            "id": ids.take(pa.array(gone)),
            "config": configs.take(pa.array(gone)),
            "test_set": pa.array([self._names[number] for number in numbers], pa.string()),
            "line": pa.array([self._lines[number] for number in numbers], pa.int32()),
            "side": pa.array(np.where(hits.is_ru[gone], "ru", "en").tolist(), pa.string()),
            "overlap": pa.array(np.round(hits.overlap[gone], 4)),
        }
        return schemas.conform(pa.table(columns), schemas.CONTAMINATED)

    def _best(self, texts: list[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        words = _words(texts)
        overlap, reference = np.zeros(len(texts)), np.zeros(len(texts), np.int64)
        is_long = np.diff(words.offsets) >= 2 * self._options.ngram
        for found in self._index.overlaps(*word_shingles(words, self._options.ngram)):
            share = found.shared / self._sizes[found.found]
            share = np.maximum(share, np.where(is_long[found.sets], found.shared / found.sizes, 0))
            enough = np.flatnonzero(share >= self._options.overlap)
            # The first of a text is the best one, and of equally good ones the first reference.
            enough = enough[np.lexsort((found.found[enough], -share[enough], found.sets[enough]))]
            numbers, first = np.unique(found.sets[enough], return_index=True)
            overlap[numbers] = share[enough[first]]
            reference[numbers] = self._long[found.found[enough[first]]]
        same = [self._first.get(key, -1) if text else -1 for key, text in zip(words_keys(words), texts, strict=True)]
        is_same = np.array(same, np.int64) >= 0
        overlap[is_same], reference[is_same] = 1.0, np.array(same, np.int64)[is_same]
        return overlap, reference


def _common(index: SetIndex, posts: Sequence[pa.ChunkedArray], options: DecontaminateOptions) -> NDArray[np.uint64]:
    """Return the n-grams of references that more than _COMMON posts have."""
    counts = np.zeros(len(index.members), np.int64)
    for column in posts:
        for start in range(0, len(column), _BATCH):
            texts = [text or "" for text in column.slice(start, _BATCH).to_pylist()]
            counts += index.count_sets(*word_shingles(_words(texts), options.ngram))
    return index.members[counts > _COMMON]


def _without(shingles: Hashes, gone: NDArray[np.uint64]) -> SetIndex:
    stays = ~np.isin(shingles.hashes, gone)
    return SetIndex(shingles.hashes[stays], np.concatenate([[0], np.cumsum(stays)])[shingles.offsets])


def _words(texts: Sequence[str]) -> Hashes:
    return hash_words([text.translate(_YO) for text in texts])


def _select(words: Hashes, numbers: Iterable[int]) -> Hashes:
    """Return the words of some of the texts."""
    parts = [words.hashes[words.offsets[number] : words.offsets[number + 1]] for number in numbers]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
    return Hashes(np.concatenate([np.empty(0, np.uint64), *parts]), offsets)


def _post_hits(ids: pa.ChunkedArray, posts: pa.Table, lang: str, index: _References) -> _Hits:
    """Look up the text of each post once, however many pairs it is in."""
    distinct = pc.unique(ids)
    texts = schemas.look_up(pa.chunked_array([distinct]), posts, "post_id", f"text_{lang}")
    hits = index.hits(texts, is_ru=lang == "ru")
    return hits.take(np.asarray(pc.index_in(ids, value_set=distinct), np.int64))


def _better(ru: _Hits, en: _Hits) -> _Hits:
    return ru.unless(en.overlap > ru.overlap, en)


def _part(table: pa.Table, key: str, contaminated: pa.Table, reason: str) -> StageResult:
    place = pc.index_in(table[key], value_set=contaminated["id"].combine_chunks())
    values = [f"{row['test_set']}:{row['line']} {row['side']} {row['overlap']:.4f}" for row in contaminated.to_pylist()]
    judged = table.append_column("drop_reason", pc.if_else(pc.is_valid(place), reason, pa.scalar(None, pa.string())))
    judged = judged.append_column("drop_value", pa.array(values, pa.string()).take(place.combine_chunks()))
    return split_by_verdict(judged, stage="decontaminate", key=key)
