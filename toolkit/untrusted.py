"""Files and texts of strangers: read within bounds, or refused in one line.

Whatever comes from outside and is parsed as a whole goes through here: manifests, the YAML of cards, configs of models.
A parser's own limits are not enough: Python's refuse with errors of any kind (recursion, too many digits, days that are
none), or accept what later code cannot show (lone surrogates, numbers without end, infinity).
"""

from __future__ import annotations

import json
import math
import os
import stat
from functools import cache
from pathlib import Path
from typing import Any, Final

MAX_TEXT: Final = 64 << 20  # bytes of a text that is read as a whole, such as a manifest
MAX_YAML: Final = 256 << 10  # its parser is slow, and no card has a tenth of this
_MAX_DEPTH: Final = 64
_MAX_INT: Final = 1 << 64


class Unreadable(ValueError):
    """Says in one line why something of a stranger is not read."""


class NoFile(Unreadable):
    """Says that something is there and no regular file."""

    def __init__(self) -> None:
        """Say it."""
        super().__init__("is a link or device, wanted a file")


def read_file(path: Path, max_bytes: int = MAX_TEXT, *, follow: bool = False) -> bytes:
    """Return what a regular file has; never waits for a pipe, never reads a device.

    Args:
        path: of the file.
        max_bytes: that it may have.
        follow: whether the path may be a link.

    Raises:
        Unreadable: if it is missing, a link or device, or larger.
    """
    descriptor = open_regular(path, follow=follow)
    with open(descriptor, "rb") as file:
        if os.fstat(descriptor).st_size > max_bytes or len(data := file.read(max_bytes + 1)) > max_bytes:
            raise Unreadable(f"has more than {max_bytes:,} bytes")
    return data


def open_regular(path: Path, *, follow: bool = False) -> int:
    """Return the descriptor of a regular file, open for reading.

    Raises:
        Unreadable: if it is missing, or a link or device.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        if path.is_symlink() and not follow:
            raise NoFile
        descriptor = os.open(path, flags)
    except Unreadable:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        raise Unreadable(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NoFile
    return descriptor


def load_json(text: str | bytes) -> Any:
    """Return what JSON says.

    Raises:
        Unreadable: if it is none, names a key twice, is nested deeper or has longer numbers than any honest file.
    """
    try:
        value = json.loads(
            text.decode("utf-8") if isinstance(text, bytes) else text,
            object_pairs_hook=_unique,
            parse_int=_whole,
            parse_constant=_no_number,
        )
    except Unreadable:
        raise
    except UnicodeDecodeError as error:
        raise Unreadable("is no UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"Invalid JSON: {error.msg}, line {error.lineno}") from error
    except (RecursionError, ValueError) as error:
        raise Unreadable("is nested too deep or has too long a number") from error
    _check(value)
    return value


def load_yaml(text: str) -> Any:
    """Return what YAML says, safely: dates stay text, and no alias makes much of little.

    Raises:
        Unreadable: as of `load_json`, and if it has anchors or tags.
    """
    import yaml

    if len(text) > MAX_YAML:
        raise Unreadable(f"has more than {MAX_YAML:,} letters of YAML")
    try:
        value = yaml.load(text, _yaml_loader())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise Unreadable(f"no valid YAML: {problem[:200]}{place}") from error
    except RecursionError as error:
        raise Unreadable("is nested too deep") from error
    except Unreadable:
        raise
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
    ) as error:  # a value that is not what its form says
        raise Unreadable(f"no valid YAML: {type(error).__name__}") from error
    _check(value)
    return value


@cache
def _yaml_loader() -> Any:
    """Return the loader; made late, so that `bitext --help` does not wait for PyYAML."""
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                raise Unreadable("has an alias, which is not read")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(names)) < len(names):
                raise Unreadable("names a key twice")
            return super().construct_mapping(node, deep)

    Loader.yaml_implicit_resolvers = {
        letter: [resolver for resolver in resolvers if resolver[0] != "tag:yaml.org,2002:timestamp"]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("names a key twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise Unreadable("has too long a number")
    return int(digits)


def _no_number(name: str) -> float:
    raise Unreadable(f"has {name}, which is no number of JSON")


def _check(value: Any) -> None:
    """Refuse what parsers let pass and what later code cannot show, compare or send."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += [*one.keys(), *one.values()]
            elif isinstance(one, list | tuple | set):
                below += one
            else:
                _check_value(one)
        if not below:
            return
        level = below
    raise Unreadable("is nested too deep")


def _check_value(value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Unreadable("has half of a letter, a lone surrogate") from error
    elif isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("has a number that is none")
    elif isinstance(value, int) and abs(value) > _MAX_INT:
        raise Unreadable("has too long a number")
