"""A run as it is carried out: its options, and all that they name, opened and hashed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.duplicates.references import ReferenceSet
from toolkit.encoders import Encoder, load_encoder
from toolkit.errors import SourceError
from toolkit.evaluation.reference_sets import read_reference_set
from toolkit.options import PiiOptions, RunConfig
from toolkit.release.manifest import MANIFEST
from toolkit.release.read import Release, read_manifest
from toolkit.release.tables import DUPLICATES, POSTS
from toolkit.run.increment import list_takedowns, read_previous
from toolkit.sources import source_hash
from toolkit.storage import sha256_file
from toolkit.text.pii import handles_in, public_values

_WITH_NAMES: Final = ("channel", "text", "footer", "urls", "permalink")
_BATCH: Final = 16_384  # rows


@dataclass(frozen=True)
class Run:
    """What every step of a run is told; made once by `Run.resolve`, so that nothing is opened twice.

    Attributes:
        config: as it was written.
        encoder: that makes the vectors.
        previous: the version before; None: this is the first one.
        anew: why nothing of that can be carried on; None if it can.
        takedowns: all that was asked to be removed, now or before: ids of posts, and keys of their words.
        names: that are public in all sources because of one of them, or of the version before.
        sha256s: of the sources, in their order.
        against_sha256: of the manifest of the older release whose posts are left out; None: there is none.
        test_sets: that the pairs are compared with.
        test_set_sha256s: of their files, by their name.
    """

    config: RunConfig
    encoder: Encoder
    previous: Release | None = field(repr=False)
    anew: str | None
    takedowns: tuple[str, ...]
    names: tuple[str, ...]
    sha256s: tuple[str, ...]
    against_sha256: str | None
    test_sets: tuple[ReferenceSet, ...] = field(repr=False)
    test_set_sha256s: Mapping[str, str]

    @property
    def before(self) -> Release | None:
        """The version before, if it is carried on."""
        return None if self.anew else self.previous

    @classmethod
    def resolve(cls, config: RunConfig) -> Run:
        """Open all that a run config names.

        Raises:
            SourceError: if a source or a test set is missing.
            EncoderError: if the encoder cannot be loaded.
            ReleaseError: if what is named as a release is none.
        """
        encoder = load_encoder(config.encoder)
        previous, anew = read_previous(config, encoder.revision)
        tests = list(zip(config.decontaminate.against, config.test_set_names, strict=True))
        return cls(
            config=config,
            encoder=encoder,
            previous=previous,
            anew=anew,
            takedowns=list_takedowns(config, previous),
            names=_run_names(config, previous),
            sha256s=tuple(file_hash(source.path) for source in config.sources),
            against_sha256=_release_hash(config.against) if config.against else None,
            test_sets=tuple(read_reference_set(path, name) for path, name in tests),
            test_set_sha256s={name: sha256_file(path) for path, name in tests},
        )


def file_hash(path: Path) -> str:
    """Return the hash of a source.

    Raises:
        SourceError: if it cannot be read, or only once.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise SourceError("is a pipe, which can be read only once, wanted a file", where=path, fix="Save it as a file")
    try:
        return source_hash(path)
    except OSError as error:
        raise SourceError(f"cannot read the source: {error.strerror}", where=path, fix="Check its path") from error


def _release_hash(folder: Path) -> str:
    read_manifest(folder)  # says what is wrong if this is no release
    return sha256_file(folder / MANIFEST)


def _run_names(config: RunConfig, previous: Release | None) -> tuple[str, ...]:
    channels = [source.channel for source in config.sources if source.channel]
    return (*channels, *(_public_before(previous, config.pii) if previous else ()))


def _public_before(previous: Release, pii: PiiOptions) -> tuple[str, ...]:
    """Return the channels of a release, those that it links to, and the handles that it left in its texts.

    The last only if it hid handles as this run does: otherwise they may stand there because they were not to be hidden.
    """
    was = PiiOptions().model_dump(mode="json") | previous.manifest.options.get("pii", {})
    are_handles_public = was == pii.model_dump(mode="json") and pii.handle != "keep"
    found: set[str] = set()
    for config in (POSTS, DUPLICATES):
        rows = previous.tables[config.name]
        with_names = rows.select([name for name in _WITH_NAMES if name in rows.column_names])
        for batch in with_names.to_batches(max_chunksize=_BATCH):
            found.update(pc.unique(batch["channel"]).to_pylist())
            texts = [text for column in _texts(batch) for text in column.to_pylist() if text]
            found |= public_values((), texts)
            if are_handles_public:
                found |= handles_in(texts)
    return tuple(sorted(found))


def _texts(posts: pa.RecordBatch) -> list[pa.Array]:
    """Return the columns in which names may stand; of lists their values."""
    columns = [posts[name] for name in posts.schema.names if name != "channel"]
    return [pc.list_flatten(column) if pa.types.is_list(column.type) else column for column in columns]
