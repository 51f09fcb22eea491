"""How well posts are matched at default options.

    python benchmarks/match.py score FOLDER [--ru-pool FILE] [--en-pool FILE] [--merge N] [--shorten N]
    python benchmarks/match.py unrelated RU_POSTS EN_POSTS
    python benchmarks/match.py scale PAIRS [--texts N]

FOLDER has ru.result.json, en.result.json, ru.dump.txt, en.dump.txt and gold_pairs.jsonl (one item a line: item, ru_ids,
en_ids, aligned). The model that is measured here is fitted by benchmarks/match_fit.py, on other text.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.encoders import Encoder, load_encoder
from toolkit.evaluation.tables import read_text_pairs
from toolkit.kernels import neighbors
from toolkit.options import EncoderOptions, MatchOptions, SourceOptions
from toolkit.sources import read_source
from toolkit.stages.clean import clean_posts
from toolkit.stages.dedup import dedup_posts
from toolkit.stages.match import match_posts
from toolkit.text.sentences import split_sentences

ENCODER = click.option("--encoder", "name", default="ru-en-static", show_default=True, help="Hub name or folder.")
Items = dict[str, frozenset[str]]  # post_id -> the items that it tells
Judged = tuple[NDArray[np.float64], NDArray[np.bool_]]  # probabilities of pairs, and whether they are right


@click.group()
def cli() -> None:
    """Measure the matching of posts."""


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--ru-pool", multiple=True, type=click.Path(path_type=Path), help="Unrelated Russian posts to throw in.")
@click.option("--en-pool", multiple=True, type=click.Path(path_type=Path), help="Unrelated English posts to throw in.")
@click.option("--dates/--no-dates", default=None, help="Only with, or only without dates.  [default: both]")
@click.option("--merge", type=click.IntRange(0), default=0, help="Join so many pairs of neighbouring English posts.")
@click.option("--shorten", type=click.IntRange(1), help="Keep so many sentences of every English post.")
@ENCODER
def score(
    folder: Path, ru_pool: tuple[Path, ...], en_pool: tuple[Path, ...], dates: bool | None,
    merge: int, shorten: int | None, name: str,
) -> None:  # fmt: skip
    """Print precision, recall and F1 over items at default options, and the calibration of the pairs."""
    encoder = load_encoder(EncoderOptions(name=name))
    gold, wanted = _items(folder)
    judged = []
    click.echo("input        pool        posts  pairs  P       R       F1      ECE     s")
    for form in ("result.json", "dump.txt"):
        own = {lang: _read(folder / f"{lang}.{form}", _message_ids(folder, lang)) for lang in ("ru", "en")}
        for pool in ((), (*ru_pool, *en_pool)) if ru_pool or en_pool else ((),):
            en, item_of = _merged(own["en"], gold, merge)
            en = en if shorten is None else _shortened(en, shorten)
            posts = pa.concat_tables([own["ru"], en, *map(_read, pool)])
            for dated in (True, False) if form == "result.json" else (False,):
                if dates is not None and dated != dates:
                    continue
                label = f"{form if dated or form == 'dump.txt' else 'no dates':12} {'+ pool' if pool else 'alone':8}"
                line, pairs = _score_line(posts if dated else _without_dates(posts), encoder, item_of, wanted)
                click.echo(f"{label} {line}")
                judged.append(pairs)
    click.echo(f"\n{_reliability(judged)}")


def _score_line(posts: pa.Table, encoder: Encoder, item_of: Items, wanted: frozenset[str]) -> tuple[str, Judged]:
    started = time.perf_counter()
    pairs = _match(posts, encoder)
    seconds = time.perf_counter() - started
    nothing: frozenset[str] = frozenset()
    shared = [
        item_of.get(row["ru_post_id"], nothing) & item_of.get(row["en_post_id"], nothing) for row in pairs.to_pylist()
    ]
    right, found = np.array([bool(items) for items in shared], bool), nothing.union(*shared)
    precision, recall = len(found) / max(len(found) + np.sum(~right), 1), len(found) / len(wanted)
    f1 = 2 * precision * recall / (precision + recall) if found else 0.0
    judged = pairs["probability"].to_numpy().astype(np.float64), right
    error = calibration_error(*judged)
    line = f"{posts.num_rows:8} {pairs.num_rows:6}  {precision:.4f}  {recall:.4f}  {f1:.4f}  {error:.4f}  {seconds:.1f}"
    return line, judged


def _reliability(judged: list[Judged]) -> str:
    """Return the reliability table of all pairs together: what the probability says, and how many are right."""
    probabilities, right = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    lines = ["probability  pairs  mean    right"]
    for low in range(10):
        part = np.minimum((probabilities * 10).astype(int), 9) == low
        if part.any():
            lines.append(
                f"{low / 10:.1f} - {(low + 1) / 10:.1f}  {part.sum():7}  {probabilities[part].mean():.4f}  "
                f"{right[part].mean():.4f}"
            )
    return "\n".join([*lines, f"ECE {calibration_error(probabilities, right):.4f}"])


def _merged(posts: pa.Table, item_of: Items, count: int) -> tuple[pa.Table, Items]:
    """Join pairs of neighbouring posts that each tell one item; the later post stays."""
    rows, item_of = posts.to_pylist(), dict(item_of)
    places = [n for n in range(0, len(rows) - 1, 2) if all(rows[n + k]["post_id"] in item_of for k in (0, 1))]
    for place in sorted(np.random.default_rng(1).permutation(places)[:count].tolist(), reverse=True):
        first = rows.pop(place)
        rows[place]["text"] = f"{first['text']}\n{rows[place]['text']}"
        item_of[rows[place]["post_id"]] |= item_of[first["post_id"]]
    return schemas.from_rows(rows, posts.schema), item_of


def _shortened(posts: pa.Table, sentences: int) -> pa.Table:
    texts = pa.array([" ".join(split_sentences(text, "en")[:sentences]) for text in posts["text"].to_pylist()])
    return posts.set_column(posts.schema.get_field_index("text"), schemas.POSTS.field("text"), texts)


def _read(path: Path, ids: Sequence[str] | None = None) -> pa.Table:
    """Return posts in reading order; `ids` replace the source's own."""
    posts = read_source(SourceOptions(path=path)).posts
    if ids is not None:
        if len(ids) != posts.num_rows:
            raise click.ClickException(f"{path}: {posts.num_rows} posts, but result.json has {len(ids)} messages")
        posts = posts.set_column(0, schemas.POSTS.field("post_id"), pa.array(ids, pa.string()))
    return posts


def _message_ids(folder: Path, lang: str) -> list[str]:
    return [f"{lang}/{x.rsplit('/', 1)[-1]}" for x in _read(folder / f"{lang}.result.json")["post_id"].to_pylist()]


def _items(folder: Path) -> tuple[Items, frozenset[str]]:
    """Return the items of the posts, and which items have posts in both languages."""
    items = [json.loads(line) for line in (folder / "gold_pairs.jsonl").read_text("utf-8").splitlines()]
    item_of = {
        f"{lang}/{i}": frozenset([str(x["item"])]) for x in items for lang in ("ru", "en") for i in x[f"{lang}_ids"]
    }
    return item_of, frozenset(str(item["item"]) for item in items if item["aligned"])


def _without_dates(posts: pa.Table) -> pa.Table:
    place = posts.schema.get_field_index("date")
    return posts.set_column(
        place, schemas.POSTS.field("date"), pa.nulls(posts.num_rows, posts.schema.field(place).type)
    )


def _match(posts: pa.Table, encoder: Encoder, options: MatchOptions = MatchOptions()) -> pa.Table:  # noqa: B008
    unique = dedup_posts(clean_posts(posts).kept).kept
    return match_posts(unique, encoder, options).kept


def calibration_error(probabilities: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error: |mean probability - share right| over equal-width bins."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    parts = [place == number for number in np.unique(place)]
    return float(
        sum(part.sum() * abs(probabilities[part].mean() - right[part].mean()) for part in parts) / max(len(right), 1)
    )


@cli.command()
@click.argument("ru", type=click.Path(path_type=Path))
@click.argument("en", type=click.Path(path_type=Path))
@ENCODER
def unrelated(ru: Path, en: Path, name: str) -> None:
    """Print how many pairs two channels get that share nothing."""
    posts = pa.concat_tables([_read(ru), _read(en)])
    encoder = load_encoder(EncoderOptions(name=name))
    click.echo("dates     posts  pairs  pairs/1000 posts")
    for label, table in (("with", posts), ("without", _without_dates(posts))):
        pairs = _match(table, encoder)
        click.echo(f"{label:8} {posts.num_rows:6} {pairs.num_rows:6}  {1000 * pairs.num_rows / posts.num_rows:.2f}")
        for row in pairs.to_pylist():
            click.echo(f"    {row['probability']:.3f} {row['pair_id']}", err=True)


@cli.command()
@click.argument("pairs", type=click.Path(path_type=Path))
@click.option("--texts", default=40_000, show_default=True, help="Pairs drawn from PAIRS.")
@click.option("-k", default=4, show_default=True)
@ENCODER
def scale(pairs: Path, texts: int, k: int, name: str) -> None:
    """Print the time of exact search and of the index, and how much of the exact result the index finds.

    PAIRS are translations: en<TAB>ru, or a Parquet table with columns en and ru.
    """
    rows = read_text_pairs(pairs)
    drawn = [rows[row] for row in np.random.default_rng(1).permutation(len(rows))[:texts].tolist()]
    encoder = load_encoder(EncoderOptions(name=name))
    a, b = (encoder.encode([pair[side] for pair in drawn]) for side in (1, 0))
    started = time.perf_counter()
    exact = neighbors.nearest_both_ways(a, b, k, exact=True)
    middle = time.perf_counter()
    neighbors.EXACT_CELLS = 0  # type: ignore[misc]
    found = neighbors.nearest_both_ways(a, b, k)
    ended = time.perf_counter()
    shared = [
        len({*one} & {*other}) / k
        for some, every in zip(found, exact, strict=True)
        for one, other in zip(some.indexes.tolist(), every.indexes.tolist(), strict=True)
    ]
    firsts = [some.indexes[:, 0] == every.indexes[:, 0] for some, every in zip(found, exact, strict=True)]
    seconds = f"{middle - started:7.1f}  {ended - middle:7.1f}"
    click.echo(f"texts a side  exact s  index s  recall@{k}  recall@1")
    click.echo(f"{len(a):12}  {seconds}  {np.mean(shared):8.4f}  {np.mean(firsts):8.4f}")


if __name__ == "__main__":
    cli()
