"""`bitext dedup`: which posts say the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import (
    FILE,
    OptionOf,
    check_outputs,
    engine_options,
    json_option,
    quiet_option,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from toolkit.engine import Engine
    from toolkit.stages.dedup import DedupResult

_SHARED = ("edit", "contained", "paragraph", "media")


@click.command("dedup")
@click.argument("sources", metavar="POSTS...", type=FILE, nargs=-1, required=True)
@click.option("-o", "--out", metavar="DIR", type=FILE, required=True, help="Folder for the three files.")
@click.option("--threshold", type=OptionOf("DedupOptions", "threshold"), metavar="S",
              help="Jaccard similarity.  [default: 0.8]")  # fmt: skip
@click.option("--keep", type=click.Choice(["earliest", "longest"]), help="Which one stays.  [default: earliest]")
@click.option("--prefer", metavar="CHANNEL", multiple=True, help="Whose posts stay first; may be given several times.")
@click.option("--copies/--no-copies", default=None, help="Also edited copies of posts.  [default: copies]")
@click.option("--all-pairs", is_flag=True, help="List all pairs of large groups too: their number is quadratic.")
@click.option("--against", metavar="RELEASE", type=FILE, help="Leave out what this older release has.")
@engine_options
@json_option
@quiet_option
def command(
    sources: tuple[Path, ...], out: Path, threshold: float | None, keep: str | None, prefer: tuple[str, ...],
    copies: bool | None, all_pairs: bool, against: Path | None, engine: Engine, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Find posts that say the same, keep one of each, and show the evidence.

    POSTS are dumps, exports or tables: whatever `bitext parse` reads, with personal values masked as it does. The
    earliest post stays; one without a date counts as late. Exact duplicates have the same words when letters are
    folded (case, ё, look-alikes, what is invisible); near ones an exact Jaccard of their 5-word shingles. Where dates
    or channels tell posts apart, footers, markup and addresses do not count, edited copies are found too, numbers and
    names may not be swapped, and a short text that comes back after three days is another occasion. A post that
    is a part of a longer one, or shares a paragraph or a file with another, stays and is reported, as are earlier
    versions of posts that several exports have. Writes into DIR:

    \b
      unique.parquet      the posts that stay
      duplicates.parquet  the evidence: which post repeats which, of what kind, how similar, how much later
      pairs.tsv           id<TAB>id<TAB>similarity of every pair, exact ones too; of more than 100 posts that hang
                          together, of each one with the one that stays. In a table without dates and channels only
                          pairs of texts as they are written, as other tools count them

    \b
    Examples:
      bitext dedup posts.jsonl -o deduped
      bitext dedup agency/result.json embassy/result.json -o deduped --keep longest --prefer embassy
      bitext dedup new/result.json -o deduped --against releases/demo/0.1.0
    """
    import pyarrow as pa

    from toolkit.options import DedupOptions
    from toolkit.release.read import read_release
    from toolkit.stages.dedup import Published, dedup_posts
    from toolkit.stages.evidence import find_shared, record_edits
    from toolkit.storage import write_table
    from toolkit.validation import read_options

    check_outputs([], folder=out)
    given = {"threshold": threshold, "keep": keep, "prefer": prefer, "copies": copies, "all_pairs": all_pairs}
    options = read_options(DedupOptions, given)
    release = read_release(against) if against else None
    posts, older = _read(sources)
    published = [Published(release.name, release.tables["posts"], at_any_time=True)] if release else []
    result = dedup_posts(posts, options, engine, published)
    edits = record_edits(posts, older, result.duplicates, options)
    evidence = pa.concat_tables([result.duplicates, edits, find_shared(result.kept, options, engine)])
    write_table(out / "unique.parquet", result.kept)
    write_table(out / "duplicates.parquet", evidence)
    report = _report(result, evidence, _write_pairs(out / "pairs.tsv", result))
    if as_json:
        import json

        click.echo(json.dumps(report, indent=2))
    elif not quiet:
        click.echo(
            f"{report['posts']:,} posts: {report['unique']:,} stay, {report['exact']:,} exact and {report['near']:,} "
            f"near duplicates and {report['copy']:,} edited copies left, {report['repeat']:,} repeated bodies cut; "
            f"{report['pairs']:,} pairs",
            err=True,
        )
        shared = ", ".join(f"{report[kind]:,} {kind}" for kind in _SHARED if report[kind])
        if shared:
            click.echo(f"evidence about posts that stay: {shared}", err=True)


def _read(sources: tuple[Path, ...]) -> tuple[pa.Table, pa.Table]:
    """Read posts, and older versions of them; those of one table that names no channel keep the ids of the table."""
    from toolkit.options import SourceOptions
    from toolkit.sources import read_source
    from toolkit.stages.mask import mask_sources
    from toolkit.stages.merge import merge_posts

    tables = [read_source(SourceOptions(path=path)).posts for path in sources]
    # What `bitext parse` wrote is as its --pii said.
    masked = iter(mask_sources([posts for posts in tables if posts["personal"].null_count]))
    tables = [next(masked) if posts["personal"].null_count else posts for posts in tables]
    merged = merge_posts(tables)
    is_bare = len(tables) == 1 and all(
        row["source_format"] == "table" and row["source_file"] == sources[0].name
        and sources[0].name.startswith(f"{row['channel']}.")
        for row in tables[0].select(["source_format", "source_file", "channel"]).to_pylist()
    )  # fmt: skip
    return (_bare(merged.kept), _bare(merged.older)) if is_bare else (merged.kept, merged.older)


def _bare(posts: pa.Table) -> pa.Table:
    """Return the posts with ids that do not name their channel."""
    import pyarrow as pa

    rows = posts.select(["post_id", "channel"]).to_pylist()
    ids = [row["post_id"].removeprefix(f"{row['channel']}/") for row in rows]
    return posts.set_column(0, posts.schema.field(0), pa.array(ids, pa.string()))


def _write_pairs(path: Path, result: DedupResult) -> int:
    """Write all verified pairs as they come, and return how many."""
    from toolkit.storage import replacing

    n_pairs = 0
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        for batch in result.near_pair_batches():
            n_pairs += batch.num_rows
            columns = (batch[name].to_pylist() for name in batch.column_names)
            file.writelines(f"{a}\t{b}\t{similarity:.4f}\n" for a, b, similarity in zip(*columns, strict=True))
    return n_pairs


def _report(result: DedupResult, evidence: pa.Table, n_pairs: int) -> dict[str, int]:
    kinds = evidence["kind"].to_pylist()
    return {
        "posts": result.kept.num_rows + result.dropped.num_rows,
        "unique": result.kept.num_rows,
        "published": result.dropped["reason"].to_pylist().count("published"),
        **{kind: kinds.count(kind) for kind in ("exact", "near", "copy", "repeat", *_SHARED)},
        "pairs": n_pairs,
    }
