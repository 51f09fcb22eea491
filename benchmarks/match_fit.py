"""Fit the model that weighs the evidence for a pair of posts: the numbers in toolkit/kernels/pair_model.py.

    python benchmarks/match_fit.py PARALLEL.tsv.gz... [--short SHORT.tsv.gz] [--encoder NAME_OR_PATH]

Files have lines `English<TAB>Russian`, PARALLEL in the order of documents. They must be neither text that the encoder
was trained on nor text that benchmarks/match.py scores. Lines are cut into posts of 1 to 12 sentences, some only in one
language and some shortened in English; posts are thrown into pools of 1 to 400 a side, beside their neighbours in the
text, which are about the same story: the hard negatives. Printed are figures of two-fold cross-validation over halves
of the text, then the weights.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import minimize

from toolkit import schemas
from toolkit.encoders import Encoder, load_encoder
from toolkit.kernels import pair_model
from toolkit.kernels.anchor_sets import Frequencies, count_items
from toolkit.kernels.assignment import assign_one_to_one
from toolkit.kernels.bimax import sample_places, sentence_neighborhoods
from toolkit.kernels.neighbors import either_way, nearest_both_ways
from toolkit.matching.candidates import ABOVE, Rarity, leads, weigh_pairs
from toolkit.matching.readings import LENGTH, read_posts
from toolkit.matching.sides import load_side
from toolkit.options import EncoderOptions

Pair = tuple[str, str]  # Russian, English
Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]

SIZES = ((1, 60), (2, 40), (5, 20), (20, 6), (80, 3), (400, 1))  # posts a side, and how many such pools
DRAWS = 3  # times the text is cut into posts anew
ONE_SIDED, SHORTENED, PER_PARAGRAPH, MOST_SENTENCES, SHORT_POSTS = 0.2, 0.25, 3, 12, 80
RIDGE = 1.0
CANDIDATES = 8  # as in the passes of matching


class Pool(NamedTuple):
    """The candidates of one pool."""

    size: int
    variables: Floats
    is_true: NDArray[np.bool_]
    ru: Indexes
    en: Indexes


@click.command()
@click.argument("parallel", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--short", type=click.Path(path_type=Path), help="Single sentences, to be short posts.")
@click.option("--encoder", "name", default="ru-en-static", show_default=True, help="Hub name or folder.")
def cli(parallel: tuple[Path, ...], short: Path | None, name: str) -> None:
    """Fit the weights of toolkit/kernels/pair_model.py and print them."""
    encoder = load_encoder(EncoderOptions(name=name))
    lines = [pair for path in parallel for pair in _read(path)]
    extra = _read(short) if short else []
    middle = len(lines) // 2
    halves = []
    for number, text in enumerate((lines[:middle], lines[middle:])):
        generator = np.random.default_rng(number)
        halves.append([p for _ in range(DRAWS) for p in _pools(text, extra[number::2], generator, encoder)])
    click.echo("posts a side  pairs  P       R       ECE     log loss/pair  (fitted on the other half)")
    judged = [(pool, weights) for half in (0, 1) for weights in [_fit(halves[1 - half])] for pool in halves[half]]
    for size, _ in SIZES:
        _report(size, [(pool, weights) for pool, weights in judged if pool.size == size])
    weights = _fit([*halves[0], *halves[1]])
    named = dict(zip(pair_model.WEIGHTS, weights.round(3).tolist(), strict=True))
    click.echo(f"WEIGHTS = {json.dumps(named, indent=4)}")


def _read(path: Path) -> list[Pair]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = (line.split("\t") for line in text.decode("utf-8").splitlines())
    return [(row[1], row[0]) for row in rows]


def _pools(text: list[Pair], short: list[Pair], generator: np.random.Generator, encoder: Encoder) -> list[Pool]:
    """Cut a text into posts and throw them into pools."""
    documents = []
    start = 0
    while start < len(text):
        documents.append(text[start : (start := start + int(generator.integers(1, MOST_SENTENCES + 1)))])
    documents += [[short[place]] for place in generator.permutation(len(short))[:SHORT_POSTS]]
    ru, en, partner = _sides([_post(document, generator) for document in documents], encoder)
    pools = []
    for size, count in SIZES:
        for _ in range(count):
            rows, columns = _draw(partner, en.num_rows, size, generator)
            i, j, variables = _weigh(ru.take(pa.array(rows)), en.take(pa.array(columns)), encoder)
            pools.append(Pool(size, variables, partner[rows[i]] == columns[j], i, j))
    return pools


def _post(document: list[Pair], generator: np.random.Generator) -> tuple[str | None, str | None]:
    """Return the two texts of a post; sometimes only one, sometimes a shortened English one."""
    fate = generator.random()
    shortened = document
    if generator.random() < SHORTENED and len(document) > 2:
        shortened = document[: max(1, int(len(document) * generator.uniform(0.3, 0.8)))]
    ru, en = _text([ru for ru, _ in document], generator), _text([en for _, en in shortened], generator)
    return (None if fate < ONE_SIDED / 2 else ru), (None if fate > 1 - ONE_SIDED / 2 else en)


def _text(sentences: list[str], generator: np.random.Generator) -> str:
    breaks = generator.random(len(sentences)) < 1 / PER_PARAGRAPH
    return "".join(s + ("\n" if end else " ") for s, end in zip(sentences, breaks, strict=True)).strip()


def _weigh(ru_posts: pa.Table, en_posts: pa.Table, encoder: Encoder) -> tuple[Indexes, Indexes, Floats]:
    """Return the pairs of a pool that are worth weighing, and the model's variables, as the passes of matching do."""
    sides = load_side(ru_posts, "ru", encoder.dim), load_side(en_posts, "en", encoder.dim)
    mean, std = encoder.background
    unit = [np.asarray(side.vectors / np.float32(LENGTH), np.float32) for side in sides]
    i, j = either_way(*nearest_both_ways(unit[0], unit[1], CANDIDATES)).T
    vectors = [side.sentences.vectors for side in sides]
    samples = [each[sample_places(len(each))] for each in vectors]
    around = [
        sentence_neighborhoods(of, among, mean + ABOVE * std, LENGTH)
        for of, among in zip(vectors, samples[::-1], strict=True)
    ]
    texts = sum(len(side.hours) for side in sides)
    numbers = np.concatenate([side.numbers.items[side.numbers.is_sure] for side in sides])
    names = np.concatenate([side.names.items for side in sides])
    links = [Frequencies(*count_items(side.links.items), texts) for side in sides]
    known = [Frequencies(*count_items(items), texts) for items in (numbers, names)]
    rarity = Rarity(known[0], known[1], (links[0], links[1]))
    same_post = np.zeros(len(i), bool)
    found = weigh_pairs(*sides, (around[0], around[1]), (i, j), same_post, std, rarity)
    lead_ru, lead_en = leads(found.rank, i, j)
    return i, j, pair_model.design(found.evidence._replace(lead_ru=lead_ru, lead_en=lead_en))


def _sides(posts: list[tuple[str | None, str | None]], encoder: Encoder) -> tuple[pa.Table, pa.Table, Indexes]:
    """Return READINGS of the posts of each language, and the English partner of every Russian post, -1 for none."""
    numbers = {lang: [n for n, texts in enumerate(posts) if texts[side]] for side, lang in enumerate(("ru", "en"))}
    ru, en = (
        read_posts(
            schemas.from_rows([_row(f"{n:05}", lang, posts[n][side]) for n in numbers[lang]], schemas.CLEAN_POSTS),
            encoder,
        )
        for side, lang in enumerate(("ru", "en"))
    )
    place = {number: row for row, number in enumerate(numbers["en"])}
    return ru, en, np.array([place.get(number, -1) for number in numbers["ru"]])


def _row(post_id: str, lang: str, text: str | None) -> dict[str, object]:
    empty: dict[str, object] = {field.name: [] for field in schemas.CLEAN_POSTS if pa.types.is_list(field.type)}
    words = {field.name: "" for field in schemas.CLEAN_POSTS if field.type == pa.string() and not field.nullable}
    return {**empty, **words, "post_id": post_id, "lang": lang, "text": text, f"text_{lang}": text}


def _draw(partner: Indexes, n_en: int, size: int, generator: np.random.Generator) -> tuple[Indexes, Indexes]:
    """Draw a stretch of Russian posts, most of their partners, partners of the posts around, and strangers."""
    start = int(generator.integers(0, max(len(partner) - size, 0) + 1))
    rows = np.arange(start, min(start + size, len(partner)))
    wide = np.arange(max(start - 4, 0), min(start + size + 4, len(partner)))
    partners = partner[rows][generator.random(len(rows)) > 0.3]
    around = np.setdiff1d(partner[np.setdiff1d(wide, rows)], [-1])
    strangers = np.setdiff1d(generator.permutation(n_en), partner[rows])
    others = np.concatenate([generator.permutation(around), generator.permutation(strangers)])
    columns = list(dict.fromkeys([*partners[partners >= 0].tolist(), *others.tolist()]))[:size]
    return rows, np.sort(np.array(columns, np.int64))


def _fit(pools: list[Pool]) -> Floats:
    """Return the weights of a ridge logistic regression, none of them against the sense of its variable."""
    x = np.concatenate([pool.variables for pool in pools])
    y = np.concatenate([pool.is_true for pool in pools]).astype(np.float64)
    scale = x.std(axis=0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = x @ weights
        penalty = RIDGE * scale**2 * weights
        value = (np.logaddexp(0, odds) - y * odds).sum() + (penalty * weights).sum() / 2
        return float(value), x.T @ (pair_model.probability(odds) - y) + penalty

    bounds = [(None, None) if name in pair_model.FREE else (0, None) for name in pair_model.WEIGHTS]
    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x)


def _report(size: int, judged: list[tuple[Pool, Floats]]) -> None:
    probabilities, right, true, loss = [], [], 0, 0.0
    for pool, weights in judged:
        odds = pool.variables @ weights
        chosen = assign_one_to_one(pool.ru, pool.en, odds)
        probabilities += pair_model.probability(odds[chosen]).tolist()
        right += pool.is_true[chosen].tolist()
        true += int(pool.is_true.sum())
        loss += float((np.logaddexp(0, odds) - pool.is_true * odds).sum())
    bins = np.minimum((np.array(probabilities) * 10).astype(int), 9)
    gaps = np.array(probabilities) - np.array(right)
    error = sum(abs(gaps[bins == number].sum()) for number in range(10)) / len(right)
    click.echo(
        f"{size:12} {len(right):6}  {np.mean(right):.4f}  {sum(right) / true:.4f}  {error:.4f}  {loss / true:.4f}"
    )


if __name__ == "__main__":
    cli()
