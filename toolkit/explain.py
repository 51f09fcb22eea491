"""Tell a post's whole story: where it came from, and what every stage decided with which numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import ToolkitError
from toolkit.results import REASONS

Tables = Mapping[str, pa.Table]

_NAMES = {"pair_id", "ru_post_id", "en_post_id", "relation"}  # told by the verdict


@dataclass(frozen=True)
class Event:
    """What one stage did with the post.

    Attributes:
        stage: that decided.
        verdict: in words, one line.
        facts: the numbers and ids behind it.
    """

    stage: str
    verdict: str
    facts: dict[str, Any] = field(default_factory=dict)


def explain_post(post_id: str, tables: Tables) -> list[Event]:
    """Return the events of a post's life in order.

    Args:
        post_id: whole, or its end after a slash where that is unique (`142` for `harbour/142`).
        tables: of a run, by name, as `pipeline.run` returns them.

    Raises:
        ToolkitError: if no post or several posts have that id.
    """
    full = _find(post_id, tables)
    stages = (_source, _merge, _clean, _dedup, _match, _align, _split)
    return [event for stage in stages for event in stage(full, tables)]


def _find(post_id: str, tables: Tables) -> str:
    ids: list[str] = sorted(
        {i for name in tables if name.startswith("posts.") for i in tables[name]["post_id"].to_pylist()}
    )
    if post_id in ids:
        return post_id
    ends = [i for i in ids if i.endswith(f"/{post_id}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise ToolkitError(f"{len(ends)} posts end in /{post_id}: {', '.join(ends[:5])}", fix="Give the whole id")
    raise ToolkitError(
        f"no post {post_id!r} in this run of {len(ids)} posts",
        fix="It is the last build in this work folder; post_id is in its config `posts`",
    )


def _rows(tables: Tables, name: str, column: str, value: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tables[name].filter(pc.equal(tables[name][column], value)).to_pylist()
    return rows


def _dropped(post_id: str, tables: Tables, stage: str) -> Iterator[Event]:
    for row in _rows(tables, f"{stage}.dropped", "row_id", post_id):
        reason = REASONS[row["reason"]]
        # Posts that match drops go on to the release; they only have no pair.
        verdict = f"alone: {reason}" if stage == "match" else f"dropped: {reason}"
        name = "best_probability" if stage == "match" else "value"
        yield Event(stage, verdict, {"reason": row["reason"], name: row["value"]})


def _source(post_id: str, tables: Tables) -> Iterator[Event]:
    for name in sorted(n for n in tables if n.startswith("posts.")):
        for row in _rows(tables, name, "post_id", post_id):
            facts = {
                key: row[key] for key in ("source_format", "date", "lang", "lang_confidence", "lang_source", "flags")
            }
            facts["text"] = row["text"]
            yield Event("parse", f"read from {row['source_file']}, {row['source_span']}", facts)


def _merge(post_id: str, tables: Tables) -> Iterator[Event]:
    for row in _rows(tables, "merge.dropped", "row_id", post_id):
        yield Event("merge", f"read again from {row['value']}; the copy was left out")


def _clean(post_id: str, tables: Tables) -> Iterator[Event]:
    yield from _dropped(post_id, tables, "clean")
    before = {row["post_id"]: row["text"] for row in _rows(tables, "posts", "post_id", post_id)}
    for row in _rows(tables, "clean", "post_id", post_id):
        changed = row["text"] != before[post_id]
        languages = [lang for lang in ("ru", "en") if row[f"text_{lang}"] is not None]
        verdict = f"{'cleaned' if changed else 'clean as it was'}; has {' and '.join(languages)} text"
        yield Event("clean", verdict, {f"text_{lang}": row[f"text_{lang}"] for lang in languages})


def _dedup(post_id: str, tables: Tables) -> Iterator[Event]:
    for row in _rows(tables, "duplicates", "post_id", post_id):
        facts = {key: row[key] for key in ("similarity", "rule", "rule_version", "hours_later")}
        if row["kind"] == "repeat":
            yield Event("dedup", "its body stood in it twice; once was removed", facts)
        else:
            yield Event("dedup", f"dropped: {row['kind']} duplicate of {row['kept_id']}", facts)
    for row in _rows(tables, "duplicates", "kept_id", post_id):
        if row["post_id"] != post_id:
            yield Event(
                "dedup", f"stays for its {row['kind']} duplicate {row['post_id']}", {"similarity": row["similarity"]}
            )


def _match(post_id: str, tables: Tables) -> Iterator[Event]:
    yield from _dropped(post_id, tables, "match")
    for row in _pairs(post_id, tables):
        other = row["en_post_id"] if row["ru_post_id"] == post_id else row["ru_post_id"]
        verdict = "pairs with itself" if other == post_id else f"pairs with {other}"
        facts = {key: value for key, value in row.items() if value is not None and key not in _NAMES}
        yield Event("match", f"{verdict} ({row['relation']})", facts)


def _pairs(post_id: str, tables: Tables) -> list[dict[str, Any]]:
    found = _rows(tables, "pairs", "ru_post_id", post_id) + _rows(tables, "pairs", "en_post_id", post_id)
    return list({row["pair_id"]: row for row in found}.values())


def _align(post_id: str, tables: Tables) -> Iterator[Event]:
    gone = {row["row_id"]: row for row in tables["filter.dropped"].to_pylist()}
    for pair in _pairs(post_id, tables):
        for bead in _rows(tables, "scored", "pair_id", pair["pair_id"]):
            drop = gone.get(bead["bead_id"])
            verdict = f"dropped: {REASONS[drop['reason']]}" if drop else "kept"
            keys = ("ru_text", "en_text", "similarity", "score", "length_ratio", "number_match")
            facts = {key: bead[key] for key in keys if bead[key] is not None}
            yield Event(
                "align", f"bead {bead['bead_type']} {verdict}", facts | ({"value": drop["value"]} if drop else {})
            )


def _split(post_id: str, tables: Tables) -> Iterator[Event]:
    for row in _rows(tables, "components", "post_id", post_id):
        yield Event("split", f"in {row['split']}", {"component_id": row["component_id"]})
