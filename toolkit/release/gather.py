"""Gather the facts of a finished run for the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.content import ReleaseContent, narrow
from toolkit.release.documents.pictures import freetype_version
from toolkit.release.manifest import (
    LATER_STAGES,
    LIBRARIES,
    ConfigFacts,
    EncoderFacts,
    FileFacts,
    Funnel,
    Manifest,
    PreviousFacts,
    ReferenceFacts,
    RuleFacts,
    SourceFacts,
    sign,
)
from toolkit.release.stated import portable_name, portable_options, require_release_facts
from toolkit.release.statistics import count_values
from toolkit.release.tables import SCHEMA_VERSION
from toolkit.results import CONTAMINATED, NEAR_OTHER_SPLIT
from toolkit.text.masking import salt_fingerprint

_RULE = ["kind", "rule", "rule_version"]


def make_manifest(
    content: ReleaseContent,
    config: RunConfig,
    *,
    configs: dict[str, ConfigFacts],
    files: dict[str, FileFacts],
    statistics: dict[str, Any],
    previous: PreviousFacts | None = None,
    carried_sources: Sequence[SourceFacts] = (),
) -> Manifest:
    """Gather the facts.

    Args:
        content: what is published.
        config: of the run.
        configs: facts of the written configs.
        files: facts of the files written so far.
        statistics: from `statistics.describe`.
        previous: the version before, if there is one.
        carried_sources: those of the version before; one that this run reads again is named once.

    Raises:
        ReleaseError: if a fact that the card owes its readers is missing, or posts are unaccounted for; says which.
    """
    require_release_facts(config)
    encoder = EncoderFacts(name=portable_name(content.encoder_name), revision=content.encoder_revision)
    manifest = Manifest(
        name=config.release.name,
        version=config.release.version,
        schema_version=SCHEMA_VERSION,
        signature="",
        encoder=encoder,
        sources=_sources(content, config, carried_sources),
        stages=dict(content.stages),
        options=portable_options(config),
        funnel=_funnel(content),
        statistics=statistics,
        configs=configs,
        files=files,
        libraries=_libraries(),
        previous=previous,
        pii_salt=salt_fingerprint(config.pii),
        takedowns=list(content.takedowns),
        test_sets=_test_sets(content),
    )
    return manifest.model_copy(update={"signature": sign(manifest)})


def _sources(content: ReleaseContent, config: RunConfig, carried: Sequence[SourceFacts]) -> list[SourceFacts]:
    read_now = [
        SourceFacts(
            file=read.file,
            sha256=read.sha256,
            format=read.format,
            posts=read.posts,
            rights=stated.rights or "",
            slant=stated.slant or "",
            url=stated.url,
            without_post=dict(read.without_post),
        )
        for read, stated in zip(content.sources, config.sources, strict=True)
    ]
    again = {source.sha256 for source in read_now}
    return [*(source for source in carried if source.sha256 not in again), *read_now]


def _funnel(content: ReleaseContent) -> Funnel:
    dropped: dict[str, dict[str, int]] = {}
    rows = narrow(content.dropped, ["stage", "reason"])
    for stage in pc.unique(rows["stage"]).to_pylist():
        dropped[stage] = count_values(rows.filter(pc.equal(rows["stage"], stage))["reason"])
    funnel = Funnel(
        posts_read=sum(source.posts for source in content.sources),
        posts=content.posts.num_rows,
        dropped=dropped,
        duplicates=_rules(narrow(content.duplicates, [*_RULE, "post_id"])),
        post_pairs=count_values(narrow(content.pairs, ["relation"])["relation"]),
        beads=content.bitext.num_rows + _dropped_beads(dropped),
        sentence_pairs=content.bitext.num_rows,
        carried={name: rows.num_rows for name, rows in content.carried.rows.items()} if content.carried else {},
    )
    gone = sum(sum(reasons.values()) for stage, reasons in dropped.items() if stage not in LATER_STAGES)
    if funnel.posts + gone != funnel.posts_read:
        raise ReleaseError(
            f"{funnel.posts_read} posts were read, but {funnel.posts} are kept and {gone} dropped",
            fix="Run the build again with --fresh",
        )
    return funnel


def _dropped_beads(dropped: Mapping[str, Mapping[str, int]]) -> int:
    """Return how many aligned groups of sentences left: posts that `split` leaves out, and pairs of posts, are none."""
    of_both = dropped.get("decontaminate", {}).get(CONTAMINATED, 0) + dropped.get("split", {}).get(NEAR_OTHER_SPLIT, 0)
    return sum(dropped.get("filter", {}).values()) + of_both


def _test_sets(content: ReleaseContent) -> list[ReferenceFacts]:
    if content.contaminated is None:
        return []
    return [
        ReferenceFacts(
            file=one.file,
            sha256=one.sha256,
            texts=one.texts,
            dropped=count_values(content.contaminated.filter(pc.field("test_set") == one.file)["config"]),
        )
        for one in content.references
    ]


def _rules(duplicates: pa.Table) -> list[RuleFacts]:
    counted = duplicates.group_by(_RULE).aggregate([("post_id", "count")])
    counted = counted.sort_by([(key, "ascending") for key in _RULE])
    return [RuleFacts(posts=row.pop("post_id_count"), **row) for row in counted.to_pylist()]


def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found | {"freetype": freetype_version()}
