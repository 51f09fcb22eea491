"""The README does what it says: its commands run, every command is in it, every command has help with an example."""

import re
import shutil
from pathlib import Path

import click
import pytest
from readers import run_commands, run_python

from toolkit.cli.commands import bitext
from toolkit.options import load_run_config
from toolkit.pipeline import plan_stages

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README's reader has: configs and the demo release."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("configs", "dist"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def test_the_commands_run_in_order(checkout: Path) -> None:
    lines = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
    assert sum(line.startswith("bitext ") for line in lines) >= 8
    run_commands(lines, checkout)


def test_the_python_runs(checkout: Path) -> None:
    blocks = [block for kind, block in BLOCKS if kind == "python"]
    assert blocks
    for block in blocks:
        run_python(block, checkout)


def test_the_two_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{target}:" in makefile and f"make {target}" in README for target in ("demo", "test"))


@pytest.mark.parametrize("name", sorted(bitext.commands))
def test_every_command_is_in_the_readme_and_has_an_example(name: str) -> None:
    assert f"bitext {name}" in README
    text = bitext.commands[name].get_help(click.Context(bitext.commands[name], info_name=f"bitext {name}"))
    assert "Example" in text
    assert f"bitext {name} " in text.split("Example")[1]


def test_every_option_has_help() -> None:
    for command in bitext.commands.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{command.name} {parameter.opts}"


def test_the_page_about_scale_is_linked_and_knows_every_step_and_option() -> None:
    assert "(docs/scale.md)" in README
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    rows = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| "))
    labels = [
        step.label.split()[0] for step in plan_stages(load_run_config(ROOT / "configs" / "demo.yaml"), ROOT).steps
    ]
    missing = {label for label in [*labels, "write", "verify"] if not re.search(rf"\b{label}\b", rows)}
    assert not missing
    options = {option for parameter in bitext.commands["build"].params for option in parameter.opts}
    assert set(re.findall(r"(?<![-\w])--[a-z]+", page)) <= options | {"--posts"}
