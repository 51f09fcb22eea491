"""Stage `embed`: CLEAN_POSTS to vectors, one for each post and language that it has text in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine

if TYPE_CHECKING:
    from toolkit.encoders import Encoder
    from toolkit.encoders.cache import VectorCache

_CHUNK: Final = 16384  # texts between two writes to the cache: what a kill can lose
_BATCH: Final = 1024  # texts that the engine hands to one encoder at a time


def embed_posts(
    posts: pa.Table, encoder: Encoder, cache: VectorCache | None = None, engine: Engine = EMBEDDED
) -> pa.Table:
    """Encode the Russian and the English text of every post.

    Args:
        posts: CLEAN_POSTS.
        encoder: turns text into vectors; travels to the engine's workers as its options.
        cache: vectors of earlier runs; only texts that it lacks are encoded, and they are added to it.
        engine: where encoding runs.

    Returns:
        schemas.post_embeddings(encoder.dim), sorted by (post_id, lang); a post without Russian and English text has
        no row.
    """
    texts = _texts_by_language(posts)
    distinct = pc.unique(texts["text"]).cast(pa.string())
    vectors = np.zeros((len(distinct), encoder.dim), np.float32)
    for start in range(0, len(distinct), _CHUNK):
        chunk = distinct.slice(start, _CHUNK)
        vectors[start : start + len(chunk)] = _embed_chunk(chunk, encoder, cache, engine)
    rows = np.asarray(pc.index_in(texts["text"], distinct).combine_chunks())
    flat = pa.array(vectors[rows].ravel())
    columns = [texts["post_id"], texts["lang"], pa.FixedSizeListArray.from_arrays(flat, encoder.dim)]
    return schemas.conform(pa.table(columns, names=["post_id", "lang", "vector"]), schemas.post_embeddings(encoder.dim))


def _texts_by_language(posts: pa.Table) -> pa.Table:
    """Return post_id, lang, text: a row for each text that is there."""
    parts = []
    for lang in ("en", "ru"):
        text = posts[f"text_{lang}"]
        given = pc.fill_null(pc.not_equal(text, ""), False)
        ids = posts["post_id"].filter(given)
        langs = pa.array([lang] * len(ids), pa.string())
        parts.append(pa.table({"post_id": ids, "lang": langs, "text": text.filter(given)}))
    return pa.concat_tables(parts).sort_by([("post_id", "ascending"), ("lang", "ascending")]).combine_chunks()


def _embed_chunk(
    texts: pa.Array, encoder: Encoder, cache: VectorCache | None, engine: Engine
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    words = texts.to_pylist()
    if cache is None:
        return _encode(texts, encoder, engine)
    vectors, known = cache.get(words)
    missing = np.flatnonzero(~known)
    if len(missing):
        vectors[missing] = _encode(texts.take(pa.array(missing)), encoder, engine)
        cache.put([words[number] for number in missing], vectors[missing])
    return vectors


def _encode(texts: pa.Array, encoder: Encoder, engine: Engine) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    schema = pa.schema([pa.field("vector", pa.list_(pa.float32(), encoder.dim))])
    table = pa.table({"text": texts})
    done = engine.map_batches(table, partial(_encode_batch, encoder=encoder), schema, rows=_BATCH)
    flat = done["vector"].combine_chunks().flatten().to_numpy()
    return flat.reshape(-1, encoder.dim)  # type: ignore[no-any-return]


def _encode_batch(batch: pa.Table, encoder: Encoder) -> pa.Table:
    vectors = encoder.encode(batch["text"].to_pylist())
    flat = pa.array(vectors.astype(np.float32).ravel())
    return pa.table({"vector": pa.FixedSizeListArray.from_arrays(flat, encoder.dim)})
