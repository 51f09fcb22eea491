"""`bitext explain`: a post's whole story."""

from __future__ import annotations

from pathlib import Path

import click

from toolkit.cli.options import FILE, json_option


@click.command("explain")
@click.argument("post_id")
@click.option("--work", type=FILE, default=Path(".bitext"), show_default=True, help="Work folder of the run.")
@json_option
def command(post_id: str, work: Path, as_json: bool) -> None:
    """Tell what became of the post POST_ID in the last build, stage by stage, with the numbers that decided.

    \b
    Examples:
      bitext explain harbour/142
      bitext explain 142 --json
    """
    import json
    from dataclasses import asdict

    from toolkit.explain import explain_post
    from toolkit.workspace import load_last_run

    events = explain_post(post_id, load_last_run(work).tables)
    if as_json:
        click.echo(json.dumps([asdict(event) for event in events], ensure_ascii=False, indent=2, default=str))
        return
    for event in events:
        click.echo(f"{event.stage:<6} {_one_line(event.verdict, 300)}")
        for key, value in event.facts.items():
            if value not in (None, [], ""):
                click.echo(f"         {key}: {_one_line(value)}")


def _one_line(value: object, width: int = 100) -> str:
    """Show a value in one line of at most `width` characters; control characters never reach the terminal."""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = " ".join(
        "".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in str(value)).split()
    )
    return text if len(text) <= width else text[: width - 1] + "…"
