"""What each step of a run makes of the tables of the steps before it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.encoders import Encoder
from toolkit.matching.pair_parts import cut_pairs
from toolkit.matching.readings import read_parts
from toolkit.options import RunConfig, SourceOptions
from toolkit.partitions import PART_ROWS, Partitions, Store, joined
from toolkit.release.read import Release, read_release
from toolkit.results import StageResult
from toolkit.run.increment import (
    are_new_pairs,
    asked_posts,
    carried_pairs,
    edited_texts,
    footer_texts,
    leave_crossing,
    published_components,
    unedited_posts,
)
from toolkit.run.resolved import Run, file_hash
from toolkit.sources import ParseResult, read_source
from toolkit.stages.align import align_parts
from toolkit.stages.clean import clean_parts
from toolkit.stages.crossing import find_crossing, leave_parts
from toolkit.stages.decontaminate import decontaminate_parts
from toolkit.stages.dedup import Published, dedup_posts, keep_unique
from toolkit.stages.evidence import find_shared, record_edits
from toolkit.stages.filter import filter_parts
from toolkit.stages.mask import handle_owners, mask_posts
from toolkit.stages.match import match_parts
from toolkit.stages.merge import merge_parts
from toolkit.stages.score import score_pairs, score_parts
from toolkit.stages.split import split_components, split_parts
from toolkit.stages.takedown import are_asked, drop_evidence, take_down
from toolkit.text.handle_owners import PublicNames, decide_public, name_marks
from toolkit.text.pii import public_values
from toolkit.workspace import Done, Output, load_step

Tables = Mapping[str, pa.Table]

_OWNERS = pa.schema([("mark", pa.string()), ("owner", pa.string())])
_PUBLIC = pa.schema([("mark", pa.string())])


def read(_: Done, store: Store, *, name: str, source: SourceOptions, held: MutableMapping[str, ParseResult]) -> Output:
    """Read a source, and store whose the handles in it are: marks of them, for nothing is masked yet.

    Args:
        _: no table is used.
        store: is not used.
        name: of the step that masks the posts.
        source: what is read, and how.
        held: takes what was read, so that it need not be read again before it is masked.
    """
    held[name] = replace(read_source(source), trace=[])
    owners = handle_owners(held[name].posts)
    return Output({f"owners.{name}": pa.table({"mark": [*owners], "owner": [*owners.values()]}, schema=_OWNERS)})


def decide(done: Done, store: Store, *, parsed: Sequence[str], run: Run) -> Output:
    """Decide for all sources which handles stay."""
    owners = [done.tables[f"owners.{name}"] for name in parsed]
    sources = [dict(zip(*(one[column].to_pylist() for column in ("mark", "owner")), strict=True)) for one in owners]
    known = name_marks([*run.names, *run.config.pii.public])
    marks = decide_public(sources, known, goes_on=run.previous is not None)
    return Output({"public": pa.table({"mark": sorted(marks)}, schema=_PUBLIC)})


def load_decided(folder: Path) -> frozenset[str] | None:
    """Return what `decide` has left in its folder; None if it has not."""
    found = load_step(folder)
    return None if found is None else frozenset(found["public"].read()["mark"].to_pylist())


def parse(
    done: Done,
    store: Store,
    *,
    name: str,
    source: SourceOptions,
    config: RunConfig,
    held: MutableMapping[str, ParseResult],
) -> Output:
    """Replace the personal values of a source, before any of its posts are stored."""
    parsed = held.pop(name, None) or read_source(source)
    public = PublicNames(done.tables["public"]["mark"].to_pylist(), public_values(config.pii.public))
    posts = mask_posts(parsed.posts, config.pii, public)
    facts = {
        "sha256": file_hash(source.path),
        "report": parsed.report.to_dict(),
        "without_post": parsed.report.without_post(),
        "doubted": sorted(public.asked),
        "shown": sorted(public.asked & public.marks),
    }
    return Output({f"posts.{name}": store.write(f"posts.{name}", posts, PART_ROWS)}, facts)


def merge(done: Done, store: Store, *, parsed: list[str]) -> Output:
    """Join the posts of all sources."""
    merged = merge_parts([done.parts[f"posts.{name}"] for name in parsed], store)
    return Output({"posts": merged.posts, "merge.dropped": merged.dropped, "older": merged.older})


def clean(done: Done, store: Store, *, config: RunConfig, before: Release | None) -> Output:
    """Clean posts, and their older versions alike: their texts are published as evidence."""
    posts = done.parts["posts"]
    also = footer_texts(posts.read(["post_id"])["post_id"], before) if before else None
    tables = clean_parts(posts, done.parts["older"], config.clean, store, also)
    return Output({name: tables[name] for name in ("clean", "clean.dropped", "older.clean")})


def kept(name: str, result: StageResult) -> Output:
    """Return the result of a stage as tables."""
    return Output({name: result.kept, f"{name}.dropped": result.dropped})


# What tells whether two posts say the same; the other columns stay on disk.
_TOLD: Final = ["post_id", "channel", "date", "date_precision", "edited", "lang", "text", "urls", "media", "footer"]


def dedup(done: Done, store: Store, *, config: RunConfig, before: Release | None, takedowns: Sequence[str]) -> Output:
    """Leave out what was taken down, with all that says the same; find what repeats."""
    source, tables = done.parts["news" if before else "clean"], done.tables
    posts, versions = source.read(_TOLD), done.parts["older.clean"].read(_TOLD)
    among, published = None, []
    if before:
        versions = pa.concat_tables([versions, edited_texts(tables, before).select(_TOLD)])
        among = unedited_posts(tables, before)
        published.append(Published(None, among))
    if config.against:
        older = read_release(config.against)
        published.append(Published(older.name, older.tables["posts"], at_any_time=True))
    left = take_down(posts, takedowns)
    published.append(Published(None, left.asked, at_any_time=True))  # so none that says the same stays in its place
    result = dedup_posts(left.kept, config.dedup, store.engine, published)
    versions = versions.filter(pc.invert(are_asked(versions, takedowns)))
    edits = record_edits(left.kept, versions, result.duplicates, config.dedup)
    shared = find_shared(result.kept, config.dedup, store.engine, among)
    duplicates = pa.concat_tables([result.duplicates, edits, shared]).combine_chunks()
    duplicates = drop_evidence(duplicates, asked_posts(takedowns, tables, before))
    repeats = result.duplicates.filter(pc.equal(result.duplicates["kind"], "repeat"))["post_id"]
    unique = keep_unique(source, result.kept["post_id"].combine_chunks(), repeats.combine_chunks(), store)
    dropped = pa.concat_tables([result.dropped, left.dropped])
    parts = store.write("duplicates", duplicates, PART_ROWS)
    return Output({"unique": unique, "dedup.dropped": dropped, "duplicates": parts})


def match(done: Done, store: Store, *, encoder: Encoder, config: RunConfig, before: Release | None) -> Output:
    """Pair posts; of a version that goes on, only those with news, for open posts were told to be alone before."""
    posts = joined(parts_in_play(done), schemas.CLEAN_POSTS)
    result = match_parts(posts, done.parts["vectors"], encoder, store, config.match, config.align)
    if before is None:
        return kept("match", result)
    own = done.parts["unique"].read(["post_id"])
    is_own = pc.is_in(result.dropped["row_id"], value_set=own["post_id"].combine_chunks())
    pairs = result.kept.filter(are_new_pairs(result.kept, own, before))
    return Output({"match": pairs, "match.dropped": result.dropped.filter(is_own)})


def align(done: Done, store: Store, *, encoder: Encoder, config: RunConfig) -> Output:
    """Align the sentences of the pairs, and tell what the posts of each are to each other."""
    pairs = cut_pairs(done.tables["match"], *parts_in_play(done))
    tables = align_parts(pairs, encoder, config.align, store, score_pairs)
    return Output(dict(tables))


def parts_in_play(done: Done) -> list[Partitions]:
    """Return the posts that may be in a pair: the new ones, and those published ones that wait for a counterpart."""
    return [done.parts[name] for name in ("unique", "open") if name in done.parts]


def embed(done: Done, store: Store, *, encoder: Encoder, vectors: Path) -> Output:
    """Take from posts what they are compared by; the vectors of texts in the folder of vectors are known."""
    return Output({"vectors": read_parts(joined(parts_in_play(done), schemas.CLEAN_POSTS), encoder, store, vectors)})


def filter_scored(done: Done, store: Store, *, config: RunConfig) -> Output:
    """Keep the beads that are good enough, and say what no published pair says."""
    return Output(dict(filter_parts(done.parts["scored"], config.filter, store, carried_pairs(done.tables))))


def score(done: Done, store: Store) -> Output:
    """Compare the sides of beads, and leave out pairs that turn out to be none."""
    return Output(dict(score_parts(done.parts["aligned"], done.parts["beads"], store)))


def split(done: Done, store: Store, *, config: RunConfig, before: Release | None) -> Output:
    """Deal components to splits, and leave out what crosses them."""
    last = "decontaminate" if "decontaminate" in done.parts else "filter"
    tables, parts = done.tables, done.parts
    left: dict[str, pa.Table] = {}
    if before:
        some = {name: tables[name] for name in ("unique", "duplicates", "pairs")} | {"filter": tables[last]}
        left = leave_crossing(some, tables["news"], before)
    duplicates = left.get("duplicates", parts["duplicates"].read(["post_id", "kept_id", "removed"]))
    pairs = left.get("pairs", parts["pairs"].read(["pair_id", "ru_post_id", "en_post_id"]))
    published = published_components(parts["duplicates"].read(["post_id", "removed"]), before) if before else None
    posts = parts["news" if before else "clean"].read(["post_id", "date"])
    components = split_components(posts, duplicates, pairs, config.split, published)
    beads = store.write("kept", left["filter"]) if before else parts[last]
    dealt = split_parts(beads, pairs, components, store)
    crossing = find_crossing(dealt, config.dedup, carried_pairs(tables))
    parted = leave_parts(dealt, crossing, store)
    gone = parted["split.dropped"].read()
    dropped = pa.concat_tables([left.get("split.dropped", schemas.DROPPED.empty_table()), gone]).sort_by("row_id")
    return Output({**left, "components": components, "bitext": parted["bitext"], "split.dropped": dropped})


def take_out_test_sets(done: Done, store: Store, *, run: Run) -> Output:
    """Leave out pairs that have a text of a test set."""
    posts, published = parts_in_play(done), None
    if "carried.posts" in done.parts:
        carried = done.parts["carried.posts"].read(["post_id", "text"])
        here = pa.concat_tables([table.read(["post_id"]) for table in posts])["post_id"].combine_chunks()
        published = carried.filter(pc.invert(pc.is_in(carried["post_id"], value_set=here)))["text"]
    pairs = cut_pairs(done.parts["pairs"].read(), *posts)
    tables = decontaminate_parts(
        done.parts["filter"], pairs, posts, run.test_sets, run.config.decontaminate, store, published
    )
    hashes = run.test_set_sha256s
    files = [{"file": one.name, "sha256": hashes[one.name], "texts": len(one.texts)} for one in run.test_sets]
    return Output(dict(tables), {"against": files})


def pairs_to_publish(tables: Tables) -> pa.Table:
    """Return the pairs of posts that may be published; `pairs` has all of them, because they tie posts all the same."""
    if "contaminated" not in tables:
        return tables["pairs"]
    gone = tables["contaminated"]["id"].combine_chunks()
    return tables["pairs"].filter(pc.invert(pc.is_in(tables["pairs"]["pair_id"], value_set=gone)))
