"""`bitext takedown`: record that posts have to leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import FILE

if TYPE_CHECKING:
    from toolkit.options import RunConfig


@click.command("takedown")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--config", type=FILE, required=True, help="Run config; the list is takedowns.tsv beside it.")
@click.option("--reason", default="", help="A word for those who keep the list; it is never published.")
@click.option("--release", type=FILE, help="A release that has the posts: tells what of it leaves, and their words.")
def command(ids: tuple[str, ...], config: Path, reason: str, release: Path | None) -> None:
    """Record that the posts ID... (channel/message) have to leave.

    ID may be the address of a message, https://t.me/CHANNEL/MESSAGE or t.me/c/NUMBER/MESSAGE; it is looked for in the
    release, or in the sources of the run config, and refused if no post has it. With --release the list also remembers
    a key of the words of each post (the list is private, and no release has keys): the same words in the same order
    stay out under any other id too, from another channel or format. A text that was written anew is another text.

    Every later build with this run config leaves them out, with their pairs, sentences and evidence; the next version
    is a MAJOR one, and its diff names them without their text. Releases that are out stay as they are: remove those
    from where they are published.

    \b
    Examples:
      bitext takedown harbour_ru/123 harbour_en/77 --config corpus.yaml
      bitext takedown harbour_ru/123 --config corpus.yaml --release dist/corpus/1.0.0
    """
    from datetime import UTC, datetime

    from toolkit.options import TAKEDOWNS, load_run_config
    from toolkit.takedowns import add_takedowns, as_post_id
    from toolkit.text.links import post_link

    run_config = load_run_config(config)
    ids = tuple(as_post_id(one) if post_link(one) is None else _post_at(one, run_config, release) for one in ids)
    words = _tell(ids, release) if release else {}
    ledger = run_config.takedowns or config.parent / TAKEDOWNS
    new = add_takedowns(ledger, ids, date=datetime.now(UTC).date().isoformat(), reason=reason, words=words)
    click.echo(f"{ledger}: {len(new)} added, {len(set(ids)) - len(new)} were there", err=True)
    if not release:
        click.echo("Without --release the ids are not checked, and the words of the posts not remembered", err=True)


def _post_at(address: str, config: RunConfig, release: Path | None) -> str:
    """Return the id of the post that an address is of, in the release, or else in what the run config reads."""
    from toolkit.errors import OptionError
    from toolkit.explain import find_post
    from toolkit.release.read import read_release
    from toolkit.sources import read_source
    from toolkit.text.links import post_link

    link = post_link(address)
    assert link is not None
    releases = [path for path in (release or config.previous,) if path is not None]
    for path in releases:
        if found := find_post(link, read_release(path).tables):
            return found
    for source in config.sources if release is None else ():
        if found := find_post(link, {"posts": read_source(source).posts}):
            return found
    where = release or "the sources of the run config"
    raise OptionError(f"{address!r} is the address of no post", where=where, fix="Check it, or give the post_id")


def _tell(ids: tuple[str, ...], release: Path) -> dict[str, list[str]]:
    """Print what a release has of the posts, and return the keys of their words; refuse ids that it does not have."""
    from toolkit.errors import OptionError
    from toolkit.release.read import read_release
    from toolkit.run.increment import rows_of_post, same_posts, words_of_post

    tables = read_release(release).tables
    found = {post_id: rows_of_post(tables, post_id) for post_id in ids}
    if unknown := [post_id for post_id, rows in found.items() if not rows]:
        raise OptionError(f"has no post {unknown[0]!r}", where=release, fix="Its config `posts` shows the ids")
    for post_id, rows in found.items():
        click.echo(f"{post_id}: {', '.join(f'{config} {count}' for config, count in rows.items())}")
        left, stays = same_posts(tables, post_id)
        for other in left:
            click.echo(f"  {other} left because it says the same, and stays out")
        for other in stays:
            click.echo(f"  {other} says the same and was kept in its place; record it too if that has to leave")
    return {post_id: words_of_post(tables, post_id) for post_id in ids}
