"""The command line: parse arguments, import inside the callback, call, echo.

Data goes to stdout and talk to stderr. A `ToolkitError` becomes one line and exit code 2; anything else is a bug and
keeps its traceback.
"""

from __future__ import annotations

import importlib
import sys

import click

COMMANDS = (
    "build",
    "parse",
    "dedup",
    "match",
    "align",
    "encode",
    "mine",
    "train_encoder",
    "verify",
    "diff",
    "takedown",
    "export",
    "publish",
    "evaluate",
    "explain",
    "lineage",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="bitext-toolkit", prog_name="bitext")
def bitext() -> None:
    """Turn dumps of Russian and English posts into aligned, deduplicated, versioned datasets.

    \b
    Start here:
      bitext build configs/demo.yaml      from dumps to a release, in one command
      bitext parse dump.txt -o posts.jsonl    only look at what is in a dump
    """


for _name in COMMANDS:
    bitext.add_command(importlib.import_module(f"toolkit.cli.{_name}").command, _name.replace("_", "-"))


def main() -> None:
    """Run the command line and turn expected errors into one line."""
    from toolkit.errors import ToolkitError

    try:
        bitext(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("interrupted; a build or a training goes on from here when it is started again", err=True)
        sys.exit(130)
    except ToolkitError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
