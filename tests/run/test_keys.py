"""What the keys of steps cover: what the version before shows to be public."""

from pathlib import Path

from toolkit.options import PiiOptions, RunConfig, SourceOptions
from toolkit.release.read import read_release
from toolkit.run.keys import is_read_alike, personal, reading
from toolkit.run.resolved import Run
from toolkit.text.handle_owners import name_marks

DEMO = Path(__file__).parents[2] / "dist" / "demo" / "0.1.0"


def test_channels_of_the_version_before_are_public(tmp_path: Path) -> None:
    source = SourceOptions(path=tmp_path / "new.json")
    source.path.write_text("[]", "utf-8")
    facts = ("name", "title", "description", "license", "license_note", "contact")
    config = RunConfig.model_validate(
        {"sources": [source], "release": {**dict.fromkeys(facts, "demo"), "version": "0.2.0"}}
    )
    alone = Run.resolve(config)
    later = Run.resolve(config.model_copy(update={"previous": DEMO}))
    channels = set(read_release(DEMO).tables["posts"]["channel"].to_pylist())
    assert channels and channels <= set(personal(later).public)
    assert personal(alone).public == PiiOptions().public
    assert reading(personal(later), source, "00") != reading(personal(alone), source, "00")


def test_a_source_is_read_again_only_for_a_name_that_is_in_it() -> None:
    facts = {"doubted": sorted(name_marks(["harbour_today", "lena"])), "shown": sorted(name_marks(["harbour_today"]))}
    for names, is_alike in ((["@Harbour_Today", "quay"], True), (["harbour_today", "lena"], False), (["quay"], False)):
        assert is_read_alike(facts, name_marks(names)) == is_alike
