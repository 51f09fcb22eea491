"""Sentence pairs as numbers: what the training of a static model reads.

A corpus has millions of words but few distinct ones. Each distinct word gets a number, a text becomes a run of
numbers, and everything that a new vocabulary changes is done once a distinct word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.encoders.runs import Ints, Runs
from toolkit.errors import SourceError
from toolkit.storage import read_table

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS: Final = (("en", "ru"), ("en_text", "ru_text"))  # training tables; a release's sentence_pairs


@dataclass(frozen=True)
class Corpus:
    """Pairs of texts, word by word.

    Attributes:
        words: the distinct words of both languages.
        en: English texts, as numbers of `words`.
        ru: Russian texts, pair by pair.
        source: number of each pair's source.
        sources: names of the sources.
        licences: licence of each source, as its rows say; "" where they do not.
    """

    words: list[str]
    en: Runs
    ru: Runs
    source: Ints
    sources: list[str]
    licences: list[str]

    def __len__(self) -> int:
        return len(self.en)


def find_tables(places: Sequence[Path]) -> list[Path]:
    """Return the Parquet files that places stand for, in their order, by name within a place.

    Args:
        places: a file, a pattern of files (`pairs/*.parquet`), a folder of them, or the folder of a release, which
            stands for the training split of its sentence pairs.

    Raises:
        SourceError: if a folder or pattern has none.
    """
    return [file for place in places for file in _tables_of(place)]


def _tables_of(place: Path) -> list[Path]:
    if place.is_dir():
        pairs = place / "data" / "sentence_pairs"
        found = sorted(pairs.glob("train-*.parquet") if pairs.is_dir() else place.glob("*.parquet"))
    elif not place.exists() and any(mark in str(place) for mark in "*?["):
        found = sorted(map(Path, glob(str(place))))  # noqa: PTH207 (Path.glob takes no absolute pattern)
    else:
        return [place]
    if not found:
        raise SourceError("has no Parquet file to train on", where=place, fix="Name files, or a release NAME/VERSION")
    return found


def read_pairs(files: Sequence[Path], *, skip_licences: Sequence[str] = ()) -> pa.Table:
    """Read tables of pairs; return columns en, ru, source, licence without rows that lack a side.

    Args:
        files: Parquet with columns `en` and `ru`, or `en_text` and `ru_text` as in a release; `source` and `licence`
            if they have them.
        skip_licences: rows whose licence has one of these in it are left out.

    Raises:
        SourceError: if a file is missing, is no Parquet, lacks the columns, or no pair is left.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [_read_file(file) for file in files]
    table = pa.concat_tables(parts).combine_chunks()
    full = pc.and_(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(table["en"])), 0),
                   pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(table["ru"])), 0))  # fmt: skip
    table = table.filter(full)
    for words in skip_licences:
        table = table.filter(pc.invert(pc.match_substring(table["licence"], words)))
    if table.num_rows == 0:
        raise SourceError("no pair of texts is left to train on", where=files[0], fix="Give a table with rows")
    return table


def _read_file(file: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = read_table(file)
    names = next((pair for pair in _COLUMNS if set(pair) <= set(table.column_names)), None)
    if names is None:
        found = ", ".join(table.column_names)
        raise SourceError(f"no columns en and ru (or en_text and ru_text); the table has {found}", where=file)
    columns = {"en": table[names[0]], "ru": table[names[1]]}
    for name in ("source", "licence"):
        given = table[name] if name in table.column_names else pa.array([""] * table.num_rows)
        columns[name] = pc.fill_null(given.cast(pa.string()), "")
    try:
        return pa.table({name: column.cast(pa.string()) for name, column in columns.items()})
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SourceError(f"the columns {names[0]} and {names[1]} are no text: {error}", where=file) from error


def number_words(table: pa.Table, split: Callable[[str], list[str]]) -> Corpus:
    """Turn pairs into runs of word numbers.

    Args:
        table: as `read_pairs` returns it.
        split: normalises a text and splits it into the words that a tokenizer never joins.
    """
    numbers: dict[str, int] = {}
    en = _number_texts(table["en"].to_pylist(), split, numbers)
    ru = _number_texts(table["ru"].to_pylist(), split, numbers)
    coded = table["source"].combine_chunks().dictionary_encode()
    sources = coded.dictionary.to_pylist()
    source = np.asarray(coded.indices).astype(np.int32)
    first = [int(np.argmax(source == number)) for number in range(len(sources))]
    licences = [table["licence"][row].as_py() for row in first]
    return Corpus(list(numbers), en, ru, source, sources, licences)


def _number_texts(texts: list[str], split: Callable[[str], list[str]], numbers: dict[str, int]) -> Runs:
    """Number the words of texts; a chunk between spaces is split once, however often it comes."""
    known: dict[str, list[int]] = {}
    runs: list[Ints] = []
    for text in texts:
        run: list[int] = []
        for chunk in text.split():
            if chunk not in known:
                known[chunk] = [numbers.setdefault(word, len(numbers)) for word in split(chunk)]
            run += known[chunk]
        runs.append(np.array(run, np.int32))
    ends = np.cumsum([0, *map(len, runs)])
    return Runs(np.concatenate(runs), ends)


def count_words(runs: Runs, weights: NDArray[np.float64], words: int) -> NDArray[np.float64]:
    """Return how often each word comes, a text counting as often as its weight says."""
    spread = np.repeat(weights, np.diff(runs.ends))
    return np.bincount(runs.numbers, weights=spread, minlength=words).astype(np.float64)
