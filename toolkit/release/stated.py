"""What a run config states: checked for what a card needs, and told without the machine that it lies on."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.documents.markdown import markdown_problem

_REQUIRED = ("title", "description", "license", "license_note", "contact")
_HAND_WRITTEN = ("title", "description", "license_note", "contact", "uses", "limitations", "maintenance", "notes")
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def portable_options(config: RunConfig) -> dict[str, Any]:
    """Return all options as JSON values, without folders of the machine that built the release."""
    options = config.model_dump(mode="json")
    for source, name in zip(options["sources"], config.source_names, strict=True):
        source["path"] = name
    options["encoder"]["name"] = portable_name(config.encoder.name)
    for name in ("previous", "against"):
        folder = getattr(config, name)
        options[name] = folder and "/".join(folder.absolute().parts[-2:])  # NAME/VERSION
    options["takedowns"] = config.takedowns and config.takedowns.name
    options["decontaminate"]["against"] = config.test_set_names
    return options


def portable_name(encoder: str) -> str:
    """Return a hub name as it is, and of a path its last part.

    >>> portable_name("intfloat/multilingual-e5-small"), portable_name("/home/me/models/tiny/")
    ('intfloat/multilingual-e5-small', 'tiny')
    """
    return encoder if _HUB_NAME.fullmatch(encoder) else PurePosixPath(encoder).name


def require_release_facts(config: RunConfig) -> None:
    """Check that the run config states what the dataset card owes its readers.

    Raises:
        ReleaseError: names the first fact that is missing.
    """
    for name in _REQUIRED:
        if not getattr(config.release, name).strip():
            raise ReleaseError(f"release.{name} is empty, and the dataset card needs it", fix="Fill it in")
    for name in _HAND_WRITTEN:
        if problem := markdown_problem(getattr(config.release, name) or ""):
            raise ReleaseError(f"release.{name}: {problem}", fix="The card shows it as it is; change it")
    for number, source in enumerate(config.sources):
        for name in ("rights", "slant"):
            if not (getattr(source, name) or "").strip():
                raise ReleaseError(
                    f"sources[{number}].{name} is missing, and the dataset card owes it to its readers",
                    where=source.path.name,
                    fix="State it in the run config",
                )
