"""`bitext explain`: the whole story of a post, a pair or a bead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import FILE, json_option

if TYPE_CHECKING:
    import pyarrow as pa


@click.command("explain")
@click.argument("name", metavar="POST|PAIR|BEAD")
@click.option("--release", metavar="DIR", type=FILE, help="Ask this release, and not the last build.")
@click.option("--work", type=FILE, default=Path(".bitext"), show_default=True, help="Work folder of the run.")
@json_option
def command(name: str, release: Path | None, work: Path, as_json: bool) -> None:
    """Tell what became of a post in the last build, stage by stage, with the numbers that decided.

    A post is named by its post_id, the end of it, or its address on t.me, a pair of posts as RU~EN, a bead of sentences
    as RU~EN#NUMBER. Of two posts that are no pair it tells what each of them has instead. A release knows less than the
    build that made it: what was dropped is not in it.

    \b
    Examples:
      bitext explain harbour/142
      bitext explain 142 --json
      bitext explain https://t.me/harbour/142
      bitext explain harbour/142~harbour_en/77
      bitext explain harbour/142~harbour_en/77#3 --release releases/demo/0.1.0
    """
    import json
    from dataclasses import asdict

    from toolkit.explain import explain

    events = explain(name, load_tables(release, work))
    if as_json:
        click.echo(json.dumps([asdict(event) for event in events], ensure_ascii=False, indent=2, default=str))
        return
    for event in events:
        click.echo(f"{event.stage:<6} {one_line(event.verdict, 300)}")
        for key, value in event.facts.items():
            for part in value if key.startswith("lines_") else [value]:
                if part not in (None, [], ""):
                    click.echo(f"         {key}: {one_line(part)}")


def load_tables(release: Path | None, work: Path) -> Mapping[str, pa.Table]:
    """Return the tables of a release, or of the last build in a work folder."""
    from toolkit.release.read import read_release, run_tables
    from toolkit.workspace import load_last_run

    return run_tables(read_release(release)) if release else load_last_run(work).tables


def one_line(value: object, width: int = 100) -> str:
    """Show a value in one line of at most `width` characters; control characters never reach the terminal."""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = " ".join(
        "".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in str(value)).split()
    )
    return text if len(text) <= width else text[: width - 1] + "…"
