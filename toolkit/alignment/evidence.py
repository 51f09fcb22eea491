"""From sentences to what the kernels compare: vectors of runs, cues, pieces of long pairs, batches of like size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.bead_evidence import Real, Side, run_vectors
from toolkit.kernels.cut_points import cut_pair
from toolkit.text.cues import Cues, line_cues
from toolkit.text.mojibake import fix_mojibake

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

_CELLS: Final = 1 << 14  # of a piece of a long pair, and of a batch of short ones: 128 x 128 sentences, about 12 MB
_SUSPECT: Final = re.compile("[À-ÿ]|[РС][\u0402-\u040f\u0452-\u045f°±µ]")  # of mojibake: each line shows one of these


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
        texts = [list(map(_as_meant, lines)) for lines in texts]
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


def _as_meant(line: str) -> str:
    """Undo a wrong decoding."""
    return line if line.isascii() or not _SUSPECT.search(line) else fix_mojibake(line)


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
