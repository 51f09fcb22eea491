"""Post pairs against gold.

An item is what a channel pair publishes once: all Russian and all English posts that tell it, reposts included. An item
is found if any of its Russian posts is paired with any of its English ones; further pairs of a found item are neither
right nor wrong. Any other pair is false: across two items, or with a post that has no counterpart. A post that tells
two items, as an English digest of two Russian posts, is in both, and both want to be found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from toolkit.errors import SourceError
from toolkit.evaluation.ids import shared_names
from toolkit.evaluation.intervals import Evaluation, evaluate_counts, precision_recall_f1
from toolkit.evaluation.tables import id_of, read_rows

_COLUMNS: Final = (("ru_id", "ru_post_id", "ru_ids"), ("en_id", "en_post_id", "en_ids"))


class Item(NamedTuple):
    """The posts that tell one thing; a side is empty if nothing in that language does."""

    ru: frozenset[str]
    en: frozenset[str]


def read_items(path: Path) -> list[Item]:
    """Read gold: a row an item; a side without posts is empty. Rows that are there twice count once.

    Args:
        path: columns ru_id and en_id (or ru_post_id and en_post_id); the ids of reposts stand in one cell, separated by
            spaces. JSON lines and Parquet may have lists of ids under ru_ids and en_ids instead.

    Raises:
        SourceError: if it cannot be read, a row has no id, or no item has both sides.
    """
    items: dict[Item, None] = {}
    for number, cells in read_rows(path, _COLUMNS):
        item = Item(*(frozenset(_ids(cell, path, number)) for cell in cells))
        if not item.ru and not item.en:
            raise SourceError("names no post, wanted ru_id, en_id or both", where=path, line=number)
        items[item] = None
    if not any(item.ru and item.en for item in items):
        raise SourceError("has no pair, wanted ru_id<TAB>en_id lines", where=path)
    return list(items)


def _ids(cell: object, path: Path, number: int) -> list[str]:
    values = cell.split() if isinstance(cell, str) else cell if isinstance(cell, list) else [cell]
    return [name for value in values if (name := id_of(value, path, number)) is not None]


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Read (Russian, English) ids: what `bitext match` writes, or any table with the columns of gold.

    Raises:
        SourceError: if it cannot be read, or a row lacks an id.
    """
    pairs = []
    for number, cells in read_rows(path, tuple(names[:2] for names in _COLUMNS)):
        ru, en = (id_of(cell, path, number) for cell in cells)
        if ru is None or en is None:
            raise SourceError("lacks an id, wanted ru_id<TAB>en_id", where=path, line=number)
        pairs.append((ru, en))
    return pairs


def evaluate_pairs(items: Sequence[Item], pairs: Sequence[tuple[str, str]], *, partial: bool = False) -> Evaluation:
    """Return precision, recall and F1 over items.

    The intervals draw items: with an item goes every false pair of its Russian post, or of its English one if gold does
    not name the Russian; a false pair of two unnamed posts is drawn by itself.

    Args:
        items: gold, each once.
        pairs: (Russian, English) ids.
        partial: gold is about some posts only: a pair of two posts that it does not name is not judged. Else a post
            that gold does not name has no counterpart.

    Raises:
        SourceError: if an id of one file could be two of the other, or the two share none.

    >>> items = [Item(frozenset({"1"}), frozenset({"7"})), Item(frozenset({"2"}), frozenset())]
    >>> found = evaluate_pairs(items, [("1", "7"), ("2", "8")])
    >>> [(name, figure.value) for name, figure in found.figures.items()]
    [('precision', 0.5), ('recall', 1.0), ('f1', 0.6667)]
    """
    items_of: list[dict[str, set[int]]] = [defaultdict(set), defaultdict(set)]
    named = [shared_names({n for item in items for n in item[s]}, {pair[s] for pair in pairs}) for s in (0, 1)]
    for number, item in enumerate(items):
        for side in (0, 1):
            for name in item[side]:
                items_of[side][named[side][name]].add(number)
    found: set[int] = set()
    false: Counter[int | tuple[str, str]] = Counter()
    unjudged = 0
    for pair in sorted(set(pairs)):
        ru, en = (items_of[side].get(named[side][pair[side]], set()) for side in (0, 1))
        if ru & en:
            found |= ru & en
        elif not ru and not en and partial:
            unjudged += 1
        else:
            false[min(ru or en, default=pair)] += 1
    units = [*range(len(items)), *(unit for unit in false if isinstance(unit, tuple))]
    counts = {
        "gold_items": np.array([isinstance(u, int) and bool(items[u].ru and items[u].en) for u in units], float),
        "found": np.array([unit in found for unit in units], float),
        "false_pairs": np.array([false[unit] for unit in units], float),
    }
    formulas = precision_recall_f1("found", "_judged", "found", "gold_items")
    counts["_judged"] = counts["found"] + counts["false_pairs"]
    result = evaluate_counts(counts, formulas, "items")
    return replace(result, counts=result.counts | {"pairs_not_judged": unjudged}) if partial else result
