"""What decides the output of a stage, options and bytes of files: for the keys of steps and a release's signature."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import SourceError
from toolkit.options import PiiOptions, RunConfig, SourceOptions
from toolkit.release.manifest import MANIFEST
from toolkit.release.read import open_release, read_batches, read_manifest
from toolkit.release.tables import DUPLICATES, POSTS
from toolkit.run.increment import list_takedowns
from toolkit.signature import signature_hash
from toolkit.sources import source_hash
from toolkit.storage import sha256_file
from toolkit.text.masking import salt_fingerprint
from toolkit.text.pii import handles_in, public_values

_WITH_NAMES: Final = ("channel", "text", "footer", "urls", "permalink")
_BATCH: Final = 16_384  # rows


def stage_signatures(config: RunConfig, encoder_revision: str, sha256s: list[str]) -> dict[str, str]:
    """Return the signature of each stage's output: of its options and of all that came before it.

    Unlike the keys of stored steps they do not cover the toolkit's code but its version, so that they are the same for
    everyone who has that version.
    """
    pii = personal(config)
    options: dict[str, Any] = {
        "parse": [reading(pii, source, sha256) for source, sha256 in zip(config.sources, sha256s, strict=True)],
        "clean": config.clean.model_dump(mode="json"),
        **({"news": _release_hash(config.previous)} if config.previous else {}),
        "dedup": deduplicating(config),
        "embed": encoder_revision,
        "match": matching(config),
        "align": config.align.model_dump(mode="json"),
        "score": None,
        "filter": config.filter.model_dump(mode="json"),
        **({"decontaminate": decontaminating(config)} if config.decontaminate.against else {}),
        "split": config.split.model_dump(mode="json"),
    }
    signatures: dict[str, str] = {}
    before = version("bitext-toolkit")
    for stage, facts in options.items():
        before = signatures[stage] = signature_hash({"stage": stage, "options": facts, "after": before})
    return signatures


def matching(config: RunConfig) -> dict[str, Any]:
    """Return all that decides which posts are pairs: the options, and how the sentences of one post are aligned."""
    return config.match.model_dump(mode="json") | {"align": config.align.model_dump(mode="json")}


def deduplicating(config: RunConfig) -> dict[str, Any]:
    """Return all that decides which posts are duplicates: the options, and what the older release has."""
    older: dict[str, Any] = {"against": _release_hash(config.against)} if config.against else {}
    if takedowns := list_takedowns(config):
        older["takedowns"] = takedowns
    return config.dedup.model_dump(mode="json") | older


def _release_hash(folder: Path) -> str:
    read_manifest(folder)  # says what is wrong if this is no release
    return sha256_file(folder / MANIFEST)


def decontaminating(config: RunConfig) -> dict[str, Any]:
    """Return all that decides which pairs leave for a test set: the options, and the bytes of the test sets."""
    hashes = [sha256_file(path) for path in config.decontaminate.against]
    files = dict(zip(config.test_set_names, hashes, strict=True))
    return config.decontaminate.model_dump(mode="json") | {"against": files}


def personal(config: RunConfig) -> PiiOptions:
    """Return the options for personal values, with all that is public whatever a source says.

    Those are the run's own channels, and what the version before shows to be public: a post that did not change must
    not read otherwise because another post is not in the sources any more.
    """
    return config.pii.model_copy(update={"public": (*config.pii.public, *run_names(config))})


def run_names(config: RunConfig) -> tuple[str, ...]:
    """Return the names that are public in all sources because of one of them, or of the version before."""
    channels = [source.channel for source in config.sources if source.channel]
    before = _public_before(config.previous, config.pii) if config.previous else ()
    return (*channels, *before)


def is_read_alike(facts: Mapping[str, Any], marks: frozenset[str]) -> bool:
    """Tell whether what is public in the run now makes a source read as it was read.

    Args:
        facts: that `steps.parse` left: `doubted`, marks of the names in the source, and `shown`, of those of them that
            the run showed.
        marks: of the names that are public in this run.
    """
    return bool(facts["shown"] == sorted(marks.intersection(facts["doubted"])))


def _public_before(release: Path, pii: PiiOptions) -> tuple[str, ...]:
    """Return the channels of a release, those that it links to, and the handles that it left in its texts.

    The last only if it hid handles as this run does: otherwise they may stand there because they were not to be hidden.
    """
    was = PiiOptions().model_dump(mode="json") | read_manifest(release).options.get("pii", {})
    is_same = was == pii.model_dump(mode="json") and pii.handle != "keep"
    return _public_in(release, sha256_file(release / MANIFEST), are_handles_public=is_same)


@lru_cache(maxsize=4)
def _public_in(release: Path, sha256: str, *, are_handles_public: bool) -> tuple[str, ...]:
    """As `_public_before`; of a release whose manifest has a hash."""
    manifest = open_release(release)
    found: set[str] = set()
    for config in (POSTS, DUPLICATES):
        for split in manifest.configs[config.name].splits if config.name in manifest.configs else ():
            for batch in read_batches(release, manifest, config, split, rows=_BATCH, columns=_WITH_NAMES):
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


def reading(pii: PiiOptions, source: SourceOptions, sha256: str) -> dict[str, Any]:
    """Return all that decides which posts are read from a source: its bytes and name, not its folder or its rights.

    Args:
        pii: of the run with its names, for a signature; of the user alone for what is stored, see `is_read_alike`.
        source: what is read, and how.
        sha256: of its bytes.
    """
    facts = source.model_dump(mode="json", include={"format", "channel", "lang", "timezone", "columns"})
    hiding = {"pii": pii.model_dump(mode="json"), "salt": salt_fingerprint(pii)}
    return facts | {"file": source.path.name, "sha256": sha256} | hiding


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
