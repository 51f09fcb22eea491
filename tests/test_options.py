"""A run config is either right or refused in one line that names the place."""

from pathlib import Path

import pytest

from toolkit.errors import OptionError
from toolkit.options import load_run_config

GOOD = """
release: {name: harbour, version: 1.0.0, title: Harbour, description: Posts, license: cc0-1.0,
          license_note: Ours, contact: issues}
sources:
  - path: a.json
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_config(tmp_path: Path) -> None:
    config = load_run_config(write(tmp_path, GOOD))
    assert config.sources[0].path == tmp_path / "a.json"
    assert config.dedup.threshold == 0.8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            GOOD + "dedup: {treshold: 0.9}",
            "unknown option 'dedup.treshold'; known here: all_pairs, bands, boilerplate_posts, ",
        ),
        (GOOD + "  - pathh: b.json", "unknown option 'sources.1.pathh'|option 'sources.1.path' is missing"),
        (GOOD + "dedup: {threshold: 3}", "option 'dedup.threshold': .*less than or equal to 1, got 3"),
        (GOOD + "split: {test: 0.6, validation: 0.5}", "nothing to train on"),
        (GOOD + "split: {by: time, test_from: 2024-06-01}", "'split': by: time needs validation_from, a day as 2024-"),
        (GOOD + "split: {by: time, validation_from: 2024-06-01}", "'split': by: time needs test_from"),
        (
            GOOD + "split: {by: time, validation_from: 2024-06-01, test_from: 2024-06-01}",
            "'split': validation_from 2024-06-01 is not before test_from 2024-06-01",
        ),
        (GOOD + "split: {test_from: 2024-06-01}", "test_from is a border in time, .* say by: time"),
        (
            GOOD + "split: {by: time, validation_from: May, test_from: 2024-06-01}",
            "'split.validation_from': .*got 'May'",
        ),
        (GOOD + "split: {by: date}", "'split.by': .*'component' or 'time', got 'date'"),
        (GOOD + "decontaminate: {against: a.tsv}", "'decontaminate.against': wanted a list, got 'a.tsv'"),
        (GOOD + "pii: {public: '@port'}", r"'pii.public': wanted a list, got '@port'; write \['@port'\]"),
        (GOOD + "decontaminate: {overlap: 0}", "'decontaminate.overlap': .*greater than 0, got 0"),
        (GOOD.replace("name:", "date: 2024-13-01, name:"), "'release.date': .*month .*, got '2024-13-01'"),
        (GOOD.replace("name:", "date: !!timestamp 2024-13-01, name:"), "no valid YAML: month must be in 1..12"),
        (GOOD.replace("name:", "homepage: example.org, name:"), "'release.homepage': .*, got 'example.org'"),
        (GOOD + "sources: []", "key 'sources' is given twice"),
        ("release: [", "no valid YAML"),
        ("", "empty or no mapping"),
        (GOOD.replace("1.0.0", "1.0"), "option 'release.version'"),
        (GOOD.replace("name: harbour, ", ""), "option 'release.name' is missing"),
        (GOOD.replace("name: harbour", "name: ../up"), "option 'release.name'"),
        (GOOD.replace("version: 1.0.0", "version: 1.0"), "wanted text, got 1.0; put it in quotes"),
        (GOOD.replace("license: cc0-1.0", "license: foo bar"), "option 'release.license'"),
    ],
)
def test_a_bad_config_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(OptionError, match=message) as caught:
        load_run_config(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a.json"], ["a.json"]),
        (["in/a.json", "b.csv"], ["a.json", "b.csv"]),
        (["a/x/r.json", "b/x/r.json"], ["a/x/r.json", "b/x/r.json"]),
        (["ru/result.json", "en/result.json", "c.csv"], ["ru/result.json", "en/result.json", "c.csv"]),
    ],
)
def test_source_names_are_short_and_distinct(tmp_path: Path, paths: list[str], names: list[str]) -> None:
    sources = "".join(f"  - path: {path}\n" for path in paths)
    config = load_run_config(write(tmp_path, GOOD.split("  - path")[0] + sources))
    assert config.source_names == names


def test_test_sets_are_relative_to_the_config_and_have_distinct_names(tmp_path: Path) -> None:
    config = load_run_config(write(tmp_path, GOOD + "decontaminate: {against: [a/dev.tsv, b/dev.tsv, c.txt]}"))
    assert config.decontaminate.against == (tmp_path / "a/dev.tsv", tmp_path / "b/dev.tsv", tmp_path / "c.txt")
    assert config.test_set_names == ["a/dev.tsv", "b/dev.tsv", "c.txt"]


def test_a_missing_config(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot read the run config: No such file"):
        load_run_config(tmp_path / "none.yaml")
