"""Any sentence-transformers model as an encoder: from the hub with a pinned revision, or from a folder."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.encoders.background import measure_background
from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions
from toolkit.storage import sha256_file

Vectors = NDArray[np.float32]

_BRANCHES: Final = {"main", "master", "HEAD"}  # what they point to changes, so they pin nothing


@lru_cache(maxsize=4)
def load_sentence_transformer(options: EncoderOptions) -> SentenceTransformerEncoder:
    """Load a model; the same options give the same object; errors as `SentenceTransformerEncoder`."""
    return SentenceTransformerEncoder(options)


class SentenceTransformerEncoder:
    """A model that sentence-transformers runs; see `Encoder`.

    Text beyond the model's maximum length (256 tokens for LaBSE, 512 for E5) is not seen. A vector agrees between
    batches to about 1e-6: padding changes the last digits.

    Attributes:
        options: what it was asked for.
        name: as the user gave it.
        revision: the pinned revision of a hub model, or the hash of the folder's files; and of the prompt.
        dim: length of a vector.
        is_additive: always false.
    """

    is_additive = False

    def __init__(self, options: EncoderOptions):
        """Load the model.

        Raises:
            EncoderError: if there is no such model, it cannot be loaded, or a hub model has no pinned revision.
        """
        self.options, self.name = options, options.name
        folder = Path(options.name)
        is_local = bool(options.name.strip()) and folder.is_dir()
        if not is_local:
            _check_hub_name(options)
        revision = _hash_folder(folder) if is_local else str(options.revision)
        prompt = "" if options.prompt is None else "+" + hashlib.sha256(options.prompt.encode()).hexdigest()[:8]
        self.revision = revision + prompt
        self._model = _load(options, is_local=is_local)
        self.dim = int(self._model.get_embedding_dimension())

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as options."""
        return load_sentence_transformer, (self.options,)

    @cached_property
    def background(self) -> tuple[float, float]:
        """Mean and standard deviation of the cosine of unrelated sentences, measured when first asked for."""
        return measure_background(self.encode)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors; see `Encoder.encode`."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        filled = [number for number, text in enumerate(texts) if text.strip()]
        if filled:  # sentence-transformers sorts by length before it cuts batches
            vectors[filled] = self._model.encode(
                [texts[number] for number in filled], prompt=self.options.prompt, batch_size=self.options.batch_size,
                normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False,
            )  # fmt: skip
        return vectors

    def encode_sums(self, texts: Sequence[str]) -> Vectors:
        """Refuse: the vector of joined texts is not a sum here.

        Raises:
            EncoderError: always.
        """
        raise EncoderError("a transformer is not additive", where=self.name, fix="Encode the joined texts")


def _check_hub_name(options: EncoderOptions) -> None:
    name = options.name
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or not name.strip():
        raise EncoderError("there is no such folder", where=name, fix="Give a folder with a model, or a hub name")
    if options.revision is None or options.revision in _BRANCHES:
        given = "no revision" if options.revision is None else f"the branch {options.revision!r}"
        raise EncoderError(
            f"it is no folder, and a hub model needs a pinned revision; got {given}", where=name,
            fix=f"Give --revision with a tag or commit of https://huggingface.co/{name}/commits/main",
        )  # fmt: skip


def _load(options: EncoderOptions, *, is_local: bool) -> Any:
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch and transformers, about their own insides
            return SentenceTransformer(
                options.name, device=options.device, revision=None if is_local else options.revision,
                local_files_only=is_local,
            )  # fmt: skip
    except Exception as error:  # whatever torch, transformers or the hub raise for a missing or broken model
        detail = f"{type(error).__name__}: {str(error)[:200]}"
        fix = "Check the folder" if is_local else "Check name, revision and network, or give a local folder"
        raise EncoderError(f"the model cannot be loaded: {detail}", where=options.name, fix=fix) from error


def _hash_folder(folder: Path) -> str:
    """Return a hash of the names and contents of a folder's files, hidden ones left out."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        inner = file.relative_to(folder)
        if file.is_file() and not any(part.startswith(".") for part in inner.parts):
            digest.update(f"{inner.as_posix()}\n{sha256_file(file)}\n".encode())
    return digest.hexdigest()[:24]
