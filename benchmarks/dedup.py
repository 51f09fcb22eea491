"""Measure near-duplicate search against the exact answer, beside rensa and datasketch where they are installed.

    python benchmarks/dedup.py POSTS [--threshold 0.8] [--repeat 1]

POSTS is whatever `bitext parse` reads. The truth is every pair of posts whose 5-word shingles have a Jaccard similarity
of at least the threshold, counted with an inverted index. Seconds are of the search alone, after reading.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toolkit.evaluation.dedup import exact_pairs
from toolkit.options import DedupOptions, SourceOptions
from toolkit.sources import read_source
from toolkit.stages.dedup import dedup_posts

Pairs = set[tuple[int, int]]
Shingles = list[set[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", type=Path)
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the fastest counts")
    arguments = parser.parse_args()
    threshold = arguments.threshold
    posts = read_source(SourceOptions(path=arguments.posts)).posts.sort_by("post_id")
    ids, texts = posts["post_id"].to_pylist(), posts["text"].to_pylist()
    number = {post_id: n for n, post_id in enumerate(ids)}
    named = dict(zip(ids, texts, strict=True))

    def bitext() -> Pairs:
        found = dedup_posts(posts, DedupOptions(threshold=threshold)).near_pairs
        ids = zip(found["id_a"].to_pylist(), found["id_b"].to_pylist(), strict=True)
        return {(number[a], number[b]) for a, b in ids}

    def exact() -> Pairs:
        return {(number[a], number[b]) for a, b in exact_pairs(named, threshold)}

    systems: dict[str, Callable[[], Pairs]] = {"all pairs, exact": exact}
    systems["bitext"] = bitext
    if importlib.util.find_spec("rensa"):
        systems["rensa 8 x 16"] = lambda: rensa_pairs(shingle(texts), threshold, bands=8)
        systems["rensa 16 x 8"] = lambda: rensa_pairs(shingle(texts), threshold, bands=16)
    if importlib.util.find_spec("datasketch"):
        systems["datasketch, its own bands"] = lambda: datasketch_pairs(shingle(texts), threshold)
    truth = exact()
    bitext()  # starts the engine
    print(f"{len(texts):,} posts, {len(truth):,} pairs with Jaccard >= {threshold:g}")
    print(f"{'system':28} {'pairs':>8} {'P':>7} {'R':>7} {'F1':>7} {'s':>8} {'posts/s':>9}")
    for name, search in systems.items():
        found, seconds = fastest(search, arguments.repeat)
        hits = len(found & truth)
        scores = hits / max(len(found), 1), hits / max(len(truth), 1), 2 * hits / max(len(found) + len(truth), 1)
        print(f"{name:28} {len(found):8,} {' '.join(f'{score:7.4f}' for score in scores)}", end=" ")
        print(f"{seconds:8.2f} {len(texts) / seconds:9,.0f}", flush=True)


def fastest(search: Callable[[], Pairs], runs: int) -> tuple[Pairs, float]:
    """Return what was found and the seconds of the fastest run."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        found = search()
        best = min(best, time.perf_counter() - start)
    return found, best


def shingle(texts: list[str]) -> Shingles:
    """Return 5-grams of lower-cased words, as strings: all that the others are given."""
    lists = (re.findall(r"\w+", text.lower()) for text in texts)
    return [{" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))} for words in lists]


def rensa_pairs(shingles: Shingles, threshold: float, bands: int) -> Pairs:
    """R-MinHash and LSH; candidates pass by their estimated similarity."""
    rensa: Any = importlib.import_module("rensa")
    hashes: list[Any] = []
    for found in shingles:
        hashes.append(rensa.RMinHash(num_perm=128, seed=1))
        hashes[-1].update(list(found))
    lsh = rensa.RMinHashLSH(threshold=threshold, num_perm=128, num_bands=bands)
    return _query(lsh, hashes, threshold)


def datasketch_pairs(shingles: Shingles, threshold: float) -> Pairs:
    """MinHash and LSH with the bands that it computes; candidates pass by their estimated similarity."""
    datasketch: Any = importlib.import_module("datasketch")
    hashes: list[Any] = []
    for found in shingles:
        hashes.append(datasketch.MinHash(num_perm=128, seed=1))
        hashes[-1].update_batch([one.encode("utf-8") for one in found])
    return _query(datasketch.MinHashLSH(threshold=threshold, num_perm=128), hashes, threshold)


def _query(lsh: Any, hashes: list[Any], threshold: float) -> Pairs:
    pairs: Pairs = set()
    for number, one in enumerate(hashes):
        pairs.update((other, number) for other in lsh.query(one) if hashes[other].jaccard(one) >= threshold)
        lsh.insert(number, one)
    return pairs


if __name__ == "__main__":
    main()
