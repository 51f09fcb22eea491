"""Tables that people write by hand and tables that programs write: TSV, JSON lines and Parquet, gzipped or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.errors import SourceError
from toolkit.sources.files import read_text_lines

Names = tuple[str, ...]
EN_RU: Final[tuple[Names, ...]] = (("en", "en_text"), ("ru", "ru_text"))  # columns of sentence pairs
_NAMES: Final = {  # in the first line of a TSV they are a header, whatever was looked for
    "ru_id", "en_id", "ru_ids", "en_ids", "ru_post_id", "en_post_id", "id_a", "id_b", "post_id", "kept_id", "item_id",
    "pair_id", "bead_id",
}  # fmt: skip
_CYRILLIC: Final = re.compile("[А-Яа-яЁё]")


class Row(NamedTuple):
    """A row's number in its file, from 1, and the values of the columns that were asked for."""

    number: int
    values: tuple[object, ...]


def read_rows(path: Path, columns: Sequence[Names], optional: Sequence[Names] = ()) -> list[Row]:
    """Read columns of a table.

    The first line of a TSV is its header if it names all columns; a TSV without header has the columns in the order
    of `columns` and `optional`. A file whose name ends in .parquet is Parquet, one whose first line is a JSON object is
    JSON lines, and all else is TSV, where quotes are text. Empty lines are skipped.

    Args:
        path: the file; its name may end in .gz.
        columns: for each wanted column the names that it may have.
        optional: columns that may be missing; their values are None then.

    Raises:
        SourceError: if the file cannot be read, or a column is missing; names file and line.
    """
    if not path.is_file():
        raise SourceError("is a folder, wanted a file" if path.is_dir() else "there is no such file", where=path)
    if path.suffix == ".parquet":
        from toolkit.storage import read_table

        table = read_table(path)
        places = _places(path, table.column_names, columns, optional)
        picked = [[None] * table.num_rows if p is None else table[p].to_pylist() for p in places]
        return [Row(number, values) for number, values in enumerate(zip(*picked, strict=True), 1)]
    lines = [(number, line) for number, line in enumerate(read_text_lines(path), 1) if line.strip()]
    if lines and lines[0][1].lstrip().startswith("{"):
        return list(_json_rows(path, lines, columns, optional))
    return list(_tsv_rows(path, lines, columns, optional))


def id_of(value: object, path: Path, number: int) -> str | None:
    """Return a cell as an id; None if it is empty.

    Raises:
        SourceError: if it is neither text nor a whole number.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise SourceError(f"has id {value!r}, wanted text or a whole number", where=path, line=number)
    return str(value).strip()


def read_text_pairs(path: Path) -> list[tuple[str, str]]:
    """Read (English, Russian) texts: TSV `en<TAB>ru`, or a table with columns en and ru, or en_text and ru_text.

    Raises:
        SourceError: if the file cannot be read, has no rows, a row lacks a text, or no Russian text has a letter of its
            alphabet: then the file is another one, or its columns are swapped.
    """
    pairs = []
    for number, (en, ru) in read_rows(path, EN_RU):
        if not isinstance(en, str) or not isinstance(ru, str) or not en.strip() or not ru.strip():
            raise SourceError(
                "lacks the English or the Russian text", where=path, line=number, fix="Complete or remove the row"
            )
        pairs.append((en, ru))
    if not pairs:
        raise SourceError("has no pairs, wanted en<TAB>ru lines", where=path)
    if not any(_CYRILLIC.search(ru) for _, ru in pairs):
        shown = pairs[0][1] if len(pairs[0][1]) <= 60 else f"{pairs[0][1][:60]}..."
        raise SourceError(f"has no Russian text in its second column, as {shown!r}, wanted en<TAB>ru", where=path)
    return pairs


def _places(path: Path, names: Sequence[str], columns: Sequence[Names], optional: Sequence[Names]) -> list[str | None]:
    """Return the table's name of each column."""
    found = [next((name for name in names if name in known), None) for known in (*columns, *optional)]
    for known, place in zip(columns, found[: len(columns)], strict=True):
        if place is None:
            raise SourceError(f"has no column {' or '.join(known)}; it has {', '.join(names)}", where=path)
    return found


def _json_rows(
    path: Path, lines: list[tuple[int, str]], columns: Sequence[Names], optional: Sequence[Names]
) -> Iterator[Row]:
    for number, line in lines:
        try:
            given = json.loads(line)
        except (ValueError, RecursionError) as error:  # a number of 5,000 digits, a list in 1,000 lists
            what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep or too long a number"
            raise SourceError(f"is no valid JSON: {what}", where=path, line=number) from error
        if not isinstance(given, dict):
            raise SourceError(f"is {type(given).__name__}, wanted a JSON object", where=path, line=number)
        yield Row(number, _json_values(path, number, given, columns, optional))


def _json_values(
    path: Path, number: int, given: Mapping[str, object], columns: Sequence[Names], optional: Sequence[Names]
) -> tuple[object, ...]:
    values = []
    for place, known in enumerate((*columns, *optional)):
        name = next((name for name in known if name in given), None)
        if name is None and place < len(columns):
            raise SourceError(f"has no {' or '.join(known)}; it has {', '.join(given)}", where=path, line=number)
        values.append(None if name is None else given[name])
    return tuple(values)


def _tsv_rows(
    path: Path, lines: list[tuple[int, str]], columns: Sequence[Names], optional: Sequence[Names]
) -> Iterator[Row]:
    cells = [(number, line.split("\t")) for number, line in lines]
    places: list[int | None] = list(range(len(columns) + len(optional)))
    names = [name.strip() for name in cells[0][1]] if cells else []
    if cells and all(set(known) & set(names) for known in columns):
        found = _places(path, names, columns, optional)
        places = [None if place is None else names.index(place) for place in found]
        cells = cells[1:]
    elif _NAMES & set(names):
        _places(path, names, columns, optional)  # says which one is missing
    needed = 1 + max(place for place in places[: len(columns)] if place is not None)
    for number, row in cells:
        if len(row) < needed:
            wanted = "<TAB>".join(known[0] for known in columns)
            raise SourceError(f"the row has {len(row)} columns, wanted {wanted}", where=path, line=number)
        yield Row(number, tuple(row[place] if place is not None and place < len(row) else None for place in places))
