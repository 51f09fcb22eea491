"""Measure near-duplicate search against the exact answer, beside rensa and datasketch where they are installed.

    python benchmarks/dedup.py POSTS [--threshold 0.8] [--repeat 1]
    python benchmarks/dedup.py --generate 100000
    python benchmarks/dedup.py --generate 1000000 --only bitext
    python benchmarks/dedup.py POSTS --labels PAIRS

POSTS is whatever `bitext parse` reads; `--generate` makes posts up: most are new, some repeat an earlier one, word for
word or with words changed. The truth is every pair of posts whose 5-word shingles have a Jaccard similarity of at least
the threshold, counted with an inverted index. Precision and recall are of pairs, B3 is the F1 of B-cubed over clusters.
With `--labels` (a TSV with id_a, id_b and label: copy, part or anything else) systems are judged on those pairs: how
many copies each finds, how many of what is neither copy nor part it takes for copies, and the same of parts. A system
that only knows pairs finds what its pairs tie together. Cosine is of our encoder, as SemHash does it.
Seconds are of the search alone, after reading: on the clock, and of all cores together. With `--only bitext` there is
no truth, and the peak memory of the process is printed.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import importlib.util
import itertools
import re
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.encoders import load_encoder
from toolkit.evaluation.dedup import evaluate_dedup, exact_pairs
from toolkit.kernels.clusters import join_groups
from toolkit.options import DedupOptions, EncoderOptions, SourceOptions
from toolkit.sources import read_source
from toolkit.stages.dedup import dedup_posts
from toolkit.stages.evidence import find_shared

Pairs = set[tuple[int, int]]
Shingles = list[set[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", type=Path, nargs="?")
    parser.add_argument("--generate", type=int, metavar="N", help="make up N posts")
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the fastest counts")
    parser.add_argument("--labels", type=Path, help="judge copies and parts on labelled pairs")
    parser.add_argument("--only", choices=["bitext"], help="no others, and no truth")
    arguments = parser.parse_args()
    if (arguments.posts is None) == (arguments.generate is None):
        parser.error("wanted POSTS or --generate N")
    posts = generate(arguments.generate) if arguments.generate else read_posts(arguments.posts)
    if arguments.only:
        measure_memory(posts, arguments.threshold)
        return
    texts = posts["text"].to_pylist()
    if arguments.labels:
        judge_labels(posts, texts, arguments.labels, arguments.threshold)
        return
    systems = make_systems(posts, texts, arguments.threshold)
    truth = systems["all pairs, exact"]()
    systems["bitext"]()  # starts the engine
    print(f"{len(texts):,} posts, {len(truth):,} pairs with Jaccard >= {arguments.threshold:g}")
    print(f"{'system':34} {'pairs':>8} {'P':>7} {'R':>7} {'F1':>7} {'B3':>7} {'s':>8} {'CPU s':>8} {'posts/s':>9}")
    for name, search in systems.items():
        found, seconds, cpu = fastest(search, arguments.repeat)
        figures = evaluate_dedup(named(truth), named(found)).figures
        shown = [figures[key].value for key in ("precision", "recall", "f1", "bcubed_f1")]
        print(f"{name:34} {len(found):8,} {' '.join(f'{value:7.4f}' for value in shown)}", end=" ")
        print(f"{seconds:8.2f} {cpu:8.2f} {len(texts) / seconds:9,.0f}", flush=True)


def judge_labels(posts: pa.Table, texts: list[str], labels: Path, threshold: float) -> None:
    """Print how many labelled copies and parts each system finds, and how many others it takes for them."""
    number = {post_id: n for n, post_id in enumerate(posts["post_id"].to_pylist())}
    with open(labels, encoding="utf-8", newline="") as file:
        rows = [(number[r["id_a"]], number[r["id_b"]], r["label"]) for r in csv.DictReader(file, delimiter="\t")]
    pairs = {label: {(a, b) for a, b, each in rows if each == label} for label in ("copy", "part")}
    pairs["other"] = {(a, b) for a, b, _ in rows} - pairs["copy"] - pairs["part"]
    print(f"{len(rows)} labelled pairs: {', '.join(f'{len(some)} {label}' for label, some in pairs.items())}")
    print(f"{'system':34} {'copies':>7} {'false':>7} {'parts':>7} {'false':>7} {'CPU s':>8}")
    result, _, cpu = timed(lambda: dedup_posts(posts, DedupOptions(threshold=threshold)))
    shared = find_shared(result.kept, DedupOptions(threshold=threshold)).filter(pc.field("kind") == "contained")
    ids = zip(shared["post_id"].to_pylist(), shared["kept_id"].to_pylist(), strict=True)
    found = {(number[a], number[b]) for a, b in ids}
    removed = result.duplicates.filter(pc.field("removed"))
    ids = zip(removed["post_id"].to_pylist(), removed["kept_id"].to_pylist(), strict=True)
    shown = [_shares(pairs, same_group({(number[a], number[b]) for a, b in ids}), "copy")]
    shown.append(_shares(pairs, lambda a, b: (a, b) in found or (b, a) in found, "part"))
    print(f"{'bitext':34} {' '.join(shown)} {cpu:8.2f}", flush=True)
    others = {name: search for name, search in make_systems(posts, texts, threshold).items() if name != "bitext"}
    others |= {f"word 3-grams >= {share:g}": partial(gram_pairs, texts, share) for share in (0.5,)}
    others |= {f"cosine >= {least:g}": partial(cosine_pairs, texts, least) for least in (0.9, 0.95)}
    for name, search in others.items():
        ties, _, cpu = timed(search)
        print(f"{name:34} {_shares(pairs, same_group(ties), 'copy')} {'':15} {cpu:8.2f}", flush=True)


def same_group(ties: Pairs) -> Callable[[int, int], bool]:
    """Tell which texts pairs tie together."""
    group = join_groups(sorted(named(ties)))
    return lambda a, b: group.get(f"{a:08}", a) == group.get(f"{b:08}", b)


def _shares(pairs: dict[str, Pairs], holds: Callable[[int, int], bool], label: str) -> str:
    shares = (sum(holds(*pair) for pair in pairs[name]) / max(len(pairs[name]), 1) for name in (label, "other"))
    return " ".join(f"{share:7.3f}" for share in shares)


def gram_pairs(texts: list[str], least: float) -> Pairs:
    """Compare the word 3-grams of all texts."""
    grams = [set(zip(words, words[1:], words[2:], strict=False)) for words in (t.lower().split() for t in texts)]
    both = itertools.combinations(range(len(texts)), 2)
    return {(a, b) for a, b in both if grams[a] and len(grams[a] & grams[b]) >= least * len(grams[a] | grams[b])}


def cosine_pairs(texts: list[str], least: float) -> Pairs:
    """Compare the vectors of all texts."""
    vectors = load_encoder(EncoderOptions()).encode(texts)
    first, second = np.nonzero(np.triu(vectors @ vectors.T >= least, 1))
    return set(zip(first.tolist(), second.tolist(), strict=True))


def read_posts(path: Path) -> pa.Table:
    return read_source(SourceOptions(path=path)).posts.sort_by("post_id")


def generate(n_posts: int) -> pa.Table:
    """Make up posts of 10 to 120 words, drawn as often as words of a language: 8 of 10 new, 1 a copy, 1 an edit."""
    rng = np.random.default_rng(1)
    vocabulary = np.array([f"w{number}" for number in range(50_000)])
    weights = 1 / np.arange(5, 50_005)
    drawn = rng.choice(len(vocabulary), size=1 << 20, p=weights / weights.sum())
    kinds, sizes = rng.random(n_posts), rng.integers(10, 121, n_posts)
    starts, earlier = rng.integers(0, len(drawn) - 120, n_posts), rng.random(n_posts)
    texts: list[str] = []
    for number in range(n_posts):
        # Runs of one long text would share shingles, so each is put in its own order.
        words = vocabulary[rng.permutation(drawn[starts[number] : starts[number] + sizes[number]])].tolist()
        if kinds[number] > 0.8 and texts:
            words = texts[int(earlier[number] * len(texts))].split()
            for place in rng.integers(0, len(words), 0 if kinds[number] > 0.9 else rng.integers(1, 4)):
                words[place] = f"edit{number}"
        texts.append(" ".join(words))
    constant = {"channel": "c", "date_precision": "none", "lang": "en", "lang_source": "source", "text_raw": "",
                "source_format": "table", "source_file": "", "source_span": ""}  # fmt: skip
    columns: dict[str, pa.Array] = {name: pa.repeat(pa.scalar(value), n_posts) for name, value in constant.items()}
    columns |= {"post_id": pa.array([f"c/{number:08}" for number in range(n_posts)]), "text": pa.array(texts)}
    for field in schemas.POSTS:
        empty = pa.scalar([] if pa.types.is_list(field.type) else None, field.type)
        columns.setdefault(field.name, pa.repeat(empty, n_posts))
    return schemas.conform(pa.table(columns), schemas.POSTS)


def measure_memory(posts: pa.Table, threshold: float) -> None:
    """Print time and peak memory of the two steps, beside what the posts themselves take."""
    options = DedupOptions(threshold=threshold)
    before = peak()
    print(f"{posts.num_rows:,} posts, {posts.nbytes / 2**20:,.0f} MiB; peak of the process so far {before:,.0f} MiB")
    result, *seconds = timed(lambda: dedup_posts(posts, options))
    n_pairs = sum(batch.num_rows for batch in result.near_pair_batches())
    told = f"{result.kept.num_rows:,} stay, {n_pairs:,} pairs"
    print(f"dedup    {'{:8.1f} s, {:8.1f} CPU s'.format(*seconds)}, peak {peak():8,.0f} MiB; {told}", flush=True)
    shared, *seconds = timed(lambda: find_shared(result.kept, options))
    print(f"evidence {'{:8.1f} s, {:8.1f} CPU s'.format(*seconds)}, peak {peak():8,.0f} MiB; {shared.num_rows:,} rows")


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return a result, and its seconds: on the clock, and of all cores together."""
    start, start_cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - start, time.process_time() - start_cpu


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_systems(posts: pa.Table, texts: list[str], threshold: float) -> dict[str, Callable[[], Pairs]]:
    """Return the searches by name; each gets texts and returns pairs of their numbers."""
    ids = posts["post_id"].to_pylist()
    number = {post_id: n for n, post_id in enumerate(ids)}

    def bitext() -> Pairs:
        found = dedup_posts(posts, DedupOptions(threshold=threshold)).near_pairs
        ids = zip(found["id_a"].to_pylist(), found["id_b"].to_pylist(), strict=True)
        return {(number[a], number[b]) for a, b in ids}

    def exact() -> Pairs:
        return {(number[a], number[b]) for a, b in exact_pairs(dict(zip(ids, texts, strict=True)), threshold)}

    systems: dict[str, Callable[[], Pairs]] = {"all pairs, exact": exact, "bitext": bitext}
    if importlib.util.find_spec("rensa"):
        systems["rensa 8 x 16"] = lambda: rensa_pairs(shingle(texts), threshold, bands=8)
        systems["rensa 16 x 8"] = lambda: rensa_pairs(shingle(texts), threshold, bands=16)
        systems["rensa 16 x 8, verified exactly"] = lambda: rensa_pairs(shingle(texts), threshold, 16, verified=True)
        systems["rensa 32 x 4, verified exactly"] = lambda: rensa_pairs(shingle(texts), threshold, 32, verified=True)
    if importlib.util.find_spec("datasketch"):
        systems["datasketch, its own bands"] = lambda: datasketch_pairs(shingle(texts), threshold)
        systems["datasketch, as text-dedup sets it"] = lambda: text_dedup_pairs(texts, threshold)
    return systems


def named(pairs: Pairs) -> frozenset[tuple[str, str]]:
    return frozenset((f"{first:08}", f"{second:08}") for first, second in pairs)


def fastest(search: Callable[[], Pairs], runs: int) -> tuple[Pairs, float, float]:
    """Return what was found, and the seconds of the fastest run: on the clock, and of all cores together."""
    best, cpu = float("inf"), float("inf")
    for _ in range(runs):
        found, *seconds = timed(search)
        best, cpu = min(best, seconds[0]), min(cpu, seconds[1])
    return found, best, cpu


def shingle(texts: list[str]) -> Shingles:
    """Return 5-grams of lower-cased words, as strings: all that the others are given."""
    lists = (re.findall(r"\w+", text.lower()) for text in texts)
    return [{" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))} for words in lists]


def rensa_pairs(shingles: Shingles, threshold: float, bands: int, *, verified: bool = False) -> Pairs:
    """R-MinHash and LSH; candidates pass by their estimated similarity, or by the exact one."""
    rensa: Any = importlib.import_module("rensa")
    hashes: list[Any] = []
    for found in shingles:
        hashes.append(rensa.RMinHash(num_perm=128, seed=1))
        hashes[-1].update(list(found))
    lsh = rensa.RMinHashLSH(threshold=threshold, num_perm=128, num_bands=bands)
    return _query(lsh, hashes, threshold, shingles if verified else None)


def datasketch_pairs(shingles: Shingles, threshold: float) -> Pairs:
    """MinHash and LSH with the bands that it computes; candidates pass by their estimated similarity."""
    datasketch: Any = importlib.import_module("datasketch")
    hashes: list[Any] = []
    for found in shingles:
        hashes.append(datasketch.MinHash(num_perm=128, seed=1))
        hashes[-1].update_batch([one.encode("utf-8") for one in found])
    return _query(datasketch.MinHashLSH(threshold=threshold, num_perm=128), hashes, threshold)


def text_dedup_pairs(texts: list[str], threshold: float) -> Pairs:
    """What text-dedup does by default: 256 permutations, datasketch's bands, every candidate counts, clusters by
    union-find; texts of fewer than 5 words have no shingles and no duplicates.
    """  # noqa: D205
    datasketch: Any = importlib.import_module("datasketch")
    lsh = datasketch.MinHashLSH(threshold=threshold, num_perm=256)
    pairs: Pairs = set()
    for number, found in enumerate(shingle(texts)):
        one = datasketch.MinHash(num_perm=256, seed=1)
        one.update_batch([shingle.encode("utf-8") for shingle in found if shingle.count(" ") == 4])
        if not one.is_empty():
            pairs.update((other, number) for other in lsh.query(one))
            lsh.insert(number, one)
    clusters: dict[str, list[int]] = defaultdict(list)
    for name, top in join_groups(sorted(named(pairs))).items():
        clusters[top].append(int(name))
    return {pair for members in clusters.values() for pair in itertools.combinations(sorted(members), 2)}


def _query(lsh: Any, hashes: list[Any], threshold: float, shingles: Shingles | None = None) -> Pairs:
    """Search for each text among the earlier ones."""

    def similarity(one: int, other: int) -> float:
        if shingles is None:
            return float(hashes[other].jaccard(hashes[one]))
        shared = len(shingles[one] & shingles[other])
        return shared / (len(shingles[one]) + len(shingles[other]) - shared)

    pairs: Pairs = set()
    for number, one in enumerate(hashes):
        pairs.update((other, number) for other in lsh.query(one) if similarity(number, other) >= threshold)
        lsh.insert(number, one)
    return pairs


if __name__ == "__main__":
    main()
