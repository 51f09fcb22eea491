"""What a version takes over: which rows stay, which posts still wait, and when all is computed anew."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.release.conftest import START
from toolkit import schemas
from toolkit.options import RunConfig, SourceOptions
from toolkit.release.carried import carry_rows, open_posts, removed_duplicates, whole_texts, why_anew
from toolkit.release.manifest import Manifest
from toolkit.release.read import read_release
from toolkit.text.masking import salt_fingerprint

Rows = Mapping[str, pa.Table]


@pytest.fixture(scope="module")
def manifest(built: Path) -> Manifest:
    return read_release(built).manifest


@pytest.fixture(scope="module")
def rows(built: Path) -> Rows:
    return read_release(built).tables


def ids(*names: str) -> pa.Array:
    return pa.array(names, pa.string())


def test_why_anew(manifest: Manifest, run_config: RunConfig) -> None:
    assert why_anew(manifest, run_config, "abc123") is None
    assert why_anew(manifest, run_config, "abc124") == "the encoder is abc124, and was abc123"


@pytest.mark.parametrize(
    ("section", "option", "value", "said"),
    [
        ("pii", "phone", "drop", "pii.phone is 'drop', and was 'mask'"),
        ("clean", "min_letters", 7, "clean.min_letters is 7, and was "),
        ("dedup", "threshold", 0.9, "dedup.threshold is 0.9, and was 0.8"),
        ("match", "window_hours", 5.0, "match.window_hours is 5.0, and was "),
        ("align", "max_sentences", 3, "align.max_sentences is 3, and was 4"),
        ("filter", "min_score", 0.9, "filter.min_score is 0.9, and was "),
        ("decontaminate", "ngram", 5, "decontaminate.ngram is 5, and was 4"),
        ("split", "test", 0.2, "split.test is 0.2, and was 0.3"),
    ],
)
def test_an_option_that_decides(
    manifest: Manifest, run_config: RunConfig, section: str, option: str, value: object, said: str
) -> None:
    other = getattr(run_config, section).model_copy(update={option: value})
    reason = why_anew(manifest, run_config.model_copy(update={section: other}), "abc123")
    assert reason is not None and reason.startswith(said)


def test_sources_and_the_release_s_facts_do_not_decide(manifest: Manifest, run_config: RunConfig) -> None:
    other = {
        "sources": (SourceOptions(path=Path("new.json"), rights="ours", slant="none"),),
        "release": run_config.release.model_copy(update={"title": "Other", "version": "next"}),
        "previous": Path("dist/city-news/1.0.0"),
    }
    assert why_anew(manifest, run_config.model_copy(update=other), "abc123") is None


def test_an_option_that_the_older_toolkit_did_not_have(manifest: Manifest, run_config: RunConfig) -> None:
    options = {name: value for name, value in manifest.options.items() if name != "decontaminate"}
    options["split"] = {name: value for name, value in options["split"].items() if name != "by"}
    older = manifest.model_copy(update={"options": options})
    assert why_anew(older, run_config, "abc123") is None


def test_whole_texts_have_copy_and_footer_again(rows: Rows) -> None:
    posts = rows["posts"]
    footer = pa.array(["Подписаться" if post == "svod/5" else None for post in posts["post_id"].to_pylist()])
    with_footer = posts.set_column(posts.schema.get_field_index("footer"), "footer", footer)
    whole = whole_texts({**rows, "posts": with_footer})
    texts = dict(zip(whole["post_id"].to_pylist(), whole["text"].to_pylist(), strict=True))
    own = dict(zip(posts["post_id"].to_pylist(), posts["text"].to_pylist(), strict=True))
    assert texts.pop("svod/5") == f"{own.pop('svod/5')}\nМузей вернул картину семье художника.\nПодписаться"
    assert texts == own


def test_removed_duplicates(rows: Rows) -> None:
    assert removed_duplicates(rows)["post_id"].to_pylist() == ["echo/1", "echo/2"]


_PAIR = {"sentence_pairs": 1, "post_pairs": 1, "posts": 1}


@pytest.mark.parametrize(
    ("news", "edited", "asked", "lost"),
    [
        (ids("svod/99"), ids(), ids(), {}),
        (ids(), ids(), ids("svod/3"), {"sentence_pairs": 11, "post_pairs": 1, "posts": 1, "duplicates": 2}),
        # Two posts left for svod/3; what is not read again stays on record.
        (ids("svod/3"), ids("svod/3"), ids(), {**_PAIR, "sentence_pairs": 11}),
        (ids("svod/3", "echo/1"), ids("svod/3"), ids(), {**_PAIR, "sentence_pairs": 11, "duplicates": 1}),
        (ids("svod/3"), ids("svod/3"), ids("echo/2"), {**_PAIR, "sentence_pairs": 11, "duplicates": 1}),
        (ids("echo/1"), ids(), ids(), {"duplicates": 1}),
        (ids("svod/5"), ids("svod/5"), ids(), {**_PAIR, "duplicates": 1}),
        (ids(), ids(), ids("svod/20"), _PAIR),  # bilingual
        (ids(), ids(), ids("echo/2", "nobody/1"), {"duplicates": 1}),
    ],
)
def test_carry_rows(rows: Rows, news: pa.Array, edited: pa.Array, asked: pa.Array, lost: dict[str, int]) -> None:
    kept = carry_rows(rows, news=news, edited=edited, asked=asked)
    assert {name: n for name in rows if (n := rows[name].num_rows - kept[name].num_rows)} == lost
    assert all(kept[name].schema.equals(rows[name].schema) for name in rows)
    assert all(set(kept[name].column(0).to_pylist()) <= set(rows[name].column(0).to_pylist()) for name in rows)


def times(*hours: float | None) -> pa.ChunkedArray:
    found = [None if hour is None else START + timedelta(hours=hour) for hour in hours]
    return pa.chunked_array([pa.array(found, pa.timestamp("ms", "UTC"))])


@pytest.fixture(scope="module")
def unpaired(rows: Rows) -> Rows:
    """The release as if three posts, one without a date, had found no counterpart."""
    loose = ids("svod/1", "svod/2", "svod/8")
    left = {name: rows[name].filter(pc.invert(pc.is_in(rows[name]["ru_post_id"], value_set=loose)))
            for name in ("post_pairs", "sentence_pairs")}  # fmt: skip
    posts = rows["posts"].filter(
        pc.invert(pc.is_in(rows["posts"]["post_id"], value_set=ids("brief/1", "brief/2", "brief/8")))
    )
    return {**rows, **left, "posts": posts}


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        (times(20), ["svod/1", "svod/8"]),  # svod/1 is of hour 24, svod/2 of hour 48, svod/21 of hour 301
        (times(38, 20), ["svod/1", "svod/2", "svod/8"]),
        (times(36), ["svod/1", "svod/2", "svod/8"]),
        (times(36.1), ["svod/2", "svod/8"]),
        (times(None, 1000), ["svod/8"]),
        (times(None), ["svod/1", "svod/2", "svod/21", "svod/8"]),
        (times(), ["svod/1", "svod/2", "svod/21", "svod/8"]),
    ],
)
def test_open_posts(unpaired: Rows, dates: pa.ChunkedArray, found: list[str]) -> None:
    waiting = open_posts(unpaired, unpaired, dates, window_hours=12)
    assert sorted(waiting["post_id"].to_pylist()) == found
    assert waiting.schema.equals(schemas.POSTS, check_metadata=True)


def test_a_post_whose_counterpart_left_is_open_however_old(rows: Rows) -> None:
    carried = carry_rows(rows, news=ids(), edited=ids(), asked=ids("brief/2"))
    assert open_posts(carried, rows, times(9999), window_hours=12)["post_id"].to_pylist() == ["svod/2"]


def test_another_salt(manifest: Manifest, run_config: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    config = run_config.model_copy(update={"pii": run_config.pii.model_copy(update={"phone": "hash"})})
    options = {**manifest.options, "pii": config.pii.model_dump(mode="json")}
    monkeypatch.setenv("BITEXT_PII_SALT", "a salt of the first version")
    before = manifest.model_copy(update={"options": options, "pii_salt": salt_fingerprint(config.pii)})
    assert why_anew(before, config, "abc123") is None
    monkeypatch.setenv("BITEXT_PII_SALT", "a salt of the second version")
    assert "the salt in BITEXT_PII_SALT" in (why_anew(before, config, "abc123") or "")
