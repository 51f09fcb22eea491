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

from pathlib import Path


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
        super().__init__(" ".join(f"{place}{what}{'. ' + fix if fix else ''}".split()))

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
