"""Count what is taken for personal in posts or plain texts, and how fast it is masked.

    python benchmarks/pii.py ru/result.json en/result.json
    python benchmarks/pii.py --lines --show phone --sample 100 corpus.txt corpus.tsv

The files are the sources of one run: a handle is masked in all of them or in none. News have few personal values and
many other numbers, so what is shown there is to be read by a person: every date, sum or id that is masked is a false
alarm, so is a channel, and every person that stays is missed. Wanted of handles: at most 1 in 10 of either.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import click

from toolkit.options import PiiOptions, SourceOptions
from toolkit.sources import read_source
from toolkit.stages.mask import handle_owners, public_names
from toolkit.text.handle_owners import PublicNames, find_owners, name_marks
from toolkit.text.masking import Mask
from toolkit.text.pii import KINDS, find_personal


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--lines", is_flag=True, help="Files have a text a line; else whatever `bitext parse` reads.")
@click.option("--show", type=click.Choice(KINDS), multiple=True, help="Print values of this kind in their context.")
@click.option("--sample", type=int, help="Of what is shown in a file, as many, drawn at random.  [default: all]")
def main(paths: tuple[Path, ...], lines: bool, show: tuple[str, ...], sample: int | None) -> None:
    """Print a line a file: texts, texts with a personal value, values by kind, texts masked in a second.

    What is shown has a line a value: whether it is masked or stays, how often it is there, whose it is by the words of
    this file, and where it stands first.
    """
    print(f"{'texts':>9} {'hit':>7} {' '.join(f'{kind:>7}' for kind in KINDS)} {'a second':>9}  file")
    files = [_read(path, lines) for path in paths]
    public = public_names([owners for _, owners in files], PiiOptions())
    mask = Mask(PiiOptions(), public)
    for path, (texts, owners) in zip(paths, files, strict=True):
        started = time.process_time()
        counts = [mask.apply_and_count(text).counts for text in texts]
        speed = len(texts) / max(time.process_time() - started, 1e-9)
        total = Counter[str]()
        for found in counts:
            total.update(found)
        by_kind = " ".join(f"{total[kind]:>7,}" for kind in KINDS)
        print(f"{len(texts):>9,} {sum(map(bool, counts)):>7,} {by_kind} {speed:>9,.0f}  {path.name}")
        shown = _values(texts, owners, public, show) if show else []
        if sample is not None:
            shown = random.Random(0).sample(shown, min(sample, len(shown)))
        for line in shown:
            print(line)


def _values(texts: list[str], owners: dict[str, str], public: PublicNames, kinds: tuple[str, ...]) -> list[str]:
    """Return a line for each value of the kinds, the masked ones first."""
    first: dict[tuple[bool, str, str], str] = {}
    counts = Counter[tuple[bool, str, str]]()
    for text in texts:
        hidden = find_personal(text, public)
        for item in find_personal(text):
            if item.kind in kinds:
                key = (item not in hidden, item.kind, item.value)
                counts[key] += 1
                first.setdefault(key, text[max(0, item.start - 60) : item.end + 30])
    lines = []
    for stays, kind, value in sorted(first):
        marks = name_marks([value]) if kind == "handle" else ()
        owner = "".join(f" ({owners[mark]})" for mark in marks if mark in owners)
        key = (stays, kind, value)
        lines.append(f"    {'stays' if stays else 'masked'}  {kind} {value}{owner} {counts[key]:,}x  {first[key]!r}")
    return lines


def _read(path: Path, lines: bool) -> tuple[list[str], dict[str, str]]:
    """Return the texts of a file, and whose the handles in them are."""
    if lines:
        texts = path.read_text("utf-8").splitlines()
        return texts, find_owners(texts)
    posts = read_source(SourceOptions(path=path)).posts
    return posts["text"].to_pylist(), handle_owners(posts)


if __name__ == "__main__":
    main()
