"""`bitext dedup`: which posts say the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import FILE, engine_options, json_option, make_engine, quiet_option

if TYPE_CHECKING:
    import pyarrow as pa

    from toolkit.stages.dedup import DedupResult


@click.command("dedup")
@click.argument("sources", metavar="POSTS...", type=FILE, nargs=-1, required=True)
@click.option("-o", "--out", metavar="DIR", type=FILE, required=True, help="Folder for the three files.")
@click.option("--threshold", type=click.FloatRange(0, 1, min_open=True), help="Jaccard similarity.  [default: 0.8]")
@engine_options
@json_option
@quiet_option
def command(
    sources: tuple[Path, ...], out: Path, threshold: float | None, engine: str, address: str | None, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Find posts that say the same, keep one of each, and show the evidence.

    POSTS are dumps, exports or tables: whatever `bitext parse` reads. The earliest post stays. Similarity is the exact
    Jaccard of 5-word shingles of the text as given; shorter texts have exact duplicates only. Writes into DIR:

    \b
      unique.parquet      the posts that stay
      duplicates.parquet  a row for each post that left: whose duplicate it is, how similar, how much later
      pairs.tsv           id<TAB>id<TAB>similarity of every pair, exact ones too

    \b
    Examples:
      bitext dedup posts.jsonl -o deduped
      bitext dedup agency/result.json embassy/result.json -o deduped --threshold 0.7
    """
    from toolkit.options import DedupOptions
    from toolkit.stages.dedup import dedup_posts
    from toolkit.storage import write_table

    options = DedupOptions() if threshold is None else DedupOptions(threshold=threshold)
    result = dedup_posts(_read(sources), options, make_engine(engine, address))
    write_table(out / "unique.parquet", result.kept)
    write_table(out / "duplicates.parquet", result.duplicates)
    n_pairs = _write_pairs(out / "pairs.tsv", result)
    report = _report(result, n_pairs)
    if as_json:
        import json

        click.echo(json.dumps(report, indent=2))
    elif not quiet:
        click.echo(
            f"{report['posts']:,} posts: {report['unique']:,} stay, {report['exact']:,} exact and {report['near']:,} "
            f"near duplicates left, {report['repeat']:,} repeated bodies cut; {n_pairs:,} pairs",
            err=True,
        )


def _read(sources: tuple[Path, ...]) -> pa.Table:
    """Read posts; those of one table that names no channel keep the ids that the table has."""
    import pyarrow as pa

    from toolkit.options import SourceOptions
    from toolkit.sources import read_source
    from toolkit.stages.merge import merge_posts

    tables = [read_source(SourceOptions(path=path)).posts for path in sources]
    if len(tables) > 1:
        return merge_posts(tables).kept
    (posts,) = tables
    name = sources[0].name
    is_bare = all(
        row["source_format"] == "table" and row["source_file"] == name and name.startswith(f"{row['channel']}.")
        for row in posts.select(["source_format", "source_file", "channel"]).to_pylist()
    )
    if not is_bare:
        return posts
    ids = [
        row["post_id"].removeprefix(f"{row['channel']}/") for row in posts.select(["post_id", "channel"]).to_pylist()
    ]
    return posts.set_column(0, posts.schema.field(0), pa.array(ids))


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


def _report(result: DedupResult, n_pairs: int) -> dict[str, int]:
    kinds = result.duplicates["kind"].to_pylist()
    return {
        "posts": result.kept.num_rows + result.dropped.num_rows,
        "unique": result.kept.num_rows,
        **{kind: kinds.count(kind) for kind in ("exact", "near", "repeat")},
        "pairs": n_pairs,
    }
