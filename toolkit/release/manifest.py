"""The manifest: every fact of a release that its card prints and its verification checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.content import ReleaseContent
from toolkit.release.documents.markdown import markdown_problem
from toolkit.release.documents.pictures import freetype_version
from toolkit.release.parquet import type_name
from toolkit.release.statistics import count_values
from toolkit.release.tables import SCHEMA_VERSION
from toolkit.results import CONTAMINATED, NEAR_OTHER_SPLIT
from toolkit.signature import signature_hash, signature_line

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
# Versions that can change a byte of the output; a rebuild with others may differ, and then says why.
LIBRARIES = (
    "bitext-toolkit", "daft", "ftfy", "huggingface_hub", "Jinja2", "matplotlib", "numpy", "pillow", "py3langid",
    "pyarrow", "PyYAML", "razdel", "scipy", "tokenizers",
)  # fmt: skip
LATER_STAGES = ("match", "align", "score", "filter", "decontaminate", "split")  # what they drop stays a published post
_REQUIRED = ("title", "description", "license", "license_note", "contact")
_HAND_WRITTEN = ("title", "description", "license_note", "contact", "uses", "limitations", "maintenance", "notes")
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # a newer manifest may say more


class FileFacts(_Facts):
    """A file of the release."""

    bytes: int
    sha256: str


class ColumnFacts(_Facts):
    """A column of a config."""

    name: str
    type: str
    nullable: bool
    doc: str


class SplitFacts(_Facts):
    """A split of a config."""

    rows: int
    bytes: int  # in memory, as Arrow
    content_sha256: str  # of the rows, see `parquet.content_hash`; does not depend on the Parquet writer
    files: list[str]


class ConfigFacts(_Facts):
    """A config (subset)."""

    about: str
    rows: int
    columns: list[ColumnFacts]
    splits: dict[str, SplitFacts]


class SourceFacts(_Facts):
    """An input."""

    file: str
    sha256: str
    format: str
    posts: int
    rights: str
    slant: str
    url: str | None


class RuleFacts(_Facts):
    """A dedup rule and how often it decided."""

    kind: str
    rule: str
    rule_version: str
    posts: int


class Funnel(_Facts):
    """What came in, what left and why, what is new."""

    posts_read: int
    posts: int
    dropped: dict[str, dict[str, int]]  # stage -> reason -> rows
    duplicates: list[RuleFacts]
    post_pairs: dict[str, int]  # relation -> pairs
    beads: int
    sentence_pairs: int
    carried: dict[str, int] = {}  # config -> rows taken over from the version before; the numbers above are of news


class ReferenceFacts(_Facts):
    """A test set, and what left because it has a text of it."""

    file: str
    sha256: str
    texts: int
    dropped: dict[str, int]  # config -> rows


class PreviousFacts(_Facts):
    """The version before."""

    version: str
    sha256: str  # of its manifest
    anew: str | None  # why no row was carried on
    changes: dict[str, dict[str, dict[str, int]]]  # config -> op -> reason -> rows, see diff.py


class EncoderFacts(_Facts):
    """What made the vectors."""

    name: str
    revision: str


class Manifest(_Facts):
    """Everything that is known about a release."""

    name: str
    version: str
    schema_version: int
    signature: str
    encoder: EncoderFacts
    sources: list[SourceFacts]
    stages: dict[str, str]
    options: dict[str, Any]
    funnel: Funnel
    statistics: dict[str, Any]  # see statistics.py
    configs: dict[str, ConfigFacts]
    files: dict[str, FileFacts]
    libraries: dict[str, str]
    previous: PreviousFacts | None = None
    test_sets: list[ReferenceFacts] = []  # that the pairs were decontaminated against
    takedowns: list[str] = []  # ids of posts that a version had and that were removed on request
    provenance: dict[str, Any] = {}  # see provenance.py


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
        carried_sources: those of the version before; one whose name a source of this run has is replaced by it.

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
        takedowns=list(content.takedowns),
        test_sets=_test_sets(content),
    )
    if not (config.release.date or statistics["last_date"]):
        raise ReleaseError(
            "release.date is missing: no post has a date, and the release needs a day of publication",
            fix="Set it in the run config, as release.date: 2025-12-31",
        )
    return manifest.model_copy(update={"signature": sign(manifest)})


def describe_columns(schema: pa.Schema) -> list[ColumnFacts]:
    """Return the columns as the manifest names them."""
    return [
        ColumnFacts(name=f.name, type=type_name(f.type), nullable=f.nullable, doc=f.metadata[b"doc"].decode())
        for f in schema
    ]


def portable_options(config: RunConfig) -> dict[str, Any]:
    """Return all options as JSON values, without folders of the machine that built the release."""
    options = config.model_dump(mode="json")
    for source, name in zip(options["sources"], config.source_names, strict=True):
        source["path"] = name
    options["encoder"]["name"] = portable_name(config.encoder.name)
    for name in ("previous", "against"):
        folder = getattr(config, name)
        options[name] = folder and "/".join(folder.absolute().parts[-2:])  # NAME/VERSION
    options["takedowns"] = config.takedowns and config.takedowns.name
    options["decontaminate"]["against"] = config.test_set_names
    return options


def portable_name(encoder: str) -> str:
    """Return a hub name as it is, and of a path its last part.

    >>> portable_name("intfloat/multilingual-e5-small"), portable_name("/home/me/models/tiny/")
    ('intfloat/multilingual-e5-small', 'tiny')
    """
    return encoder if _HUB_NAME.fullmatch(encoder) else PurePosixPath(encoder).name


def require_release_facts(config: RunConfig) -> None:
    """Check that the run config states what the dataset card owes its readers.

    Raises:
        ReleaseError: names the first fact that is missing.
    """
    for name in _REQUIRED:
        if not getattr(config.release, name).strip():
            raise ReleaseError(f"release.{name} is empty, and the dataset card needs it", fix="Fill it in")
    for name in _HAND_WRITTEN:
        if problem := markdown_problem(getattr(config.release, name) or ""):
            raise ReleaseError(f"release.{name}: {problem}", fix="The card shows it as it is; change it")
    for number, source in enumerate(config.sources):
        for name in ("rights", "slant"):
            if not (getattr(source, name) or "").strip():
                raise ReleaseError(
                    f"sources[{number}].{name} is missing, and the dataset card owes it to its readers",
                    where=source.path.name,
                    fix="State it in the run config",
                )


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
        )
        for read, stated in zip(content.sources, config.sources, strict=True)
    ]
    names = {source.file for source in read_now}
    return [*(source for source in carried if source.file not in names), *read_now]


def _funnel(content: ReleaseContent) -> Funnel:
    dropped: dict[str, dict[str, int]] = {}
    for stage in pc.unique(content.dropped["stage"]).to_pylist():
        dropped[stage] = count_values(content.dropped.filter(pc.equal(content.dropped["stage"], stage))["reason"])
    funnel = Funnel(
        posts_read=sum(source.posts for source in content.sources),
        posts=content.posts.num_rows,
        dropped=dropped,
        duplicates=_rules(content.duplicates),
        post_pairs=count_values(content.pairs["relation"]),
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
    keys = ["kind", "rule", "rule_version"]
    counted = duplicates.group_by(keys).aggregate([("post_id", "count")]).sort_by([(key, "ascending") for key in keys])
    return [RuleFacts(posts=row.pop("post_id_count"), **row) for row in counted.to_pylist()]


def sign(manifest: Manifest) -> str:
    """Return the line that reproduces a release, from what the manifest says of it."""
    read_now = {source["path"] for source in manifest.options["sources"]}
    facts: Mapping[str, Any] = {
        "options": manifest.options,
        "encoder": manifest.encoder.model_dump(),
        "sources": [source.sha256 for source in manifest.sources if source.file in read_now],
        "stages": manifest.stages,
    }
    return signature_line(
        {
            "dataset": f"{manifest.name}@{manifest.version}",
            "encoder": f"{manifest.encoder.name}@{manifest.encoder.revision}",
            "run": signature_hash(facts),
            "schema": manifest.schema_version,
            "bitext": manifest.libraries["bitext-toolkit"],
        }
    )


def publication_day(manifest: Manifest) -> str:
    """Return the day of publication: the one that was given, else that of the newest post; an ISO date."""
    return str(manifest.options["release"]["date"] or manifest.statistics["last_date"])


def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found | {"freetype": freetype_version()}
