"""Numbers about the published rows that help a reader decide whether and how to use them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.engine import EMBEDDED
from toolkit.options import DedupOptions
from toolkit.release.counts import MEASURES, Counts, added, by_month, count_rows
from toolkit.release.held_out import compare_splits
from toolkit.release.rows import Published
from toolkit.release.tables import COMPARABLE_PAIRS, CONFIGS, DIGITS, POST_PAIRS, POSTS, SENTENCE_PAIRS
from toolkit.text.pii import KINDS

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Most scores are close to 1, and what is cut off is cut there: equal steps would show one bar.
SCORE_EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
RATIO_EDGES = tuple(step / 10 for step in range(11))
LAG_EDGES = (0, 1, 6, 24, 72)  # hours; the last group has no end

Numbers = NDArray[np.float32]


def describe(published: Published, near: DedupOptions = DedupOptions()) -> dict[str, Any]:  # noqa: B008
    """Return the statistics of the published tables as JSON values.

    Args:
        published: config -> split -> rows, in the columns of `tables.CONFIGS`.
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
    held_out = compare_splits(published, near, EMBEDDED.in_one_process()).counts
    return add_up(count_rows(published), held_out)


def add_up(counted: Mapping[str, Mapping[str, Counts]], held_out: dict[str, int]) -> dict[str, Any]:
    """Return the statistics, see `describe`.

    Args:
        counted: config -> split -> counts of its rows.
        held_out: of `compare_splits`.
    """
    totals = {config.name: added(counted.get(config.name, {}).values()) for config in CONFIGS}
    posts, beads, pairs = (totals[config.name] for config in (POSTS, SENTENCE_PAIRS, POST_PAIRS))
    return {
        "languages": _sorted(posts.of("lang")),
        "channels": _sorted(posts.of("channel")),
        "channel_names": _named(posts),
        "first_date": _day(posts.first),
        "last_date": _day(posts.last),
        "relations": _sorted(beads.of("relation")),
        "post_pairs": _sorted(pairs.of("relation")),
        "bead_types": _sorted(beads.of("bead_type")),
        "quantiles": {
            config: {column: _quantiles(totals[config].numbers(column)) for column in columns}
            for config, columns in MEASURES.items()
        },
        "held_out": held_out,
        "personal": dict.fromkeys(KINDS, 0) | dict(posts.of("personal")),
        "histograms": {
            "score": _histogram(beads.numbers("score"), SCORE_EDGES),
            "length_ratio": _histogram(beads.numbers("length_ratio"), RATIO_EDGES),
        },
        "lag": _lag(pairs.numbers("hours_apart")),
        "posts_by_month": by_month(posts),
        "variants": _variants(added([pairs, totals[COMPARABLE_PAIRS.name]])),
    }


def count_values(column: pa.ChunkedArray) -> dict[str, int]:
    """Return how often each value occurs, the most frequent first."""
    return _sorted(Counter({row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}))


def name_channels(posts: pa.Table) -> dict[str, str]:
    """Return what channels are called whose id is a number: channel -> title and handle, as far as they are known.

    Of several titles the most frequent one counts.

    Args:
        posts: has `channel`, `channel_title` and `permalink`.
    """
    counts = Counts()
    counts.add_names(posts)
    return _named(counts)


def _named(counts: Counts) -> dict[str, str]:
    titles: dict[str, Counter[str]] = {}
    handles: dict[str, Counter[str]] = {}
    for (channel, title), count in counts.values["channel", "channel_title"].items():
        if title and title.strip():
            titles.setdefault(channel, Counter())[" ".join(title.split())] += count
    for (channel, handle), count in counts.values["channel", "handle"].items():
        if handle:
            handles.setdefault(channel, Counter())[f"@{handle}"] += count
    names = {}
    for channel in sorted(titles.keys() | handles.keys()):
        title, handle = (_most_frequent(found.get(channel)) for found in (titles, handles))
        names[channel] = f"{title} ({handle})" if title and handle else title or handle
    return names


def _most_frequent(counts: Counter[str] | None) -> str:
    return min(counts, key=lambda value: (-counts[value], value)) if counts else ""


def _sorted(counts: Counter[Any]) -> dict[Any, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _day(time: int | None) -> str | None:
    return None if time is None else str(np.datetime64(time, "ms").astype("datetime64[D]"))


def _quantiles(numbers: Numbers) -> list[float] | None:
    values = pc.quantile(pa.array(numbers), q=list(QUANTILES)).to_pylist()
    return None if values[0] is None else [round(value, DIGITS) for value in values]


def _histogram(numbers: Numbers, edges: tuple[float, ...]) -> dict[str, list[Any]]:
    """Count values between edges; a value on an edge belongs above it, and one on the last edge below."""
    # Whole numbers: a published 0.95 is a float32, and as such just below 0.95.
    values = np.rint(numbers.astype(np.float64) * 10**DIGITS).astype(np.int64)
    counts, _ = np.histogram(values, [round(edge * 10**DIGITS) for edge in edges])
    return {"edges": list(edges), "counts": counts.tolist()}


def _lag(hours: Numbers) -> dict[str, Any]:
    sides = {"ru_first": hours[hours > 0], "en_first": -hours[hours < 0]}
    groups = {side: np.histogram(found, [*LAG_EDGES, np.inf])[0].tolist() for side, found in sides.items()}
    return {"edges": list(LAG_EDGES), **groups, "same_time": int((hours == 0).sum())}


def _variants(pairs: Counts) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for (relation, variant), count in pairs.values["relation", "variant"].items():
        counts.setdefault(relation, Counter())[variant or ""] += count
    totals = Counter({relation: sum(found.values()) for relation, found in counts.items()})
    return {relation: _sorted(counts[relation]) for relation in _sorted(totals)}
