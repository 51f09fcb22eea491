"""Any sentence-transformers model as an encoder: from the hub with a pinned revision, or from a folder."""

from __future__ import annotations

import hashlib
import logging
import re
import warnings
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.encoders.background import measure_background
from toolkit.encoders.hub import must_come_from_cache
from toolkit.encoders.static import PACKAGED
from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions
from toolkit.storage import sha256_file

Vectors = NDArray[np.float32]

_LOG: Final = logging.getLogger(__name__)
_CHUNK: Final = 8192  # texts whose tokens are counted and sorted at a time: memory beyond the result does not grow
# Tokens of a batch, padding counted, to begin with. A processor gains nothing from more; a GPU is kept busy by these,
# and where they do not fit the encoder finds out what does.
_CPU_TOKENS: Final = 1 << 13
_GPU_TOKENS: Final = 1 << 16
_E5: Final = re.compile(r"(^|[_-])e5[-_]", re.IGNORECASE)  # a family that is trained with prompts and declares none
_BRANCHES: Final = {"main", "master", "HEAD"}  # what they point to changes, so they pin nothing


@lru_cache(maxsize=4)
def load_sentence_transformer(options: EncoderOptions) -> SentenceTransformerEncoder:
    """Load a model; the same options give the same object; errors as `SentenceTransformerEncoder`."""
    return SentenceTransformerEncoder(options)


class SentenceTransformerEncoder:
    """A model that sentence-transformers runs; see `Encoder`.

    Texts go through the model in batches of like length, cut by tokens: many short ones or few long ones. Where a batch
    does not fit into memory, it and all later ones are halved. A vector agrees between batches to about 1e-6 in float32
    and 1e-2 in half precision: padding changes the last digits.

    Text beyond the model's maximum length (256 tokens for LaBSE, 512 for E5) is not seen: `n_cut` counts such texts,
    and the first time a line is logged.

    Attributes:
        options: what it was asked for.
        name: as the user gave it.
        revision: the pinned revision of a hub model, or the hash of the folder's files; and of the prompt; and the
            numbers it computes in where they are not float32, so that a cache never mixes a GPU's and a processor's.
        dim: length of a vector.
        is_additive: always false.
        n_cut: texts so far that were longer than the model reads.
    """

    is_additive = False

    def __init__(self, options: EncoderOptions):
        """Load the model.

        Raises:
            EncoderError: if there is no such model, it cannot be loaded, a hub model has no pinned revision, or the
                model wants a prompt and none is given.
        """
        self.options, self.name = options, options.name
        folder = Path(options.name)
        is_local = bool(options.name.strip()) and folder.is_dir()
        if not is_local:
            _check_hub_name(options)
        from_disk = is_local or must_come_from_cache(options)
        revision = _hash_folder(folder) if is_local else str(options.revision)
        prompt = "" if options.prompt is None else "+" + hashlib.sha256(options.prompt.encode()).hexdigest()[:8]
        wanted, device = _numbers_and_device(options)
        self._model = _load(options, wanted, device, is_local=is_local, from_disk=from_disk)
        dtype = str(self._model.dtype).removeprefix("torch.")  # a model that is no transformer keeps its own
        self.revision = revision + prompt + ("" if dtype == "float32" else f"+{dtype}")
        _check_prompt(options, self._model.prompts, self._model.default_prompt_name)
        self.dim = int(self._model.get_embedding_dimension())
        self._device, self._dtype, self.n_cut = device, dtype, 0
        self._budget = _CPU_TOKENS if device == "cpu" else _GPU_TOKENS

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as options."""
        return load_sentence_transformer, (self.options,)

    @cached_property
    def background(self) -> tuple[float, float]:
        """Mean and standard deviation of the cosine of unrelated sentences, measured when first asked for."""
        return measure_background(self.encode)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors; see `Encoder.encode`.

        Raises:
            EncoderError: if not even one text fits into memory, or the model overflows in half precision.
        """
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _CHUNK):
            rows = [row for row in range(start, min(start + _CHUNK, len(texts))) if texts[row].strip()]
            if rows:
                vectors[rows] = self._encode_chunk([texts[row] for row in rows])
        return vectors

    def encode_sums(self, texts: Sequence[str]) -> Vectors:
        """Refuse: the vector of joined texts is not a sum here.

        Raises:
            EncoderError: always.
        """
        raise EncoderError("a transformer is not additive", where=self.name, fix="Encode the joined texts")

    def _encode_chunk(self, texts: list[str]) -> Vectors:
        """Encode texts that are not blank, the longest first, so that what does not fit shows at once."""
        tokens = self._count_tokens(texts)
        vectors = np.empty((len(texts), self.dim), np.float32)
        waiting = np.argsort(-tokens, kind="stable")
        while len(waiting):
            longest = int(tokens[waiting[0]])
            batch = waiting[: max(1, self._budget // longest)]
            encoded = self._encode_batch([texts[place] for place in batch])
            if encoded is not None:
                vectors[batch], waiting = encoded, waiting[len(batch) :]
            elif len(batch) > 1:
                self._budget = len(batch) * longest // 2
            else:
                raise EncoderError(f"a text of {longest} tokens does not fit into the memory of {self._device}",
                                   where=self.name, fix="Take a smaller encoder, or --device cpu")  # fmt: skip
        return vectors

    def _encode_batch(self, texts: list[str]) -> Vectors | None:
        """Encode texts at once; None if memory does not suffice."""
        import torch

        try:
            raw = self._model.encode(texts, prompt=self.options.prompt, batch_size=len(texts), show_progress_bar=False)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
        else:
            vectors: Vectors = np.asarray(raw, np.float32)
            if not np.isfinite(vectors).all():
                raise EncoderError(f"the model overflows in {self._dtype}", where=self.name, fix="Take --dtype float32")
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
            return vectors
        torch.cuda.empty_cache()  # only here, outside `except`, has the error let go of the batch's tensors
        return None

    def _count_tokens(self, texts: list[str]) -> NDArray[np.int64]:
        """Return how many tokens of each text the model reads, at least 1; letters where it has no such tokenizer."""
        tokenizer, most = self._model.tokenizer, self._model.max_seq_length
        if not callable(tokenizer) or most is None:
            return np.array([len(text) for text in texts])
        prompt = self.options.prompt or ""
        encoded = tokenizer([prompt + text for text in texts], truncation=False, return_attention_mask=False,
                            verbose=False)  # fmt: skip
        tokens: NDArray[np.int64] = np.array([max(len(numbers), 1) for numbers in encoded["input_ids"]])
        n_cut = int((tokens > most).sum())
        if n_cut and not self.n_cut:
            _LOG.warning("%s reads %d tokens of a text, and %d of these %d texts are longer: their ends are not seen",
                         self.name, most, n_cut, len(texts))  # fmt: skip
        self.n_cut += n_cut
        return np.minimum(tokens, int(most))


def _check_hub_name(options: EncoderOptions) -> None:
    name, built_in = options.name, ", ".join(PACKAGED)
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or not name.strip():
        raise EncoderError(
            "there is no such folder", where=name,
            fix=f"Give {built_in} (built in), a folder with a model, or a hub name with --revision",
        )  # fmt: skip
    if options.revision is None or options.revision in _BRANCHES:
        given = "no revision" if options.revision is None else f"the branch {options.revision!r}"
        page = name if "/" in name else "OWNER/NAME"
        instead = "" if "/" in name else f"Take {built_in}, a folder, or OWNER/NAME of the hub. "
        raise EncoderError(
            f"it is neither built in ({built_in} is) nor a folder, and a hub model needs a pinned revision; "
            f"got {given}", where=name,
            fix=f"{instead}Give --revision with a tag or commit of https://huggingface.co/{page}/commits/main",
        )  # fmt: skip


def _check_prompt(options: EncoderOptions, declared: dict[str, str | None], default: str | None) -> None:
    """Refuse to guess: without the prompt that it was trained with a model is worse, and nobody would see it."""
    prompts = {name: text for name, text in declared.items() if text}
    if options.prompt is not None or default is not None:
        return
    if _E5.search(Path(options.name).name):
        prompts = prompts or {"query": "query: "}
    if prompts:
        known = ", ".join(f"{name} {text!r}" for name, text in prompts.items())
        raise EncoderError(
            f"the model is trained with prompts ({known}), and none is given", where=options.name,
            fix=f"Give --prompt {next(iter(prompts.values()))!r}, the same for both languages, or --prompt '' for none",
        )  # fmt: skip


def _numbers_and_device(options: EncoderOptions) -> tuple[str, str]:
    """Return what the model computes in and on: half precision where a CUDA device is, else float32."""
    import torch
    from sentence_transformers.util import get_device_name

    device = options.device or get_device_name()
    if options.dtype != "auto":
        return options.dtype, device
    if not device.startswith("cuda") or not torch.cuda.is_available():
        return "float32", device
    return ("bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"), device


def _is_out_of_memory(error: RuntimeError) -> bool:
    import torch

    words = ("out of memory", "can't allocate memory")  # of MPS and other devices; of the processor
    return isinstance(error, torch.OutOfMemoryError) or any(word in str(error).lower() for word in words)


def _load(options: EncoderOptions, dtype: str, device: str, *, is_local: bool, from_disk: bool) -> Any:
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch and transformers, about their own insides
            # Without a dtype transformers takes the checkpoint's own, and a processor would compute in half precision.
            return SentenceTransformer(
                options.name, device=device, revision=None if is_local else options.revision,
                local_files_only=from_disk, model_kwargs={"dtype": dtype},
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
