"""Numbers about the published rows that help a reader decide whether and how to use them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.options import DedupOptions
from toolkit.release.tables import COMPARABLE_PAIRS, CONFIGS, DIGITS, POST_PAIRS, POSTS, SENTENCE_PAIRS
from toolkit.stages.crossing import nearest_rows
from toolkit.text.pii import KINDS

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MEASURES = {
    SENTENCE_PAIRS.name: ("score", "similarity", "length_ratio", "number_match"),
    POST_PAIRS.name: ("probability", "similarity", "coverage_ru", "coverage_en", "hours_apart"),
}
# Most scores are close to 1, and what is cut off is cut there: equal steps would show one bar.
SCORE_EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
RATIO_EDGES = tuple(step / 10 for step in range(11))
LAG_EDGES = (0, 1, 6, 24, 72)  # hours; the last group has no end

_HANDLE = re.compile(r"(?:t\.me|telegram\.me)/(?:s/)?([A-Za-z]\w{3,})/\d")

Published = Mapping[str, Mapping[str, pa.Table]]


def describe(published: Published, near: DedupOptions = DedupOptions()) -> dict[str, Any]:  # noqa: B008
    """Return the statistics of the published tables as JSON values.

    Args:
        published: config -> split -> rows, from `published_tables`.
        near: what deduplication took for nearly the same.

    Returns:
        `languages`, `channels`: posts by value; `channel_names`: what channels are called whose id is a number;
        `first_date`, `last_date`: of posts, ISO days, null without dates;
        `relations`, `bead_types`: sentence pairs by value; `post_pairs`: post pairs by relation; `quantiles`: config ->
        column -> values at `QUANTILES`, null where the column is all null; `held_out`: how many sentence pairs are
        outside train (`rows`), of how many train has a side, `ru_text` and `en_text`: word for word, `near_ru_text` and
        `near_en_text`: the same or nearly so, `near_pairs`: of how many another split has both sides nearly so,
        `near_posts`: the same of posts of one language; `personal`: kind -> values found in posts, kept or replaced;
        `histograms`: of sentence pairs, column -> `edges` and one `counts` fewer, the last group with both its ends;
        `lag`: of post pairs, `ru_first`, `en_first`: counts in groups that begin at `edges` hours, and `same_time`;
        `posts_by_month`: month -> language -> dated posts, in order of time; `variants`: of post pairs and comparable
        pairs, relation -> variant -> pairs, null as "".
    """
    posts, beads = _all_rows(published, POSTS.name), _all_rows(published, SENTENCE_PAIRS.name)
    pairs, comparable = _all_rows(published, POST_PAIRS.name), _all_rows(published, COMPARABLE_PAIRS.name)
    dates = pc.min_max(posts["date"]).as_py()
    return {
        "languages": count_values(posts["lang"]),
        "channels": count_values(posts["channel"]),
        "channel_names": name_channels(posts),
        "first_date": dates["min"] and dates["min"].date().isoformat(),
        "last_date": dates["max"] and dates["max"].date().isoformat(),
        "relations": count_values(beads["relation"]),
        "post_pairs": count_values(pairs["relation"]),
        "bead_types": count_values(beads["bead_type"]),
        "quantiles": {
            config: {column: _quantiles(rows[column]) for column in columns}
            for config, columns in _MEASURES.items()
            for rows in [_all_rows(published, config)]
        },
        "held_out": _held_out(published[SENTENCE_PAIRS.name], published[POSTS.name], near),
        "personal": _personal(posts),
        "histograms": {
            "score": _histogram(beads["score"], SCORE_EDGES),
            "length_ratio": _histogram(beads["length_ratio"], RATIO_EDGES),
        },
        "lag": _lag(pairs["hours_apart"]),
        "posts_by_month": _posts_by_month(posts),
        "variants": _variants(pa.concat_tables([pairs, comparable])),
    }


def count_values(column: pa.ChunkedArray) -> dict[str, int]:
    """Return how often each value occurs, the most frequent first."""
    counted = pc.value_counts(column).to_pylist()
    return {row["values"]: row["counts"] for row in sorted(counted, key=lambda row: (-row["counts"], row["values"]))}


def name_channels(posts: pa.Table) -> dict[str, str]:
    """Return what channels are called whose id is a number: channel -> title and handle, as far as they are known.

    Of several titles the most frequent one counts.

    Args:
        posts: has `channel`, `channel_title` and `permalink`.
    """
    numbered = posts.filter(pc.match_substring_regex(posts["channel"], r"^-?\d+$"))
    titles: dict[str, Counter[str]] = {}
    handles: dict[str, Counter[str]] = {}
    columns = (numbered[name].to_pylist() for name in ("channel", "channel_title", "permalink"))
    for channel, title, link in zip(*columns, strict=True):
        if title and title.strip():
            titles.setdefault(channel, Counter())[" ".join(title.split())] += 1
        if link and (match := _HANDLE.search(link)):
            handles.setdefault(channel, Counter())[f"@{match[1]}"] += 1
    names = {}
    for channel in sorted(titles.keys() | handles.keys()):
        title, handle = (_most_frequent(found.get(channel)) for found in (titles, handles))
        names[channel] = f"{title} ({handle})" if title and handle else title or handle
    return names


def _most_frequent(counts: Counter[str] | None) -> str:
    return min(counts, key=lambda value: (-counts[value], value)) if counts else ""


def _all_rows(published: Published, config: str) -> pa.Table:
    schemas = {each.name: each.schema for each in CONFIGS}
    return pa.concat_tables([schemas[config].empty_table(), *published[config].values()])


def _quantiles(column: pa.ChunkedArray) -> list[float] | None:
    values = pc.quantile(column, q=list(QUANTILES)).to_pylist()
    return None if values[0] is None else [round(value, DIGITS) for value in values]


def _held_out(splits: Mapping[str, pa.Table], posts: Mapping[str, pa.Table], near: DedupOptions) -> dict[str, int]:
    held = [rows for split, rows in splits.items() if split != "train"]
    counts = {"rows": sum(rows.num_rows for rows in held)}
    for column in ("ru_text", "en_text"):
        ours = pa.chunked_array([chunk for rows in held for chunk in rows[column].chunks], pa.string())
        theirs = pc.unique(splits["train"][column]) if "train" in splits else pa.array([], pa.string())
        texts = pc.unique(ours)
        is_near = nearest_rows([pa.chunked_array([texts])], [pa.chunked_array([theirs])], near) >= 0
        counts[column] = _how_many(ours, theirs)
        counts[f"near_{column}"] = _how_many(ours, texts.filter(pa.array(is_near)))
    counts["near_pairs"] = count_near(splits, ("ru_text", "en_text"), near)
    counts["near_posts"] = sum(
        count_near({split: rows.filter(pc.field("lang") == lang) for split, rows in posts.items()}, ("text",), near)
        for lang in sorted({lang for rows in posts.values() for lang in pc.unique(rows["lang"]).to_pylist()})
    )
    return counts


def count_near(splits: Mapping[str, pa.Table], columns: Sequence[str], near: DedupOptions) -> int:
    """Return how many rows outside train are near to a row of another split in all the columns."""
    count = 0
    for split in splits.keys() - {"train"}:
        mine, none = splits[split].select(columns), splits[split].select(columns).slice(0, 0)
        others = pa.concat_tables([none, *(rows.select(columns) for other, rows in splits.items() if other != split)])
        found = nearest_rows(mine.columns, others.columns, near)
        count += int((found >= 0).sum())
    return count


def _how_many(texts: pa.ChunkedArray, known: pa.Array) -> int:
    return pc.sum(pc.is_in(texts, value_set=known)).as_py() or 0


def _personal(posts: pa.Table) -> dict[str, int]:
    found = Counter(dict.fromkeys(KINDS, 0))
    for counts in pc.drop_null(posts["personal"]).to_pylist():
        found.update({each["kind"]: each["count"] for each in counts})
    return dict(found)


def _histogram(column: pa.ChunkedArray, edges: tuple[float, ...]) -> dict[str, list[Any]]:
    """Count values between edges; a value on an edge belongs above it, and one on the last edge below."""
    # Whole numbers: a published 0.95 is a float32, and as such just below 0.95.
    values = np.rint(pc.drop_null(column).to_numpy().astype(np.float64) * 10**DIGITS).astype(np.int64)
    counts, _ = np.histogram(values, [round(edge * 10**DIGITS) for edge in edges])
    return {"edges": list(edges), "counts": counts.tolist()}


def _lag(hours: pa.ChunkedArray) -> dict[str, Any]:
    values = pc.drop_null(hours).to_numpy()
    sides = {"ru_first": values[values > 0], "en_first": -values[values < 0]}
    groups = {side: np.histogram(found, [*LAG_EDGES, np.inf])[0].tolist() for side, found in sides.items()}
    return {"edges": list(LAG_EDGES), **groups, "same_time": int((values == 0).sum())}


def _posts_by_month(posts: pa.Table) -> dict[str, dict[str, int]]:
    dated = posts.filter(pc.is_valid(posts["date"]))
    months = np.asarray(dated["date"].cast(pa.timestamp("ms"))).astype("datetime64[M]")
    found = pa.table({"month": months.astype(str), "lang": dated["lang"]})
    counts: dict[str, dict[str, int]] = {}
    grouped = found.group_by(["month", "lang"]).aggregate([([], "count_all")])
    for row in sorted(grouped.to_pylist(), key=lambda row: (row["month"], row["lang"])):
        counts.setdefault(row["month"], {})[row["lang"]] = row["count_all"]
    return counts


def _variants(pairs: pa.Table) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for relation in count_values(pairs["relation"]):
        rows = pairs.filter(pc.equal(pairs["relation"], relation))
        counts[relation] = count_values(pc.fill_null(rows["variant"], ""))
    return counts
