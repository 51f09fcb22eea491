"""Tell the whole story of a post, a pair or a bead: where it came from, and what every stage decided, with numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import ToolkitError
from toolkit.results import DUPLICATE, PUBLISHED, REASONS
from toolkit.text.line_changes import line_changes
from toolkit.text.links import PostLink, post_link

Tables = Mapping[str, pa.Table]
Row = dict[str, Any]

# Told by the verdict, or by the other events.
_NAMES = {"pair_id", "ru_post_id", "en_post_id", "relation", "variant", "ru_text", "en_text", "ru_channel",
          "en_channel", "first_seen", "component_id", "split"}  # fmt: skip
_REPEATS = {  # kind of evidence -> what is said of the post, and of the one that it names
    "contained": ("is a part of", "contains"),
    "paragraph": ("shares paragraphs with", "shares paragraphs with"),
    "media": ("has the same file as", "has the same file as"),
}
_COPIES = {"exact": "exact duplicate", "near": "near duplicate", "copy": "edited copy"}


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


def explain(name: str, tables: Tables) -> list[Event]:
    """Return the events of a post, a pair or a bead, in order.

    Args:
        name: a post_id, whole or its end after a slash where that is unique (`142` for `harbour/142`); a pair_id
            `RU ~ EN`, of which both sides may be such ends, also of two posts that are no pair; a bead_id `RU ~ EN#3`.
            A post may be named by its address on t.me.
        tables: of a run, by name, as `pipeline.run` returns them, or of a release, see `release.read.run_tables`; what
            is not there is not told.

    Raises:
        ToolkitError: if nothing or several things have that name.
    """
    ids = _post_ids(tables)
    name = name.strip()
    if link := post_link(name):
        return explain_post(find_post(link, tables) or link.post_id, tables)
    ru, is_pair, rest = name.partition("~")
    if name in ids or not is_pair:
        return explain_post(name, tables)
    en, is_bead, number = rest.rpartition("#") if "#" in rest and rest.strip() not in ids else (rest, "", "")
    pair = (_find(_id_of(ru.strip(), tables), ids), _find(_id_of(en.strip(), tables), ids))
    return _explain_bead(pair, number, tables) if is_bead else _explain_pair(pair, tables)


def _id_of(name: str, tables: Tables) -> str:
    link = post_link(name)
    return name if link is None else find_post(link, tables) or link.post_id


def find_post(link: PostLink, tables: Tables) -> str | None:
    """Return the id of the post that an address is of; None if there is none.

    Handles are the same in any case; a post whose channel goes by its number is found by its own address.

    Args:
        link: the address.
        tables: as in `explain`, or releases' own.
    """
    wanted = link.post_id.casefold()
    for table in tables.values():
        if "post_id" not in table.column_names:
            continue
        addresses = table["permalink"].to_pylist() if "permalink" in table.column_names else [None] * table.num_rows
        for post_id, address in zip(table["post_id"].to_pylist(), addresses, strict=True):
            other = post_link(address) if address else None
            if post_id.casefold() == wanted or (other is not None and other.post_id.casefold() == wanted):
                return str(post_id)
    return None


def explain_post(post_id: str, tables: Tables) -> list[Event]:
    """Return the events of a post's life in order; arguments as in `explain`."""
    full = _find(post_id, _post_ids(tables))
    stages = (_source, _merge, _clean, _dedup, _left, _match, _align, _split)
    return [event for stage in stages for event in stage(full, tables)]


def _explain_pair(pair: tuple[str, str], tables: Tables) -> list[Event]:
    row = _pair(pair, tables)
    if row is None:
        events = [Event("match", f"{pair[0]} and {pair[1]} are no pair")]
        for post_id in pair:
            for event in [*_clean_drop(post_id, tables), *_dedup(post_id, tables), *_match(post_id, tables)]:
                events.append(Event(event.stage, f"{post_id} {event.verdict}", event.facts))
        return events
    events = [event for post_id in dict.fromkeys(pair) for event in _source(post_id, tables)]
    left = _dropped(row["pair_id"], tables, "decontaminate")
    return [*events, _told(row), *left, *_beads(row, tables), *_split(pair[0], tables)]


def _explain_bead(pair: tuple[str, str], number: str, tables: Tables) -> list[Event]:
    row = _pair(pair, tables)
    bead_id = f"{row['pair_id'] if row else '~'.join(pair)}#{number}"
    event = next((event for event in _beads(row, tables) if event.facts["bead_id"] == bead_id), None) if row else None
    if row is None or event is None:
        raise ToolkitError(
            f"no bead {bead_id!r} here", fix="A release has only those that were kept; ask for the pair to see them"
        )
    events = [event for post_id in dict.fromkeys(pair) for event in _source(post_id, tables)]
    return [*events, _told(row), event, *_split(pair[0], tables)]


def _post_ids(tables: Tables) -> set[str]:
    """Return all posts that were read; of a release those that stayed, and those with evidence."""
    names = [name for name in tables if name.startswith("posts.")] or ["unique", "duplicates"]
    return {post_id for name in names for post_id in tables[name]["post_id"].to_pylist()}


def _find(post_id: str, ids: set[str]) -> str:
    if post_id in ids:
        return post_id
    ends = sorted(i for i in ids if i.endswith(f"/{post_id}"))
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise ToolkitError(f"{len(ends)} posts end in /{post_id}: {', '.join(ends[:5])}", fix="Give the whole id")
    raise ToolkitError(
        f"no post {post_id!r} among the {len(ids)} posts here",
        fix="Asked is the last build in the work folder, or --release; post_id is in the config `posts`",
    )


def _rows(tables: Tables, name: str, column: str, value: str) -> list[Row]:
    if name not in tables:
        return []
    rows: list[Row] = tables[name].filter(pc.equal(tables[name][column], value)).to_pylist()
    return rows


def _dropped(post_id: str, tables: Tables, stage: str) -> Iterator[Event]:
    for row in _rows(tables, f"{stage}.dropped", "row_id", post_id):
        reason = REASONS[row["reason"]]
        # Posts that match drops go on to the release; they only have no pair.
        verdict = f"alone: {reason}" if stage == "match" else f"dropped: {reason}"
        name = "best_probability" if stage == "match" else "value"
        yield Event(stage, verdict, {"reason": row["reason"], name: row["value"]})


def _source(post_id: str, tables: Tables) -> Iterator[Event]:
    for name in sorted(n for n in tables if n.startswith("posts.")) or ["unique"]:
        for row in _rows(tables, name, "post_id", post_id):
            keys = ("source_format", "date", "lang", "lang_confidence", "lang_source", "flags", "personal")
            facts = {"post_id": post_id} | {key: row[key] for key in keys if key in row} | {"text": row["text"]}
            cut = line_changes(row.get("text_raw") or row["text"], row["text"]).cut
            yield Event("parse", f"read from {row['source_file']}, {row['source_span']}", facts | {"lines_cut": cut})


def _merge(post_id: str, tables: Tables) -> Iterator[Event]:
    for row in _rows(tables, "merge.dropped", "row_id", post_id):
        yield Event("merge", f"read again from {row['value']}; the copy was left out")


def _clean(post_id: str, tables: Tables) -> Iterator[Event]:
    yield from _clean_drop(post_id, tables)
    before = {row["post_id"]: row["text"] for row in _rows(tables, "posts", "post_id", post_id)}
    for row in _rows(tables, "clean", "post_id", post_id):
        changed = row["text"] != before[post_id]
        languages = [lang for lang in ("ru", "en") if row[f"text_{lang}"] is not None]
        verdict = f"{'cleaned' if changed else 'clean as it was'}; has {' and '.join(languages)} text"
        texts = {f"text_{lang}": row[f"text_{lang}"] for lang in languages}
        yield Event("clean", verdict, texts | _cut(before[post_id], row) | _parted(row))
    for row in _rows(tables, "unique", "post_id", post_id) if "clean" not in tables else ():
        if any(_parted(row).values()):
            yield Event("clean", "cleaned; more than text was found in it", _parted(row))


def _cut(before: str, row: Row) -> dict[str, Any]:
    """Return what cleaning did to lines: to those of the published text, and to those that go on to be aligned."""
    whole = "\n".join(filter(None, (row["text"], row["footer"])))
    own = line_changes(before, whole)
    changes = {"lines_cut": own.cut, "lines_joined": own.joined, "lines_changed": own.changed}
    # What stays in the text and has no translation: links, tags, signs at the ends of lines.
    sides = "\n".join(row[f"text_{lang}"] or "" for lang in ("ru", "en"))
    if row["text_ru"] is None or row["text_en"] is None:
        aside = line_changes(row["text"], sides)
        changes |= {"lines_not_aligned": aside.cut, "lines_without_marks": aside.changed}
    return {name: lines for name, lines in changes.items() if lines}


def _parted(row: Row) -> dict[str, Any]:
    """Return what `clean` found beside the text."""
    return {name: row[name] for name in ("footer", "calls_to_action")}


def _clean_drop(post_id: str, tables: Tables) -> Iterator[Event]:
    return _dropped(post_id, tables, "clean")


def _dedup(post_id: str, tables: Tables) -> Iterator[Event]:
    for row in _rows(tables, "duplicates", "post_id", post_id):
        facts = {key: row[key] for key in ("similarity", "rule", "rule_version", "differs", "hours_later", "kept_in")}
        if row["kind"] == "repeat":
            yield Event("dedup", "its body stood in it twice; once was removed", facts | {"text": row["text"]})
        elif row["kind"] == "edit":
            yield Event("dedup", "said something else before it was edited", facts | {"text": row["text"]})
        elif row["kind"] in _REPEATS:
            yield Event("dedup", f"{_REPEATS[row['kind']][0]} {row['kept_id']}; both stay", facts)
        else:
            yield Event("dedup", f"dropped: {_COPIES[row['kind']]} of {row['kept_id']}", facts)
    for row in _rows(tables, "duplicates", "kept_id", post_id):
        if row["post_id"] != post_id and row["kind"] not in ("repeat", "edit"):
            says = _REPEATS.get(row["kind"], ("", f"stays for its {_COPIES.get(row['kind'])}"))[1]
            yield Event("dedup", f"{says} {row['post_id']}", {"similarity": row["similarity"]})


def _left(post_id: str, tables: Tables) -> Iterator[Event]:
    """Tell why a post left, where `_clean` and `_dedup` do not."""
    for stage in ("news", "dedup", "split"):
        for event in _dropped(post_id, tables, stage):
            if event.facts["reason"] not in (DUPLICATE, PUBLISHED):
                yield event


def _match(post_id: str, tables: Tables) -> Iterator[Event]:
    yield from _dropped(post_id, tables, "match")
    yield from _no_pair(post_id, tables)
    for row in _pairs(post_id, tables):
        yield _told(row, post_id)


def _no_pair(post_id: str, tables: Tables) -> Iterator[Event]:
    """Tell of pairs with the post that were none when their sentences had been aligned."""
    for row in _rows(tables, "match", "ru_post_id", post_id) + _rows(tables, "match", "en_post_id", post_id):
        for event in _dropped(row["pair_id"], tables, "score"):
            other = row["ru_post_id"] if post_id == row["en_post_id"] else row["en_post_id"]
            keys = ("similarity", "probability")
            facts = event.facts | {key: row[key] for key in keys}
            yield Event("score", f"alone: {other} is near, but nothing shows that it is on one event with it", facts)


def _told(row: Row, post_id: str | None = None) -> Event:
    """Return what match says about a pair, seen from one of its posts; from none: of both."""
    ru, en = row["ru_post_id"], row["en_post_id"]
    other = ru if post_id == en else en
    verdict = "pairs with itself" if ru == en else f"pairs with {other}"
    verdict = verdict if post_id else f"{ru} {verdict}"
    facts = {key: value for key, value in row.items() if value is not None and key not in _NAMES}
    return Event("match", f"{verdict} ({row['variant'] or row['relation']})", facts)


def _pairs(post_id: str, tables: Tables) -> list[Row]:
    found = _rows(tables, "pairs", "ru_post_id", post_id) + _rows(tables, "pairs", "en_post_id", post_id)
    return list({row["pair_id"]: row for row in found}.values())


def _pair(pair: tuple[str, str], tables: Tables) -> Row | None:
    rows = _pairs(pair[0], tables)
    return next((row for row in rows if pair in ((row["ru_post_id"], row["en_post_id"]),
                                                 (row["en_post_id"], row["ru_post_id"]))), None)  # fmt: skip


def _align(post_id: str, tables: Tables) -> Iterator[Event]:
    for pair in _pairs(post_id, tables):
        yield from _beads(pair, tables)


def _beads(pair: Row, tables: Tables) -> Iterator[Event]:
    stages = [f"{stage}.dropped" for stage in ("filter", "decontaminate", "split")]
    gone = {row["row_id"]: row for name in stages if name in tables for row in tables[name].to_pylist()}
    beads = _rows(tables, "scored", "pair_id", pair["pair_id"])
    for bead in sorted(beads, key=lambda bead: int(bead["bead_id"].rpartition("#")[2])):
        drop = gone.get(bead["bead_id"])
        verdict = f"dropped: {REASONS[drop['reason']]}" if drop else "kept"
        keys = ("bead_id", "ru_text", "en_text", "similarity", "score", "length_ratio", "number_match")
        facts = {key: bead[key] for key in keys if bead[key] is not None}
        yield Event("align", f"bead {bead['bead_type']} {verdict}", facts | ({"value": drop["value"]} if drop else {}))


def _split(post_id: str, tables: Tables) -> Iterator[Event]:
    for row in _rows(tables, "components", "post_id", post_id):
        yield Event("split", f"in {row['split']}", {"component_id": row["component_id"]})
