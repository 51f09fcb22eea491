"""The line that reproduces an output, and its short hash (the idea is sacrebleu's)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def signature_hash(facts: Mapping[str, Any]) -> str:
    """Return 16 hex digits that change when any fact changes, and not with the order of keys.

    Args:
        facts: JSON-like values; a change in one of them must change the output.

    >>> signature_hash({"stage": "clean", "version": 1})
    '83c25f0630b6c9c0'
    """
    canonical = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]


def signature_line(parts: Mapping[str, object]) -> str:
    """Return `key:value|key:value`, in the order given; booleans as yes/no, None left out.

    >>> signature_line({"encoder": "ru-en-static", "k": 4, "mutual": True, "window": None})
    'encoder:ru-en-static|k:4|mutual:yes'
    """
    shown = {True: "yes", False: "no"}
    return "|".join(
        f"{key}:{shown[value] if isinstance(value, bool) else value}"
        for key, value in parts.items()
        if value is not None
    )
