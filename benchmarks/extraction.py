"""How many posts come out of extractors' dumps, and of the pages they were made from, word for word.

    python benchmarks/extraction.py FOLDER

FOLDER has NAME.txt (a dump), NAME.html (its page of t.me/s) or both, and NAME.gold.jsonl: one object a post in reading
order, with `body`, and perhaps `lines_lost_by_extractor`, lines of the body that the dump does not have. Bodies of
dumps are compared without emoji and white space, which extractors change; those of pages letter by letter, but for
empty lines.
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


def without_empty_lines(text: str) -> str:
    return re.sub(r"\n+", "\n", text)


def gold_bodies(path: Path, *, of_page: bool) -> list[str]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    if of_page:
        return [without_empty_lines(row["body"]) for row in rows]
    lost = [set(row.get("lines_lost_by_extractor", ())) for row in rows]
    return [
        bare("".join(line for line in row["body"].split("\n") if line not in gone))
        for row, gone in zip(rows, lost, strict=True)
    ]


def main(folder: Path) -> None:
    for ending in (".txt", ".html"):
        files = sorted(folder.glob(f"*{ending}"))
        if files:
            measure(files)
    if not any(folder.glob("*.gold.jsonl")):
        raise SystemExit(f"{folder}: has no NAME.gold.jsonl")


def measure(files: list[Path]) -> None:
    print(f"{'file':<28}{'posts':>7}{'found':>7}{'exact':>7}{'share':>8}{'ms/post':>9}{'unexplained':>13}")
    total = exact = 0
    for path in files:
        of_page = path.suffix == ".html"
        started = time.perf_counter()
        result = read_source(SourceOptions(path=path))
        seconds = time.perf_counter() - started
        texts = result.posts["text"].to_pylist()
        found = [without_empty_lines(text) if of_page else bare(text) for text in texts]
        wanted = gold_bodies(path.with_suffix(".gold.jsonl"), of_page=of_page)
        blocks = difflib.SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks()
        hits = sum(block.size for block in blocks)
        total, exact = total + len(wanted), exact + hits
        print(
            f"{path.name:<28}{len(wanted):>7}{len(found):>7}{hits:>7}{hits / len(wanted):>8.1%}"
            f"{1000 * seconds / len(wanted):>9.2f}{result.report.unexplained:>13}"
        )
    print(f"{'all':<28}{total:>7}{'':>7}{exact:>7}{exact / total:>8.1%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
