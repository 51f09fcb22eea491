"""`bitext train-encoder`: a static encoder from pairs of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from toolkit.cli.options import FILE, F, OptionOf, json_option, quiet_option

Progress = Callable[[int, int, float], None]
_TELLING: Final = 200  # held-back pairs; with fewer the accuracy is a matter of chance


def _number(field: str, about: str) -> Callable[[F], F]:
    """Return an option for a number of `TrainOptions`."""
    return click.option(f"--{field.replace('_', '-')}", type=OptionOf("TrainOptions", field), metavar="N", help=about)


@click.command("train-encoder")
@click.argument("pairs", type=FILE, nargs=-1, required=True)
@click.option("-o", "--output", type=FILE, required=True, help="Folder of the new model.")
@click.option("--base", type=FILE, help="Static model to go on from; its vocabulary and dimension stay.")
@_number("epochs", "Passes.  [default: 8]")
@_number("dim", "Length of a vector.  [default: 256]")
@_number("vocab", "Tokens.  [default: 64000]")
@_number("batch", "Pairs a step; each has the others as negatives.  [default: 2048]")
@_number("per_source", "Pairs of one source in an epoch, where there are several.  [default: 40000]")
@_number("learning_rate", "Of Adam.  [default: 0.01]")
@_number("scale", "Of cosines in the softmax.  [default: 16]")
@_number("dropout", "Share of tokens.  [default: 0.1]")
@_number("joined", "Share of steps on several sentences in a row.  [default: 0.3]")
@_number("held_back", "Pairs to evaluate on, at most.  [default: 2000]")
@click.option("--skip-licence", "skip_licences", multiple=True, metavar="TEXT",
              help="Leave out rows whose licence has TEXT in it; may be repeated.")  # fmt: skip
@click.option("--storage", type=click.Choice(["int8", "float32"]), help="Of the vectors.  [default: int8]")
@click.option("--license", type=OptionOf("TrainOptions", "license"), metavar="ID",
              help="Of the model, as the Hub spells it, for its card: cc-by-sa-4.0.")  # fmt: skip
@_number("seed", "Of all randomness.  [default: 1]")
@json_option
@quiet_option
def command(pairs: tuple[Path, ...], output: Path, base: Path | None, as_json: bool, quiet: bool, **given: Any) -> None:
    """Train a static encoder on PAIRS: Parquet with columns en and ru, or en_text and ru_text as in a release.

    PAIRS are files, folders of them, or the folder NAME/VERSION of a release, whose train split is taken.

    Writes a sentence-transformers folder that --encoder takes and SentenceTransformer(...) loads. A killed training
    goes on where it stopped when the same command is given again.

    \b
    Examples:
      bitext train-encoder pairs.parquet -o my-encoder
      bitext train-encoder dist/news/1.0.0 -o news --base my-encoder --epochs 3
    """
    import json

    from toolkit.encoders.static import find_static_model
    from toolkit.encoders.train import train_encoder
    from toolkit.options import TrainOptions
    from toolkit.release.read import open_release
    from toolkit.validation import read_options

    options = read_options(TrainOptions, given)
    for place in pairs:
        if (place / "manifest.json").exists():
            open_release(place)
    start = None if base is None else find_static_model(str(base)) or base
    with _progress(show=not quiet) as progress:
        report = train_encoder(pairs, output, options, base=start, progress=progress)
    if as_json:
        facts = {**vars(report), "folder": str(report.folder)}
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    before = "" if report.before is None else f"{report.before:.1%} before, "
    click.echo(f"{report.pairs:,} pairs, {report.steps:,} steps: {output}", err=True)
    click.echo(f"retrieval on {report.held_back:,} held-back pairs: {before}{report.after:.1%} now", err=True)
    if report.held_back < _TELLING:
        click.echo("so few tell little: try `bitext evaluate retrieval` on pairs that were not trained on", err=True)


@contextmanager
def _progress(*, show: bool) -> Iterator[Progress | None]:
    """Give a function that moves a bar on stderr; None if nothing is to be shown."""
    if not show:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("training"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
               TextColumn("loss {task.fields[loss]}"), TimeRemainingColumn())  # fmt: skip
    bar = Progress(*columns, console=Console(stderr=True))

    with ExitStack() as stack:

        def move(done: int, steps: int, loss: float) -> None:
            if not bar.tasks:  # only now: what is wrong with the input has been said by itself
                stack.enter_context(bar)
                bar.add_task("training", total=steps, loss="")
            bar.update(bar.tasks[0].id, completed=done, loss=f"{loss:.3f}")

        yield move
