"""Static encoders: one vector a token, mean-pooled; numpy, tokenizers and safetensors only.

The folder is sentence-transformers' own format (`StaticEmbedding`, its int8 form being model2vec's: integer rows
and one float weight a row), so `SentenceTransformer(folder)` gives the same vectors. What is ours is the speed: a
tokenizer that splits at whitespace lets every distinct word of a batch be tokenised once, and the rest is two
sparse products.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from toolkit.encoders.background import measure_background
from toolkit.encoders.runs import Runs
from toolkit.errors import EncoderError
from toolkit.native.limits import BrokenTable, allowance
from toolkit.native.tensors import read_tensors
from toolkit.options import EncoderOptions
from toolkit.storage import sha256_file
from toolkit.untrusted import load_json, read_file

Vectors = NDArray[np.float32]

PACKAGED: Final = {"ru-en-static": Path(__file__).parent / "models" / "ru-en-static"}
FACTS: Final = "encoder.json"  # what sentence-transformers has no place for: background, signature of the training
_MAX_TOKENIZER: Final = 256 << 20  # bytes
_LARGEST: Final = 1e9  # of a vector's numbers: no sum of a text's tokens overflows
_CHUNK: Final = 2048  # texts at a time, so that memory does not grow with the input
_REMEMBERED: Final = 200_000  # distinct words whose vectors are kept, about 200 MB at 256 dimensions


def find_static_model(name: str) -> Path | None:
    """Return the folder of a static model: the packaged one by its name, or a folder that holds one.

    >>> find_static_model("sentence-transformers/LaBSE") is None
    True
    """
    if name in PACKAGED:
        return PACKAGED[name]
    if not name.strip():
        return None
    folder = Path(name)
    try:
        modules = load_json(read_file(folder / "modules.json", follow=True))
        return folder if modules[0]["type"].endswith("StaticEmbedding") and modules[0]["path"] == "" else None
    except (ValueError, LookupError, TypeError, AttributeError):  # ValueError: Unreadable too
        return None


@lru_cache(maxsize=4)
def load_static(options: EncoderOptions) -> StaticEncoder:
    """Load a static model; the same options give the same object.

    Raises:
        EncoderError: if there is no such model, or a file of it is missing or damaged.
    """
    folder = find_static_model(options.name)
    if folder is None:
        raise EncoderError("there is no static model of that name here", where=options.name)
    return StaticEncoder(options, folder)


class StaticEncoder:
    """An additive encoder from a folder with a sentence-transformers `StaticEmbedding`; see `Encoder`.

    Attributes:
        options: what it was asked for.
        name: as the user gave it.
        revision: hash of the tokenizer and the vectors.
        dim: length of a vector.
        token_vectors: one a token id, float32, shape (tokens, dim).
        is_additive: always true.
    """

    is_additive = True

    def __init__(self, options: EncoderOptions, folder: Path):
        """Load the folder.

        Args:
            options: only `name` matters; kept for pickling.
            folder: as `find_static_model` returns it.

        Raises:
            EncoderError: if a file is missing or damaged.
        """
        self.options, self.name, self._folder = options, options.name, folder
        files = [folder / "tokenizer.json", folder / "model.safetensors"]
        with _one_line(folder):
            self._tokenizer = Tokenizer.from_buffer(read_file(files[0], _MAX_TOKENIZER, follow=True))
            self.token_vectors = _token_vectors(files[1])
            digests = [sha256_file(file) for file in files]
            self._splits_at_space = _splits_at_space(json.loads(self._tokenizer.to_str()))
        if self._tokenizer.get_vocab_size() > len(self.token_vectors):
            raise EncoderError("the tokenizer has more tokens than the model has vectors", where=folder)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.revision = "-".join(digest[:12] for digest in digests)
        self.dim = int(self.token_vectors.shape[1])
        self._known: dict[str, list[int]] = {}

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as options."""
        return load_static, (self.options,)

    @cached_property
    def background(self) -> tuple[float, float]:
        """Mean and standard deviation of the cosine of unrelated sentences; see `Encoder`."""
        try:
            stored = load_json(read_file(self._folder / FACTS, follow=True))["background"]
            return float(stored["mean"]), float(stored["std"])
        except (ValueError, KeyError, TypeError):  # ValueError: Unreadable too
            return measure_background(self.encode)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors; see `Encoder.encode`."""
        vectors = self.encode_sums(texts)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def encode_sums(self, texts: Sequence[str]) -> Vectors:
        """Return the sum of each text's token vectors; see `Encoder.encode_sums`."""
        sums = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _CHUNK):
            sums[start : start + _CHUNK] = self._sum_chunk(texts[start : start + _CHUNK])
        return sums

    def _sum_chunk(self, texts: Sequence[str]) -> Vectors:
        """Sum word by word, in the order of the text, so that a text's vector does not depend on its neighbours."""
        split = [text.split() if self._splits_at_space else [text] for text in texts]
        place = {word: number for number, word in enumerate(dict.fromkeys(word for words in split for word in words))}
        word_vectors = self._runs(list(place)).sum_rows(self.token_vectors)
        return Runs.of([[place[word] for word in words] for words in split]).sum_rows(word_vectors)

    def _runs(self, words: list[str]) -> Runs:
        """Return the token ids of each word, none of which is beyond the vectors: the product would not look."""
        with _one_line(self._folder):
            runs = Runs.of(self._tokenise(words))
            if len(runs.numbers) and not 0 <= runs.numbers.min() <= runs.numbers.max() < len(self.token_vectors):
                raise BrokenTable("the tokenizer has a token without a vector")
        return runs

    def _tokenise(self, words: list[str]) -> list[list[int]]:
        """Return the token ids of each word, remembering those of words that may come again."""
        found = [self._known.get(word) for word in words]
        missing = [word for word, ids in zip(words, found, strict=True) if ids is None]
        encoded = self._tokenizer.encode_batch_fast(missing, add_special_tokens=False)
        fresh = {word: encoding.ids for word, encoding in zip(missing, encoded, strict=True)}
        if self._splits_at_space:
            if len(self._known) + len(fresh) > _REMEMBERED:
                self._known = {}
            self._known.update(fresh)
        return [fresh[word] if ids is None else ids for word, ids in zip(words, found, strict=True)]


def _token_vectors(file: Path) -> Vectors:
    """Return one float32 vector a token id from either of the two forms that `StaticEmbedding` reads."""
    tensors = read_tensors(file)
    is_compact = "embedding.weight" not in tensors
    vectors = tensors["embeddings" if is_compact else "embedding.weight"]
    if vectors.ndim != 2 or not vectors.size or vectors.dtype.kind not in "fi":
        raise BrokenTable(f"its vectors have the shape {vectors.shape} and are {vectors.dtype}")
    if is_compact and "mapping" in tensors:
        mapping = tensors["mapping"].ravel()
        if mapping.size * vectors.shape[1] * 4 > allowance(file.stat().st_size):
            raise BrokenTable("its mapping makes much more of it than it has")
        vectors = vectors[mapping]
    weights = [tensors["weights"]] if is_compact and "weights" in tensors else []
    if not all((np.abs(part) < _LARGEST).all() for part in [vectors, *weights] if part.dtype.kind == "f"):
        raise BrokenTable("its vectors have numbers that are none")
    folded = vectors.astype(np.float32)
    for part in weights:
        folded *= part.astype(np.float32)[:, None]
    return folded


@contextmanager
def _one_line(folder: Path) -> Iterator[None]:
    """Say in one line what the libraries make of a broken model.

    tokenizers raises bare Exception, and where it panics an error that is none.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        detail = " ".join(str(error).split())[:300].removeprefix("cannot be read: ")
        if not isinstance(error, BrokenTable):
            detail = f"{type(error).__name__}: {detail}"
        raise EncoderError(f"the static model cannot be read: {detail}", where=folder) from error


_LOCAL_NORMALIZERS: Final = {"NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "BertNormalizer", "Replace"}
_SPACE_SPLITTERS: Final = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}


def _splits_at_space(tokenizer: dict[str, Any]) -> bool:
    """Tell whether the tokens of a text are those of its space-separated words, one after the other.

    >>> _splits_at_space({"normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "BertPreTokenizer"}})
    True
    >>> _splits_at_space({"normalizer": None, "pre_tokenizer": {"type": "ByteLevel"}})
    False
    """
    normalizers = _flatten(tokenizer["normalizer"], "normalizers")
    splitters = _flatten(tokenizer["pre_tokenizer"], "pretokenizers")
    added = tokenizer.get("added_tokens", [])
    return (
        all(part["type"] in _LOCAL_NORMALIZERS for part in normalizers)
        and next((part["type"] for part in splitters), None) in _SPACE_SPLITTERS
        and not any(" " in token["content"] for token in added)
    )


def _flatten(part: dict[str, Any] | None, key: str) -> Iterator[dict[str, Any]]:
    """Yield the steps of a normalizer or pre-tokenizer, which may be nested sequences."""
    if part is None:
        return
    if part["type"] != "Sequence":
        yield part
        return
    for inner in part[key]:
        yield from _flatten(inner, key)
