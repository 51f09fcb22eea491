"""What a release is built from: the tables of a finished run, and the facts that no table holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class SourceFile:
    """An input of the run.

    Attributes:
        file: its path below the folder that holds all sources.
        sha256: of its bytes, in hex.
        format: the one it was read as.
        posts: how many posts were read from it.
    """

    file: str
    sha256: str
    format: str
    posts: int


@dataclass(frozen=True)
class ReleaseContent:
    """Everything that a release says.

    Attributes:
        bitext: `schemas.SPLIT_BITEXT`.
        pairs: `schemas.POST_PAIRS`, scored: the pairs that the bitext names, and all others worth publishing.
        posts: `schemas.CLEAN_POSTS` that stayed after dedup.
        duplicates: `schemas.DUPLICATES`.
        components: `schemas.COMPONENTS`, of all posts that the other tables name.
        dropped: `schemas.DROPPED` of all stages.
        sources: in the order of the run config.
        encoder_name: of the encoder that made the vectors.
        encoder_revision: pins its weights.
        stages: the signature of each stage's output, by stage, in the order they ran.
    """

    bitext: pa.Table
    pairs: pa.Table
    posts: pa.Table
    duplicates: pa.Table
    components: pa.Table
    dropped: pa.Table
    sources: tuple[SourceFile, ...]
    encoder_name: str
    encoder_revision: str
    stages: Mapping[str, str]
