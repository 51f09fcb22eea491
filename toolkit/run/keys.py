"""What decides the output of a stage, options and bytes of files: for the keys of steps and a release's signature."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from toolkit.errors import SourceError
from toolkit.options import PiiOptions, RunConfig, SourceOptions
from toolkit.release.read import read_release
from toolkit.run.increment import list_takedowns
from toolkit.signature import signature_hash
from toolkit.sources import source_hash
from toolkit.storage import sha256_file
from toolkit.text.masking import salt_fingerprint


def stage_signatures(config: RunConfig, encoder_revision: str, sha256s: list[str]) -> dict[str, str]:
    """Return the signature of each stage's output: of its options and of all that came before it.

    Unlike the keys of stored steps they do not cover the toolkit's code but its version, so that they are the same for
    everyone who has that version.
    """
    options: dict[str, Any] = {
        "parse": [reading(config, source, sha256) for source, sha256 in zip(config.sources, sha256s, strict=True)],
        "clean": config.clean.model_dump(mode="json"),
        **({"news": read_release(config.previous).sha256} if config.previous else {}),
        "dedup": deduplicating(config),
        "embed": encoder_revision,
        "match": config.match.model_dump(mode="json"),
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


def deduplicating(config: RunConfig) -> dict[str, Any]:
    """Return all that decides which posts are duplicates: the options, and what the older release has."""
    older: dict[str, Any] = {"against": read_release(config.against).sha256} if config.against else {}
    if takedowns := list_takedowns(config):
        older["takedowns"] = takedowns
    return config.dedup.model_dump(mode="json") | older


def decontaminating(config: RunConfig) -> dict[str, Any]:
    """Return all that decides which pairs leave for a test set: the options, and the bytes of the test sets."""
    hashes = [sha256_file(path) for path in config.decontaminate.against]
    files = dict(zip(config.test_set_names, hashes, strict=True))
    return config.decontaminate.model_dump(mode="json") | {"against": files}


def personal(config: RunConfig) -> PiiOptions:
    """Return the options for personal values, with the run's own channels among what is public."""
    channels = [source.channel for source in config.sources if source.channel]
    return config.pii.model_copy(update={"public": (*config.pii.public, *channels)})


def reading(config: RunConfig, source: SourceOptions, sha256: str) -> dict[str, Any]:
    """Return all that decides which posts are read from a source: its bytes and name, not its folder or its rights."""
    facts = source.model_dump(mode="json", include={"format", "channel", "lang", "timezone", "columns"})
    pii = personal(config)
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
