"""What each format makes of a batch of pairs: the lines of its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.exports.columns import (
    escape_xml,
    harmless_cells,
    join,
    json_lines,
    on_one_line,
    plain_text,
    tsv_cells,
    wrap,
)
from toolkit.release.tables import COMPARABLE_PAIRS, POST_PAIRS, SENTENCE_PAIRS, PublishedConfig

PAIRS: Final = {config.name: config for config in (SENTENCE_PAIRS, POST_PAIRS, COMPARABLE_PAIRS)}


@dataclass(frozen=True)
class Origin:
    """Where the pairs of a file come from.

    Attributes:
        release: NAME VERSION.
        license: id of the dataset's licence; "" if the release does not say.
        config: of the pairs.
        split: of the pairs.
    """

    release: str
    license: str
    config: PublishedConfig
    split: str

    @property
    def score(self) -> str:
        """The column with the probability that a pair is right."""
        return "score" if self.config is SENTENCE_PAIRS else "probability"


def _nothing(_: Origin) -> str:
    return ""


@dataclass(frozen=True)
class Format:
    """A format of text files.

    Attributes:
        lines: from the rows of a batch to the text of each row, line end included, for each file of a split.
        ending: that the name of the output must have; "" if it is the beginning of names, or a folder.
        endings: of the files of a split.
        is_folder: whether the output is a folder with a file a split.
        head: what a file begins with.
        tail: what it ends with.
    """

    lines: Callable[[pa.RecordBatch, Origin], tuple[pa.Array, ...]]
    ending: str = ""
    endings: tuple[str, ...] = ()
    is_folder: bool = False
    head: Callable[[Origin], str] = _nothing
    tail: str = ""


def _tmx_head(origin: Origin) -> str:
    """Begin a TMX document; no date, so that the same pairs give the same bytes."""
    segment = "sentence" if origin.config is SENTENCE_PAIRS else "block"  # TMX: more than a paragraph is a block
    version = metadata.version("bitext-toolkit")
    names = ("x-dataset", "x-license", "x-config", "x-split")
    facts = escape_xml(pa.array([origin.release, origin.license, origin.config.name, origin.split])).to_pylist()
    props = "".join(f'<prop type="{name}">{fact}</prop>\n' for name, fact in zip(names, facts, strict=True) if fact)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
        f'<header creationtool="bitext" creationtoolversion="{version}" segtype="{segment}" o-tmf="bitext" '
        f'adminlang="en" srclang="ru" datatype="plaintext">\n{props}</header>\n<body>\n'
    )


def _tmx_lines(batch: pa.RecordBatch, origin: Origin) -> tuple[pa.Array, ...]:
    # TMX wants no white space in a tuid; `bitext explain` takes the id of a pair in this form too.
    key = pc.replace_substring(batch[origin.config.key[0]], " ~ ", "~")
    tuid = escape_xml(pc.replace_substring_regex(key, r"[\pZ\s]+", "_"))
    line = join(
        '<tu tuid="', tuid, '">',
        wrap('<prop type="x-score">', plain_text(batch[origin.score]), "</prop>"),
        wrap('<prop type="x-relation">', escape_xml(batch["relation"]), "</prop>"),
        '<tuv xml:lang="ru"><seg>', escape_xml(batch["ru_text"]), "</seg></tuv>",
        '<tuv xml:lang="en"><seg>', escape_xml(batch["en_text"]), "</seg></tuv></tu>\n",
    )  # fmt: skip
    return (line,)


def _moses_lines(batch: pa.RecordBatch, origin: Origin) -> tuple[pa.Array, ...]:
    """Return Russian, English, ids and scores; ids as in OPUS: both documents, then the sentences in each."""
    places: list[pa.Array | str] = []
    if origin.config is SENTENCE_PAIRS:
        for side in ("ru", "en"):
            places += ["\t", pc.binary_join(batch[f"{side}_ids"].cast(pa.list_(pa.string())), " ")]
    ids = join(on_one_line(batch["ru_post_id"]), "\t", on_one_line(batch["en_post_id"]), *places, "\n")
    texts = (join(on_one_line(batch[name]), "\n") for name in ("ru_text", "en_text"))
    return (*texts, ids, join(plain_text(batch[origin.score]), "\n"))


def _tsv_head(origin: Origin) -> str:
    return "\t".join(origin.config.schema.names) + "\n"


def _tsv_lines(batch: pa.RecordBatch, _: Origin) -> tuple[pa.Array, ...]:
    cells = [part for column in batch.columns for part in ("\t", tsv_cells(column))]
    return (join(*cells[1:], "\n"),)


def _spreadsheet_lines(batch: pa.RecordBatch, origin: Origin) -> tuple[pa.Array, ...]:
    columns = [harmless_cells(column) if pa.types.is_string(column.type) else column for column in batch.columns]
    return _tsv_lines(pa.record_batch(columns, names=batch.column_names), origin)


def _jsonl_lines(batch: pa.RecordBatch, _: Origin) -> tuple[pa.Array, ...]:
    return (json_lines(list(zip(batch.column_names, batch.columns, strict=True))),)


def _anchor_lines(batch: pa.RecordBatch, _: Origin) -> tuple[pa.Array, ...]:
    return (json_lines([("anchor", batch["ru_text"]), ("positive", batch["en_text"])]),)


FORMATS: Final = {
    "tmx": Format(_tmx_lines, ending=".tmx", endings=(".tmx",), head=_tmx_head, tail="</body>\n</tmx>\n"),
    "moses": Format(_moses_lines, endings=(".ru", ".en", ".ids", ".scores")),
    "tsv": Format(_tsv_lines, ending=".tsv", endings=(".tsv",), head=_tsv_head),
    "jsonl": Format(_jsonl_lines, ending=".jsonl", endings=(".jsonl",)),
    "sentence-transformers": Format(_anchor_lines, endings=(".jsonl",), is_folder=True),
    "spreadsheet": Format(_spreadsheet_lines, ending=".tsv", endings=(".tsv",), head=_tsv_head),  # tsv, for these
}
