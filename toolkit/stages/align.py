"""Stage `align`: POST_PAIRS to BEADS: which Russian sentences say the same as which English ones, in reading order.

Every sentence is in exactly one bead; one without counterpart is a null bead of its own. The score of a bead is its
probability among all alignments of the pair (`kernels/bead_dp.py`), from the log-odds of `kernels/bead_evidence.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.kernels.bead_dp import Lattice, best_paths, posteriors
from toolkit.kernels.bead_evidence import WEIGHTS, Real, Side, bead_scores, bead_shapes, run_vectors
from toolkit.kernels.cut_points import cut_pair
from toolkit.options import AlignOptions
from toolkit.text.cues import Cues, line_cues
from toolkit.text.sentences import split_sentences

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

_CELLS: Final = 1 << 16  # of one piece of a long pair, and of a batch of short ones: 256 x 256 sentences, about 50 MB
_PAIRS: Final = 512  # post pairs that the engine hands over at a time
_JOB: Final = pa.schema([("pair_id", pa.string()), ("text_ru", pa.string()), ("text_en", pa.string())])


@dataclass(frozen=True)
class Bead:
    """Sentences that say the same.

    Attributes:
        ru_ids: indexes of consecutive Russian sentences, from 0; empty in a null bead of the English side.
        en_ids: the same of the English sentences.
        similarity: cosine of the two sides, 4 decimals; None in a null bead.
        score: probability that the bead is in the alignment, 4 decimals; None in a null bead.
    """

    ru_ids: tuple[int, ...]
    en_ids: tuple[int, ...]
    similarity: float | None = None
    score: float | None = None


def align_posts(
    pairs: pa.Table,
    posts: pa.Table,
    encoder: Encoder,
    options: AlignOptions = AlignOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
) -> pa.Table:
    """Align the sentences of every post pair.

    Args:
        pairs: POST_PAIRS.
        posts: CLEAN_POSTS with the posts of the pairs, whose `text_ru` and `text_en` are split into sentences.
        encoder: compares sentences; travels to the engine's workers as its options.
        options: shapes of beads, and what a null bead costs.
        engine: where it runs.

    Returns:
        BEADS, sorted by pair and reading order.
    """
    jobs = pairs.sort_by("pair_id")
    ru = schemas.look_up(jobs["ru_post_id"], posts, "post_id", "text_ru")
    en = schemas.look_up(jobs["en_post_id"], posts, "post_id", "text_en")
    jobs = pa.table([jobs["pair_id"], ru, en], schema=_JOB)
    align = partial(_align_jobs, encoder=encoder, options=options)
    return schemas.conform(engine.map_batches(jobs, align, schemas.BEADS, rows=_PAIRS), schemas.BEADS)


def align_sentences(
    ru: Sequence[str],
    en: Sequence[str],
    encoder: Encoder,
    options: AlignOptions = AlignOptions(),  # noqa: B008
) -> list[Bead]:
    """Align two texts given as sentences; blank sentences keep their index and are null beads.

    Returns:
        Beads in reading order that cover every sentence of both sides once; Russian null beads before English ones.
    """
    return align_texts([(ru, en)], encoder, options)[0]


def align_texts(
    pairs: Sequence[tuple[Sequence[str], Sequence[str]]],
    encoder: Encoder,
    options: AlignOptions = AlignOptions(),  # noqa: B008
) -> list[list[Bead]]:
    """Do what `align_sentences` does for many pairs at once, which is many times faster for short ones."""
    found: list[dict[Piece, list[Bead]]] = [{} for _ in pairs]
    for batch, ru, en in evidence(pairs, encoder, options.max_sentences):
        aligned = _align_batch(batch, ru, en, encoder.background, options)
        for piece, beads in zip(batch, aligned, strict=True):
            found[piece.pair][piece] = beads
    return [[bead for _, beads in sorted(pieces.items()) for bead in beads] for pieces in found]


class Piece(NamedTuple):
    """Russian sentences top .. bottom - 1 and English sentences left .. right - 1 of a pair."""

    pair: int
    top: int
    bottom: int
    left: int
    right: int


def evidence(
    pairs: Sequence[tuple[Sequence[str], Sequence[str]]], encoder: Encoder, max_sentences: int
) -> Iterator[tuple[list[Piece], Side, Side]]:
    """Yield what the kernels compare, in batches of pieces of like size; a short pair is one piece.

    Args:
        pairs: Russian and English sentences.
        encoder: compares them.
        max_sentences: m + n of a bead, at most.
    """
    ru = _Texts.of([pair[0] for pair in pairs], encoder, max_sentences - 1)
    en = _Texts.of([pair[1] for pair in pairs], encoder, max_sentences - 1)
    for batch in _batches(_pieces(ru, en)):
        ru_rows = [ru.starts[p.pair] + np.arange(p.top, p.bottom) for p in batch]
        en_rows = [en.starts[p.pair] + np.arange(p.left, p.right) for p in batch]
        cues = [
            [*map(ru.cues.__getitem__, r), *map(en.cues.__getitem__, e)] for r, e in zip(ru_rows, en_rows, strict=True)
        ]
        numbers = [_places(cue.numbers for cue in both) for both in cues]
        names = [_places(cue.names.all for cue in both) for both in cues]
        yield batch, _side(ru, ru_rows, numbers, names), _side(en, en_rows, numbers, names)


def _align_jobs(jobs: pa.Table, encoder: Encoder, options: AlignOptions) -> pa.Table:
    """Do the work of `align_posts` for a batch of (pair_id, text_ru, text_en)."""
    ru = [split_sentences(text, "ru") for text in jobs["text_ru"].to_pylist()]
    en = [split_sentences(text, "en") for text in jobs["text_en"].to_pylist()]
    rows: list[dict[str, object]] = []
    found = align_texts(list(zip(ru, en, strict=True)), encoder, options)
    for pair_id, left, right, beads in zip(jobs["pair_id"].to_pylist(), ru, en, found, strict=True):
        rows += [
            {
                "bead_id": f"{pair_id}#{number}",
                "pair_id": pair_id,
                "ru_ids": bead.ru_ids,
                "en_ids": bead.en_ids,
                "ru_text": " ".join(left[i] for i in bead.ru_ids) or None,
                "en_text": " ".join(right[j] for j in bead.en_ids) or None,
                "bead_type": f"{len(bead.ru_ids)}:{len(bead.en_ids)}",
                "similarity": bead.similarity,
                "score": bead.score,
            }
            for number, bead in enumerate(beads)
        ]
    return schemas.from_rows(rows, schemas.BEADS)


class _Texts(NamedTuple):
    """One side of many pairs, sentence after sentence.

    Attributes:
        starts: (texts + 1,), first sentence of each text, and the end.
        runs: runs[m - 1] (sentences + 1, dim), unit vectors of m consecutive sentences; the last row is zero, so that
            index -1 pads.
        cues: of every sentence.
        has_text: whether a sentence is more than white space.
    """

    starts: NDArray[np.int64]
    runs: list[Real]
    cues: list[Cues]
    has_text: list[bool]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], encoder: Encoder, longest: int) -> _Texts:
        sentences = list(chain.from_iterable(texts))
        starts = np.array([0, *accumulate(map(len, texts))])
        if encoder.is_additive:
            runs = run_vectors(_each_once(encoder.encode_sums, sentences), starts, longest)
        else:
            runs = [_each_once(encoder.encode, _joined(texts, size)) for size in range(1, longest + 1)]
        cues = {text: line_cues(text) for text in dict.fromkeys(sentences)}
        padding = np.zeros((1, encoder.dim), np.float32)
        return cls(
            starts,
            [np.concatenate([run, padding]) for run in runs],
            [cues[text] for text in sentences],
            [bool(text.strip()) for text in sentences],
        )


def _each_once(encode: Callable[[Sequence[str]], Real], texts: list[str]) -> Real:
    """Encode texts of which some are the same."""
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return encode(list(place))[[place[text] for text in texts]]


def _joined(texts: Sequence[Sequence[str]], size: int) -> list[str]:
    """Return each sentence joined with those after it in its text, `size` in all; fewer at the text's end."""
    return [" ".join(sentences[i : i + size]) for sentences in texts for i in range(len(sentences))]


def _pieces(ru: _Texts, en: _Texts) -> Iterator[Piece]:
    """Yield every pair whole, or cut into pieces if it is long, in reading order."""
    for pair in range(len(ru.starts) - 1):
        rows = ru.runs[0][ru.starts[pair] : ru.starts[pair + 1]]
        columns = en.runs[0][en.starts[pair] : en.starts[pair + 1]]
        yield from (Piece(pair, *piece) for piece in cut_pair(rows, columns, cells=_CELLS))


def _batches(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Put pieces of like size together, so that little is padded."""
    batch: list[Piece] = []
    for size, piece in sorted((max(p.bottom - p.top, p.right - p.left), p) for p in pieces):
        if batch and (len(batch) + 1) * (size + 1) ** 2 > _CELLS:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _places(found: Iterable[frozenset[str]]) -> dict[str, int]:
    """Number all different cues; the order does not matter, because they are only counted."""
    return {cue: place for place, cue in enumerate(set().union(*found))}


def _side(
    texts: _Texts, rows: list[NDArray[np.int64]], numbers: list[dict[str, int]], names: list[dict[str, int]]
) -> Side:
    """Return one side of a batch, padded to its longest piece.

    Args:
        texts: the side's sentences.
        rows: those of each piece.
        numbers: for each piece, the place of every number of either side.
        names: the same for names.
    """
    shape = (len(rows), max(map(len, rows)))
    place = np.full(shape, -1)
    facts = np.zeros((5, *shape), np.float32)
    sure_numbers, all_numbers = np.zeros((2, *shape, max(map(len, numbers))), np.float32)
    sure_names, all_names = np.zeros((2, *shape, max(map(len, names))), np.float32)
    for b, own in enumerate(rows):
        place[b, : len(own)] = own
        for i, row in enumerate(own.tolist()):
            cues = texts.cues[row]
            facts[:, b, i] = texts.has_text[row], cues.letters, cues.sentences, cues.ending, cues.has_quote
            for present, found, places in (
                (sure_numbers, cues.digits, numbers),
                (all_numbers, cues.numbers, numbers),
                (sure_names, cues.names.sure, names),
                (all_names, cues.names.all, names),
            ):
                if found:
                    present[b, i, [places[b][cue] for cue in found]] = 1
    has_text, letters, sentences, ending, has_quote = facts
    return Side(
        [run[place] for run in texts.runs],
        has_text,
        letters,
        sentences,
        ending,
        has_quote,
        sure_numbers,
        all_numbers,
        sure_names,
        all_names,
    )


def _align_batch(
    batch: list[Piece], ru: Side, en: Side, background: tuple[float, float], options: AlignOptions
) -> list[list[Bead]]:
    """Align the pieces of a batch."""
    shapes = bead_shapes(options.max_sentences)
    skip = WEIGHTS["null"] + options.skip
    sizes = np.array([(p.bottom - p.top, p.right - p.left) for p in batch])
    scores = bead_scores(ru, en, shapes, background)
    lattice = Lattice(shapes, scores, np.full(ru.letters.shape, skip), np.full(en.letters.shape, skip), sizes)
    chances = posteriors(lattice).beads
    found = []
    for b, (piece, path) in enumerate(zip(batch, best_paths(lattice), strict=True)):
        beads = []
        for i, j, m, n in path:
            ru_ids = tuple(range(piece.top + i, piece.top + i + m))
            en_ids = tuple(range(piece.left + j, piece.left + j + n))
            if m and n:
                cosine = float(ru.runs[m - 1][b, i] @ en.runs[n - 1][b, j])
                chance = float(chances[b, shapes.index((m, n)), i, j])
                beads.append(Bead(ru_ids, en_ids, round(cosine, 4), round(chance, 4)))
            else:
                beads.append(Bead(ru_ids, en_ids))
        found.append(beads)
    return found
