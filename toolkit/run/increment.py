"""A version that goes on from the version before: which posts are news, and what stays as it was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.partitions import Store
from toolkit.release.carried import carry_rows, open_posts, removed_duplicates, whole_texts, why_anew
from toolkit.release.content import Carried
from toolkit.release.read import Release, read_release
from toolkit.release.tables import (
    COMPARABLE_PAIRS,
    CONFIGS,
    DUPLICATES,
    POST_COLUMNS,
    POST_PAIRS,
    POSTS,
    SENTENCE_PAIRS,
)
from toolkit.results import CROSSES_SPLITS, TAKEN_DOWN
from toolkit.stages.clean import clean_posts
from toolkit.stages.news import find_news
from toolkit.stages.split import crossing_posts
from toolkit.stages.takedown import are_asked, text_keys
from toolkit.takedowns import read_takedowns
from toolkit.workspace import Done, Output

Tables = Mapping[str, pa.Table]


def read_previous(config: RunConfig, encoder_revision: str) -> tuple[Release | None, str | None]:
    """Return the version before, and why nothing of it can be carried on, if so."""
    if config.previous is None:
        return None, None
    before = read_release(config.previous)
    return before, why_anew(before.manifest, config, encoder_revision)


def require_all_posts(posts: pa.Table, before: Release, anew: str, takedowns: Sequence[str]) -> None:
    """Refuse to compute a version anew from sources that do not have what the version before has.

    Args:
        posts: of all sources.
        before: the version before.
        anew: why nothing of it can be carried on.
        takedowns: ids of posts that may leave.

    Raises:
        ReleaseError: if posts would be lost.
    """
    there = {*posts["post_id"].to_pylist(), *takedowns}
    lost = [post_id for post_id in before.tables[POSTS.name]["post_id"].to_pylist() if post_id not in there]
    if lost:
        raise ReleaseError(
            f"{len(lost)} posts would be lost, as {lost[0]!r}: nothing of {before.name} can be carried on ({anew}), "
            "and the sources do not have them",
            where=before.folder,
            fix="Name the sources of the older versions too, or take the option back; without `previous` it is a "
            "dataset of its own",
        )


def list_takedowns(config: RunConfig, previous: Release | None) -> tuple[str, ...]:
    """Return all that was asked to be removed, now or before: ids of posts, and keys of their words."""
    earlier = previous.manifest.takedowns if previous else ()
    asked = read_takedowns(config.takedowns)
    return tuple(sorted({*asked, *(key for keys in asked.values() for key in keys), *earlier}))


def asked_posts(takedowns: Sequence[str], done: Tables, before: Release | None) -> pa.ChunkedArray:
    """Return the ids of the takedowns, and of the posts here or in the version before that have their words."""
    if not takedowns:
        return pa.chunked_array([], pa.string())
    tables = [done["clean"], *([before.tables[POSTS.name]] if before else [])]
    found = [table.filter(are_asked(table, takedowns))["post_id"].to_pylist() for table in tables]
    ids = {post_id for post_id in takedowns if "/" in post_id}.union(*found)
    return pa.chunked_array([pa.array(sorted(ids), pa.string())])


def words_of_post(rows: Tables, post_id: str) -> list[str]:
    """Return the keys of all that a release says of a post: its text, with and without its footer, and earlier ones."""
    evidence = rows[DUPLICATES.name]
    said = evidence.filter(pc.is_in(evidence["kind"], value_set=pa.array(["exact", "near", "copy", "edit"])))
    parts = [table.select(["post_id", "text"]) for table in (rows[POSTS.name], whole_texts(rows), said)]
    texts = [text for part in parts for text in part.filter(pc.equal(part["post_id"], post_id))["text"].to_pylist()]
    return sorted(set(text_keys(texts)))


def known_takedowns(takedowns: Sequence[str], done: Tables, before: Release | None) -> tuple[str, ...]:
    """Return the takedowns of posts that the sources or the version before have, or that it left out already.

    What left because it says the same as one of them is among them too: it must not come back in its place in a later
    version, when nothing is there any more that it repeats.
    """
    if not takedowns:
        return ()
    known = set(done["posts"]["post_id"].to_pylist())
    left = [done["dedup.dropped"].select(["row_id", "value"])]
    if before:
        known.update(before.manifest.takedowns)
        for config in (POSTS, DUPLICATES):
            known.update(before.tables[config.name]["post_id"].to_pylist())
        removed = removed_duplicates(before.tables).select(["post_id", "kept_id"])
        left.append(removed.rename_columns(["row_id", "value"]).cast(left[0].schema))
    ids = asked_posts(takedowns, done, before).to_pylist()
    asked = pa.array([post_id for post_id in ids if post_id in known], pa.string())
    with_them = pa.concat_tables([rows.filter(pc.is_in(rows["value"], value_set=asked)) for rows in left])["row_id"]
    repeats = set(with_them.to_pylist()) - set(done["unique"]["post_id"].to_pylist())  # one that was edited says more
    return tuple(sorted({*asked.to_pylist(), *repeats}))


def footer_texts(post_ids: pa.ChunkedArray, before: Release) -> pa.Table:
    """Return `channel` and `text` of the posts that the version before alone has: they tell footers too."""
    published = whole_texts(before.tables)
    is_here = pc.is_in(published["post_id"], value_set=post_ids.combine_chunks())
    return published.filter(pc.invert(is_here)).select(["channel", "text"])


def part_news(done: Done, store: Store, *, before: Release, takedowns: Sequence[str], config: RunConfig) -> Output:
    """Part the cleaned posts into news and what is published; and read the published ones that news may belong to.

    Returns:
        `news` and `open`, both `schemas.CLEAN_POSTS`; what is no news as `news.dropped`; and the rows of each config
        that stay, as `carried.<config>`.
    """
    rows = before.tables
    result = find_news(done.tables["clean"], whole_texts(rows), removed_duplicates(rows))
    posts, ids = rows[POSTS.name]["post_id"], result.kept["post_id"].combine_chunks()
    edited = posts.filter(pc.is_in(posts, value_set=ids)).combine_chunks()
    asked = asked_posts(takedowns, done.tables, before).combine_chunks()
    carried = carry_rows(rows, news=ids, edited=edited, asked=asked)
    waiting = open_posts(carried, rows, result.kept["date"], config.match.window_hours)
    as_published = config.clean.model_copy(update={"footer_share": None, "min_letters": 0, "join_hard_wraps": False})
    opened = clean_posts(waiting, as_published, store.engine).kept
    is_asked = pc.is_in(result.dropped["row_id"], value_set=asked)
    reasons = pc.if_else(is_asked, TAKEN_DOWN, result.dropped["reason"])
    place = schemas.DROPPED.get_field_index("reason")
    dropped = result.dropped.set_column(place, schemas.DROPPED.field(place), reasons)
    tables = {"news": result.kept, "news.dropped": dropped, "open": opened}
    return Output(tables | {f"carried.{name}": table for name, table in carried.items()})


def rows_of_post(rows: Tables, post_id: str) -> dict[str, int]:
    """Return how many rows of a release name a post, by config; configs without one are not there."""
    ids = pa.array([post_id])
    left = {name: _without(table, POST_COLUMNS[name], ids).num_rows for name, table in rows.items()}
    return {name: table.num_rows - left[name] for name, table in rows.items() if table.num_rows > left[name]}


def same_posts(rows: Tables, post_id: str) -> tuple[list[str], list[str]]:
    """Return the ids of the posts that left a release because a post said the same, and of those that it left for."""
    evidence = rows[DUPLICATES.name].filter(rows[DUPLICATES.name]["removed"]).select(["post_id", "kept_id"])
    pairs = [(row["post_id"], row["kept_id"]) for row in evidence.to_pylist()]
    return sorted({left for left, kept in pairs if kept == post_id}), sorted(
        {k for left, k in pairs if left == post_id}
    )


def carry_on(done: Tables) -> Carried | None:
    """Return what the new version has of the version before; None if nothing is carried on."""
    if "open" not in done:
        return None
    rows = {config.name: done[f"carried.{config.name}"] for config in CONFIGS}
    evidence = rows[DUPLICATES.name]
    there = pa.array([*rows[POSTS.name]["post_id"].to_pylist(), *done["unique"]["post_id"].to_pylist()], pa.string())
    leads_somewhere = pc.or_(pc.is_in(evidence["kept_id"], value_set=there), pc.is_valid(evidence["kept_in"]))
    return Carried(rows | {DUPLICATES.name: evidence.filter(leads_somewhere)}, done["open"])


def carried_pairs(done: Tables) -> pa.Table | None:
    """Return the sentence pairs that are carried on; None if nothing is."""
    return done.get(f"carried.{SENTENCE_PAIRS.name}")


def unedited_posts(done: Tables, before: Release) -> pa.Table:
    """Return the posts of the version before that are no news, taken down or not: what says the same, repeats them."""
    posts = before.tables[POSTS.name]
    return posts.filter(pc.invert(pc.is_in(posts["post_id"], value_set=done["news"]["post_id"].combine_chunks())))


def edited_texts(done: Tables, before: Release) -> pa.Table:
    """Return what the edited posts said in the version before and until then: `schemas.CLEAN_POSTS`."""
    posts, evidence = before.tables[POSTS.name], before.tables[DUPLICATES.name]
    was = posts.filter(pc.is_in(posts["post_id"], value_set=done["news"]["post_id"].combine_chunks()))
    edits = evidence.filter(pc.equal(evidence["kind"], "edit"))
    place = pc.index_in(edits["post_id"], value_set=was["post_id"].combine_chunks())
    earlier = was.take(pc.drop_null(place))
    for name in ("date", "edited", "text"):
        said = edits.filter(pc.is_valid(place))["text" if name == "text" else "date"]
        earlier = earlier.set_column(earlier.schema.get_field_index(name), was.schema.field(name), said)
    was = pa.concat_tables([was, earlier])
    known = {name: was[name] for name in was.column_names}
    known |= dict.fromkeys(("text_raw", "text_ru", "text_en"), was["text"])
    known["lang_source"] = pa.array(["source"] * was.num_rows, pa.string())
    return schemas.conform(pa.table(known), schemas.CLEAN_POSTS)


def are_new_pairs(pairs: pa.Table, news: pa.Table, before: Release) -> pa.ChunkedArray:
    """Tell which pairs the version before could not have: of news, or of a post whose counterpart has left.

    Two open posts were compared when the second of them came, among all others then. Two published posts of different
    splits are never paired: neither can move.
    """
    sides = POST_COLUMNS[POST_PAIRS.name]
    new = pa.array(news["post_id"].to_pylist(), pa.string())
    had_one = pa.array([i for side in sides for i in before.tables[POST_PAIRS.name][side].to_pylist()], pa.string())
    of_news = pc.or_(*(pc.is_in(pairs[side], value_set=new) for side in sides))
    of_freed = pc.or_(*(pc.is_in(pairs[side], value_set=had_one) for side in sides))
    known = pc.is_in(pairs["pair_id"], value_set=before.tables[COMPARABLE_PAIRS.name]["pair_id"].combine_chunks())
    places = [pc.index_in(pairs[side], before.tables[POSTS.name]["post_id"].combine_chunks()) for side in sides]
    splits = [before.tables[POSTS.name]["split"].take(place) for place in places]
    apart = pc.fill_null(pc.not_equal(*splits), False)
    return pc.or_(of_news, pc.and_not(of_freed, pc.or_(known, apart)))


def published_components(duplicates: pa.Table, before: Release) -> pa.Table:
    """Return `schemas.COMPONENTS` of the posts that the version before names.

    A post that was edited, and has left because now another one says the same, is not there: it belongs to that one.
    """
    parts = [before.tables[config.name].select(schemas.COMPONENTS.names) for config in (POSTS, DUPLICATES)]
    both = pa.concat_tables(parts).group_by("post_id").aggregate([("component_id", "min"), ("split", "min")])
    components = schemas.conform(both.rename_columns(schemas.COMPONENTS.names), schemas.COMPONENTS)
    repeats = duplicates.filter(duplicates["removed"])["post_id"].combine_chunks()
    return components.filter(pc.invert(pc.is_in(components["post_id"], value_set=repeats)))


def leave_crossing(done: Tables, news: pa.Table, before: Release) -> dict[str, pa.Table]:
    """Take out the news that would tie posts of different splits, with all that names them.

    Args:
        done: unique, duplicates, pairs and filter.
        news: the posts that may have to leave.
        before: the version before.

    Returns:
        The four without them, and `split.dropped`: those that had not left before.
    """
    published = published_components(done["duplicates"], before)
    crossing = crossing_posts(news, done["duplicates"], done["pairs"], published)
    leaving = sorted({*crossing.to_pylist()} & {*done["unique"]["post_id"].to_pylist()})
    left = {"unique": _without(done["unique"], ("post_id",), crossing)}
    left["duplicates"] = _without(done["duplicates"], ("post_id", "kept_id"), crossing)
    left["pairs"] = _without(done["pairs"], ("ru_post_id", "en_post_id"), crossing)
    stays = pc.is_in(done["filter"]["pair_id"], value_set=left["pairs"]["pair_id"].combine_chunks())
    left["filter"] = done["filter"].filter(stays)
    rows = [{"row_id": post_id, "stage": "components", "reason": CROSSES_SPLITS} for post_id in leaving]
    return left | {"split.dropped": schemas.from_rows(rows, schemas.DROPPED)}


def _without(table: pa.Table, columns: Sequence[str], ids: pa.Array) -> pa.Table:
    for column in columns:
        table = table.filter(pc.invert(pc.is_in(table[column], value_set=ids)))
    return table
