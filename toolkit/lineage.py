"""Tell who published an item first, and who repeated it, in which language and how much later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

import pyarrow as pa

from toolkit import schemas
from toolkit.kernels.clusters import join_groups

Tables = Mapping[str, pa.Table]
Row = dict[str, Any]
Key = tuple[str, str]  # the older release that has a post, "" for this one; post_id

_TEXT, _REAL = pa.string(), pa.float64()
_DOCS: dict[str, tuple[pa.DataType, str]] = {
    "item_id": (_TEXT, "post_id of the item's first post"),
    "place": (pa.int32(), "1 for who published first, 2 for the next, ...; null if the date is not known"),
    "post_id": (_TEXT, "a post of the item"),
    "channel": (_TEXT, "of the post"),
    "lang": (_TEXT, "of the post; null if it was removed and the release does not tell"),
    "date": (pa.timestamp("ms", tz="UTC"), "when it was published; null if not known"),
    "lag_hours": (_REAL, "hours after the first post; null if a date is missing"),
    "how": (_TEXT, "first | exact | near | contained (one is a part of the other) | translation"),
    "of": (_TEXT, "the post of the item that it repeats, the earliest that there is evidence for; null for the first"),
    "score": (_REAL, "similarity of duplicates, probability of translations, 0..1; null for the first"),
    "text": (_TEXT, "how the post begins"),
}
LINEAGE = pa.schema([pa.field(name, kind, metadata={"doc": doc}) for name, (kind, doc) in _DOCS.items()])
CHANNEL_LAGS = pa.schema(
    [
        pa.field("first_channel", _TEXT, metadata={"doc": "channel that was first"}),
        pa.field("first_lang", _TEXT, metadata={"doc": "language that it was first in"}),
        pa.field("channel", _TEXT, metadata={"doc": "channel that came later"}),
        pa.field("lang", _TEXT, metadata={"doc": "language that it came later in"}),
        pa.field("items", pa.int64(), metadata={"doc": "how many items"}),
        pa.field("median_lag_hours", _REAL, metadata={"doc": "median of the hours to the channel's first post on it"}),
    ]
)

_BEGINNING = 80  # characters
_KINDS = ("exact", "near")  # of duplicates that are the item itself; `contained` may be one of many in a digest


class _Tie(NamedTuple):
    """Evidence that two posts say the same."""

    one: Key
    other: Key
    how: str
    score: float


def trace_items(tables: Tables) -> pa.Table:
    """Return the posts of every item that was published more than once.

    An item is what exact and near duplicates and translations (parallel or partial pairs) tie together. A longer post
    that contains one of them, a forward with a comment, a digest or a translation that merges two posts, is listed with
    it, and may be in several items.

    Args:
        tables: `unique`, `duplicates` and `pairs` as of a run; see `release.read.run_tables` for those of a release.

    Returns:
        `LINEAGE`, items in order of the first date (null last) and item_id, posts by date (null last) and post_id.
    """
    facts = _facts(tables)
    ties, parts = _ties(tables)
    ties_of: dict[Key, list[_Tie]] = defaultdict(list)
    for tie in (*ties, *parts):
        ties_of[tie.one].append(tie)
        ties_of[tie.other].append(_Tie(tie.other, tie.one, tie.how, tie.score))
    item_of = join_groups((tie.one, tie.other) for tie in ties)
    members: dict[Key, set[Key]] = defaultdict(set)
    for key, item in item_of.items():
        members[item].add(key)
    for part in parts:
        members[item_of.get(part.one, part.one)] |= {part.one, part.other}
    items = [_item(posts, facts, ties_of) for posts in members.values()]
    items.sort(key=lambda rows: (*_when(rows[0]), rows[0]["item_id"]))
    return schemas.from_rows([row for rows in items for row in rows], LINEAGE)


def count_by_channels(lineage: pa.Table) -> pa.Table:
    """Return how often one channel came after another one that was first.

    Args:
        lineage: of `trace_items`.

    Returns:
        `CHANNEL_LAGS`, the most items first. Items whose first date is not known are left out, and so are posts without
        a date.
    """
    lags: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(dict)
    first: Row = {}
    for row in lineage.to_pylist():
        if row["place"] == 1:  # also where the item before has the same id: it began in an older release
            first = row
        elif row["lag_hours"] is not None:
            key = (first["channel"], first["lang"], row["channel"], row["lang"])
            lags[key].setdefault(first["item_id"], row["lag_hours"])  # the channel's first post on it
    names = CHANNEL_LAGS.names[:4]
    found: list[Row] = [
        dict(zip(names, key, strict=True)) | {"items": len(n), "median_lag_hours": round(median(n.values()), 4)}
        for key, n in lags.items()
    ]
    found.sort(key=lambda row: (-row["items"], *(row[name] or "" for name in names)))
    return schemas.from_rows(found, CHANNEL_LAGS)


def _kept(row: Row) -> Key:
    return row["kept_in"] or "", row["kept_id"]


def _facts(tables: Tables) -> dict[Key, Row]:
    """Return channel, lang, date and text of every post, also of those that left or are in an older release."""
    names = ["post_id", "channel", "lang", "date", "text"]
    facts: dict[Key, Row] = {("", row["post_id"]): row for row in tables["unique"].select(names).to_pylist()}
    for row in _removed(tables):
        kept = facts.get(_kept(row))
        lang = kept and kept["lang"]  # a duplicate is of the same language
        own = {"post_id": row["post_id"], "channel": row["channel"], "date": row["date"], "text": row["text"]}
        facts.setdefault(("", row["post_id"]), own | {"lang": lang})
        if kept is None:
            known = row["date"] is not None and row["hours_later"] is not None
            date = row["date"] - timedelta(hours=row["hours_later"]) if known else None
            channel = row["kept_id"].rpartition("/")[0] or row["kept_id"]
            facts[_kept(row)] = own | {
                "post_id": row["kept_id"], "channel": channel, "lang": None, "date": date and _to_second(date)
            }  # fmt: skip
    return facts


def _to_second(date: datetime) -> datetime:
    return (date + timedelta(milliseconds=500)).replace(microsecond=0)  # hours are rounded to 4 decimals


def _removed(tables: Tables) -> list[Row]:
    """Return the evidence about posts that left; one of an older release that has the same id is no other post."""
    rows = tables["duplicates"].to_pylist()
    return [row for row in rows if row["kind"] in _KINDS and row["post_id"] != row["kept_id"]]


def _ties(tables: Tables) -> tuple[list[_Tie], list[_Tie]]:
    """Return what makes items, and which posts contain which."""
    ties = [_Tie(("", row["post_id"]), _kept(row), row["kind"], row["similarity"]) for row in _removed(tables)]
    rows = [row for row in tables["duplicates"].to_pylist() if row["kind"] == "contained"]
    parts = [_Tie(("", row["post_id"]), _kept(row), row["kind"], row["similarity"]) for row in rows]
    for row in tables["pairs"].to_pylist():
        posts = ("", row["ru_post_id"]), ("", row["en_post_id"])
        if row["relation"] == "comparable" or posts[0] == posts[1]:
            continue
        if row["variant"] == "merged_ru":  # the Russian post tells two stories, and this is one of them
            parts.append(_Tie(posts[1], posts[0], "translation", row["probability"]))
        elif row["variant"] == "merged_en":
            parts.append(_Tie(*posts, "translation", row["probability"]))
        else:
            ties.append(_Tie(*posts, "translation", row["probability"]))
    return ties, parts


def _item(posts: set[Key], facts: Mapping[Key, Row], ties_of: Mapping[Key, list[_Tie]]) -> list[Row]:
    ordered = sorted(posts, key=lambda key: (*_when(facts[key]), key[1], key[0]))
    place = {key: number for number, key in enumerate(ordered)}
    first = facts[ordered[0]]
    rows = []
    for key, number in place.items():
        post = facts[key]
        known = number > 0 and None not in (post["date"], first["date"])
        lag = round((post["date"] - first["date"]).total_seconds() / 3600, 4) if known else None
        row = post | {
            "item_id": first["post_id"],
            "place": None if post["date"] is None else number + 1,
            "lag_hours": 0.0 if number == 0 and post["date"] else lag,
            "text": " ".join(post["text"].split())[:_BEGINNING],
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
