"""Pairs of near duplicates against gold: pair by pair, and as clusters."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np

from toolkit.errors import SourceError
from toolkit.evaluation.ids import shared_names
from toolkit.evaluation.intervals import Evaluation, evaluate_counts, precision_recall_f1
from toolkit.evaluation.tables import id_of, read_rows
from toolkit.kernels.clusters import join_groups

Pairs = frozenset[tuple[str, str]]  # each in order of id
_COLUMNS: Final = (("id_a",), ("id_b",))


def read_duplicate_pairs(path: Path, threshold: float | None = None, similarity: str = "similarity") -> Pairs:
    """Read pairs of ids: what `bitext dedup` writes as pairs.tsv, or any table with columns id_a and id_b.

    Args:
        path: the table.
        threshold: rows whose similarity is lower are no pairs; None keeps all.
        similarity: the column of it; the third one of a TSV without header.

    Raises:
        SourceError: if it cannot be read, a row lacks an id or names one twice, or a similarity is no number.
    """
    pairs = set()
    for number, (*cells, value) in read_rows(path, _COLUMNS, ((similarity,),)):
        a, b = (id_of(cell, path, number) for cell in cells)
        if a is None or b is None or a == b:
            raise SourceError("wanted two ids, id_a<TAB>id_b", where=path, line=number)
        if threshold is None or _number(value, path, number, similarity) >= threshold:
            pairs.add((min(a, b), max(a, b)))
    return frozenset(pairs)


def _number(value: object, path: Path, number: int, column: str) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise SourceError(
            f"has {column} {value!r}, wanted a number to compare with the threshold", where=path, line=number
        ) from error


def exact_pairs(texts: Mapping[str, str], threshold: float) -> Pairs:
    """Return every pair of texts whose 5-word shingles have a Jaccard similarity of at least the threshold.

    Counts the shared shingles of all pairs that share one. Words are lower-cased runs of letters and digits; a shorter
    text is one shingle. It shares no code with what it judges.

    Args:
        texts: id -> text.
        threshold: above 0.

    >>> exact_pairs({"a": "one two three four five six", "b": "One two three four five", "c": "one two"}, 0.5)
    frozenset({('a', 'b')})
    """
    copies: dict[frozenset[tuple[str, ...]], list[str]] = defaultdict(list)  # compared with the others only once
    for name, text in texts.items():
        copies[_shingles(text)].append(name)
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    shared: Counter[tuple[int, int]] = Counter()
    for number, shingles in enumerate(copies):
        for one in shingles:
            shared.update((other, number) for other in index[one])
            index[one].append(number)
    sizes, names = [len(shingles) for shingles in copies], list(copies.values())
    alike = [(a, b) for (a, b), n in shared.items() if n / (sizes[a] + sizes[b] - n) >= threshold]
    pairs = {_sorted(one, other) for a, b in alike for one in names[a] for other in names[b]}
    if threshold <= 1:
        pairs.update(pair for same in names for pair in combinations(sorted(same), 2))
    return frozenset(pairs)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(tuple(words[i : i + 5]) for i in range(max(1, len(words) - 4)))


def evaluate_dedup(
    gold: Pairs, test: Pairs, judged: Pairs | None = None, posts: Collection[str] | None = None
) -> Evaluation:
    """Return precision, recall and F1 over pairs, and B-cubed over clusters.

    B-cubed (Bagga & Baldwin 1998): the mean, over posts that are in a pair of either, of the share of a post's cluster
    in test that is in its cluster in gold (precision), and the other way round (recall); a cluster is what pairs tie
    together. The intervals draw groups: posts that pairs of gold or test tie together.

    Args:
        gold: the true pairs, at least one.
        test: the pairs found.
        judged: the pairs that somebody looked at; others of the test are left out. None: gold has all true pairs.
        posts: the ids of all posts that there are; None: not known.

    Raises:
        SourceError: if an id of one could be two of the other, or they share none, or test names one that is no post.

    >>> found = evaluate_dedup(frozenset({("a", "b"), ("a", "c"), ("b", "c")}), frozenset({("a", "b")}))
    >>> [figure.value for figure in found.figures.values()]
    [1.0, 0.3333, 0.5, 1.0, 0.5556, 0.7143]
    """
    known = gold | (judged or frozenset())
    gold_ids, test_ids = ({name for pair in pairs for name in pair} for pairs in (known, test))
    names = shared_names(gold_ids.union(posts or ()), test_ids)
    if posts is not None:
        _refuse_strangers({names[name] for name in posts}, {names[name] for name in test_ids})
    gold, test, known = (frozenset(_sorted(names[a], names[b]) for a, b in pairs) for pairs in (gold, test, known))
    if judged is not None:
        test &= known
    group_of = join_groups(sorted(gold | test))
    place = {group: n for n, group in enumerate(sorted(set(group_of.values())))}

    def per_group(values: Iterable[tuple[str, float]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        sums = np.zeros(len(place))
        for name, value in values:
            sums[place[group_of[name]]] += value
        return sums

    clusters = [_clusters(pairs, group_of) for pairs in (gold, test)]
    common = {name: len(clusters[0][name] & clusters[1][name]) for name in sorted(group_of)}
    counts = {
        "gold_pairs": per_group((pair[0], 1) for pair in gold),
        "test_pairs": per_group((pair[0], 1) for pair in test),
        "right_pairs": per_group((pair[0], 1) for pair in gold & test),
        "posts": per_group((name, 1) for name in group_of),
        "_precision": per_group((name, n / len(clusters[1][name])) for name, n in common.items()),
        "_recall": per_group((name, n / len(clusters[0][name])) for name, n in common.items()),
    }
    formulas = precision_recall_f1("right_pairs", "test_pairs", "right_pairs", "gold_pairs")
    formulas |= precision_recall_f1("_precision", "posts", "_recall", "posts", "bcubed_")
    return evaluate_counts(counts, formulas, "groups of posts")


def _refuse_strangers(posts: set[str], named: set[str]) -> None:
    strangers = named - posts
    if strangers:
        raise SourceError(
            f"{len(strangers):,} of the {len(named):,} ids in the pairs are of no post, as {min(strangers)!r}; "
            f"there are {len(posts):,} posts, as {min(posts)!r}",
            fix="Give all posts that the pairs were found in",
        )


def _sorted(a: str, b: str) -> tuple[str, str]:
    return min(a, b), max(a, b)


def _clusters(pairs: Pairs, every: Iterable[str]) -> dict[str, set[str]]:
    """Return the cluster of every id; one without pair is alone."""
    members: dict[str, set[str]] = defaultdict(set)
    top = {name: name for name in every} | join_groups(sorted(pairs))
    for name, group in top.items():
        members[group].add(name)
    return {name: members[group] for name, group in top.items()}
