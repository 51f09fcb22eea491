"""Read a YAML file of a few values that anybody may have written: safely, in bounded time and memory, in one line.

Keys are unique, merge keys (`<<: *name`) work, dates stay text: so a day that is none is refused under the name of its
option, as every other wrong value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from toolkit.errors import OptionError, shown

_MOST_BYTES: Final = 1 << 20  # some ten thousand sources; PyYAML reads a megabyte in seconds
_MOST_VALUES: Final = 1_000_000  # with what aliases repeat
_LONGEST: Final = 4000  # characters of a number; Python refuses longer ones or takes minutes
_MERGE: Final = "tag:yaml.org,2002:merge"
_TEXT: Final = "tag:yaml.org,2002:str"


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, which YAML would let win in silence."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put the pairs that `<<` names before the mapping's own, each key once, so that merges cannot multiply.

        Own values win, then those of what is named first: releases of PyYAML differ in the latter.
        """
        own = [(key, value) for key, value in node.value if key.tag != _MERGE]
        named = [value for key, value in node.value if key.tag == _MERGE]
        node.value = own  # also for a mapping that names itself
        super().flatten_mapping(node)
        if named:
            self._refuse_twins([key for key, _ in own])
            pairs: dict[object, tuple[yaml.Node, yaml.Node]] = {}
            for source in named:
                for one in source.value if isinstance(source, yaml.SequenceNode) else [source]:
                    if not isinstance(one, yaml.MappingNode):
                        raise _problem("'<<' is followed by what is no mapping", one)
                    self.flatten_mapping(one)
                    for key, value in one.value:
                        pairs.setdefault(_identity(key), (key, value))
            node.value = list((pairs | {_identity(key): (key, value) for key, value in own}).values())

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; refuse keys that are lists or mappings, or are there twice."""
        self.flatten_mapping(node)
        self._refuse_twins([key for key, _ in node.value])
        return super().construct_mapping(node, deep)

    def _refuse_twins(self, nodes: list[yaml.Node]) -> None:
        seen = set()
        for node in nodes:
            if not isinstance(node, yaml.ScalarNode):
                raise _problem("a key is a list or a mapping, wanted text", node)
            key = self.construct_object(node)
            if key in seen:
                raise _problem(f"key {shown(key)} is given twice", node)
            seen.add(key)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        """Return the value of a scalar; a number without end is none."""
        if isinstance(node, yaml.ScalarNode) and node.tag != _TEXT and len(node.value) > _LONGEST:
            raise _problem(f"{shown(node.value)} is too long for a value that is no text", node)
        return super().construct_scalar(node)


_Loader.yaml_implicit_resolvers = {
    letter: [resolver for resolver in resolvers if resolver[0] != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> Any:
    """Read the one document of a YAML file.

    Raises:
        OptionError: if it cannot be read, is too big or nested too deeply, or is no YAML; names file and line.
    """
    loader = None
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise OptionError(f"the run config has over {_MOST_BYTES:,} bytes", where=path, fix="See configs/demo.yaml")
        loader = _Loader(data.decode("utf-8-sig"))
        value = loader.get_single_data()
        _refuse_bombs(value)
    except OSError as error:
        raise OptionError(f"cannot read the run config: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise OptionError("the run config is not UTF-8 text", where=path) from error
    except RecursionError as error:
        raise OptionError("no valid YAML: it is nested too deeply", where=path, line=_line(loader)) from error
    except (LookupError, AttributeError) as error:  # of what PyYAML makes of tags such as !!bool
        raise OptionError("no valid YAML: a value is not what its tag says", where=path, line=_line(loader)) from error
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else _line(loader)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        if isinstance(error, yaml.reader.ReaderError):
            what = f"the character U+{error.character:04X} at {error.position} is not allowed"
        raise OptionError(f"no valid YAML: {shown(str(what), quotes=False)}", where=path, line=line) from error
    return value


def _problem(what: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, what, node.start_mark)


def _identity(key: yaml.Node) -> object:
    return (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key)


def _line(loader: _Loader | None) -> int | None:
    """Return how far a loader has come."""
    return None if loader is None else int(loader.line) + 1


def _refuse_bombs(value: Any) -> None:
    """Refuse aliases that stand for more values than a file could have: whatever walks those has no end.

    Raises:
        ValueError: if there are too many.
    """
    sizes: dict[int, int] = {}

    def count(part: Any) -> int:
        if not isinstance(part, dict | list | tuple | set):
            return 1
        if id(part) not in sizes:
            sizes[id(part)] = _MOST_VALUES  # a list that holds itself has no end either
            parts = [*part, *part.values()] if isinstance(part, dict) else part
            sizes[id(part)] = 1 + sum(map(count, parts))
        return sizes[id(part)]

    if count(value) > _MOST_VALUES:
        raise ValueError("its aliases stand for too many values")
