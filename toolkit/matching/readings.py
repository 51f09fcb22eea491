"""What posts are compared by, read from their texts once and kept on disk in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.encoders import engine_for
from toolkit.encoders.cache import VectorCache
from toolkit.partitions import Made, Part, Partitions, Store
from toolkit.text.anchors import link_key, names
from toolkit.text.numerals import read_numbers
from toolkit.text.sentences import split_sentences

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

LANGS: Final = ("ru", "en")
LENGTH: Final = 4000.0  # of vectors: their products are added up without error, see `neighbors.look_among`
_HALF_DAY: Final = 12.0
_ITEMS, _FLAGS, _BLOB = pa.list_(pa.uint64()), pa.list_(pa.bool_()), pa.large_binary()
_OF_TEXT: Final = {
    "vector": _BLOB,  # of the text, see `blobs`
    "sentences": pa.list_(pa.string()),
    "letters": pa.list_(pa.int32()),  # of each sentence
    "sentence_vectors": _BLOB,  # of the sentences with letters; of the text if none has any
    "numbers": _ITEMS,  # hashes, ascending
    "sure_numbers": _FLAGS,  # whether each is to be looked for, or only to be found
    "names": _ITEMS,
    "sure_names": _FLAGS,
}
# A row for each post, in their order; what is of a text is null where the post has none in that language. Hours are
# NaN where there is no date; of a day without time of day its noon, with half a day of slack.
READINGS: Final = pa.schema(
    [
        pa.field("hours", pa.float64()),
        pa.field("slack", pa.float64()),
        pa.field("links", _ITEMS),
        *(pa.field(f"{name}_{lang}", kind) for lang in LANGS for name, kind in _OF_TEXT.items()),
    ]
)
READ: Final = ("date", "date_precision", "urls", "text_ru", "text_en")  # columns of posts


def read_parts(posts: Partitions, encoder: Encoder, store: Store, cache: Path | None = None) -> Partitions:
    """Take from posts what they can be recognised by, part by part.

    Args:
        posts: have the columns `READ` of CLEAN_POSTS.
        encoder: of texts and sentences.
        store: for the result.
        cache: folder of vectors of earlier runs, for texts that have none; an additive encoder is quicker than it.

    Returns:
        READINGS, in the same parts.
    """
    read = partial(_read_part, encoder=encoder, cache=cache)
    return store_for(encoder, store).map(read, posts.tasks(), {"vectors": READINGS}, "read")[0]["vectors"]


def store_for(encoder: Encoder, store: Store) -> Store:
    """Return a store for functions that encode: a big encoder is loaded in one process only."""
    return replace(store, engine=engine_for(encoder, store.engine))


def _read_part(part: Part, encoder: Encoder, cache: Path | None) -> Made:
    kept = None if cache is None or encoder.is_additive else _open(cache, encoder)
    return Made({"vectors": read_posts(part.read(READ), encoder, kept)})


_opened: dict[tuple[Path, str], VectorCache] = {}


def _open(folder: Path, encoder: Encoder) -> VectorCache:
    """Return the cache in a folder; each process reads once what it has."""
    key = folder, encoder.revision
    if key not in _opened:
        _opened[key] = VectorCache(folder, encoder)
    return _opened[key]


def read_posts(posts: pa.Table, encoder: Encoder, cache: VectorCache | None = None) -> pa.Table:
    """Take from each post what it can be recognised by: READINGS; see `read_parts`."""
    slack = np.where(np.asarray(pc.equal(posts["date_precision"], "day")), _HALF_DAY, 0.0)
    links = [sorted({_hash(key) for url in urls if (key := link_key(url))}) for urls in posts["urls"].to_pylist()]
    columns = {"hours": _hours(posts["date"]) + slack, "slack": slack, "links": links}
    for lang in LANGS:
        texts, vectors = posts[f"text_{lang}"], None
        given = np.asarray(pc.fill_null(pc.not_equal(texts, ""), False))
        if cache is not None:
            vectors = _cached(texts.filter(pa.array(given)).to_pylist(), encoder, cache)
        read = read_texts(texts.filter(pa.array(given)), lang, encoder, vectors)
        place = pa.array(np.cumsum(given) - 1, mask=~given)
        columns |= {f"{name}_{lang}": column.take(place) for name, column in read.items()}
    return pa.table([pa.array(columns[field.name], field.type) for field in READINGS], schema=READINGS)


def _cached(texts: list[str], encoder: Encoder, cache: VectorCache) -> Vectors:
    vectors, known = cache.get(texts)
    missing = list(dict.fromkeys(text for text, is_known in zip(texts, known, strict=True) if not is_known))
    if missing:
        cache.put(missing, encoder.encode(missing))
        vectors, _ = cache.get(texts)
    return vectors


def read_texts(
    texts: pa.ChunkedArray, lang: str, encoder: Encoder, vectors: Vectors | None = None
) -> dict[str, pa.Array]:
    """Return the columns of READINGS that are of texts in a language, without its name.

    Args:
        texts: without nulls.
        lang: of the texts.
        encoder: of texts and sentences.
        vectors: of the texts; None: made here.
    """
    words = texts.to_pylist()
    groups = [split_sentences(text, lang) for text in words]
    starts = np.cumsum([0, *map(len, groups)])
    flat = [sentence for group in groups for sentence in group]
    letters = count_letters(flat)
    of_texts, of_sentences, compared = _encode(words, flat, starts, letters, encoder, vectors)
    numbers, known_names = [read_numbers(text) for text in words], [names(text) for text in words]
    return {
        "vector": blobs(of_texts, np.arange(len(words) + 1)),
        "sentences": pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pa.array(flat, pa.string())),
        "letters": pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pa.array(letters, pa.int32())),
        "sentence_vectors": blobs(of_sentences, np.append(0, np.cumsum(compared))),
        **_hashed("numbers", [found.all for found in numbers], [found.sure for found in numbers]),
        **_hashed("names", [found.all for found in known_names], [found.sure for found in known_names]),
    }


def _encode(
    texts: list[str], flat: list[str], starts: Indexes, letters: Indexes, encoder: Encoder, vectors: Vectors | None
) -> tuple[Vectors, Vectors, Indexes]:
    """Return the vectors of texts and of the sentences that are compared, and how many of these each text has.

    Args:
        texts: to be encoded.
        flat: their sentences.
        starts: first sentence of each text, and the end.
        letters: of each sentence.
        encoder: of texts and sentences.
        vectors: of the texts, if they are known.
    """
    is_used = letters > 0
    text_of = np.repeat(np.arange(len(texts)), np.diff(starts))
    bare = np.flatnonzero(np.bincount(text_of[is_used], minlength=len(texts)) == 0)  # these are compared as wholes
    if encoder.is_additive:
        sums = encoder.encode_sums(flat)
        vectors = _normalised(_add_up(sums, starts)) if vectors is None else vectors
        of_sentences = _normalised(sums[is_used])
    else:
        vectors = encoder.encode(texts) if vectors is None else vectors
        of_sentences = encoder.encode([flat[row] for row in np.flatnonzero(is_used).tolist()])
    owner = np.concatenate([text_of[is_used], bare])
    order = np.argsort(owner, kind="stable")
    return vectors, np.concatenate([of_sentences, vectors[bare]])[order], np.bincount(owner, minlength=len(texts))


def _add_up(sums: Vectors, starts: Indexes) -> Vectors:
    """Return the sum of the rows of each text; an additive encoder's vector of a text, before it is normalised."""
    added = np.zeros((len(starts) - 1, sums.shape[1]), np.float32)
    some = np.flatnonzero(np.diff(starts))
    if len(some):
        added[some] = np.add.reduceat(sums, starts[some], axis=0)
    return added


def _normalised(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def _hashed(name: str, found: Sequence[frozenset[str]], sure: Sequence[frozenset[str]]) -> dict[str, pa.Array]:
    """Return sets as ascending hashes, and whether each is one to be looked for."""
    hashed = [sorted((_hash(item), item in known) for item in items) for items, known in zip(found, sure, strict=True)]
    return {
        name: pa.array([[item for item, _ in items] for items in hashed], _ITEMS),
        f"sure_{name}": pa.array([[is_sure for _, is_sure in items] for items in hashed], _FLAGS),
    }


@lru_cache(maxsize=1 << 16)  # a corpus names the same people over and over
def _hash(item: str) -> int:
    return int.from_bytes(blake2b(item.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def blobs(vectors: Vectors, ends: Indexes) -> pa.Array:
    """Return L2-normalised vectors as bytes: whole numbers of two bytes; text i has the vectors ends[i] .. ends[i + 1].

    Rounding moves a cosine by about 0.0001.
    """
    rounded = np.rint(vectors * np.float32(LENGTH)).astype(np.int16)
    buffers = [None, pa.py_buffer((ends * 2 * vectors.shape[1]).astype(np.int64)), pa.py_buffer(rounded)]
    return pa.Array.from_buffers(_BLOB, len(ends) - 1, buffers)


def load_vectors(column: pa.ChunkedArray | pa.Array, dim: int) -> Vectors:
    """Return the vectors in a column of `blobs`, of length `LENGTH`, one row after the other; nulls have none."""
    blobs = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not len(blobs):
        return np.zeros((0, dim), np.float32)
    ends = np.frombuffer(blobs.buffers()[1], np.int64)[blobs.offset : blobs.offset + len(blobs) + 1]
    if ends[0] == ends[-1]:
        return np.zeros((0, dim), np.float32)
    return np.frombuffer(blobs.buffers()[2], np.int16)[ends[0] // 2 : ends[-1] // 2].reshape(-1, dim).astype(np.float32)


def _hours(dates: pa.ChunkedArray) -> Floats:
    hours = pc.divide(dates.cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64()).cast(pa.float64()), 3_600_000.0)
    return np.asarray(pc.fill_null(hours, float("nan")).combine_chunks().to_numpy(zero_copy_only=False))


def count_letters(texts: Sequence[str]) -> Indexes:
    """Return how many letters each text has.

    >>> count_letters(["Да, 7!", "", "½ of it"]).tolist()
    [2, 0, 4]
    """
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([0, *map(len, texts)])
    present = np.flatnonzero(np.bincount(codes))
    is_letter = np.zeros(0x110000, bool)
    is_letter[present] = [chr(code).isalpha() for code in present.tolist()]
    return np.asarray(np.diff(np.append(0, np.cumsum(is_letter[codes], dtype=np.int64))[ends]))
