"""Texts to vectors: the `Encoder` protocol, and the one function that turns options into an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from toolkit.engine import Engine

    Vectors = NDArray[np.float32]

_TRANSFORMERS_ONLY = ("revision", "prompt", "device", "dtype")


@runtime_checkable
class Encoder(Protocol):
    """A multilingual sentence encoder: texts that mean the same get vectors with a high cosine.

    Attributes:
        name: as the user gave it.
        revision: changes when a vector may change: part of every signature and cache key.
        dim: length of a vector.
        is_additive: whether `encode_sums` works.

    Encoders are pickled as their options and loaded again where they arrive, so they travel to a cluster cheaply.
    """

    name: str
    revision: str
    dim: int
    is_additive: bool

    @property
    def background(self) -> tuple[float, float]:
        """Mean and standard deviation of the cosine of a Russian and an English sentence about different things.

        What turns a cosine of this encoder into a number that is comparable between encoders.
        """
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors, float32, shape (len(texts), dim); a text without tokens gets zeros.

        A text's vector does not depend on the texts beside it.
        """
        ...

    def encode_sums(self, texts: Sequence[str]) -> Vectors:
        """Return vectors before normalising, shape (len(texts), dim), such that those of joined texts are sums.

        Raises:
            EncoderError: if the encoder is not additive.
        """
        ...


def engine_for(encoder: Encoder, engine: Engine) -> Engine:
    """Return where functions run that encode: each process loads a model, and only a small one is loaded many times."""
    return engine if encoder.is_additive else engine.in_one_process()


def load_encoder(options: EncoderOptions) -> Encoder:
    """Load an encoder; the same options give the same object.

    The model in the package and static models in folders load without torch; all else goes through
    sentence-transformers.

    Raises:
        EncoderError: if there is no such model, it cannot be read, a hub model has no pinned revision, or a static one
            is given an option that it could only ignore.
    """
    from toolkit.encoders import static

    if static.find_static_model(options.name) is not None:
        defaults = EncoderOptions()
        for name in _TRANSFORMERS_ONLY:
            value = getattr(options, name)
            if value != getattr(defaults, name):
                raise EncoderError(f"a static model takes no {name}; got {value!r}", where=options.name,
                                   fix=f"Leave {name} out, or take another encoder")  # fmt: skip
        return static.load_static(options)
    from toolkit.encoders.sentence_transformer import load_sentence_transformer

    return load_sentence_transformer(options)
