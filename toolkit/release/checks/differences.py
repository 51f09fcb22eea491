"""Where two trees of JSON values differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_SHOWN = 300  # letters of a value


def differences(wanted: Any, found: Any, where: str) -> Iterator[str]:
    """Name every place where two trees of JSON values differ."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted({*wanted, *found}, key=str):
            yield from differences(wanted.get(key), found.get(key), f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif wanted != found or type(wanted) is not type(found):
        yield f"{where} is {_said(found)}, the data has {_said(wanted)}"


def _said(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
