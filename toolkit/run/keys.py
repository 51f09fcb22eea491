"""What decides the output of a stage, options and bytes of files: for the keys of steps and a release's signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from toolkit.options import PiiOptions, RunConfig, SourceOptions
from toolkit.run.resolved import Run
from toolkit.signature import signature_hash
from toolkit.text.masking import salt_fingerprint


def stage_signatures(run: Run, sha256s: Sequence[str]) -> dict[str, str]:
    """Return the signature of each stage's output: of its options and of all that came before it.

    Unlike the keys of stored steps they do not cover the toolkit's code but its version, so that they are the same for
    everyone who has that version.
    """
    config, pii = run.config, personal(run)
    options: dict[str, Any] = {
        "parse": [reading(pii, source, sha256) for source, sha256 in zip(config.sources, sha256s, strict=True)],
        "clean": config.clean.model_dump(mode="json"),
        **({"news": run.previous.sha256} if run.previous else {}),
        "dedup": deduplicating(run),
        "embed": run.encoder.revision,
        "match": matching(config),
        "align": config.align.model_dump(mode="json"),
        "score": None,
        "filter": config.filter.model_dump(mode="json"),
        **({"decontaminate": decontaminating(run)} if config.decontaminate.against else {}),
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


def deduplicating(run: Run) -> dict[str, Any]:
    """Return all that decides which posts are duplicates: the options, and what the older release has."""
    older: dict[str, Any] = {"against": run.against_sha256} if run.against_sha256 else {}
    if run.takedowns:
        older["takedowns"] = run.takedowns
    return run.config.dedup.model_dump(mode="json") | older


def decontaminating(run: Run) -> dict[str, Any]:
    """Return all that decides which pairs leave for a test set: the options, and the bytes of the test sets."""
    return run.config.decontaminate.model_dump(mode="json") | {"against": dict(run.test_set_sha256s)}


def personal(run: Run) -> PiiOptions:
    """Return the options for personal values, with all that is public whatever a source says.

    Those are the run's own channels, and what the version before shows to be public: a post that did not change must
    not read otherwise because another post is not in the sources any more.
    """
    return run.config.pii.model_copy(update={"public": (*run.config.pii.public, *run.names)})


def is_read_alike(facts: Mapping[str, Any], marks: frozenset[str]) -> bool:
    """Tell whether what is public in the run now makes a source read as it was read.

    Args:
        facts: that `steps.parse` left: `doubted`, marks of the names in the source, and `shown`, of those of them that
            the run showed.
        marks: of the names that are public in this run.
    """
    return bool(facts["shown"] == sorted(marks.intersection(facts["doubted"])))


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
