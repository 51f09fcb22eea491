"""`bitext evaluate`: output against gold, with the field's figures and their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import FILE, GivenEncoder, OptionOf, encoder_options, json_option, make_encoder

if TYPE_CHECKING:
    from toolkit.evaluation.intervals import Evaluation, Figure

_partial = click.option(
    "--partial", is_flag=True, help="GOLD is about some posts: do not judge pairs of two others.  [default: all posts]"
)


@click.group("evaluate")
def command() -> None:
    """Measure output against gold that you made.

    Every figure is 0 to 1 and has a 95 % interval: the bootstrap over texts, items or pairs, the unit that the last
    line names. Tables are TSV, JSON lines or Parquet.

    \b
    Examples:
      bitext evaluate pairs gold_pairs.tsv pairs.tsv
      bitext evaluate beads gold/ beads/
      bitext evaluate dedup gold_duplicates.tsv deduped/pairs.tsv
      bitext evaluate retrieval tatoeba.tsv --encoder my-encoder
      bitext evaluate release dist/demo/0.1.0 --gold gold_pairs.tsv
    """


@command.command("pairs")
@click.argument("gold", type=FILE)
@click.argument("test", type=FILE)
@_partial
@json_option
def pairs(gold: Path, test: Path, partial: bool, as_json: bool) -> None:
    """Post pairs: precision, recall and F1 over items.

    GOLD has a row an item, ru_id<TAB>en_id, and a row with one empty cell for a post without counterpart. The ids of
    reposts stand in one cell, separated by spaces: an item is found if any of its Russian posts is paired with any of
    its English ones. A post that tells two items is in two rows. TEST is what `bitext match` writes, or a table of that
    kind. Where the ids of one file have no channel, those of the other are compared without theirs. A post that GOLD
    does not name has no counterpart, unless --partial.

    \b
    Examples:
      bitext evaluate pairs gold_pairs.tsv pairs.tsv
      bitext evaluate pairs gold_of_march.tsv pairs.parquet --partial --json
    """
    from toolkit.evaluation.pairs import evaluate_pairs, read_items, read_pairs

    _echo(evaluate_pairs(read_items(gold), read_pairs(test), partial=partial), as_json)


@command.command("beads")
@click.argument("gold", type=FILE)
@click.argument("test", type=FILE)
@json_option
def beads(gold: Path, test: Path, as_json: bool) -> None:
    """Sentence alignments: strict and lax precision, recall and F1, and what became of single lines.

    GOLD and TEST are two files, or two folders whose files have the same names but for .gold, .beads, .jsonl or .txt.
    Lines are [0, 1]:[0], Russian first, counted from 0; [3]:[] is a line without counterpart, and GOLD has one for
    each. TEST may have a score behind, and may be what `bitext align --json` writes. Where NAME.ru and NAME.en lie
    beside NAME.gold in a folder, numbers of lines are checked.

    Strict: the bead is in gold. Lax: it shares a sentence on both sides with one that is. Null beads are left out, but
    for the figures "with nulls", which count them in precision as vecalign's score.py does.

    \b
    Examples:
      bitext evaluate beads gold/ beads/
      bitext evaluate beads text.gold text.beads --json
    """
    from toolkit.evaluation.bead_files import read_texts
    from toolkit.evaluation.beads import evaluate_beads

    _echo(evaluate_beads(read_texts(gold, test)), as_json)


@command.command("dedup")
@click.argument("gold", type=FILE)
@click.argument("test", type=FILE)
@click.option("--threshold", type=OptionOf("DedupOptions", "threshold"), metavar="S",
              help="Only rows of GOLD with at least this similarity.  [default: all; with --posts 0.8]")  # fmt: skip
@click.option("--similarity", metavar="COLUMN", default="similarity", show_default=True,
              help="GOLD's column for --threshold.")  # fmt: skip
@click.option("--posts", is_flag=True, help="GOLD is posts: find its true pairs by exact Jaccard of 5-word shingles.")
@click.option(
    "--partial", is_flag=True, help="Judge only pairs that GOLD lists, those under --threshold as no duplicates."
)
@json_option
def dedup(
    gold: Path, test: Path, threshold: float | None, similarity: str, posts: bool, partial: bool, as_json: bool
) -> None:
    """Near duplicates: precision, recall and F1 over pairs, B-cubed over clusters.

    GOLD has a row a pair, id_a<TAB>id_b, and all pairs that there are; or it is the posts themselves, with --posts.
    TEST is the pairs.tsv that `bitext dedup` writes, or a table of that kind. If GOLD is a list of pairs that somebody
    looked at, say so with --partial; a column of 1 and 0 and --threshold 1 tell duplicates from others.

    \b
    Examples:
      bitext evaluate dedup gold_duplicates.tsv deduped/pairs.tsv
      bitext evaluate dedup posts.jsonl deduped/pairs.tsv --posts --threshold 0.8
      bitext evaluate dedup judged.tsv deduped/pairs.tsv --partial --similarity is_duplicate --threshold 1
    """
    from toolkit.errors import OptionError, SourceError
    from toolkit.evaluation.dedup import evaluate_dedup, exact_pairs, read_duplicate_pairs

    if posts and partial:
        raise OptionError("--partial is of a list of pairs, and --posts finds all of them", fix="Leave one out")
    texts = _texts(gold) if posts else None
    if texts is not None:
        true = exact_pairs(texts, 0.8 if threshold is None else threshold)
    else:
        true = read_duplicate_pairs(gold, threshold, similarity)
    if not true:
        raise SourceError("has no pair of duplicates", where=gold)
    judged = read_duplicate_pairs(gold) if partial else None
    _echo(evaluate_dedup(true, read_duplicate_pairs(test), judged, texts), as_json)


@command.command("retrieval")
@click.argument("files", type=FILE, nargs=-1, required=True)
@encoder_options
@click.option("--against", multiple=True, metavar="NAME_OR_PATH",
              help="Another encoder to show beside it: folder, or hub NAME@REVISION; may be given again.")  # fmt: skip
@json_option
def retrieval(files: tuple[Path, ...], encoder: GivenEncoder, against: tuple[str, ...], as_json: bool) -> None:
    """Encoders: how often the nearest text of the other language is the right one, both ways, and the mean.

    FILES have a pair of texts a line, en<TAB>ru, or columns en and ru, or en_text and ru_text; .tsv, .tsv.gz, JSON
    lines or Parquet. Each text searches all texts of its file. If a text is there twice, each of its counterparts is
    right.

    \b
    Examples:
      bitext evaluate retrieval tatoeba.rus-eng.tsv.gz newstest2018.tsv
      bitext evaluate retrieval pairs.parquet --encoder my-encoder --against ru-en-static
      bitext evaluate retrieval pairs.tsv --against sentence-transformers/LaBSE@836121a --json
    """
    from toolkit.evaluation.retrieval import evaluate_retrieval
    from toolkit.evaluation.tables import read_text_pairs

    sets = [(file, read_text_pairs(file)) for file in files]
    found = []
    for given in _all_encoders(encoder, against):
        model = make_encoder(**given)
        found += [(model.name, str(file), evaluate_retrieval(pairs, model)) for file, pairs in sets]
    if as_json:
        _echo_json([{"encoder": name, "file": file, **result.to_dict()} for name, file, result in found])
        return
    rows = [
        [name, Path(file).name, f"{result.units:,}", *map(_cell, result.figures.values())]
        for name, file, result in found
    ]
    _echo_table([["encoder", "file", "pairs", "en-ru", "ru-en", "mean"], *rows])
    _echo_intervals("pairs")


@command.command("release")
@click.argument("release", type=FILE)
@click.option("--gold", type=FILE, help="Post pairs, as `bitext evaluate pairs` takes them.")
@click.option("--gold-sentences", type=FILE, help="Sentence pairs: en<TAB>ru, or columns en_text and ru_text.")
@_partial
@json_option
def release(release: Path, gold: Path | None, gold_sentences: Path | None, partial: bool, as_json: bool) -> None:
    """A release: its post pairs by id, its sentence pairs by text, or both.

    Where the release removed a post of --gold as a duplicate, the post that it kept stands for it.

    Judged are the published sentence pairs that share a sentence with --gold-sentences. Strict: both texts are those of
    one of its rows. Lax: it shares a sentence on both sides with one row.

    \b
    Examples:
      bitext evaluate release dist/demo/0.1.0 --gold gold_pairs.tsv
      bitext evaluate release dist/demo/0.1.0 --gold gold_pairs.tsv --partial --gold-sentences gold_sentences.tsv
    """
    from toolkit.errors import OptionError
    from toolkit.evaluation.pairs import read_items
    from toolkit.evaluation.release import evaluate_release_pairs, evaluate_release_sentences
    from toolkit.evaluation.tables import read_text_pairs
    from toolkit.release.read import read_release

    if gold is None and gold_sentences is None:
        raise OptionError("nothing to compare with", where="evaluate release", fix="Give --gold or --gold-sentences")
    found: dict[str, Evaluation] = {}
    tables = read_release(release).tables
    if gold is not None:
        found["post_pairs"] = evaluate_release_pairs(tables, read_items(gold), partial=partial)
    if gold_sentences is not None:
        found["sentence_pairs"] = evaluate_release_sentences(tables, read_text_pairs(gold_sentences))
    if as_json:
        _echo_json({name: result.to_dict() for name, result in found.items()})
        return
    for name, result in found.items():
        click.echo(f"{name}:")
        _echo(result, as_json=False)


def _all_encoders(encoder: GivenEncoder, against: Sequence[str]) -> list[GivenEncoder]:
    """Return the options of each encoder; --device and --dtype are for those that are no static models, if any is."""
    from toolkit.encoders.static import find_static_model
    from toolkit.options import EncoderOptions

    machine = {field: value for field, value in encoder.items() if field in ("device", "dtype")}
    first = {field: value for field, value in encoder.items() if field not in machine}
    every = [EncoderOptions().model_dump(include={"name"}) | first, *map(_other_encoder, against)]
    is_static = [find_static_model(given["name"]) is not None for given in every]
    return [given if static and not all(is_static) else given | machine
            for given, static in zip(every, is_static, strict=True)]  # fmt: skip


def _other_encoder(name: str) -> dict[str, str]:
    """Return the options of NAME or NAME@REVISION."""
    model, _, revision = (name, "", "") if Path(name).exists() else name.partition("@")
    return {"name": model, **({"revision": revision} if revision else {})}


def _texts(path: Path) -> Mapping[str, str]:
    from toolkit.options import SourceOptions
    from toolkit.sources import read_source

    posts = read_source(SourceOptions(path=path)).posts
    return dict(zip(posts["post_id"].to_pylist(), posts["text"].to_pylist(), strict=True))


def _echo(result: Evaluation, as_json: bool) -> None:
    if as_json:
        _echo_json(result.to_dict())
        return
    _echo_table([[name.replace("_", " "), _cell(figure)] for name, figure in result.figures.items()])
    click.echo(", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in result.counts.items()))
    if result.units > 1:
        _echo_intervals(f"{result.units:,} {result.unit}")
    else:
        click.echo(f"no intervals: they need more than one of {result.unit}")


def _cell(figure: Figure) -> str:
    return f"{figure.value:.4f}" + ("" if figure.low is None else f" [{figure.low:.4f}, {figure.high:.4f}]")


def _echo_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _echo_intervals(units: str) -> None:
    from toolkit.evaluation.intervals import RESAMPLES

    click.echo(f"95 % intervals: bootstrap over {units}, {RESAMPLES:,} resamples")


def _echo_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
