"""The posts of one language, as arrays that can be compared with those of the other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.kernels.bimax import Sentences
from toolkit.text.anchor_weights import Anchors, find_anchors
from toolkit.text.anchors import Names
from toolkit.text.numerals import Numbers
from toolkit.text.sentences import split_sentences

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

_HALF_DAY = 12.0
_TEXTS = pa.list_(pa.string())
_READ = pa.schema(
    [
        pa.field("vectors", pa.list_(pa.float32())),
        pa.field("letters", pa.list_(pa.int64())),
        *(pa.field(name, _TEXTS) for name in ("numbers", "all_numbers", "sure", "all", "links")),
    ]
)


class Side(NamedTuple):
    """The posts of one language, or some of them, sorted by post_id.

    Attributes:
        post_ids: of the posts.
        vectors: shape (posts, dim).
        hours: dates in hours, NaN where there is none; of a day without time of day its noon.
        slack: hours by which the true one may differ: half a day, else 0.
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
    slack: Floats

    def take(self, rows: Indexes) -> Side:
        """Return some posts, in the order of `rows`."""
        starts, counts = self.sentences.starts[rows], np.diff(self.sentences.starts)[rows]
        places = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        sentences = Sentences(
            self.sentences.vectors[places], self.sentences.weights[places], np.cumsum([0, *counts.tolist()])
        )
        post_ids, anchors = ([items[row] for row in rows] for items in (self.post_ids, self.anchors))
        letters, slack = self.letters[rows], self.slack[rows]
        return Side(post_ids, self.vectors[rows], self.hours[rows], sentences, letters, anchors, slack)


def read_sides(posts: pa.Table, vectors: pa.Table, encoder: Encoder, engine: Engine = EMBEDDED) -> tuple[Side, Side]:
    """Read the posts of each language into arrays: first the Russian, then the English side."""
    posts = schemas.conform(posts, schemas.CLEAN_POSTS).sort_by("post_id")
    ru, en = (read_side(posts, vectors, encoder, lang, engine) for lang in ("ru", "en"))
    return ru, en


def read_side(posts: pa.Table, vectors: pa.Table, encoder: Encoder, lang: str, engine: Engine) -> Side:
    """Read the posts that have a vector in a language.

    Args:
        posts: CLEAN_POSTS, sorted by post_id.
        vectors: as `stages.embed` returns them.
        encoder: of the sentences.
        lang: ru or en.
        engine: where texts are read.
    """
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
    slack = np.where(np.asarray(pc.equal(mine["date_precision"], "day")), _HALF_DAY, 0.0)
    return Side(
        post_ids=mine["post_id"].to_pylist(),
        vectors=flat.reshape(-1, encoder.dim),
        hours=_hours(mine["date"]) + slack,
        sentences=Sentences(of_sentences.reshape(-1, encoder.dim), weights, starts),
        letters=np.add.reduceat(np.append(weights, 0), starts[:-1]) if counts else np.zeros(0),
        anchors=_anchors(read),
        slack=slack,
    )


def _read_texts(batch: pa.Table, encoder: Encoder, lang: str) -> pa.Table:
    """Take from each text what it can be recognised by."""
    texts = batch["text"].to_pylist()
    sentences = [split_with_letters(text, lang) for text in texts]
    encoded = encoder.encode([sentence for group in sentences for sentence in group])
    ends = np.cumsum([len(group) for group in sentences])[:-1]
    anchors = [find_anchors(text, urls) for text, urls in zip(texts, batch["urls"].to_pylist(), strict=True)]
    columns = [
        [part.ravel() for part in np.split(encoded, ends)],
        [[_letters(sentence) for sentence in group] for group in sentences],
        [sorted(found.numbers.sure) for found in anchors],
        [sorted(found.numbers.all) for found in anchors],
        [sorted(found.names.sure) for found in anchors],
        [sorted(found.names.all) for found in anchors],
        [sorted(found.links) for found in anchors],
    ]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, _READ, strict=True)], schema=_READ)


def _anchors(read: pa.Table) -> list[Anchors]:
    columns = ([frozenset(items) for items in read[name].to_pylist()] for name in _READ.names[2:])
    return [
        Anchors(Numbers(digits, every_number), Names(sure, every), links)
        for digits, every_number, sure, every, links in zip(*columns, strict=True)
    ]


def split_with_letters(text: str, lang: str) -> list[str]:
    """Return the sentences with letters; the whole text if none has any."""
    return [sentence for sentence in split_sentences(text, lang) if any(map(str.isalpha, sentence))] or [text]


def _letters(text: str) -> int:
    return max(sum(map(str.isalpha, text)), 1)


def _hours(dates: pa.ChunkedArray) -> Floats:
    hours = pc.divide(dates.cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64()).cast(pa.float64()), 3_600_000.0)
    return np.asarray(pc.fill_null(hours, float("nan")).combine_chunks().to_numpy(zero_copy_only=False))
