"""`bitext match`: which Russian and English posts are variants of one another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from toolkit.cli.options import (
    FILE,
    GivenEncoder,
    OptionOf,
    check_outputs,
    column_mapping,
    encoder_options,
    engine_options,
    json_option,
    make_encoder,
    quiet_option,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from toolkit.engine import Engine
    from toolkit.options import SourceOptions

COLUMNS: Final = (
    *("ru_post_id", "en_post_id", "probability", "similarity", "margin", "hours_apart"),
    *("number_overlap", "link_overlap", "name_overlap", "length_ratio"),
    *("relation", "variant", "coverage_ru", "coverage_en"),
)


@click.command("match")
@click.argument("ru_posts", type=FILE)
@click.argument("en_posts", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="File for the pairs: .tsv or .parquet.")
@click.option("--comparable", type=FILE,
              help="File for pairs on one event that do not translate each other.  [default: none]")  # fmt: skip
@click.option("--channel", "channels", metavar="HANDLE", multiple=True,
              help="Channel of RU_POSTS; again for EN_POSTS.  [default: the file's own]")  # fmt: skip
@click.option("--timezone", metavar="ZONE", help='Of dates without offset in both, as "Europe/Moscow".')
@click.option("--column", "columns", metavar="OURS=THEIRS", multiple=True,
              help="Tables: name of a column in both; repeatable.")  # fmt: skip
@click.option("--window-hours", type=OptionOf("MatchOptions", "window_hours"), metavar="HOURS",
              help="How far apart variants are published, at most; or one has no date.  [default: 72]")  # fmt: skip
@click.option("--min-probability", type=OptionOf("MatchOptions", "min_probability"), metavar="P",
              help="Pairs below it are no pairs.  [default: 0.5]")  # fmt: skip
@click.option("--no-self-pairs", is_flag=True,
              help="No post is paired with itself.  [default: if it says the same in both languages]")  # fmt: skip
@click.option("--exact", is_flag=True, help="Compare all at any size; else faiss above 200,000 x 200,000 posts.")
@encoder_options
@engine_options
@json_option
@quiet_option
def command(
    ru_posts: Path, en_posts: Path, out: Path, comparable: Path | None, channels: tuple[str, ...],
    timezone: str | None, columns: tuple[str, ...], window_hours: float | None, min_probability: float | None,
    no_self_pairs: bool, exact: bool, encoder: GivenEncoder, engine: Engine, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Pair the Russian posts of one source with the English posts of another.

    RU_POSTS and EN_POSTS are whatever `bitext parse` reads, or a posts.parquet that it wrote. Give the same file twice
    if it holds both languages. Posts that say the same are joined first, the earliest stands for all. Most
    channels have posts without counterpart, and they stay alone. A post that merges two of the other side is in two
    pairs, any other in one at most. A post that says the same in both languages is paired with itself.

    Sentences of each pair are aligned to tell how much of the posts has a counterpart. Reports of one event that do
    not translate each other (relation comparable) are no pairs: they go to --comparable.

    \b
    Columns of the TSV, which has no header; a cell is empty where its column is not defined:
      1 ru_post_id       6 hours_apart (English minus Russian time; empty where one has only a day)
      2 en_post_id       7 number_overlap (shared numbers / all)
      3 probability      8 link_overlap (shared links / all)
      4 similarity       9 name_overlap (names of one side found in the other)
      5 margin          10 length_ratio (shorter / longer)
     11 relation        12 variant (full, shortened_ru, shortened_en, merged_ru, merged_en)
     13 coverage_ru     14 coverage_en (share of the letters that has a counterpart)

    \b
    Examples:
      bitext match ru/result.json en/result.json -o pairs.tsv
      bitext match dump.txt dump.txt -o pairs.parquet --comparable comparable.parquet --json
      bitext match ru/result.json en/dump.txt -o pairs.tsv --channel port_ru --channel port_en
      bitext match ru.csv en.xlsx -o pairs.tsv --column text=body --timezone Europe/Moscow
      bitext match agency.csv embassy.jsonl -o pairs.tsv --window-hours 24 --min-probability 0.9
    """
    import pyarrow.compute as pc

    from toolkit.errors import OptionError
    from toolkit.options import MatchOptions, SourceOptions
    from toolkit.stages.align import align_posts
    from toolkit.stages.match import match_posts
    from toolkit.stages.score import drop_unrelated, score_pairs
    from toolkit.validation import read_options

    for name, path in (("out", out), ("comparable", comparable)):
        if path is not None and path.suffix not in (".tsv", ".parquet"):
            raise OptionError(f"--{name} is {path.name!r}, wanted a name that ends in .tsv or .parquet")
    if len(channels) not in (0, 2):
        raise OptionError(f"--channel is given {len(channels)} times, wanted twice: for RU_POSTS, then for EN_POSTS")
    check_outputs([out, comparable], [ru_posts, en_posts])
    given = {
        "window_hours": window_hours,
        "min_probability": min_probability,
        "exact": exact,
        "self_pairs": not no_self_pairs,
    }
    options = read_options(MatchOptions, given)
    model = make_encoder(**encoder)
    where = {"path": Path(), "timezone": timezone, "columns": column_mapping(columns)}
    shared = read_options(SourceOptions, where)
    first, second = channels or (None, None)
    sources = (
        shared.model_copy(update={"path": ru_posts, "channel": first}),
        shared.model_copy(update={"path": en_posts, "channel": second}),
    )
    posts, n_read = _read(sources, engine)
    result = match_posts(posts, model, options, engine)
    beads = align_posts(result.kept, posts, model, engine=engine)
    scored = drop_unrelated(score_pairs(result.kept, beads, posts)).kept
    in_pairs = {*scored["ru_post_id"].to_pylist(), *scored["en_post_id"].to_pylist()}
    pairs = _with_own_ids(scored)
    is_comparable = pc.equal(pairs["relation"], "comparable")
    variants, others = pairs.filter(pc.invert(is_comparable)), pairs.filter(is_comparable)
    _write(out, variants)
    if comparable is not None:
        _write(comparable, others)
    report = {
        "posts": n_read,
        "unique": posts.num_rows,
        "pairs": variants.num_rows,
        "comparable": others.num_rows,
        "alone": posts.num_rows - len(in_pairs),
    }
    if as_json:
        import json

        click.echo(json.dumps(report, indent=2))
    elif not quiet:
        click.echo(
            f"{report['posts']:,} posts, {report['unique']:,} of them unique: {report['pairs']:,} pairs, "
            f"{report['comparable']:,} comparable, {report['alone']:,} posts without counterpart",
            err=True,
        )


def _read(sources: tuple[SourceOptions, SourceOptions], engine: Engine) -> tuple[pa.Table, int]:
    """Return the Russian posts of one file with the English posts of the other, and how many posts were read."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from toolkit.errors import SourceError

    if sources[0].path.resolve() == sources[1].path.resolve() and sources[0].channel == sources[1].channel:
        return _unique_posts(sources[0], engine)
    sides = []
    n_read = 0
    for source, lang in zip(sources, ("ru", "en"), strict=True):
        posts, count = _unique_posts(source, engine)
        posts = posts.filter(pc.is_valid(posts[f"text_{lang}"]))
        if not posts.num_rows:
            language = {"ru": "Russian", "en": "English"}[lang]
            raise SourceError(
                f"has no {language} posts",
                where=source.path,
                fix="Name the Russian posts first and the English ones second",
            )
        # Two files of one name may give different posts the same id.
        marked = pc.binary_join_element_wise(lang, posts["post_id"], _MARK)
        sides.append(posts.set_column(0, posts.schema.field("post_id"), marked))
        n_read += count
    return pa.concat_tables(sides).combine_chunks(), n_read


_MARK: Final = "\t"


def _unique_posts(source: SourceOptions, engine: Engine) -> tuple[pa.Table, int]:
    from toolkit.sources import read_source
    from toolkit.stages.clean import clean_posts
    from toolkit.stages.dedup import dedup_posts

    posts = read_source(source).posts
    return dedup_posts(clean_posts(posts, engine=engine).kept, engine=engine).kept, posts.num_rows


def _with_own_ids(pairs: pa.Table) -> pa.Table:
    """Return the pairs with the ids that the sources have."""
    from toolkit import schemas

    rows = pairs.to_pylist()
    for row in rows:
        row["ru_post_id"], row["en_post_id"] = (row[f"{lang}_post_id"].split(_MARK)[-1] for lang in ("ru", "en"))
        row["pair_id"] = f"{row['ru_post_id']} ~ {row['en_post_id']}"
    return schemas.from_rows(rows, schemas.POST_PAIRS).sort_by(
        [("ru_post_id", "ascending"), ("en_post_id", "ascending")]
    )


def _write(out: Path, pairs: pa.Table) -> None:
    from toolkit.storage import write_table, write_text

    if out.suffix == ".parquet":
        write_table(out, pairs)
        return
    rows = pairs.select(list(COLUMNS)).to_pylist()
    write_text(out, "".join("\t".join(_cell(row[name]) for name in COLUMNS) + "\n" for row in rows))


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.4f}"
