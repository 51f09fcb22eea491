"""All commands under one name."""

from __future__ import annotations

import importlib

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
