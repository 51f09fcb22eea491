"""What the statistics of a release are added up from, piece by piece."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.release.rows import Published
from toolkit.release.shards import UNDATED, month_name, month_numbers
from toolkit.release.tables import COMPARABLE_PAIRS, POST_PAIRS, POSTS, SENTENCE_PAIRS

MEASURES: Final = {
    SENTENCE_PAIRS.name: ("score", "similarity", "length_ratio", "number_match"),
    POST_PAIRS.name: ("probability", "similarity", "coverage_ru", "coverage_en", "hours_apart"),
}
_COUNTED: Final = {  # columns whose values, or combinations of values, are counted
    SENTENCE_PAIRS.name: (("relation",), ("bead_type",)),
    POST_PAIRS.name: (("relation",), ("relation", "variant")),
    COMPARABLE_PAIRS.name: (("relation", "variant"),),
    POSTS.name: (("lang",), ("channel",)),
}
_HANDLE: Final = r"(?:t\.me|telegram\.me)/(?:s/)?(?P<handle>[A-Za-z]\w{3,})/\d"
_NUMBER: Final = r"^-?\d+$"

Values = tuple[Any, ...]


@dataclass
class Counts:
    """Counts of rows of a config.

    Attributes:
        values: columns -> how often which values occur together.
        measures: column -> its numbers but for nulls, in pieces.
        first, last: of the dates, in ms; None if there is none.
    """

    values: dict[tuple[str, ...], Counter[Values]] = field(default_factory=lambda: defaultdict(Counter))
    measures: dict[str, list[NDArray[np.float32]]] = field(default_factory=lambda: defaultdict(list))
    first: int | None = None
    last: int | None = None

    def add(self, rows: pa.Table, config: str) -> None:
        """Count the next rows of a config."""
        for columns in _COUNTED.get(config, ()):
            self._count(columns, rows)
        for column in MEASURES.get(config, ()):
            self.measures[column].append(pc.drop_null(rows[column]).to_numpy())
        if config == POSTS.name:
            self._add_posts(rows)

    def of(self, column: str) -> Counter[Any]:
        """Return how often each value of a column occurs."""
        return Counter({values[0]: count for values, count in self.values[column,].items()})

    def numbers(self, column: str) -> NDArray[np.float32]:
        """Return the numbers of a column but for nulls."""
        return np.concatenate([np.empty(0, np.float32), *self.measures[column]])

    def _count(self, columns: Sequence[str], rows: pa.Table) -> None:
        names = list(columns)
        counted = rows.select(names).group_by(names).aggregate([([], "count_all")]).to_pydict()
        for *values, count in zip(*(counted[name] for name in [*names, "count_all"]), strict=True):
            self.values[tuple(names)][tuple(values)] += count

    def _add_posts(self, rows: pa.Table) -> None:
        self.add_names(rows)
        dates = pc.min_max(rows["date"].cast(pa.int64())).as_py()
        if dates["min"] is not None:
            self.first = min(dates["min"], dates["min"] if self.first is None else self.first)
            self.last = max(dates["max"], dates["max"] if self.last is None else self.last)
        months = pa.table({"month": month_numbers(rows["date"]), "lang": rows["lang"]})
        self._count(("month", "lang"), months)
        found = pc.drop_null(rows["personal"]).combine_chunks().flatten()
        kinds = pa.table({"kind": pc.struct_field(found, "kind"), "count": pc.struct_field(found, "count")})
        for row in kinds.group_by("kind").aggregate([("count", "sum")]).to_pylist():
            self.values["personal",][row["kind"],] += row["count_sum"] or 0

    def add_names(self, posts: pa.Table) -> None:
        """Count what channels are called whose id is a number, by their posts."""
        is_number = pc.match_substring_regex(posts["channel"], _NUMBER)
        if not pc.any(is_number).as_py():
            return
        numbered = posts.select(["channel", "channel_title", "permalink"]).filter(is_number)
        self._count(("channel", "channel_title"), numbered)
        found = pc.struct_field(pc.extract_regex(numbered["permalink"], _HANDLE), "handle")
        self._count(("channel", "handle"), pa.table({"channel": numbered["channel"], "handle": found}))


def count_rows(published: Published) -> dict[str, dict[str, Counts]]:
    """Return what the statistics are added up from: config -> split -> counts."""
    counted: dict[str, dict[str, Counts]] = {}
    for name, splits in published.items():
        for split, rows in splits.items():
            counts = counted.setdefault(name, {}).setdefault(split, Counts())
            for batch in rows.to_batches():
                counts.add(pa.Table.from_batches([batch]), name)
    return counted


def added(parts: Iterable[Counts]) -> Counts:
    """Add counts up."""
    total = Counts()
    for part in parts:
        for columns, values in part.values.items():
            total.values[columns].update(values)
        for column, numbers in part.measures.items():
            total.measures[column] += numbers
        firsts = [day for day in (total.first, part.first) if day is not None]
        lasts = [day for day in (total.last, part.last) if day is not None]
        total.first, total.last = min(firsts, default=None), max(lasts, default=None)
    return total


def by_month(counts: Counts) -> dict[str, dict[str, int]]:
    """Return month -> language -> dated posts, in order of time."""
    months: dict[str, dict[str, int]] = {}
    for (number, lang), count in sorted(counts.values["month", "lang"].items()):
        if (month := month_name(number)) != UNDATED:
            months.setdefault(month, {})[lang] = count
    return months
