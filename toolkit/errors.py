"""Every error that a user can cause, in one tree.

    ToolkitError
    ├── OptionError      an option or a run config is wrong
    ├── SourceError      an input cannot be read
    ├── SchemaError      a table does not have the declared columns
    ├── EncoderError     an encoder cannot be loaded or used
    ├── EngineError      the execution engine cannot be started or lost its work
    └── ReleaseError     a release is broken, or cannot be written

A message is one line: what happened, where, what was found, what was wanted, what to do next.
The command line prints it and exits with 2; anything else keeps its traceback.
"""

from __future__ import annotations

import reprlib
from pathlib import Path
from typing import Final

_LONGEST: Final = 2000  # characters of a message; nobody reads more in a line
_SHORT: Final = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 80, 80
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = 3


def shown(value: object, *, quotes: bool = True) -> str:
    """Return a value as a message shows it: in quotes, if it is text, and never long, however much it holds.

    >>> shown("Port"), shown([[1, 2, 3, 4], 5]), len(shown("x" * 100_000))
    ("'Port'", '[[1, 2, 3, ...], 5]', 80)
    """
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1000:
        return f"a number of {value.bit_length():,} bits"  # Python writes no number with over 4,300 digits
    if isinstance(value, str) and not quotes:
        return value if len(value) <= 300 else f"{value[:200]}…{value[-50:]}"
    return _SHORT.repr(value)


class ToolkitError(Exception):
    """A problem that the user can understand and mend."""

    def __init__(self, what: str, *, where: str | Path | None = None, line: int | None = None, fix: str | None = None):
        """Compose the one-line message.

        Args:
            what: what is wrong: what was found and what was wanted.
            where: the file, option or row it is about.
            line: the line in that file, counted from 1.
            fix: the next step, as an imperative.
        """
        self.what, self.where, self.line, self.fix = what, where, line, fix
        place = "" if where is None else f"{where}:{line}: " if line is not None else f"{where}: "
        line_of_text = " ".join(f"{place}{what}{'. ' + fix if fix else ''}".split())
        if len(line_of_text) > _LONGEST:
            line_of_text = f"{line_of_text[: _LONGEST * 3 // 4]} … {line_of_text[-_LONGEST // 4 :]}"
        super().__init__("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line_of_text))

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling, so that an error crosses process borders whole."""
        return _rebuild, (type(self), self.what, self.where, self.line, self.fix)


def _rebuild(
    kind: type[ToolkitError], what: str, where: str | Path | None, line: int | None, fix: str | None
) -> ToolkitError:
    return kind(what, where=where, line=line, fix=fix)


class OptionError(ToolkitError):
    """An option or a run config is wrong."""


class SourceError(ToolkitError):
    """An input cannot be read."""


class SchemaError(ToolkitError):
    """A table does not have the declared columns."""


class EncoderError(ToolkitError):
    """An encoder cannot be loaded or used."""


class EngineError(ToolkitError):
    """The execution engine cannot be started or lost its work."""


class ReleaseError(ToolkitError):
    """A release is broken, or cannot be written."""
