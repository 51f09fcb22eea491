"""How well posts are matched at default options.

    python benchmarks/match.py score FOLDER [--ru-pool FILE] [--en-pool FILE]
    python benchmarks/match.py unrelated RU_POSTS EN_POSTS

FOLDER has ru.result.json, en.result.json, ru.dump.txt, en.dump.txt and gold_pairs.jsonl (one item a line: item, ru_ids,
en_ids, aligned). The model that is measured here is fitted by benchmarks/match_fit.py, on other text.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.encoders import Encoder, load_encoder
from toolkit.options import EncoderOptions, MatchOptions, SourceOptions
from toolkit.sources import read_source
from toolkit.stages.clean import clean_posts
from toolkit.stages.dedup import dedup_posts
from toolkit.stages.embed import embed_posts
from toolkit.stages.match import match_posts

ENCODER = click.option("--encoder", "name", default="ru-en-static", show_default=True, help="Hub name or folder.")
Items = dict[str, Any]


@click.group()
def cli() -> None:
    """Measure the matching of posts."""


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--ru-pool", multiple=True, type=click.Path(path_type=Path), help="Unrelated Russian posts to throw in.")
@click.option("--en-pool", multiple=True, type=click.Path(path_type=Path), help="Unrelated English posts to throw in.")
@click.option("--dates/--no-dates", default=None, help="Only with, or only without dates.  [default: both]")
@ENCODER
def score(folder: Path, ru_pool: tuple[Path, ...], en_pool: tuple[Path, ...], dates: bool | None, name: str) -> None:
    """Print precision, recall and F1 over items at default options, and the calibration of the pairs."""
    encoder = load_encoder(EncoderOptions(name=name))
    item_of = _items(folder)
    click.echo("input        pool        posts  pairs  P       R       F1      ECE     s")
    for form in ("result.json", "dump.txt"):
        own = {lang: _read(folder / f"{lang}.{form}", _message_ids(folder, lang)) for lang in ("ru", "en")}
        for pool in ((), (*ru_pool, *en_pool)) if ru_pool or en_pool else ((),):
            posts = pa.concat_tables([*own.values(), *map(_read, pool)])
            for dated in (True, False) if form == "result.json" else (False,):
                if dates is not None and dated != dates:
                    continue
                label = f"{form if dated or form == 'dump.txt' else 'no dates':12} {'+ pool' if pool else 'alone':8}"
                click.echo(f"{label} {_score_line(posts if dated else _without_dates(posts), encoder, item_of)}")


def _score_line(posts: pa.Table, encoder: Encoder, item_of: dict[str, Items]) -> str:
    started = time.perf_counter()
    pairs = _match(posts, encoder)
    seconds = time.perf_counter() - started
    found, right, false = set(), [], 0
    for row in pairs.to_pylist():
        ru, en = (item_of.get(row[f"{lang}_post_id"]) for lang in ("ru", "en"))
        is_right = ru is not None and en is not None and ru["item"] == en["item"]
        right.append(is_right)
        if is_right and ru is not None:
            found.add(ru["item"])
        else:
            false += 1
    wanted = {item["item"] for item in item_of.values() if item["aligned"]}
    precision, recall = len(found) / max(len(found) + false, 1), len(found) / len(wanted)
    f1 = 2 * precision * recall / (precision + recall) if found else 0.0
    error = calibration_error(pairs["probability"].to_numpy(), np.array(right, bool))
    return f"{posts.num_rows:8} {pairs.num_rows:6}  {precision:.4f}  {recall:.4f}  {f1:.4f}  {error:.4f}  {seconds:.1f}"


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


def _items(folder: Path) -> dict[str, Items]:
    items = [json.loads(line) for line in (folder / "gold_pairs.jsonl").read_text("utf-8").splitlines()]
    return {f"{lang}/{i}": item for item in items for lang in ("ru", "en") for i in item[f"{lang}_ids"]}


def _without_dates(posts: pa.Table) -> pa.Table:
    place = posts.schema.get_field_index("date")
    return posts.set_column(
        place, schemas.POSTS.field("date"), pa.nulls(posts.num_rows, posts.schema.field(place).type)
    )


def _match(posts: pa.Table, encoder: Encoder, options: MatchOptions = MatchOptions()) -> pa.Table:  # noqa: B008
    unique = dedup_posts(clean_posts(posts).kept).kept
    return match_posts(unique, embed_posts(unique, encoder), encoder, options).kept


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


if __name__ == "__main__":
    cli()
