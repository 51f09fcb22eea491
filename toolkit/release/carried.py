"""What a new version takes over from the version before: the rows that nothing asks to change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.options import RunConfig
from toolkit.release.manifest import Manifest
from toolkit.release.stated import portable_options
from toolkit.release.tables import DUPLICATES, POST_COLUMNS, POST_PAIRS, POSTS
from toolkit.storage import sha256_file
from toolkit.text.masking import SALT_VARIABLE, salt_fingerprint

# A change in one of these changes what is computed about old posts too. Sources may come and go.
_DECIDING = ("pii", "clean", "dedup", "match", "align", "filter", "decontaminate", "split")


def why_anew(before: Manifest, config: RunConfig, encoder_revision: str) -> str | None:
    """Say what keeps a version from carrying rows on: they would not be what this run makes of the same posts.

    Args:
        before: of the version before.
        config: of this run.
        encoder_revision: of this run's encoder.

    Returns:
        None if nothing does.
    """
    if before.encoder.revision != encoder_revision:
        return f"the encoder is {encoder_revision}, and was {before.encoder.revision}"
    test_sets = dict(zip(config.test_set_names, map(sha256_file, config.decontaminate.against), strict=True))
    if changed := {*test_sets.items()} ^ {(one.file, one.sha256) for one in before.test_sets}:
        return f"the test set {min(changed)[0]} has come, gone or changed"
    now = portable_options(config)
    for section in _DECIDING:
        defaults = type(getattr(config, section))().model_dump(mode="json")
        was = defaults | before.options.get(section, {})  # an older version of the toolkit had fewer options
        for option, value in now[section].items():
            if value != was[option]:
                return f"{section}.{option} is {value!r}, and was {was[option]!r}"
    if salt_fingerprint(config.pii) != before.pii_salt:
        return f"the salt in {SALT_VARIABLE} is another one, and so would the pseudonyms be"
    return None


def whole_texts(rows: Mapping[str, pa.Table]) -> pa.Table:
    """Return `post_id`, `channel`, `edited` and `text` of all posts: with the copy that was cut out, and the footer.

    Args:
        rows: config -> rows of a release.
    """
    posts, evidence = rows[POSTS.name], rows[DUPLICATES.name]
    cut = evidence.filter(pc.equal(evidence["kind"], "repeat"))
    copies = cut["text"].take(pc.index_in(posts["post_id"], value_set=cut["post_id"].combine_chunks()))
    whole = pc.binary_join_element_wise(posts["text"], copies, posts["footer"], "\n", null_handling="skip")
    return posts.select(["post_id", "channel", "edited"]).append_column("text", whole)


def removed_duplicates(rows: Mapping[str, pa.Table]) -> pa.Table:
    """Return the evidence about posts that a release left out because another post said the same."""
    evidence = rows[DUPLICATES.name]
    return evidence.filter(evidence["removed"])


def carry_rows(
    rows: Mapping[str, pa.Table], *, news: pa.Array, edited: pa.Array, asked: pa.Array
) -> dict[str, pa.Table]:
    """Return the rows that stay as they are.

    Args:
        rows: config -> rows of the version before, with `split`.
        news: ids of the posts that the new version judges, new or edited.
        edited: those of them that the version before has.
        asked: ids of the posts whose removal was asked for.

    Returns:
        The same configs without the rows that name a post that is edited or asked for, and without old evidence about
        news. A post that left because it said what an edited one said then stays on record: its text is nowhere else.
    """
    kept = {}
    gone = pa.concat_arrays([edited, asked])
    for name, table in rows.items():
        record = table.filter(_on_record(table, news, edited, asked)) if name == DUPLICATES.name else table.slice(0, 0)
        for column in POST_COLUMNS[name]:
            table = table.filter(pc.invert(pc.is_in(table[column], value_set=gone)))
        kept[name] = pa.concat_tables([table, record])
    evidence = kept[DUPLICATES.name]
    kept[DUPLICATES.name] = evidence.filter(pc.invert(pc.is_in(evidence["post_id"], value_set=news)))
    return kept


def _on_record(evidence: pa.Table, news: pa.Array, edited: pa.Array, asked: pa.Array) -> pa.ChunkedArray:
    """Tell which rows are of posts that left for a post that is edited now, and are not read again."""
    for_edited = pc.and_(evidence["removed"], pc.is_in(evidence["kept_id"], value_set=edited))
    is_judged = pc.or_(*(pc.is_in(evidence["post_id"], value_set=ids) for ids in (news, asked)))
    return pc.and_not(for_edited, is_judged)


def open_posts(
    carried: Mapping[str, pa.Table], before: Mapping[str, pa.Table], dates: pa.ChunkedArray, window_hours: float
) -> pa.Table:
    """Return the carried posts that may still find a counterpart, as `schemas.POSTS`.

    Those are the posts without counterpart whose date, if known, is within the window of the news; and those whose
    counterpart has just left.

    Args:
        carried: config -> rows that stay.
        before: config -> rows of the version before.
        dates: of the news.
        window_hours: within which a translation appears.
    """
    posts = carried[POSTS.name]
    paired = _in_pairs(carried, POST_PAIRS.name)
    was_paired = _in_pairs(before, POST_PAIRS.name)
    is_free = pc.invert(pc.is_in(posts["post_id"], value_set=paired))
    is_freed = pc.and_(is_free, pc.is_in(posts["post_id"], value_set=was_paired))
    span = pc.min_max(dates)
    is_near = pc.is_null(posts["date"])
    if span["min"].is_valid:
        # A day without time of day is dated at its midnight, and counts up to the next one.
        day = timedelta(hours=24) if pc.any(pc.equal(posts["date_precision"], "day")).as_py() else timedelta()
        hours = pa.scalar(timedelta(hours=window_hours) + day, pa.duration("ms"))
        after = pc.greater_equal(posts["date"], pc.subtract(span["min"], hours))
        is_near = pc.or_(
            is_near, pc.fill_null(pc.and_(after, pc.less_equal(posts["date"], pc.add(span["max"], hours))), False)
        )
    else:
        is_near = pc.or_(is_near, True)  # of news without dates nothing is too far
    return _as_posts(posts.filter(pc.or_(is_freed, pc.and_(is_free, is_near))))


def _in_pairs(rows: Mapping[str, pa.Table], config: str) -> pa.Array:
    columns = [rows[config][column].combine_chunks() for column in POST_COLUMNS[config]]
    return pc.unique(pa.concat_arrays([pa.array(column, pa.string()) for column in columns]))


def _as_posts(published: pa.Table) -> pa.Table:
    """Return published posts as a stage takes them; what they were before cleaning is not known any more."""
    known = {name: published[name] for name in published.column_names}
    known |= {"text_raw": published["text"], "lang_source": pa.array(["source"] * published.num_rows, pa.string())}
    return schemas.conform(pa.table(known), schemas.POSTS)
