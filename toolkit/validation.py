"""Values of options: refused in one line, the same from the command line and from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from toolkit.errors import OptionError, shown

_QUOTES = "'\""  # the command line has none
T = TypeVar("T", bound=BaseModel)

FINITE: Final = ConfigDict(allow_inf_nan=False)  # of every model of options: no NaN passes for a number


def read_options(model: type[T], given: Mapping[str, Any]) -> T:
    """Return options of a command; those that are None or empty have their default.

    Raises:
        OptionError: if they cannot be.
    """
    try:
        return model.model_validate({name: value for name, value in given.items() if value not in (None, ())})
    except ValidationError as error:
        raise OptionError(first_problem(error, model)) from error


def read_value(model: type[BaseModel], name: str, value: Any) -> Any:
    """Return the value of one option as its model has it.

    Raises:
        ValueError: if it may not have this value; says why in a line.
    """
    try:
        return _reader(model, name).validate_python(value)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise ValueError(f"{problem['msg']}, got {shown(value).strip(_QUOTES)}") from error


@cache
def _reader(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    kind: Any = Annotated[field.annotation, field]
    return TypeAdapter(kind, config=FINITE)


def first_problem(error: ValidationError, model: type[BaseModel]) -> str:
    """Say the first problem of options in one line: key, what is wrong, what was given."""
    problem = error.errors(include_url=False)[0]
    given = problem["input"]
    key = shown(".".join(map(str, problem["loc"])))
    if problem["type"] == "value_error":
        return f"option {key}: {problem['ctx']['error']}" if problem["loc"] else str(problem["ctx"]["error"])
    if problem["type"] == "string_type":
        return f"option {key}: wanted text, got {shown(given)}; put it in quotes"
    if problem["type"] in ("tuple_type", "list_type"):
        example = f"; write [{shown(given)}]" if isinstance(given, str | int | float) else ""
        return f"option {key}: wanted a list, got {shown(given)}{example}"
    if problem["type"] == "extra_forbidden":
        known = _known_keys(problem["loc"][:-1], model)
        return f"unknown option {key}; known here: {', '.join(known)}"
    if problem["type"] == "missing":
        return f"option {key} is missing"
    return f"option {key}: {problem['msg']}, got {shown(given)}"


def _known_keys(location: tuple[int | str, ...], model: Any) -> list[str]:
    """Return the option names at a place of options."""
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        model = next((a for a in getattr(annotation, "__args__", ()) if isinstance(a, type)), annotation)
    return sorted(model.model_fields)
