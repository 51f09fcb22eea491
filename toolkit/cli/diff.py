"""`bitext diff`: what changed between two releases."""

from __future__ import annotations

from pathlib import Path

import click

from toolkit.cli.options import FILE, check_outputs, json_option


@click.command("diff")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("-o", "--output", type=FILE, help="Parquet file for the changed rows: op, id, config, reason.")
@json_option
def command(old: Path, new: Path, output: Path | None, as_json: bool) -> None:
    """Say which rows of release OLD are others in release NEW, and why.

    OLD and NEW are folders NAME/VERSION. Texts are never shown: what was taken down stays so.

    \b
    Examples:
      bitext diff dist/corpus/1.0.0 dist/corpus/1.1.0
      bitext diff dist/corpus/1.0.0 dist/corpus/1.1.0 --json -o changes.parquet
    """
    import json

    from toolkit.release.diff import diff_rows
    from toolkit.release.read import read_release
    from toolkit.release.versions import Since
    from toolkit.storage import write_table

    check_outputs([output])
    before, after = read_release(old), read_release(new)
    changes = diff_rows(before.tables, after.tables, after.manifest.takedowns)
    since = Since(before, changes, schema_version=after.manifest.schema_version)
    if output:
        write_table(output, changes)
    counts = since.facts().changes
    if as_json:
        facts = {"old": before.name, "new": after.name, "level": since.level, "changes": counts}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{before.name} -> {after.name}: {since.level.upper() if since.level else 'the same rows'}")
        _echo(counts)


def _echo(changes: dict[str, dict[str, dict[str, int]]]) -> None:
    from toolkit.release.diff import REASONS

    for config, ops in changes.items():
        for op, reasons in ops.items():
            for reason, count in reasons.items():
                click.echo(f"{config:<16}  {op:<6} {count:>9,}  {reason:<10}  {REASONS[reason]}")
