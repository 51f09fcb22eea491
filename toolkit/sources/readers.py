"""Readers by name: ours, and those of other packages, which are found by entry point."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePath
from typing import Final

from toolkit.errors import OptionError, SourceError, ToolkitError
from toolkit.sources.source import Parsed, Reader, Row, Source

# In the order in which they are asked; the last one takes text with any sign of Telegram's interface.
FORMATS: Final = ("tme_html", "desktop_html", "desktop_json", "api_json", "table", "extracted_text")
ENTRY_POINTS: Final = "bitext.sources"
_READ_TABLE_FILES: Final = "table"


@cache
def _plugins() -> dict[str, EntryPoint]:
    """Return the readers of other packages by name; they are asked before ours, in the order of their names."""
    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    return {name: found[name] for name in sorted(found) if name not in FORMATS}


def known_formats() -> tuple[str, ...]:
    """Return the names of all readers, in the order in which they are asked."""
    return (*_plugins(), *FORMATS)


def check_format(name: str | None, where: object) -> None:
    """Refuse the name of a format that no reader has.

    Raises:
        OptionError: if there is no such format.
    """
    if name is not None and name not in known_formats():
        known = ", ".join(known_formats())
        raise OptionError(f"unknown format {name!r}; known: {known}", where=str(where))


def find_format(source: Source) -> str | None:
    """Return the name of the first reader that recognises the content; None if none does.

    Raises:
        SourceError: if the content is no text, or a plugin fails.
    """
    for name in _plugins():
        if _call(name, "recognises", source):
            return name
    if source.is_table_file:
        return _READ_TABLE_FILES
    return next((name for name in FORMATS if _reader(name).recognises(source)), None)


def read_format(name: str, source: Source) -> Parsed:
    """Read a source with a reader.

    Raises:
        SourceError: if the content is broken, or a plugin fails.
    """
    if name not in FORMATS:
        parsed = _call(name, "read", source)
        if not isinstance(parsed, Parsed):
            raise _failed(name, f"read() gave {type(parsed).__name__}, wanted Parsed")
        parsed.rows = _guarded(name, parsed.rows, source)
        return parsed
    if source.is_table_file and name != _READ_TABLE_FILES:
        raise source.error(f"is Parquet or Arrow, wanted {name}", fix="Leave the format out")
    return _reader(name).read(source)


@cache
def _reader(name: str) -> Reader:
    if name in FORMATS:
        return importlib.import_module(f"toolkit.sources.{name}")
    try:
        reader: Reader = _plugins()[name].load()
    except Exception as error:  # whatever a stranger's module raises when it is imported
        raise _failed(name, f"cannot be loaded: {type(error).__name__}: {error}") from error
    if not (callable(getattr(reader, "recognises", None)) and callable(getattr(reader, "read", None))):
        raise _failed(name, f"{_plugins()[name].value} lacks recognises() or read()")
    return reader


def _call(name: str, function: str, source: Source) -> object:
    reader = _reader(name)
    try:
        return getattr(reader, function)(source)
    except ToolkitError:
        raise
    except Exception as error:
        raise _failed(name, f"{function}() failed with {_place(error)}", source) from error


def _guarded(name: str, rows: Iterable[Row], source: Source) -> Iterator[Row]:
    """Yield the rows of a plugin; what it raises meanwhile becomes an error that names it."""
    try:
        yield from rows
    except ToolkitError:
        raise
    except Exception as error:
        raise _failed(name, f"read() failed with {_place(error)}", source) from error


def _place(error: Exception) -> str:
    """Return type and place of an error; not what it says, which may be the text of a post."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {PurePath(last.filename).name}:{last.lineno}"


def _failed(name: str, what: str, source: Source | None = None) -> SourceError:
    point = _plugins()[name]
    package = point.dist.name if point.dist else point.value
    return SourceError(
        f"the reader {name!r} of the package {package}: {what}",
        where=source.input.where if source else None,
        fix="Update or uninstall that package",
    )
