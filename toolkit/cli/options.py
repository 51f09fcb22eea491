"""Click options that several commands share, so that a name means the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from toolkit.encoders import Encoder
    from toolkit.engine import Engine

F = TypeVar("F", bound=Callable[..., Any])

# Existence is checked where the file is read, so that every command words it alike.
FILE = click.Path(path_type=Path)


def encoder_options(command: F) -> F:
    """Add --encoder and --revision; pass them to `make_encoder`."""
    name = click.option(
        "--encoder", metavar="NAME_OR_PATH", help="Encoder: a hub name or a folder.  [default: built in]"
    )
    revision = click.option("--revision", metavar="REV", help="Tag or commit of a hub encoder; required for one.")
    return name(revision(command))


def make_encoder(encoder: str | None, revision: str | None) -> Encoder:
    """Load the encoder that --encoder and --revision name; the built-in one if they are not given."""
    from toolkit.encoders import load_encoder
    from toolkit.options import EncoderOptions

    name = EncoderOptions().name if encoder is None else encoder
    return load_encoder(EncoderOptions(name=name, revision=revision))


def engine_options(command: F) -> F:
    """Add --engine and --address; pass them to `make_engine`."""
    runner = click.option("--engine", type=click.Choice(["native", "ray"]), default="native", show_default=True,
                          help="Where stages run: in this process, or on a Ray cluster.")  # fmt: skip
    address = click.option("--address", metavar="HOST:PORT", help="Ray cluster; else one is started on this machine.")
    return runner(address(command))


def make_engine(engine: str, address: str | None) -> Engine:
    """Return the engine that --engine and --address name."""
    from toolkit.engine import Engine
    from toolkit.errors import OptionError

    if address is not None and engine != "ray":
        raise OptionError("--address is of a Ray cluster", fix="Add --engine ray")
    return Engine("ray" if engine == "ray" else "native", address)


def json_option(command: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")(command)


def quiet_option(command: F) -> F:
    """Add --quiet."""
    return click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")(command)
