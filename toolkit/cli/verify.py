"""`bitext verify`: reopen a release as a stranger would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.options import FILE, json_option

if TYPE_CHECKING:
    from toolkit.release.checks.verify import VerifyReport


@click.command("verify")
@click.argument("release", type=FILE)
@json_option
def command(release: Path, as_json: bool) -> None:
    """Check the release in the folder RELEASE against itself.

    Compares checksums, manifest, data and dataset card, looks for rows that are in two splits, and computes anew what
    follows from the rows: statistics, card, pictures, citation, Croissant. Prints what the release holds and ends with
    0, or prints each problem in a line and ends with 2. Whatever versions a release names, all of it is compared; one
    whose documents another version of bitext makes otherwise does not verify here, and a line says which one to use.

    \b
    Examples:
      bitext verify dist/demo/1.0.0
      bitext verify dist/demo/1.0.0 --json | jq .problems
    """
    import json
    import sys

    from toolkit.release.checks.verify import verify_release

    report = verify_release(release)
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        _echo_report(report)
    if not report.ok:
        sys.exit(2)


def _echo_report(report: VerifyReport) -> None:
    for config, splits in report.rows.items():
        for split, rows in splits.items():
            click.echo(f"{config:<16} {split:<10} {rows:>10,}")
    for problem in report.problems:
        click.echo(f"problem: {problem}")
    for note in report.notes:
        click.echo(f"note: {note}")
    if report.ok:
        click.echo(f"ok: {report.name} {report.version}, {report.files} files")
