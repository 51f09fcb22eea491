"""Numbers about the published rows that help a reader decide whether and how to use them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.release.tables import CONFIGS, DIGITS, POST_PAIRS, POSTS, SENTENCE_PAIRS
from toolkit.text.pii import KINDS

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MEASURES = {
    SENTENCE_PAIRS.name: ("score", "similarity", "length_ratio", "number_match"),
    POST_PAIRS.name: ("probability", "similarity", "coverage_ru", "coverage_en", "hours_apart"),
}

Published = Mapping[str, Mapping[str, pa.Table]]


def describe(published: Published) -> dict[str, Any]:
    """Return the statistics of the published tables as JSON values.

    Args:
        published: config -> split -> rows, from `published_tables`.

    Returns:
        `languages`, `channels`: posts by value; `first_date`, `last_date`: of posts, ISO days, null without dates;
        `relations`, `bead_types`: sentence pairs by value; `quantiles`: config -> column -> values at `QUANTILES`, null
        where the column is all null; `held_out`: how many rows are outside train, and how many of them have a Russian
        or English text that train has word for word; `personal`: kind -> values found in posts,
        kept or replaced.
    """
    posts, beads = _all_rows(published, POSTS.name), _all_rows(published, SENTENCE_PAIRS.name)
    dates = pc.min_max(posts["date"]).as_py()
    return {
        "languages": count_values(posts["lang"]),
        "channels": count_values(posts["channel"]),
        "first_date": dates["min"] and dates["min"].date().isoformat(),
        "last_date": dates["max"] and dates["max"].date().isoformat(),
        "relations": count_values(beads["relation"]),
        "bead_types": count_values(beads["bead_type"]),
        "quantiles": {
            config: {column: _quantiles(rows[column]) for column in columns}
            for config, columns in _MEASURES.items()
            for rows in [_all_rows(published, config)]
        },
        "held_out": _held_out(published[SENTENCE_PAIRS.name]),
        "personal": _personal(posts),
    }


def count_values(column: pa.ChunkedArray) -> dict[str, int]:
    """Return how often each value occurs, the most frequent first."""
    counted = pc.value_counts(column).to_pylist()
    return {row["values"]: row["counts"] for row in sorted(counted, key=lambda row: (-row["counts"], row["values"]))}


def _all_rows(published: Published, config: str) -> pa.Table:
    schemas = {each.name: each.schema for each in CONFIGS}
    return pa.concat_tables([schemas[config].empty_table(), *published[config].values()])


def _quantiles(column: pa.ChunkedArray) -> list[float] | None:
    values = pc.quantile(column, q=list(QUANTILES)).to_pylist()
    return None if values[0] is None else [round(value, DIGITS) for value in values]


def _held_out(splits: Mapping[str, pa.Table]) -> dict[str, int]:
    held = [rows for split, rows in splits.items() if split != "train"]
    counts = {"rows": sum(rows.num_rows for rows in held)}
    for column in ("ru_text", "en_text"):
        known = splits["train"][column].combine_chunks() if "train" in splits else pa.array([], pa.string())
        counts[column] = sum(pc.sum(pc.is_in(rows[column], value_set=known)).as_py() or 0 for rows in held)
    return counts


def _personal(posts: pa.Table) -> dict[str, int]:
    found = Counter(dict.fromkeys(KINDS, 0))
    for counts in pc.drop_null(posts["personal"]).to_pylist():
        found.update({each["kind"]: each["count"] for each in counts})
    return dict(found)
