"""Stage tables become the rows that are published, a part at a time.

What ties rows of different tables, ids, dates, channels and components, is narrow, and looked up for all of them at
once; what is wide, the texts, is only ever read by who finishes a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.engine import Engine
from toolkit.partitions import PART_ROWS, Partitions, Store
from toolkit.release.content import ReleaseContent
from toolkit.release.spills import Stretch, write_run
from toolkit.release.tables import (
    COMPARABLE_PAIRS,
    CONFIGS,
    DUPLICATES,
    FIRST_SEEN,
    POST_PAIRS,
    POSTS,
    SENTENCE_PAIRS,
    PublishedConfig,
    round_floats,
)

Places = NDArray[np.int64]
Made = Iterator[tuple[PublishedConfig, pa.Table]]

_SIDES = ("ru", "en")
_FACTS = ("ru_post_id", "en_post_id", "ru_channel", "en_channel", "first_seen", "component_id", "split")


@dataclass(frozen=True)
class _Own:
    """Rows that only lack their component: posts, or evidence."""

    config: PublishedConfig
    table: Partitions
    number: int
    added: pa.Table

    def rows(self) -> Made:
        names = [name for name in self.config.schema.names if name in self.table.schema.names]
        part = self.table.part(self.number, names)
        for name in self.added.column_names:
            part = part.append_column(name, self.added[name])
        yield self.config, part


@dataclass(frozen=True)
class _Beads:
    """Sentence pairs of a part, and the facts of their pairs of posts."""

    table: Partitions
    number: int
    facts: pa.Table

    def rows(self) -> Made:
        part = self.table.part(self.number)
        places = schemas.find_rows(part["pair_id"], self.facts["pair_id"], "pair_id")
        for name in _FACTS:
            if name not in part.column_names:
                part = part.append_column(name, self.facts[name].take(places))
        position = pc.replace_substring_regex(part["bead_id"], r"(?s)^.*#", "").cast(pa.int32())
        yield SENTENCE_PAIRS, part.append_column("position", position)


@dataclass(frozen=True)
class _Pairs:
    """Pairs of posts, in order of `picked`, with their facts and the numbers of their posts."""

    table: Partitions
    picked: tuple[tuple[int, Places], ...]  # part, rows
    facts: pa.Table
    posts: _Parts

    def rows(self) -> Made:
        names = [name for name in POST_PAIRS.schema.names if name in self.table.schema.names]
        rows = pa.concat_tables([self.table.part(number, names).take(pa.array(at)) for number, at in self.picked])
        for name in _FACTS:
            if name not in names:
                rows = rows.append_column(name, self.facts[name])
        for side in _SIDES:
            texts = self.posts.take(np.asarray(self.facts[side]), f"text_{side}")
            rows = rows.append_column(f"{side}_text", texts)
        is_comparable = pc.fill_null(pc.equal(rows["relation"], "comparable"), False)
        yield POST_PAIRS, rows.filter(pc.invert(is_comparable))
        yield COMPARABLE_PAIRS, rows.filter(is_comparable)


@dataclass(frozen=True)
class _Parts:
    """The parts of several tables of posts, and where each begins if all rows are numbered."""

    parts: tuple[tuple[Partitions, int], ...]
    starts: Places

    def part_of(self, rows: Places) -> Places:
        return np.searchsorted(self.starts, rows, side="right") - 1

    def take(self, rows: Places, column: str) -> pa.Array:
        """Read the values of a column in rows by number, in any order."""
        parts, order = self.part_of(rows), np.argsort(rows, kind="stable")
        found = [pa.array([], pa.string())]
        for number in np.unique(parts).tolist():
            table, part = self.parts[number]
            own = rows[order][parts[order] == number] - self.starts[number]
            found.append(table.part(part, [column])[column].combine_chunks().take(pa.array(own)))
        back = np.empty(len(rows), np.int64)
        back[order] = np.arange(len(rows))
        return pa.concat_arrays(found).take(pa.array(back))


_Task = _Own | _Beads | _Pairs


def in_parts(content: ReleaseContent, folder: Path) -> dict[str, Partitions]:
    """Return the tables of a run in parts; those that come as tables are written to the folder."""
    store = Store(folder)
    tables: dict[str, pa.Table | Partitions] = {
        "posts": content.posts, "pairs": content.pairs, "bitext": content.bitext, "duplicates": content.duplicates,
        "components": content.components,
    }  # fmt: skip
    if content.carried:
        tables["open"] = content.carried.open_posts
    return {
        name: table if isinstance(table, Partitions) else store.write(name, table, PART_ROWS)
        for name, table in tables.items()
    }


def write_runs(content: ReleaseContent, folder: Path, engine: Engine) -> dict[str, list[Stretch]]:
    """Write all rows of a release as sorted runs: what the build made, and what it carries on.

    Args:
        content: of the release.
        folder: for the runs.
        engine: does the parts.

    Returns:
        config -> what is where.

    Raises:
        SchemaError: if a row names a post or a pair that is not there.
    """
    tables = in_parts(content, folder / "in")
    tasks = list(enumerate(_plan(tables)))
    stretches: dict[str, list[Stretch]] = {config.name: [] for config in CONFIGS}
    for made in engine.map(partial(_make, folder=folder), tasks):
        for name, found in made:
            stretches[name] += found
    for config in CONFIGS if content.carried else ():
        rows = content.carried.rows[config.name]  # type: ignore[union-attr]
        for start in range(0, rows.num_rows, 8 * PART_ROWS):
            file = folder / f"{config.name}-carried-{start:010d}.arrow"
            stretches[config.name] += write_run(_finished(rows.slice(start, 8 * PART_ROWS), config), config, file)
    return stretches


def _make(task: tuple[int, _Task], folder: Path) -> list[tuple[str, list[Stretch]]]:
    number, what = task
    return [
        (config.name, write_run(_finished(rows, config), config, folder / f"{config.name}-{number:06d}.arrow"))
        for config, rows in what.rows()
        if rows.num_rows
    ]


def _finished(rows: pa.Table, config: PublishedConfig) -> pa.Table:
    schema = config.schema.append(pa.field("split", pa.string(), nullable=False))
    return schemas.conform(round_floats(rows), schema)


def _plan(tables: dict[str, Partitions]) -> Iterator[_Task]:
    """Look up what ties the rows, and cut the work."""
    components = tables["components"].read(["post_id", "component_id", "split"])
    # Of a million components few are asked for at a time, but an index of them all is only made once for a table.
    for config, name in ((POSTS, "posts"), (DUPLICATES, "duplicates")):
        ids = tables[name].read(["post_id"])["post_id"]
        added = _of_components(ids, components)
        for number, (start, end) in enumerate(pairwise(tables[name].starts.tolist())):
            # A copy: a slice would take the whole column to the worker.
            yield _Own(config, tables[name], number, added.take(pa.array(np.arange(start, end))))
    posts = [tables[name] for name in ("posts", "open") if name in tables]
    facts = _pair_facts(tables["pairs"], posts, components)
    yield from _plan_pairs(tables["pairs"], posts, facts)
    named = [pc.unique(table["pair_id"]) for table in tables["bitext"].parts(["pair_id"])]
    places = schemas.find_rows(pa.chunked_array(named, pa.string()), facts["pair_id"], "pair_id")
    start = 0
    for number, ids in enumerate(named):
        own = facts.take(places.slice(start, len(ids)).combine_chunks()).drop_columns(list(_SIDES))
        yield _Beads(tables["bitext"], number, own)
        start += len(ids)


def _of_components(ids: pa.ChunkedArray, components: pa.Table) -> pa.Table:
    places = schemas.find_rows(ids, components["post_id"], "post_id")
    return components.select(["component_id", "split"]).take(places)


def _pair_facts(pairs: Partitions, posts: Sequence[Partitions], components: pa.Table) -> pa.Table:
    """Return what is narrow about pairs: `pair_id`, `_FACTS`, and the numbers of their posts as `ru` and `en`."""
    facts = pairs.read(["pair_id", "ru_post_id", "en_post_id"])
    known = pa.concat_tables([table.read(["post_id", "channel", "date"]) for table in posts]).combine_chunks()
    dates = []
    for side in _SIDES:
        places = schemas.find_rows(facts[f"{side}_post_id"], known["post_id"], "post_id")
        facts = facts.append_column(side, places.cast(pa.int64()))
        facts = facts.append_column(f"{side}_channel", known["channel"].take(places))
        dates.append(known["date"].cast(pa.int64()).take(places))
    # Arrow has no minimum of times with a zone.
    facts = facts.append_column(FIRST_SEEN, pc.min_element_wise(*dates).cast(FIRST_SEEN.type))
    of_pairs = _of_components(facts["ru_post_id"], components)
    return facts.append_column("component_id", of_pairs["component_id"]).append_column("split", of_pairs["split"])


def _plan_pairs(pairs: Partitions, posts: Sequence[Partitions], facts: pa.Table) -> Iterator[_Pairs]:
    """Group pairs by the part of the earlier post, so that few parts are read for their texts."""
    parts = tuple((table, number) for table in posts for number in range(len(table)))
    starts = np.cumsum([0, *(rows for table in posts for rows in table.rows)])[: len(parts)]
    places = _Parts(parts, starts.astype(np.int64))
    homes = places.part_of(np.minimum(*(np.asarray(facts[side]) for side in _SIDES)))
    of_pair = pairs.starts
    order = np.argsort(homes, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(homes[order])) + 1) if len(order) else ():
        numbers = np.searchsorted(of_pair, rows, side="right") - 1
        picked = tuple((int(number), rows[numbers == number] - of_pair[number]) for number in np.unique(numbers))
        yield _Pairs(pairs, picked, facts.take(pa.array(rows)).combine_chunks(), places)
