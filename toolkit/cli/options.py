"""Click options that several commands share, so that a name means the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

import click

if TYPE_CHECKING:
    from toolkit.encoders import Encoder
    from toolkit.engine import Engine

F = TypeVar("F", bound=Callable[..., Any])
GivenEncoder = Mapping[str, str]  # fields of EncoderOptions
_ENCODER_FIELDS: Final = ("revision", "prompt", "device", "dtype")

# Existence is checked where the file is read, so that every command words it alike.
FILE = click.Path(path_type=Path)


class OptionOf(click.ParamType):  # type: ignore[type-arg]  # before click 8.5 it has none
    """A value that a model of `toolkit.options` checks, so that YAML and the command line refuse the same."""

    def __init__(self, model: str, field: str):
        """Name the model and its field; they are looked up when a value is given, because that takes time."""
        self.name, self._model, self._field = field, model, field

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value as the model has it."""
        from toolkit import options
        from toolkit.errors import OptionError
        from toolkit.validation import read_value

        try:
            return read_value(getattr(options, self._model), self._field, value)
        except ValueError as error:
            raise OptionError(str(error), where=param.opts[-1] if param else self._field) from error


def encoder_options(command: F) -> F:
    """Add --encoder, --revision, --prompt, --device and --dtype; the command gets what was given as `encoder`."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        named = {option: kwargs.pop(option) for option in ("encoder", *_ENCODER_FIELDS)}
        given = {"name" if option == "encoder" else option: value for option, value in named.items()}
        return command(*args, encoder={field: value for field, value in given.items() if value is not None}, **kwargs)

    for option in (
        click.option("--dtype", type=click.Choice(["auto", "float32", "float16", "bfloat16"]),
                     help="What it computes in; auto is half precision on a CUDA GPU.  [default: auto]"),
        click.option("--device", metavar="NAME", help="Where it runs: cpu, cuda, ...  [default: a GPU if any]"),
        click.option("--prompt", metavar="TEXT",
                     help='Text it wants before every text, as "query: " for E5; its card tells.  [default: none]'),
        click.option("--revision", metavar="REV", help="Tag or commit of a hub encoder; required for one."),
        click.option("--encoder", metavar="NAME_OR_PATH",
                     help="Encoder: a hub name or a folder; what follows is for these.  [default: built in]"),
    ):  # fmt: skip
        run = option(run)
    return cast(F, run)


def make_encoder(
    name: str | None = None, revision: str | None = None, prompt: str | None = None, device: str | None = None,
    dtype: str | None = None,
) -> Encoder:  # fmt: skip
    """Load the encoder that the options of `encoder_options` name; the built-in one if they are not given."""
    from toolkit.encoders import load_encoder
    from toolkit.options import EncoderOptions
    from toolkit.validation import read_options

    given = {"name": name, "revision": revision, "prompt": prompt, "device": device, "dtype": dtype}
    return load_encoder(read_options(EncoderOptions, given))


def engine_options(command: F) -> F:
    """Add --engine, --address and --workers; the command gets the `Engine` that they name as `engine`."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        engine = _make_engine(kwargs.pop("engine"), kwargs.pop("address"), kwargs.pop("workers"))
        return command(*args, engine=engine, **kwargs)

    for option in (
        click.option("--workers", type=OptionOf("EngineOptions", "workers"), metavar="N",
                     help="Processes of this machine that work at the same time.  [default: one a core]"),
        click.option("--address", metavar="HOST:PORT", help="Ray cluster; else one is started on this machine."),
        click.option("--engine", type=click.Choice(["native", "ray"]), default="native", show_default=True,
                     help="Where stages run: in processes of this machine, or on a Ray cluster."),
    ):  # fmt: skip
        run = option(run)
    return cast(F, run)


def _make_engine(runner: Literal["native", "ray"], address: str | None, workers: int | None) -> Engine:
    from toolkit.engine import Engine
    from toolkit.errors import OptionError

    if address is not None and runner != "ray":
        raise OptionError("--address is of a Ray cluster", fix="Add --engine ray")
    if workers is not None and runner == "ray":
        raise OptionError("--workers is of this machine; a cluster has workers of its own", fix="Leave it out")
    return Engine(runner, address, workers)


def json_option(command: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")(command)


def quiet_option(command: F) -> F:
    """Add --quiet."""
    return click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")(command)


def spreadsheet_option(command: F) -> F:
    """Add --spreadsheet; `harmless` is for the cells then."""
    about = "For a spreadsheet, which computes texts that begin with = + - @: put ' before them."
    return click.option("--spreadsheet", is_flag=True, help=about)(command)


def harmless(text: str) -> str:
    """Return a text as a cell that no spreadsheet computes."""
    import pyarrow as pa

    from toolkit.exports.columns import harmless_cells

    return str(harmless_cells(pa.array([text]))[0])


def check_outputs(outputs: Sequence[Path | None], inputs: Sequence[Path] = (), *, folder: Path | None = None) -> None:
    """Refuse what cannot be written, and what would replace an input or another output, before any work is done.

    Args:
        outputs: files; None is no output.
        inputs: of the command.
        folder: an output that is a folder.
    """
    from toolkit.errors import OptionError
    from toolkit.outputs import followed, is_stream, require_writable

    taken = {os.path.realpath(file) for file in inputs}
    for output in outputs:
        if output is None or is_stream(output):
            continue
        place = os.path.realpath(followed(output))
        if place in taken:
            raise OptionError("is an input or another output too, and would be replaced", where=output,
                              fix="Give another output")  # fmt: skip
        taken.add(place)
        require_writable(output)
    if folder is not None:
        require_writable(folder, is_folder=True)


def column_mapping(columns: Sequence[str]) -> dict[str, str] | None:
    """Return what --column says, OURS=THEIRS, as `SourceOptions.columns` has it.

    Raises:
        OptionError: if one says something else.
    """
    from toolkit.errors import OptionError

    for column in columns:
        if not all(column.partition("=")):
            raise OptionError(f"--column is {column!r}, wanted OURS=THEIRS, as text=body")
    return dict(column.split("=", 1) for column in columns) or None
