"""Read a release with Hugging Face `datasets`: load it, filter it by score, stream it, look at posts and evidence.

    pip install datasets
    python load_and_stream.py --release dist/demo/0.1.0
    python load_and_stream.py --release your-org/your-dataset --revision 1.2.0 --min-score 0.9

RELEASE is a folder NAME/VERSION or the name of a dataset on the Hub; there a revision, the tag of a version, says which
release is meant, so that the same script reads the same rows next year.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from datasets import load_dataset

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", required=True, help="a folder, or a name on the Hub")
    parser.add_argument("--revision", help="tag of the version, on the Hub")
    parser.add_argument("--min-score", type=float, default=0.9, help="of sentence pairs, 0 to 1  [default: 0.9]")
    parser.add_argument("--show", type=int, default=3, help="how many rows to print of everything  [default: 3]")
    given = parser.parse_args()

    # Loaded: rows lie in a file that is mapped into memory, and can be picked by number.
    pairs = load_dataset(given.release, "sentence_pairs", split="train", revision=given.revision)
    good = pairs.filter(lambda score: is_good(score, given.min_score), input_columns="score")
    print(f"{len(good)} of {len(pairs)} sentence pairs have a score of {given.min_score} or more")
    for row in good.select(range(min(given.show, len(good)))):
        print(f"  {row['score']:.2f}  {row['ru_text']}  |  {row['en_text']}")

    # Streamed: nothing is stored, and the first row is there at once, whatever the size of the release.
    streamed = load_dataset(given.release, "sentence_pairs", split="train", revision=given.revision, streaming=True)
    count = sum(is_good(row["score"], given.min_score) for row in streamed)
    print(f"streamed: {count} of them")

    print("posts and the English post that says the same:")
    for ru, en, pair in islice(matched_posts(given.release, given.revision), given.show):
        print(f"  {pair['relation']}, {pair['probability']:.2f}: {first_line(ru)}  |  {first_line(en)}")

    kinds: Counter[str] = Counter()
    for row in evidence(given.release, given.revision):
        kinds[row["kind"]] += 1
        if kinds.total() <= given.show:
            print(f"{row['post_id']} repeats {row['kept_id']}: {row['kind']}, {row['similarity']:.2f} ({row['rule']})")
    print("evidence of repeats:", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "none")


def is_good(score: float, least: float) -> bool:
    """Compare as published, with four decimals: a 32-bit 0.9 comes to Python as 0.8999999761581421."""
    return round(score, 4) >= least


def matched_posts(release: str, revision: str | None) -> Iterator[tuple[Row, Row, Row]]:
    """Yield a Russian post, its English counterpart, and the row of `post_pairs` that says why.

    Both posts are in the split of their pair. Of the posts only the ids are in memory.
    """
    posts = load_dataset(release, "posts", revision=revision)
    for split, pairs in load_dataset(release, "post_pairs", revision=revision).items():
        place = {post_id: number for number, post_id in enumerate(posts[split]["post_id"])}
        for pair in pairs:
            yield posts[split][place[pair["ru_post_id"]]], posts[split][place[pair["en_post_id"]]], pair


def evidence(release: str, revision: str | None) -> Iterator[Row]:
    """Yield what the release says about posts that repeat others, removed ones among them."""
    for rows in load_dataset(release, "duplicates", revision=revision, streaming=True).values():
        yield from rows


def first_line(post: Row) -> str:
    return str(post["text"]).partition("\n")[0][:60]


if __name__ == "__main__":
    main()
