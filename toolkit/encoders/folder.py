"""Write a static model as a sentence-transformers folder: atomically, the same model as the same bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import EncoderError
from toolkit.outputs import beside, followed, put_folder, remove_leftovers, require_writable

# The class paths that every release of sentence-transformers since 3.2 understands.
_MODULES: Final = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
]
_CONFIG: Final[dict[str, object]] = {
    "__version__": {},
    "default_prompt_name": None,
    "model_type": "SentenceTransformer",
    "prompts": {},
    "similarity_fn_name": "cosine",
}


def quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return int8 rows and one scale a row, such that rows * scale is within half a step of the vectors.

    >>> rows, scale = quantise(np.array([[127.0, -63.4], [0.0, 0.0]], np.float32))
    >>> rows.tolist(), scale.tolist()
    ([[127, -63], [0, 0]], [1.0, 0.0])
    """
    scale = (np.abs(vectors).max(axis=1) / 127).astype(np.float32)
    rows = np.rint(vectors / np.where(scale > 0, scale, 1)[:, None]).astype(np.int8)
    return rows, scale


def write_static_model(
    folder: Path, tokenizer: Mapping[str, Any], vectors: NDArray[np.float32], facts: Mapping[str, Any], card: str,
    *, storage: str = "int8",
) -> None:  # fmt: skip
    """Write the folder beside its place and move it there; a model that is already there is replaced in one step.

    Args:
        folder: where to.
        tokenizer: the content of tokenizer.json.
        vectors: one a token id, float32, shape (tokens, dim).
        facts: for encoder.json: background, signature of the training, figures.
        card: README.md.
        storage: int8 (rows with a scale each, a quarter of the size) or float32.

    Raises:
        EncoderError: if the folder cannot be written, or something else than a model is in its place.
    """
    from safetensors.numpy import save

    folder = require_model_place(folder)
    part = beside(folder, "part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _write_json(part / "modules.json", _MODULES)
        _write_json(part / "config_sentence_transformers.json", _CONFIG)
        _write_json(part / "encoder.json", facts)
        (part / "1_Normalize").mkdir()
        _write_json(part / "1_Normalize" / "config.json", {})
        compact = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
        (part / "tokenizer.json").write_bytes(compact.encode("utf-8"))
        (part / "README.md").write_bytes(card.encode("utf-8"))
        rows, scale = quantise(vectors)
        tensors = {"embeddings": rows, "weights": scale} if storage == "int8" else {"embedding.weight": vectors}
        (part / "model.safetensors").write_bytes(save(tensors))  # its save_file would make a file that only we can read
        put_folder(part, folder)
    except OSError as error:
        raise EncoderError(f"the model cannot be written: {error.strerror or error}", where=folder) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def require_model_place(folder: Path) -> Path:
    """Return where a model can be written; what a killed training left beside that is gone then.

    Raises:
        ToolkitError: if it cannot be written there.
        EncoderError: if something else than a model is in its place.
    """
    require_writable(folder, is_folder=True)
    place = followed(folder)
    if place.exists() and not (place / "modules.json").exists() and any(place.iterdir()):
        raise EncoderError("there is something else than a model", where=folder, fix="Choose another -o")
    remove_leftovers(place)
    return place


def _write_json(file: Path, content: object) -> None:
    file.write_bytes((json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))
