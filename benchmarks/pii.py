"""Count what is taken for personal in posts or plain texts, and how fast it is masked.

    python benchmarks/pii.py result.json dump.txt
    python benchmarks/pii.py --lines --show phone --sample 100 corpus.txt corpus.tsv

News have few personal values and many other numbers, so what is shown there is to be read by a person: every date, sum
or id among it is a false alarm.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import click

from toolkit.options import PiiOptions, SourceOptions
from toolkit.sources import read_source
from toolkit.text.masking import Mask
from toolkit.text.pii import KINDS, find_personal, public_values


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--lines", is_flag=True, help="Files have a text a line; else whatever `bitext parse` reads.")
@click.option("--show", type=click.Choice(KINDS), multiple=True, help="Print values of this kind in their context.")
@click.option("--sample", type=int, help="Of what is shown in a file, as many, drawn at random.  [default: all]")
def main(paths: tuple[Path, ...], lines: bool, show: tuple[str, ...], sample: int | None) -> None:
    """Print a line a file: texts, texts with a personal value, values by kind, texts masked in a second."""
    print(f"{'texts':>9} {'hit':>7} {' '.join(f'{kind:>7}' for kind in KINDS)} {'a second':>9}  file")
    for path in paths:
        texts, public = _texts(path, lines)
        mask = Mask(PiiOptions(), public)
        started = time.process_time()
        counts = [mask.apply_and_count(text).counts for text in texts]
        speed = len(texts) / max(time.process_time() - started, 1e-9)
        total = Counter[str]()
        for found in counts:
            total.update(found)
        by_kind = " ".join(f"{total[kind]:>7,}" for kind in KINDS)
        print(f"{len(texts):>9,} {sum(map(bool, counts)):>7,} {by_kind} {speed:>9,.0f}  {path.name}")
        shown = [
            f"    {item.kind}  {text[max(0, item.start - 40) : item.end + 20]!r} -> {item.value}"
            for text, found in zip(texts, counts, strict=True)
            for item in (find_personal(text, public) if set(found) & set(show) else ())
            if item.kind in show
        ]
        if sample is not None:
            shown = random.Random(0).sample(shown, min(sample, len(shown)))
        for line in shown:
            print(line)


def _texts(path: Path, lines: bool) -> tuple[list[str], frozenset[str]]:
    """Return the texts of a file, and what is public in them as `mask_posts` sees it."""
    if lines:
        texts = path.read_text("utf-8").splitlines()
        return texts, public_values((), texts)
    posts = read_source(SourceOptions(path=path)).posts
    texts = posts["text"].to_pylist()
    links = [url for urls in posts["urls"].to_pylist() for url in urls]
    return texts, public_values(set(posts["channel"].to_pylist()), [*texts, *links])


if __name__ == "__main__":
    main()
