"""The manifest: every fact of a release that its card prints and its verification checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from toolkit.options import NAME, VERSION
from toolkit.release.parquet import type_name
from toolkit.release.tables import POSTS, SENTENCE_PAIRS
from toolkit.signature import signature_hash, signature_line

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
# Versions that can change a byte of the output; a rebuild with others may differ, and then says why.
LIBRARIES = (
    "bitext-toolkit", "ftfy", "huggingface_hub", "Jinja2", "matplotlib", "numpy", "pillow", "py3langid",
    "pyarrow", "PyYAML", "scipy", "tokenizers",
)  # fmt: skip
LATER_STAGES = ("match", "align", "score", "filter", "decontaminate", "split")  # what they drop stays a published post


Version = Annotated[str, Field(pattern=rf"^{VERSION}$")]


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
    without_post: dict[str, int] = {}  # why -> messages and rows of which no post was made, see sources/report.py
    read_for: str | None = None  # the version that read it, of posts that are carried on; null: this one

    @property
    def label(self) -> str:
        """The file, and the version that read it: every export of a month is called result.json."""
        return f"{self.file} (version {self.read_for})" if self.read_for else self.file


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

    version: Version
    sha256: str  # of its manifest
    anew: str | None  # why no row was carried on
    changes: dict[str, dict[str, dict[str, int]]]  # config -> op -> reason -> rows, see diff.py


class EncoderFacts(_Facts):
    """What made the vectors."""

    name: str
    revision: str


class Manifest(_Facts):
    """Everything that is known about a release."""

    name: str = Field(pattern=rf"^{NAME}$")  # a stranger's manifest may say ../..
    version: Version
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
    pii_salt: str | None = None  # fingerprint of the salt of pseudonyms; null: personal values are not hashed
    takedowns: list[str] = []  # ids of posts that a version had and that were removed on request
    provenance: dict[str, Any] = {}  # see provenance.py

    @property
    def default_config(self) -> str:
        """The config that is loaded if none is named: the sentence pairs, or the posts of a dump without pairs."""
        return SENTENCE_PAIRS.name if self.configs[SENTENCE_PAIRS.name].splits else POSTS.name

    @property
    def first_split(self) -> str:
        """The first split of the default config."""
        return next(iter(self.configs[self.default_config].splits))

    def without_post(self) -> dict[str, int]:
        """Return what was in the sources that this version read and is no post -> how often, most frequent first."""
        counts: Counter[str] = Counter()
        for source in self.sources:
            counts.update(source.without_post if source.read_for is None else {})
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def has_rows(self, *configs: str) -> bool:
        """Tell whether one of the configs has rows; one without rows is in no document."""
        return any(self.configs[name].splits for name in configs if name in self.configs)


def describe_columns(schema: pa.Schema) -> list[ColumnFacts]:
    """Return the columns as the manifest names them."""
    return [
        ColumnFacts(name=f.name, type=type_name(f.type), nullable=f.nullable, doc=f.metadata[b"doc"].decode())
        for f in schema
    ]


def sign(manifest: Manifest) -> str:
    """Return the line that reproduces a release, from what the manifest says of it."""
    facts: Mapping[str, Any] = {
        "options": manifest.options,
        "encoder": manifest.encoder.model_dump(),
        "sources": [source.sha256 for source in manifest.sources if source.read_for is None],
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


def publication_day(manifest: Manifest) -> str | None:
    """Return the day of publication: the one that was given, else that of the newest post; an ISO date.

    None if no post has a date: any other day would be made up, or would differ with every build.
    """
    day = manifest.options["release"]["date"] or manifest.statistics["last_date"]
    return None if day is None else str(day)
