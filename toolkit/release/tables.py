"""The published tables: their columns, keys and order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas

SCHEMA_VERSION = 1  # of the columns below; a change of name, type or meaning is a new one
SPLITS = ("train", "validation", "test")
DIGITS = 4  # of published floats, so that the last bits of a sum on another machine do not change the bytes

_POSITION = pa.field(
    "position",
    pa.int32(),
    nullable=False,
    metadata={"doc": "place of the bead in its post pair, in reading order; gaps are beads that were not good enough"},
)
FIRST_SEEN = pa.field(
    "first_seen",
    pa.timestamp("ms", tz="UTC"),
    metadata={"doc": "date of the earlier of the two posts; null if neither has one"},
)
_RU_CHANNEL = pa.field("ru_channel", pa.string(), nullable=False, metadata={"doc": "channel of the Russian post"})
_EN_CHANNEL = pa.field("en_channel", pa.string(), nullable=False, metadata={"doc": "channel of the English post"})
_COMPONENT = schemas.COMPONENTS.field("component_id")
_RU_POST, _EN_POST = (schemas.POST_PAIRS.field(name) for name in ("ru_post_id", "en_post_id"))


def _pick(schema: pa.Schema, names: str, *, never_null: str = "") -> list[pa.Field]:
    """Return fields of a stage schema; the published rows may promise more about nulls than the stage did."""
    fields = []
    for field in (schema.field(name) for name in names.split()):
        if field.name in never_null.split():
            doc = field.metadata[b"doc"].decode().partition("; null")[0]
            field = field.with_nullable(False).with_metadata({"doc": doc})
        fields.append(field)
    return fields


@dataclass(frozen=True)
class PublishedConfig:
    """A config (subset) of the dataset.

    Attributes:
        name: as `load_dataset` takes it.
        schema: columns of its files.
        key: columns that together name a row.
        order: columns that rows are sorted by, nulls last. Time comes first, so that a new version of a growing corpus
            shares most of its bytes with the old one.
        rows_per_group: rows of a Parquet row group, fixed, so that groups do not move between versions.
        about: what a row is, for the card.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    order: tuple[str, ...]
    rows_per_group: int
    about: str


SENTENCE_PAIRS = PublishedConfig(
    name="sentence_pairs",
    schema=pa.schema(
        [
            *_pick(
                schemas.BITEXT,
                "bead_id ru_text en_text score similarity",
                never_null="ru_text en_text score similarity",
            ),
            *_pick(schemas.BITEXT, "length_ratio number_match relation bead_type pair_id"),
            _POSITION,
            *_pick(schemas.BITEXT, "ru_ids en_ids ru_lang ru_lang_confidence en_lang en_lang_confidence"),
            _RU_POST,
            _EN_POST,
            _RU_CHANNEL,
            _EN_CHANNEL,
            FIRST_SEEN,
            _COMPONENT,
        ]
    ),
    key=("bead_id",),
    order=("first_seen", "pair_id", "position"),
    rows_per_group=65_536,
    about="a Russian and an English text of one or a few sentences that say the same",
)
POST_PAIRS = PublishedConfig(
    name="post_pairs",
    schema=pa.schema(
        [
            *_pick(schemas.POST_PAIRS, "pair_id"),
            pa.field("ru_text", pa.string(), nullable=False, metadata={"doc": "Russian text, a paragraph a line"}),
            pa.field("en_text", pa.string(), nullable=False, metadata={"doc": "English text, a paragraph a line"}),
            *_pick(schemas.POST_PAIRS, "relation variant probability similarity margin", never_null="relation"),
            *_pick(schemas.POST_PAIRS, "number_overlap link_overlap name_overlap length_ratio"),
            *_pick(schemas.POST_PAIRS, "coverage_ru coverage_en hours_apart ru_post_id en_post_id"),
            _RU_CHANNEL,
            _EN_CHANNEL,
            FIRST_SEEN,
            _COMPONENT,
        ]
    ),
    key=("pair_id",),
    order=("first_seen", "pair_id"),
    rows_per_group=16_384,
    about="a Russian and an English post that are variants of one post",
)
COMPARABLE_PAIRS = replace(
    POST_PAIRS,
    name="comparable_pairs",
    about="a Russian and an English post about one event that do not translate each other; in no other config of pairs",
)
POSTS = PublishedConfig(
    name="posts",
    schema=pa.schema(
        [
            *_pick(schemas.POSTS, "post_id channel channel_title date date_precision edited lang lang_confidence text"),
            *_pick(schemas.POSTS, "forwarded_from reply_to permalink reactions views urls hashtags media flags"),
            *_pick(schemas.CLEAN_POSTS, "footer calls_to_action personal source_format source_file source_span"),
            _COMPONENT,
        ]
    ),
    key=("post_id",),
    order=("date", "post_id"),
    rows_per_group=16_384,
    about="a post that stayed after deduplication, with or without counterpart",
)
DUPLICATES = PublishedConfig(
    name="duplicates",
    schema=pa.schema([*schemas.DUPLICATES, _COMPONENT]),
    key=("post_id", "kept_id", "kind", "text"),  # a post may have many earlier versions
    order=("date", "post_id", "kept_id", "kind", "text"),
    rows_per_group=16_384,
    about="a post whose text, or a part of it, another one has: the evidence, and whether the post was removed for it",
)
CONFIGS = (SENTENCE_PAIRS, POST_PAIRS, COMPARABLE_PAIRS, POSTS, DUPLICATES)
POST_COLUMNS = {  # config -> its columns that name posts
    SENTENCE_PAIRS.name: ("ru_post_id", "en_post_id"),
    POST_PAIRS.name: ("ru_post_id", "en_post_id"),
    COMPARABLE_PAIRS.name: ("ru_post_id", "en_post_id"),
    POSTS.name: ("post_id",),
    DUPLICATES.name: ("post_id", "kept_id"),
}


def round_floats(table: pa.Table) -> pa.Table:
    """Return the table with its float columns rounded to `DIGITS` decimals."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            rounded = pc.round(table.column(place).cast(pa.float64()), DIGITS)
            table = table.set_column(place, field, rounded.cast(field.type))
    return table
