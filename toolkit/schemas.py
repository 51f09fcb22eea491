"""The tables that cross stage borders: names, types, nullability and the meaning of every column.

Field docs travel in the field metadata (`doc`), so the dataset card and these lines cannot drift apart. Conventions:
times are UTC; null means "not known" or "not defined", never 0 or ""; similarity, margin, score and probability are
higher-is-better.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import SchemaError


def _field(name: str, kind: pa.DataType, doc: str, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"doc": doc})


_TEXT, _REAL, _COUNT = pa.string(), pa.float32(), pa.int32()
_TIME = pa.timestamp("ms", tz="UTC")
_TEXTS, _INDEXES = pa.list_(pa.string()), pa.list_(pa.int32())
_COUNTS_BY_KIND = pa.list_(pa.struct([pa.field("kind", pa.string()), pa.field("count", pa.int32())]))
_REACTIONS = pa.list_(pa.struct([pa.field("emoji", pa.string()), pa.field("count", pa.int64())]))

POSTS = pa.schema(
    [
        _field("post_id", _TEXT, "channel/message id; channel/hash of text and date where the source has no ids"),
        _field("channel", _TEXT, "handle or numeric id of the channel; the file's name where the source has none"),
        _field("channel_title", _TEXT, "title as shown to readers", nullable=True),
        _field("date", _TIME, "when it was published", nullable=True),
        _field(
            "date_precision",
            _TEXT,
            "utc | local_no_offset | day (no time of day: date is its midnight, which no time zone has moved) | none",
        ),
        _field("edited", _TIME, "when it was last edited", nullable=True),
        _field("lang", _TEXT, "ru | en | mixed | other ISO 639 code | und"),
        _field("lang_confidence", _REAL, "0..1", nullable=True),
        _field("lang_source", _TEXT, "detected | source | context (too short, or too close to call: as its channel)"),
        _field("text", _TEXT, "body without repeats, reactions and UI chrome"),
        _field(
            "text_raw", _TEXT, "body as the source has it, but for personal values: those are replaced before all else"
        ),
        _field("forwarded_from", _TEXT, "title of the channel it was forwarded from", nullable=True),
        _field("reply_to", _TEXT, "post_id that it answers", nullable=True),
        _field("permalink", _TEXT, "public address", nullable=True),
        _field("reactions", _REACTIONS, "counts by emoji, as the source shows them"),
        _field("views", pa.int64(), "views; rounded where the source rounds", nullable=True),
        _field("urls", _TEXTS, "links in the body, in order, and then those of buttons"),
        _field("hashtags", _TEXTS, "hashtags in the body, with #, in order"),
        _field("media", _TEXTS, "kinds of media: photo, video, document name, ..."),
        _field("flags", _TEXTS, "what a reader should know, sorted: album, id_from_text, first_line_lost, ..."),
        _field(
            "personal",
            _COUNTS_BY_KIND,
            "personal values found in the text, kept or replaced: phone, email, card, handle; null if not looked for",
            nullable=True,
        ),
        _field(
            "source_format",
            _TEXT,
            "tme_html | desktop_html | desktop_json | api_json | table | extracted_text, or another reader",
        ),
        _field("source_file", _TEXT, "name of the file; the path inside the folder or archive that was read"),
        _field("source_span", _TEXT, "where in the file: lines 12-40, message 7, row 3"),
    ]
)

CLEAN_POSTS = pa.schema(
    [
        *POSTS,
        _field("text_ru", _TEXT, "Russian text for alignment, a paragraph a line; null if it has none", nullable=True),
        _field("text_en", _TEXT, "English text for alignment, a paragraph a line; null if it has none", nullable=True),
        _field(
            "footer",
            _TEXT,
            "last lines that many posts of the channel end with, taken out of the text; null if none",
            nullable=True,
        ),
        _field(
            "calls_to_action",
            _TEXTS,
            "what lines of text and footer ask readers to do, in order: read, watch, listen, subscribe, join, share, "
            "comment, contact, donate; null if nothing",
            nullable=True,
        ),
    ]
)

DUPLICATES = pa.schema(
    [
        _field("post_id", _TEXT, "the post that repeats"),
        _field("kept_id", _TEXT, "the post that stays: whose text it repeats; repeat, edit: itself, if it stays"),
        _field(
            "kind",
            _TEXT,
            "exact | near | copy (edited): the post was removed; repeat: its body stood in it twice, the copy was cut; "
            "edit: an earlier version of it; contained (it stands in a longer post) | paragraph | media: no reason to "
            "leave",
        ),
        _field("removed", pa.bool_(), "whether the post left for this reason"),
        _field("kept_in", _TEXT, "the older release that has the kept post; null: this one", nullable=True),
        _field(
            "similarity",
            _REAL,
            "exact Jaccard of word shingles; copy: of letter shingles; contained: the share of the post's shingles "
            "that the kept one has; "
            "paragraph: the share of the post's words in shared paragraphs; 0..1",
        ),
        _field("rule", _TEXT, "what decided, with its parameters"),
        _field("rule_version", _TEXT, "changes when the rule's outcome may"),
        _field("differs", _TEXT, "words that one of both has alone; null: none, or not told", nullable=True),
        _field("channel", _TEXT, "channel of post_id"),
        _field("date", _TIME, "date of post_id; edit: when that version was written", nullable=True),
        _field("hours_later", _REAL, "hours from the kept text to this one; negative if earlier", nullable=True),
        _field("text", _TEXT, "the text that repeats: of the post, of the copy, of the version, of the paragraphs"),
    ]
)

NEAR_PAIRS = pa.schema(
    [
        _field("id_a", _TEXT, "a post"),
        _field("id_b", _TEXT, "another one, id_a < id_b"),
        _field("similarity", _REAL, "exact Jaccard of word shingles, 0..1"),
    ]
)


POST_PAIRS = pa.schema(
    [
        _field("pair_id", _TEXT, "ru_post_id ~ en_post_id"),
        _field("ru_post_id", _TEXT, "post with the Russian text"),
        _field("en_post_id", _TEXT, "post with the English text; the same post if it is bilingual"),
        _field(
            "similarity",
            _REAL,
            "cosine of the two texts; in the second pair of a post that merges two, this and all evidence up to "
            "length_ratio is of what the first pair left of that post",
            nullable=True,
        ),
        _field("margin", _REAL, "ratio of the cosine to that of the neighbourhoods", nullable=True),
        _field("probability", _REAL, "that the two are variants of one post, 0..1"),
        _field(
            "hours_apart",
            _REAL,
            "English minus Russian time; null if a date is missing or has no time of day",
            nullable=True,
        ),
        _field("number_overlap", _REAL, "shared numbers / all numbers, 0..1; null if no numbers", nullable=True),
        _field("link_overlap", _REAL, "shared links / all links, 0..1; null if no links", nullable=True),
        _field("name_overlap", _REAL, "names of one side found in the other, 0..1; null if none", nullable=True),
        _field("length_ratio", _REAL, "shorter / longer in letters, 0..1"),
        _field(
            "coverage_ru",
            _REAL,
            "expected share of Russian letters in beads: each counts with its score, 0..1",
            nullable=True,
        ),
        _field(
            "coverage_en",
            _REAL,
            "expected share of English letters in beads: each counts with its score, 0..1",
            nullable=True,
        ),
        _field("relation", _TEXT, "parallel | partial | comparable", nullable=True),
        _field(
            "variant",
            _TEXT,
            "full | shortened_ru, shortened_en: that side says less | merged_ru, merged_en: that post is in several "
            "pairs, and the evidence of the second is of what the first left; null if comparable",
            nullable=True,
        ),
    ]
)

BEADS = pa.schema(
    [
        _field("bead_id", _TEXT, "pair_id#n, n counts from 0 in reading order"),
        _field("pair_id", _TEXT, "post pair"),
        _field("ru_ids", _INDEXES, "indexes of Russian sentences in the post, from 0"),
        _field("en_ids", _INDEXES, "indexes of English sentences in the post, from 0"),
        _field("ru_text", _TEXT, "Russian sentences joined by a space; null in a 0:n bead", nullable=True),
        _field("en_text", _TEXT, "English sentences joined by a space; null in an n:0 bead", nullable=True),
        _field("bead_type", _TEXT, "m:n, counts of Russian and English sentences"),
        _field("similarity", _REAL, "cosine of the two sides; null in null beads", nullable=True),
        _field("score", _REAL, "probability that this bead is right, 0..1; null in null beads", nullable=True),
    ]
)

SCORED_BEADS = pa.schema(
    [
        *BEADS,
        _field("length_ratio", _REAL, "shorter / longer in letters, 0..1", nullable=True),
        _field("number_match", _REAL, "shared numbers / all numbers, 0..1; null if no numbers", nullable=True),
        _field("ru_lang", _TEXT, "language of ru_text as detected; null if too short to tell", nullable=True),
        _field("ru_lang_confidence", _REAL, "how sure ru_lang is, 0..1", nullable=True),
        _field("en_lang", _TEXT, "language of en_text as detected; null if too short to tell", nullable=True),
        _field("en_lang_confidence", _REAL, "how sure en_lang is, 0..1", nullable=True),
        _field("relation", _TEXT, "of the post pair: parallel | partial | comparable"),
    ]
)

BITEXT = SCORED_BEADS

SPLIT_BITEXT = pa.schema(
    [
        *BITEXT,
        _field("component_id", _TEXT, "smallest post_id among all posts tied to it by duplicates and pairs"),
        _field("split", _TEXT, "train | validation | test"),
    ]
)

COMPONENTS = pa.schema(
    [
        _field("post_id", _TEXT, "post, kept or removed"),
        _field("component_id", _TEXT, "smallest post_id among all posts tied to it by duplicates and pairs"),
        _field("split", _TEXT, "train | validation | test"),
    ]
)

DROPPED = pa.schema(
    [
        _field("row_id", _TEXT, "key of the row that left"),
        _field("stage", _TEXT, "stage that dropped it"),
        _field("reason", _TEXT, "one of results.REASONS"),
        _field("value", _TEXT, "the number or word that decided", nullable=True),
    ]
)

CONTAMINATED = pa.schema(
    [
        _field("id", _TEXT, "key of a pair that left: bead_id or pair_id"),
        _field("config", _TEXT, "where it would have been published: sentence_pairs | post_pairs | comparable_pairs"),
        _field("test_set", _TEXT, "name of the test set that has a text of it"),
        _field("line", _COUNT, "line, or row, of that text in the test set, from 1"),
        _field("side", _TEXT, "ru | en: the side that has it"),
        _field("overlap", _REAL, "share of the n-grams of one of the texts that the other has; 1: or the same words"),
    ]
)


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the table with the schema's columns, order, types and metadata, in one chunk.

    Args:
        table: has every column of the schema; columns that it does not name are left out.
        schema: one of this module's.

    Raises:
        SchemaError: if a column is missing, has nulls that it may not have, or cannot be cast.
    """
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            raise SchemaError(f"column {field.name!r} is missing; the table has {', '.join(table.column_names)}")
        column = table[field.name]
        if column.null_count and not field.nullable:
            row = column.is_null().to_pylist().index(True)
            raise SchemaError(f"column {field.name!r} has a null in row {row} and may not have one")
        try:
            columns.append(column.cast(field.type).combine_chunks())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SchemaError(f"column {field.name!r} is {column.type}, wanted {field.type}: {error}") from error
    return pa.table(columns, schema=schema)


def from_rows(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    """Return a conforming table from dicts; a key that is left out is null.

    Raises:
        SchemaError: if a column has a value of another type, or a null that it may not have.
    """
    columns = []
    for field in schema:
        try:
            columns.append(pa.array([row.get(field.name) for row in rows], field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
            raise SchemaError(f"column {field.name!r} has a value that is no {field.type}: {error}") from error
    return conform(pa.table(columns, names=schema.names), schema)


def look_up(keys: pa.ChunkedArray, table: pa.Table, key: str, column: str) -> pa.ChunkedArray:
    """Return, for each key, the value of `column` in the row of the table that has it.

    Args:
        keys: no nulls, any order, any number of times.
        table: has every key once.
        key: the table's column of keys.
        column: the column wanted.

    Raises:
        SchemaError: if a key is not in the table; names it.
    """
    return table[column].take(find_rows(keys, table[key], key))


def find_rows(keys: pa.ChunkedArray, known: pa.ChunkedArray, key: str) -> pa.ChunkedArray:
    """Return the number of the row that has each key.

    Args:
        keys: no nulls, any order, any number of times.
        known: the keys of the table, every one once.
        key: what they are called.

    Raises:
        SchemaError: if a key is not there; names it.
    """
    places = pc.index_in(keys, value_set=known.combine_chunks())
    if places.null_count:
        missing = keys.filter(places.is_null())[0].as_py()
        raise SchemaError(f"a row names {key} {missing!r}, which is not in its table")
    return places
