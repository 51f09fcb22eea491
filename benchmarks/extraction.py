"""How many posts come out of extractors' dumps word for word.

    python benchmarks/extraction.py FOLDER

FOLDER has NAME.txt and NAME.gold.jsonl pairs: one object a post in reading order, with `body`, and perhaps
`lines_lost_by_extractor`, lines of the body that the dump does not have. Bodies are compared without emoji and white
space, which extractors change.
"""

import argparse
import difflib
import json
import re
import time
from pathlib import Path

from toolkit.options import SourceOptions
from toolkit.sources import read_source
from toolkit.text.telegram import strip_emoji


def bare(text: str) -> str:
    return re.sub(r"[\s\ufe0f\u200b-\u200f\u2060\ufeff]", "", strip_emoji(text))


def gold_bodies(path: Path) -> list[str]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    lost = [set(row.get("lines_lost_by_extractor", ())) for row in rows]
    return [
        bare("".join(line for line in row["body"].split("\n") if line not in gone))
        for row, gone in zip(rows, lost, strict=True)
    ]


def main(folder: Path) -> None:
    print(f"{'dump':<28}{'posts':>7}{'found':>7}{'exact':>7}{'share':>8}{'ms/line':>9}")
    total = exact = 0
    dumps = sorted(folder.glob("*.txt"))
    if not dumps:
        raise SystemExit(f"{folder}: has no .txt files")
    for path in dumps:
        started = time.perf_counter()
        result = read_source(SourceOptions(path=path))
        seconds = time.perf_counter() - started
        found, wanted = (
            [bare(text) for text in result.posts["text"].to_pylist()],
            gold_bodies(path.with_suffix(".gold.jsonl")),
        )
        blocks = difflib.SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks()
        hits = sum(block.size for block in blocks)
        total, exact = total + len(wanted), exact + hits
        speed = 1000 * seconds / result.report.units
        print(f"{path.stem:<28}{len(wanted):>7}{len(found):>7}{hits:>7}{hits / len(wanted):>8.1%}{speed:>9.2f}")
    print(f"{'all':<28}{total:>7}{'':>7}{exact:>7}{exact / total:>8.1%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
