"""No number is taken that a command cannot run with: not from YAML, not from the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest

from toolkit import options
from toolkit.cli.commands import bitext
from toolkit.cli.options import OptionOf
from toolkit.errors import OptionError
from toolkit.options import MineOptions, Options, RunConfig, TrainOptions, load_run_config

RELEASE = """
release: {name: harbour, version: 1.0.0, title: Harbour, description: Posts, license: cc0-1.0,
          license_note: Ours, contact: issues}
sources:
  - path: a.json
"""
WRONG = ["nan", ".nan", "inf", ".inf", "-inf", "-.inf", "-1000000000", "1000000000000", "1e999", "9" * 5000,
         "0x" + "f" * 900, "many", "''", "[1]", "{a: 1}", "2024-01-01"]  # fmt: skip
MODELS = [model for model in vars(options).values() if isinstance(model, type) and issubclass(model, Options)]


def is_number(annotation: Any) -> bool:
    return annotation in (int, float) or any(map(is_number, get_args(annotation)))


def numbers(model: type[Options]) -> list[str]:
    return [name for name, field in model.model_fields.items() if is_number(field.annotation)]


EVERY = [(model, name) for model in MODELS for name in numbers(model)]
SECTIONS = [
    (section, name)
    for section, field in RunConfig.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Options)
    for name in numbers(field.annotation)
]


def test_there_is_something_to_walk() -> None:
    assert len(EVERY) > 25 and len(SECTIONS) > 15
    assert {TrainOptions, MineOptions} <= {model for model, _ in EVERY}


@pytest.mark.parametrize(("model", "name"), EVERY)
def test_every_number_has_a_least_and_a_greatest_value(model: type[Options], name: str) -> None:
    schema = model.model_json_schema()["properties"][name]
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") in ("integer", "number")]
    assert kinds
    for kind in kinds:
        assert {"minimum", "exclusiveMinimum"} & kind.keys() and {"maximum", "exclusiveMaximum"} & kind.keys()


@pytest.mark.parametrize(("section", "name"), SECTIONS)
def test_yaml_refuses_in_one_line_that_names_the_option(tmp_path: Path, section: str, name: str) -> None:
    path = tmp_path / "run.yaml"
    for value in WRONG:
        path.write_text(f"{RELEASE}{section}:\n  {name}: {value}\n", "utf-8")
        with pytest.raises(OptionError) as caught:
            load_run_config(path)
        text = str(caught.value)
        assert (f"'{section}.{name}" in text or "no valid YAML" in text) and len(text) < 300 and "\n" not in text


def parameters(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Parameter]]:
    for parameter in command.params:
        yield f"{path} {parameter.name}", parameter
    for name, inner in getattr(command, "commands", {}).items():
        yield from parameters(inner, f"{path} {name}")


def test_every_number_of_every_command_is_checked_by_its_model() -> None:
    found = list(parameters(bitext))
    named = {name for name, parameter in found if isinstance(parameter.type, OptionOf)}
    assert {" align max_sentences", " mine neighbors", " train-encoder seed", " evaluate dedup threshold"} <= named
    for name, parameter in found:
        assert not isinstance(parameter.type, click.types.IntParamType | click.types.FloatParamType), name
        if isinstance(parameter.type, OptionOf) and name != " train-encoder license":
            for value in ("nan", "inf", "-inf", "1e999", "-1000000000", "1000000000000", "9" * 5000, "many", ""):
                with pytest.raises(OptionError) as caught:
                    parameter.type.convert(value, parameter, None)
                assert str(caught.value).startswith(parameter.opts[-1]) and len(str(caught.value)) < 300


def test_options_that_fit_alone_and_not_together() -> None:
    assert TrainOptions(vocab=1_000_000, dim=256).vocab == 1_000_000
    with pytest.raises(ValueError, match=r"2,000,000 tokens x 4,096 are over 268 million numbers"):
        TrainOptions(vocab=2_000_000, dim=4096)
