"""Tell who published an item first, and who repeated it, in which language and how much later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.kernels.clusters import join_groups

Tables = Mapping[str, pa.Table]
Row = dict[str, Any]
Key = tuple[str, str]  # the older release that has a post, "" for this one; post_id

_TEXT, _REAL, _COUNT = pa.string(), pa.float64(), pa.int64()


def _schema(docs: Mapping[str, tuple[pa.DataType, str]]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, metadata={"doc": doc}) for name, (kind, doc) in docs.items()])


LINEAGE = _schema(
    {
        "item_id": (_TEXT, "post_id of the item's first post"),
        "place": (
            pa.int32(),
            "1 for the earliest date that is known, 2 for the next, ...; null if the post's is not known",
        ),
        "post_id": (_TEXT, "a post of the item"),
        "kept_in": (_TEXT, "the older release that has the post; null: this one, or it was removed from this one"),
        "channel": (_TEXT, "of the post"),
        "lang": (_TEXT, "of the post; null if nothing that was read tells"),
        "date": (pa.timestamp("ms", tz="UTC"), "when it was published; null if not known"),
        "date_precision": (_TEXT, "utc | local_no_offset (a lag may be hours off) | none; null if nothing tells"),
        "lag_hours": (_REAL, "hours after the first post; null if a date is missing"),
        "how": (_TEXT, "first | exact | near | copy (edited) | contained (one is a part of the other) | translation"),
        "of": (_TEXT, "post_id that it repeats, the earliest that there is evidence for; null for the first"),
        "score": (_REAL, "similarity of duplicates, probability of translations, 0..1; null for the first"),
        "text": (_TEXT, "how the post begins; null if it is in an older release that was not read"),
    }
)
CHANNEL_LAGS = _schema(
    {
        "first_channel": (_TEXT, "channel that was first"),
        "first_lang": (_TEXT, "language that it was first in"),
        "channel": (_TEXT, "channel that came later"),
        "lang": (_TEXT, "language that it came later in"),
        "items": (_COUNT, "how many items"),
        "copies": (_COUNT, "of these, exact and near duplicates and edited copies"),
        "parts": (_COUNT, "of these, posts that contain another one or are contained in one"),
        "translations": (_COUNT, "of these, translations"),
        "median_lag_hours": (_REAL, "median of the hours to the channel's first post on an item"),
        "shortest_lag_hours": (_REAL, "the shortest of them"),
        "longest_lag_hours": (_REAL, "the longest of them"),
    }
)

_BEGINNING = 80  # characters
_KINDS = ("exact", "near", "copy")  # of duplicates that are the item itself; `contained` may be one of many in a digest
_GROUPS = {"exact": "copies", "near": "copies", "copy": "copies", "contained": "parts", "translation": "translations"}
_TABLES = {  # where a run has what a release has under one name; of facts about one post the last ones count
    "unique": ("clean", "carried.posts", "unique"),
    "duplicates": ("duplicates", "carried.duplicates"),
    "pairs": ("pairs", "carried.post_pairs", "carried.comparable_pairs"),
}


class _Tie(NamedTuple):
    """Evidence that two posts say the same."""

    one: Key
    other: Key
    how: str
    score: float
    is_part: bool  # `one` is a part of `other`, and may be one of several


def trace_items(tables: Tables, older: Mapping[str, Tables] | None = None) -> pa.Table:
    """Return the posts of every item that was published more than once.

    An item is what exact and near duplicates, edited copies and translations (parallel or partial pairs) tie together.
    A longer post that contains one of them, a forward with a comment, a digest or a translation that merges two posts,
    is listed with it, and may be in several items.

    Args:
        tables: `unique`, `duplicates` and `pairs` as of a run; see `release.read.run_tables` for those of a release.
        older: the same of older releases, by the name that `kept_in` has for them. Items that begin in one of them are
            whole then; those that have no post of this release are left out.

    Returns:
        `LINEAGE`, items in order of the first date (null last) and item_id, posts by date (null last) and post_id.
    """
    releases = {"": tables} | dict(older or {})
    found = [tie for name, of_release in releases.items() for tie in _ties(name, of_release)]
    facts = _facts(releases, {key for tie in found for key in (tie.one, tie.other)})
    found = [tie for tie in found if tie.one in facts and tie.other in facts]
    ties_of: dict[Key, list[_Tie]] = defaultdict(list)
    for tie in found:
        ties_of[tie.one].append(tie)
        ties_of[tie.other].append(tie._replace(one=tie.other, other=tie.one))
    item_of = join_groups((tie.one, tie.other) for tie in found if not tie.is_part)
    members: dict[Key, set[Key]] = defaultdict(set)
    for key, item in item_of.items():
        members[item].add(key)
    for tie in found:
        if tie.is_part:
            members[item_of.get(tie.one, tie.one)] |= {tie.one, tie.other}
    items = [_item(posts, facts, ties_of) for posts in members.values() if any(not name for name, _ in posts)]
    items.sort(key=lambda rows: (*_when(rows[0]), rows[0]["item_id"], rows[0]["kept_in"] or ""))
    return schemas.from_rows([row for rows in items for row in rows], LINEAGE)


def items_of(lineage: pa.Table) -> Iterator[list[Row]]:
    """Yield the rows of each item."""
    rows: list[Row] = []
    for row in lineage.to_pylist():
        # Two items may have one id: the post was edited, and the older release has what it said before.
        if rows and (row["item_id"] != rows[0]["item_id"] or row["how"] == "first"):
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def count_by_channels(lineage: pa.Table) -> pa.Table:
    """Return how often one channel came after another one that was first.

    Args:
        lineage: of `trace_items`.

    Returns:
        `CHANNEL_LAGS`, the most items first. Items whose first date is not known are left out, and so are posts without
        a date. A post whose language is not known counts with what it copies, else with its channel's other posts if
        they are all in one language.
    """
    only = _only_languages(lineage)
    lags: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for rows in items_of(lineage):
        first = rows[0]
        seen: set[tuple[str | None, ...]] = set()
        lang_of: dict[str, str | None] = {}
        for row in rows:
            copied = lang_of.get(row["of"]) if row["how"] in _KINDS else None
            lang_of[row["post_id"]] = row["lang"] or copied or only.get(row["channel"])
            key = (first["channel"], lang_of[first["post_id"]], row["channel"], lang_of[row["post_id"]])
            if row is not first and row["lag_hours"] is not None and key not in seen:
                seen.add(key)  # the channel's first post on it
                lags[key].append(row)
    found = [dict(zip(CHANNEL_LAGS.names, key, strict=False)) | _count(rows) for key, rows in lags.items()]
    found.sort(key=lambda row: (-row["items"], *(row[name] or "" for name in CHANNEL_LAGS.names[:4])))
    return schemas.from_rows(found, CHANNEL_LAGS)


def _count(rows: list[Row]) -> Row:
    hours = [row["lag_hours"] for row in rows]
    groups = [_GROUPS[row["how"]] for row in rows]
    return {
        "items": len(rows),
        **{group: groups.count(group) for group in _GROUPS.values()},
        "median_lag_hours": round(median(hours), 4),
        "shortest_lag_hours": min(hours),
        "longest_lag_hours": max(hours),
    }


def _only_languages(lineage: pa.Table) -> dict[str, str]:
    """Return channel -> language, of channels whose posts are all in one, as far as that is known."""
    known: dict[str, set[str]] = defaultdict(set)
    for channel, lang in zip(lineage["channel"].to_pylist(), lineage["lang"].to_pylist(), strict=True):
        if lang is not None:
            known[channel].add(lang)
    return {channel: min(langs) for channel, langs in known.items() if len(langs) == 1}


def _parts(tables: Tables, name: str, columns: list[str]) -> Iterator[pa.Table]:
    """Yield the tables of a run or a release that have a kind of rows."""
    for part in _TABLES[name]:
        if part in tables:
            yield tables[part].select(columns)


def _rows(tables: Tables, name: str, columns: list[str]) -> list[Row]:
    return [row for table in _parts(tables, name, columns) for row in table.to_pylist()]


def _facts(releases: Mapping[str, Tables], wanted: set[Key]) -> dict[Key, Row]:
    """Return channel, lang, date, its precision and text of posts, also of those that left or are in an older release.

    One of an older release that was not read is known by what the evidence says of it.
    """
    names = ["post_id", "channel", "lang", "date", "date_precision", "text"]
    facts: dict[Key, Row] = {}
    for name, tables in releases.items():
        ids = pa.array([post_id for release, post_id in wanted if release == name], pa.string())
        for table in _parts(tables, "unique", names):
            rows = table.filter(pc.is_in(table["post_id"], value_set=ids)).to_pylist()
            facts |= {(name, row["post_id"]): row for row in rows}
    for name, tables in releases.items():
        for row in _repeats(tables):
            post, kept = (name, row["post_id"]), _kept(row, name)
            own = {"post_id": row["post_id"], "channel": row["channel"], "date": row["date"], "text": row["text"]}
            facts.setdefault(post, dict.fromkeys(names) | own)
            facts.setdefault(kept, dict.fromkeys(names) | _reckoned(row))
            if row["kind"] in _KINDS:  # so both are in one language
                lang = facts[post]["lang"] or facts[kept]["lang"]
                for key in (post, kept):
                    facts[key]["lang"] = facts[key]["lang"] or lang
    return facts


def _reckoned(row: Row) -> Row:
    """Return what evidence says of the post that was kept."""
    known = row["date"] is not None and row["hours_later"] is not None
    date: datetime | None = row["date"] - timedelta(hours=row["hours_later"]) if known else None
    # Hours are rounded to 4 decimals, a third of a second.
    second = date and (date + timedelta(milliseconds=500)).replace(microsecond=0)
    channel = row["kept_id"].rpartition("/")[0] or row["kept_id"]
    return {"post_id": row["kept_id"], "channel": channel, "date": second}


def _kept(row: Row, release: str) -> Key:
    return row["kept_in"] or release, row["kept_id"]


def _repeats(tables: Tables) -> Iterator[Row]:
    """Yield the evidence of posts that repeat another one, or are a part of it."""
    names = ["post_id", "kept_id", "kind", "kept_in", "similarity", "channel", "date", "hours_later", "text"]
    for row in _rows(tables, "duplicates", names):
        # An older version of a post, in an older release, is no other post.
        is_other = row["post_id"] != row["kept_id"]
        if is_other and row["kind"] in (*_KINDS, "contained"):
            yield row


def _ties(release: str, tables: Tables) -> Iterator[_Tie]:
    for row in _repeats(tables):
        yield _Tie(
            (release, row["post_id"]), _kept(row, release), row["kind"], row["similarity"], row["kind"] not in _KINDS
        )
    names = ["ru_post_id", "en_post_id", "relation", "variant", "probability"]
    for row in _rows(tables, "pairs", names):
        ru, en = (release, row["ru_post_id"]), (release, row["en_post_id"])
        if row["relation"] != "comparable" and ru != en:
            # A post that merges two tells two stories; the other one is its part.
            posts = (en, ru) if row["variant"] == "merged_ru" else (ru, en)
            is_part = row["variant"] in ("merged_ru", "merged_en")
            yield _Tie(*posts, "translation", row["probability"], is_part)


def _item(posts: set[Key], facts: Mapping[Key, Row], ties_of: Mapping[Key, list[_Tie]]) -> list[Row]:
    ordered = sorted(posts, key=lambda key: (*_when(facts[key]), key[1], key[0]))
    place = {key: number for number, key in enumerate(ordered)}
    first = facts[ordered[0]]
    rows = []
    for key, number in place.items():
        post = facts[key]
        known = None not in (post["date"], first["date"])
        row = post | {
            "item_id": first["post_id"],
            "kept_in": key[0] or None,
            "place": number + 1 if post["date"] else None,
            "lag_hours": round((post["date"] - first["date"]).total_seconds() / 3600, 4) if known else None,
            "text": post["text"] and " ".join(post["text"].split())[:_BEGINNING],
        }
        if number == 0 and post["date"]:
            row["how"] = "first"
        else:
            inside = (tie for tie in ties_of[key] if tie.other in place)
            tie = min(inside, key=lambda tie: (place[tie.other], tie.how))
            row |= {"how": tie.how, "of": tie.other[1], "score": round(tie.score, 4)}
        rows.append(row)
    return rows


def _when(row: Row) -> tuple[bool, float]:
    return row["date"] is None, row["date"].timestamp() if row["date"] else 0.0
