"""Count what is taken for personal in posts or plain texts, and how long the search takes.

    python benchmarks/pii.py result.json dump.txt
    python benchmarks/pii.py --lines --show phone corpus.txt

News have few personal values and many other numbers, so most of what is shown there should be looked at by a person:
every date, sum or id among it is a false alarm.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import click

from toolkit.options import SourceOptions
from toolkit.sources import read_source
from toolkit.text.pii import KINDS, find_personal, public_values


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--lines", is_flag=True, help="Files have a text a line; else whatever `bitext parse` reads.")
@click.option("--show", type=click.Choice(KINDS), multiple=True, help="Print values of this kind in their context.")
def main(paths: tuple[Path, ...], lines: bool, show: tuple[str, ...]) -> None:
    """Print a line a file: texts, texts with a personal value, values by kind, milliseconds a text."""
    print(f"{'texts':>8} {'hit':>6} {' '.join(f'{kind:>6}' for kind in KINDS)} {'ms':>6}  file")
    for path in paths:
        texts, public = _texts(path, lines)
        started = time.perf_counter()
        found = [find_personal(text, public) for text in texts]
        milliseconds = 1000 * (time.perf_counter() - started) / max(len(texts), 1)
        counts = Counter(item.kind for items in found for item in items)
        by_kind = " ".join(f"{counts[kind]:>6,}" for kind in KINDS)
        print(f"{len(texts):>8,} {sum(map(bool, found)):>6,} {by_kind} {milliseconds:>6.2f}  {path.name}")
        for text, items in zip(texts, found, strict=True):
            for item in items:
                if item.kind in show:
                    print(f"    {item.kind}  {text[max(0, item.start - 30) : item.end + 15]!r}")


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
