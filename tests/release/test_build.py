"""A release is whole, loadable, the same every time, and never half there."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from toolkit import schemas
from toolkit.errors import ReleaseError, SchemaError, ToolkitError
from toolkit.options import RunConfig
from toolkit.release.build import build_release
from toolkit.release.checks.verify import verify_release
from toolkit.release.content import ReleaseContent
from toolkit.release.documents.pictures import PICTURES
from toolkit.release.manifest import Manifest

CONFIGS = ("sentence_pairs", "post_pairs", "posts", "duplicates")


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def front_matter(release: Path) -> dict[str, Any]:
    text = (release / "README.md").read_text("utf-8")
    return yaml.safe_load(text.split("---\n")[1])  # type: ignore[no-any-return]


def with_release(config: RunConfig, **changes: object) -> RunConfig:
    return config.model_copy(update={"release": config.release.model_copy(update=changes)})


def test_layout(built: Path) -> None:
    splits = {"duplicates": ("validation", "test")}
    data = {
        f"data/{config}/{split}-2024-03-00000-of-00001.parquet"
        for config in CONFIGS
        for split in splits.get(config, ("train", "validation", "test"))
    }
    undated = ("sentence_pairs", "post_pairs", "posts")  # the last story
    data |= {f"data/{config}/train-undated-00000-of-00001.parquet" for config in undated}
    texts = {"README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "croissant.json", "manifest.json", "SHA256SUMS"}
    texts |= {f"images/{name}.png" for name in PICTURES}
    assert built.parts[-2:] == ("city-news", "1.0.0")
    assert set(tree(built)) == data | texts
    assert verify_release(built).problems == ()


@pytest.mark.parametrize("config", CONFIGS)
def test_datasets_loads_every_config(built: Path, tmp_path: Path, config: str) -> None:
    import datasets

    loaded = datasets.load_dataset(str(built), config, cache_dir=str(tmp_path))
    info = next(each for each in front_matter(built)["dataset_info"] if each["config_name"] == config)
    assert {split: rows.num_rows for split, rows in loaded.items()} == {
        split["name"]: split["num_examples"] for split in info["splits"]
    }
    for rows in loaded.values():
        assert rows.features._to_yaml_list() == info["features"]
        assert str(rows.info.version) == "1.0.0"


def test_datasets_loads_the_sentence_pairs_by_default(built: Path, tmp_path: Path) -> None:
    import datasets

    rows = datasets.load_dataset(str(built), split="test", cache_dir=str(tmp_path))
    assert {"ru_text", "en_text", "score"} <= set(rows.column_names)


def test_the_card_says_what_works(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loading examples in the card run as they stand, in the folder that they assume."""
    import datasets

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    home = tmp_path / "dist" / "city-news"
    home.mkdir(parents=True)
    (home / "1.0.0").symlink_to(built)
    blocks = re.findall(r"```python\n(.*?)```", (built / "README.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks[:3]:
        exec(block, names)
    assert len(names["pairs"]) == 3
    median = Manifest.model_validate_json((built / "manifest.json").read_bytes()).statistics["quantiles"]
    wanted = [score for score in names["pairs"]["train"]["score"] if score >= median["sentence_pairs"]["score"][2]]
    assert names["good"]["score"] == wanted
    assert [row["score"] for row in names["stream"]] == wanted


def test_same_content_same_bytes(content: ReleaseContent, run_config: RunConfig, built: Path, tmp_path: Path) -> None:
    tables = {name: getattr(content, name) for name in ("bitext", "pairs", "posts", "duplicates", "components")}
    # Row order and chunk layout of the input must not show.
    shuffled = {
        name: pa.concat_tables([table.slice(n, 1) for n in reversed(range(table.num_rows))])
        for name, table in tables.items()
    }
    again = build_release(replace(content, **shuffled), run_config, tmp_path)
    assert tree(again) == tree(built)


def test_no_trace_of_the_machine(built: Path) -> None:
    for name, data in tree(built).items():
        assert b"somewhere" not in data, name
        assert b"someone" not in data, name
        assert str(built.parent).encode() not in data, name


def test_an_existing_version(content: ReleaseContent, run_config: RunConfig, tmp_path: Path) -> None:
    release = build_release(content, run_config, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in release.rglob("*")}
    assert build_release(content, run_config, tmp_path) == release
    assert {path: path.stat().st_mtime_ns for path in release.rglob("*")} == before

    other = with_release(run_config, description="Another description.")
    with pytest.raises(ReleaseError, match=r"version 1\.0\.0 exists already.*Raise release\.version"):
        build_release(content, other, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in release.rglob("*")} == before

    raised = build_release(content, with_release(run_config, version="1.0.1"), tmp_path)
    assert sorted(path.name for path in raised.parent.iterdir()) == ["1.0.0", "1.0.1"]


def test_what_a_killed_build_left_is_cleared(content: ReleaseContent, run_config: RunConfig, tmp_path: Path) -> None:
    left = tmp_path / "city-news" / ".1.0.0.part" / "data"
    left.mkdir(parents=True)
    (left / "half.parquet").write_bytes(b"PAR1")
    release = build_release(content, run_config, tmp_path)
    assert [path.name for path in release.parent.iterdir()] == ["1.0.0"]
    assert "data/half.parquet" not in tree(release)


def test_no_duplicates_leaves_the_config_out(content: ReleaseContent, run_config: RunConfig, tmp_path: Path) -> None:
    read = content.sources[0].posts - 2
    lonely = replace(
        content,
        duplicates=content.duplicates.slice(0, 0),
        dropped=content.dropped.filter(pa.compute.not_equal(content.dropped["stage"], "dedup")),
        sources=(replace(content.sources[0], posts=read), content.sources[1]),
    )
    release = build_release(lonely, run_config, tmp_path)
    assert not (release / "data" / "duplicates").exists()
    assert [each["config_name"] for each in front_matter(release)["configs"]] == list(CONFIGS[:3])
    assert "No post repeats another one" in (release / "README.md").read_text("utf-8")


def test_all_in_train(content: ReleaseContent, run_config: RunConfig, tmp_path: Path) -> None:
    everything = pa.array(["train"] * content.components.num_rows)
    components = content.components.set_column(2, content.components.schema.field(2), everything)
    beads = pa.array(["train"] * content.bitext.num_rows)
    place = content.bitext.schema.get_field_index("split")
    bitext = content.bitext.set_column(place, content.bitext.schema.field(place), beads)
    release = build_release(replace(content, components=components, bitext=bitext), run_config, tmp_path)
    splits = [each["data_files"] for each in front_matter(release)["configs"]]
    assert [[files["split"] for files in each] for each in splits] == [["train"]] * 4
    assert "all sentence pairs are in train" in (release / "README.md").read_text("utf-8")


def without_posts(content: ReleaseContent, dropped: pa.Table) -> ReleaseContent:
    tables = {name: getattr(content, name).slice(0, 0) for name in ("bitext", "pairs", "posts", "duplicates")}
    return replace(content, dropped=dropped, **tables)


def test_pairs_whose_sentences_all_left(content: ReleaseContent, run_config: RunConfig, tmp_path: Path) -> None:
    beads = [
        {"row_id": f"svod/1~brief/1#{n}", "stage": "filter", "reason": reason}
        for n, reason in enumerate(["low_score"] * 3 + ["too_long"] + ["null_bead"] * 2)
    ]
    dropped = pa.concat_tables([content.dropped.slice(0, 4), schemas.from_rows(beads, schemas.DROPPED)])
    release = build_release(replace(content, bitext=content.bitext.slice(0, 0), dropped=dropped), run_config, tmp_path)
    card = (release / "README.md").read_text("utf-8")
    assert (
        "No sentence pair was found: no sentences of the 9 pairs of posts were good enough: the two sides do not say "
        "the same 3, too long 1."
    ) in card
    configs = {each["config_name"]: each.get("default", False) for each in front_matter(release)["configs"]}
    assert configs == {"post_pairs": False, "posts": True, "duplicates": False}
    assert "| post_pairs | `probability` |" in card and "`sentence_pairs`" not in card


Change = Callable[[ReleaseContent, RunConfig], tuple[ReleaseContent, RunConfig]]
WRONG: list[tuple[str, Change, type[Exception], str]] = [
    ("no post is left", lambda content, config: (without_posts(content, content.dropped), config),
     ReleaseError, "no post is left to publish, of 21 that were read: another post says the same 2, "),
    ("no post was read", lambda content, config: (replace(without_posts(content, content.dropped), sources=tuple(
        replace(source, posts=0, without_post={"service messages": 3}) for source in content.sources)), config),
     ReleaseError, r"no post was read; found instead: svod\.json \(desktop_json\): 3 service messages; brief"),
    ("posts unaccounted for", lambda content, config: (replace(content, dropped=content.dropped.slice(1)), config),
     ReleaseError, "21 posts were read, but 18 are kept and 2 dropped"),
    ("a pair is missing", lambda content, config: (replace(content, pairs=content.pairs.slice(1)), config),
     SchemaError, "a row names pair_id 'svod/1~brief/1'"),
    ("a post is missing", lambda content, config: (replace(content, posts=content.posts.slice(1)), config),
     SchemaError, "a row names post_id 'svod/1'"),
    ("pairs are not scored", lambda content, config: (replace(content, pairs=content.pairs.set_column(
        13, "relation", pa.nulls(content.pairs.num_rows, pa.string()))), config),
     SchemaError, "column 'relation' has a null"),
    ("a bead in two splits", lambda content, config: (replace(content, bitext=content.bitext.set_column(
        content.bitext.column_names.index("split"), "split",
        pa.array(["train", "test"] * 10 + ["train"]))), config),
     ReleaseError, "does not verify .* more than one split"),
    ("a fact is blank", lambda content, config: (content, with_release(config, license_note=" ")),
     ReleaseError, r"release\.license_note is empty"),
    ("a source has no rights", lambda content, config: (content, config.model_copy(update={"sources": (
        config.sources[0], config.sources[1].model_copy(update={"rights": None}))})),
     ReleaseError, r"brief\|x\.txt: sources\[1\]\.rights is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "error", "message"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_cannot_be_published(
    content: ReleaseContent, run_config: RunConfig, tmp_path: Path, change: Change, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        build_release(*change(content, run_config), tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written(content: ReleaseContent, run_config: RunConfig, tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file", "utf-8")
    with pytest.raises(ToolkitError, match="cannot write: Not a directory"):
        build_release(content, run_config, tmp_path / "dist")
