"""What a release is built from: the tables of a finished run, and the facts that no table holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from toolkit.partitions import Partitions


@dataclass(frozen=True)
class SourceFile:
    """An input of the run.

    Attributes:
        file: its path below the folder that holds all sources.
        sha256: of its bytes, in hex.
        format: the one it was read as.
        posts: how many posts were read from it.
        without_post: why -> messages and rows of which no post was made.
    """

    file: str
    sha256: str
    format: str
    posts: int
    without_post: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ReferenceFile:
    """A test set that the pairs were compared with.

    Attributes:
        file: its name.
        sha256: of its bytes, in hex.
        texts: how many it has.
    """

    file: str
    sha256: str
    texts: int


@dataclass(frozen=True)
class Carried:
    """What a version takes over from the version before.

    Attributes:
        rows: config -> its published rows that stay as they are, with their `split`.
        open_posts: `schemas.CLEAN_POSTS`: those of its posts that new pairs may name.
    """

    rows: Mapping[str, pa.Table]
    open_posts: pa.Table


@dataclass(frozen=True)
class ReleaseContent:
    """Everything that a release says. What is in parts is never read whole; the release has its rows in its own order.

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
        carried: of the version before; then the tables above have what is new.
        takedowns: ids of the posts that are left out on request and were in the sources or in the version before.
        references: the test sets that the pairs were decontaminated against.
        contaminated: `schemas.CONTAMINATED` of the pairs that left for it; None if there are no test sets.
    """

    bitext: pa.Table | Partitions
    pairs: pa.Table | Partitions
    posts: pa.Table | Partitions
    duplicates: pa.Table | Partitions
    components: pa.Table | Partitions
    dropped: pa.Table | Partitions
    sources: tuple[SourceFile, ...]
    encoder_name: str
    encoder_revision: str
    stages: Mapping[str, str]
    carried: Carried | None = None
    takedowns: tuple[str, ...] = ()
    references: tuple[ReferenceFile, ...] = ()
    contaminated: pa.Table | None = None


def narrow(table: pa.Table | Partitions, columns: Sequence[str]) -> pa.Table:
    """Return narrow columns of a table whole."""
    return table.read(columns) if isinstance(table, Partitions) else table.select(columns)
