"""Test sets as lists of texts, whatever their shape: what a corpus is decontaminated against."""

from __future__ import annotations

from pathlib import Path

from toolkit.duplicates.references import ReferenceSet
from toolkit.errors import SourceError
from toolkit.evaluation.tables import EN_RU, Names, read_rows

_TEXT: Names = ("text",)
_ANY: Names = (*(name for names in EN_RU for name in names), *_TEXT)


def read_reference_set(path: Path, name: str) -> ReferenceSet:
    """Read all texts of a test set, of both languages.

    Plain text with a sentence a line; TSV without header, of which every cell is a text (four columns at most); or a
    table (TSV with header, JSON lines, Parquet) with one or more of the columns en or en_text, ru or ru_text, text. All
    but Parquet may be gzipped. Quotes are text, empty lines and cells are skipped.

    Args:
        path: the file.
        name: what it is called in the list of removals.

    Raises:
        SourceError: if the file cannot be read, or has no text; names file and line.
    """
    texts, lines = [], []
    for number, cells in read_rows(path, (_ANY,), (*EN_RU, _TEXT)):
        for cell in dict.fromkeys(cells):
            if cell is not None and not isinstance(cell, str):
                raise SourceError(f"has {cell!r}, wanted a text", where=path, line=number)
            if cell and cell.strip():
                texts.append(cell)
                lines.append(number)
    if not texts:
        raise SourceError("has no texts, wanted a test set: a sentence a line, en<TAB>ru, or a table", where=path)
    return ReferenceSet(name, texts, lines)
