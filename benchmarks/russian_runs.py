"""Count which letters follow each other in Russian: what is in toolkit/text/russian_runs.txt.gz.

    python benchmarks/russian_runs.py PAIRS.parquet [--out FILE]

PAIRS has the columns `source` and `ru`: text that the package may ship what is counted in, as the encoder's training
pairs are. Printed is how many sentences and words were counted, and how many runs are kept.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import click
import pyarrow.parquet as pq

from toolkit.text.alphabets import RUSSIAN
from toolkit.text.russian_runs import packed, runs_of

SEED = 1
MOST = 20_000  # sentences of a source: nine tenths of all are documentation of software
LEAST = 5  # sentences that a run is in
NAMES = ("wikidata-names",)  # foreign ones, spelled as Russian words are not
WORD = re.compile("[\u0400-\u04ff]+")


@click.command(help=__doc__)
@click.argument("pairs", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path), default=Path("russian_runs.txt.gz"), show_default=True)
def main(pairs: Path, out: Path) -> None:
    table = pq.read_table(pairs, columns=["source", "ru"])
    by_source: dict[str, list[str]] = {}
    for source, sentence in zip(table["source"].to_pylist(), table["ru"].to_pylist(), strict=True):
        by_source.setdefault(source, []).append(sentence)
    n_sentences, words, runs = 0, Counter[str](), Counter[str]()
    for source, sentences in sorted(by_source.items()):
        if source in NAMES:
            continue
        if len(sentences) > MOST:
            sentences = random.Random(SEED).sample(sentences, MOST)
        n_sentences += len(sentences)
        for sentence in sentences:
            found = {word for word in WORD.findall(sentence.lower()) if not {*word} - {*RUSSIAN}}
            words.update(found)
            runs.update({run for word in found for run in runs_of(word)})
    kept = [run for run, n in runs.items() if n >= LEAST]
    out.write_bytes(packed(kept))
    print(f"{n_sentences:,} sentences, {words.total():,} words: {len(kept):,} runs kept of {len(runs):,}")


if __name__ == "__main__":
    main()
