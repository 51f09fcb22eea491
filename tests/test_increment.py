"""Whole versions of the demo, one after the other: what is new, what stays as it was, and what is refused."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from toolkit.encoders.static import find_static_model
from toolkit.errors import ReleaseError
from toolkit.options import EncoderOptions, RunConfig, SourceOptions, load_run_config
from toolkit.pipeline import build_dataset
from toolkit.release.checks.verify import verify_release
from toolkit.release.read import read_release
from toolkit.release.tables import CONFIGS, POST_COLUMNS
from toolkit.run.increment import words_of_post
from toolkit.run.summary import BuildReport
from toolkit.takedowns import add_takedowns

ROOT = Path(__file__).parent.parent
DEMO = load_run_config(ROOT / "configs" / "demo.yaml")
EXPORT = DEMO.sources[0].path
DAY = "2024-03-20"  # the first version has the Russian messages before it
QUIET = "Сегодня в порту тихо, и больше сказать пока нечего."

Messages = list[dict[str, Any]]


class Builder:
    """Builds versions of the demo into one folder; stored steps are shared by all tests."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.work = folder, work

    def source(self, messages: Messages) -> SourceOptions:
        """Return the Russian export with other messages; the same name in another folder."""
        text = json.dumps(json.loads(EXPORT.read_text("utf-8")) | {"messages": messages}, ensure_ascii=False)
        path = self.folder / f"dump{len(list(self.folder.glob('dump*')))}" / EXPORT.name
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
        return DEMO.sources[0].model_copy(update={"path": path})

    def bay(self, texts: list[str], first: int = 1) -> SourceOptions:
        """Return a table of posts that all end with the same line."""
        path = self.folder / f"bay{first}.csv"
        rows = [f'{n},"{text}\nПодписаться: @bay"' for n, text in enumerate(texts, first)]
        path.write_text("\n".join(["id,text", *rows]), "utf-8")
        return SourceOptions(path=path, channel="bay", lang="ru", rights="Written for this test", slant="None")

    def config(self, messages: Messages | None = None, **new: Any) -> RunConfig:
        first = DEMO.sources[0] if messages is None else self.source(messages)
        new["sources"] = (first, *new.get("sources", DEMO.sources[1:]))
        return DEMO.model_copy(update=new)

    def build(self, config: RunConfig, version: str = "next", work: Path | None = None, **more: Any) -> BuildReport:
        """Build a version, which has to verify."""
        release = config.release.model_copy(update={"version": version})
        config = config.model_copy(update={"release": release})
        report = build_dataset(config, out=self.folder / "dist", work=work or self.work, **more)
        assert verify_release(report.release).ok
        return report

    def takedowns(self, *post_ids: str) -> Path:
        path = self.folder / "takedowns.tsv"
        path.write_text("".join(f"{post_id}\n" for post_id in post_ids), "utf-8")
        return path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def first(work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 1.0.0, of the Russian messages before `DAY`."""
    builder = Builder(tmp_path_factory.mktemp("first"), work)
    return builder.build(builder.config(early()), "1.0.0").release


@pytest.fixture(scope="module")
def grown(work: Path, first: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    """The version after it, of all messages."""
    builder = Builder(tmp_path_factory.mktemp("grown"), work)
    return builder.build(builder.config(previous=first))


@pytest.fixture
def make(tmp_path: Path, work: Path) -> Builder:
    return Builder(tmp_path, work)


def messages() -> Messages:
    found: Messages = json.loads(EXPORT.read_text("utf-8"))["messages"]
    return found


def early() -> Messages:
    return [one for one in messages() if one["date"] < DAY]


def edited(number: int, text: str, among: Messages | None = None) -> Messages:
    """Return the messages, of which one says something else; it keeps its date."""
    entities = [{"type": "plain", "text": text}]
    new = {"text": text, "text_entities": entities, "edited": "2024-04-02T10:00:00", "edited_unixtime": "1712052000"}
    return [one | new if one["id"] == number else one for one in among or early()]


def without(*numbers: int) -> Messages:
    return [one for one in early() if one["id"] not in numbers]


def ids(release: Path, config: str = "posts") -> set[str]:
    return set(read_release(release).tables[config].column(0).to_pylist())


def row(release: Path, post_id: str) -> dict[str, Any]:
    (found,) = [one for one in read_release(release).tables["posts"].to_pylist() if one["post_id"] == post_id]
    return dict(found)


def evidence(release: Path) -> list[tuple[str, str, str]]:
    rows = read_release(release).tables["duplicates"].to_pylist()
    return sorted((one["post_id"], one["kept_id"], one["kind"]) for one in rows)


def diff(release: Path) -> Counter[tuple[str, str, str]]:
    """Return (config, op, reason) -> rows of the diff that the release has, checked against its manifest."""
    (path,) = (release / "diff").glob("*.parquet")
    rows = pq.read_table(path, partitioning=None).to_pylist()
    previous = read_release(release).manifest.previous
    assert previous and path.name == f"{previous.version}..{release.name}.parquet"
    told = {
        (c, op, why): n for c, ops in previous.changes.items() for op, whys in ops.items() for why, n in whys.items()
    }
    found = Counter((one["config"], one["op"], one["reason"]) for one in rows)
    assert found == told
    return found


def reasons(release: Path) -> set[tuple[str, str]]:
    return {(op, reason) for _, op, reason in diff(release)}


def is_carried(old: Path, new: Path, but: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Check that all rows of the old version which name none of some posts are in the new one, value for value."""
    before, after = read_release(old).tables, read_release(new).tables
    for config in CONFIGS:
        keys = [name for name in config.schema.names if name in ("post_id", "kept_id", "ru_post_id", "en_post_id")]
        rows = [one for one in before[config.name].to_pylist() if not but & {one[key] for key in keys}]
        found = {tuple(one[name] for name in config.key): one for one in after[config.name].to_pylist()}
        assert [found.get(tuple(one[name] for name in config.key)) for one in rows] == rows


# ---------------------------------------------------------------- only new posts


def test_new_posts_are_added_and_all_else_stays(first: Path, grown: BuildReport, make: Builder) -> None:
    assert grown.version == "1.1.0" and grown.previous == "1.0.0" and grown.anew is None
    assert reasons(grown.release) == {("add", "new")}
    is_carried(first, grown.release)
    whole = make.build(make.config(), "1.1.0").release
    tables = [read_release(release).tables for release in (whole, grown.release)]
    for config in CONFIGS:
        one, other = (table[config.name] for table in tables)
        assert one.drop_columns(inexact(config.name)).equals(other.drop_columns(inexact(config.name))), config.name


def inexact(config: str) -> list[str]:
    """Columns that depend on the posts around: of a pair that is found in two runs, the margin and what follows."""
    return ["margin", "probability"] if config in ("post_pairs", "comparable_pairs") else []


def test_files_of_undated_posts_and_closed_months_keep_their_bytes(first: Path, grown: BuildReport) -> None:
    old, new = (read_release(release).manifest.files for release in (first, grown.release))
    undated = {name for name in old if "undated" in name}
    assert undated and {name: old[name] for name in undated} == {name: new.get(name) for name in undated}


def test_the_summary_tells_news_apart(first: Path, grown: BuildReport) -> None:
    rows = {what: (count, detail) for count, what, detail in grown.rows()}
    n_old, n_new = len(ids(first)), len(ids(grown.release))
    assert rows["posts carried on"] == (n_old, "from 1.0.0; what follows is new")
    assert rows["posts kept"][0] == n_new - n_old
    assert rows["sentence pairs published"][0] == len(ids(grown.release, "sentence_pairs"))
    funnel = read_release(grown.release).manifest.funnel
    assert funnel.carried == {c.name: read_release(first).tables[c.name].num_rows for c in CONFIGS}
    assert funnel.posts == n_new - n_old
    assert funnel.posts_read == funnel.posts + sum(
        sum(why.values()) for stage, why in funnel.dropped.items() if stage in ("merge", "clean", "news", "dedup")
    )


def test_the_card_adds_up(first: Path, grown: BuildReport) -> None:
    card = (grown.release / "README.md").read_text("utf-8")
    for config, what in (("posts", "posts"), ("post_pairs", "post pairs"), ("sentence_pairs", "sentence pairs")):
        old, new = len(ids(first, config)), len(ids(grown.release, config))
        assert f"| {what} taken over from version 1.0.0 | {old} |\n| **{what} published** | {new} |" in card
    assert f"| taken over from version 1.0.0 | all |  | {len(evidence(first))} |" in card


def test_a_build_gives_the_same_bytes_again(first: Path, grown: BuildReport, make: Builder) -> None:
    again = make.build(make.config(previous=first), work=make.folder / "work").release
    assert (again / "SHA256SUMS").read_bytes() == (grown.release / "SHA256SUMS").read_bytes()


def test_only_the_new_messages_as_source(first: Path, grown: BuildReport, make: Builder) -> None:
    new = make.source([one for one in messages() if one["date"] >= DAY])
    config = DEMO.model_copy(update={"sources": (new,), "previous": first})
    report = make.build(config)
    assert report.version == "1.1.0" and reasons(report.release) == {("add", "new")}
    is_carried(first, report.release)
    assert ids(report.release) == ids(grown.release) and evidence(report.release) == evidence(grown.release)
    assert ids(report.release, "post_pairs") == ids(grown.release, "post_pairs")
    sources = {one.file: one for one in read_release(report.release).manifest.sources}
    assert set(sources) == {EXPORT.name, "en.dump.txt", "archive.csv"}
    assert sources["archive.csv"].rights == DEMO.sources[2].rights
    card = (report.release / "README.md").read_text("utf-8")
    assert "archive.csv" in card and "en.dump.txt" in card


def test_a_small_dump_has_the_footers_that_its_channel_had_before(first: Path, make: Builder) -> None:
    told = ["Паром пришёл.", "Маяк горит.", "Мост закрыт.", "Рынок открыт.", "Музей ждёт гостей.", "Шторм утих."]
    old = make.build(make.config(early(), sources=(*DEMO.sources[1:], make.bay(told)), previous=first)).release
    assert row(old, "bay/6") | {"text": "Шторм утих.", "footer": "Подписаться: @bay"} == row(old, "bay/6")
    new = make.bay(["Паром пришёл.", "В порту нашли якорь."], first=6)  # 6 was edited, 7 is new
    release = make.build(DEMO.model_copy(update={"sources": (new,), "previous": old})).release
    assert row(release, "bay/7")["text"] == "В порту нашли якорь."
    assert row(release, "bay/7")["footer"] == "Подписаться: @bay"
    assert ids(old) - ids(release) == {"bay/6"} and ("bay/6", "bay/1", "exact") in evidence(release)


def test_a_third_version_keeps_history_ids_and_splits(first: Path, grown: BuildReport, make: Builder) -> None:
    changed = edited(229, QUIET, messages())
    third = make.build(make.config(changed, previous=grown.release)).release
    assert third.name == "1.1.1" and reasons(third) == {("change", "corrected"), ("add", "corrected")}
    is_carried(grown.release, third, {"prilivsk_ru/229"})
    fourth = make.build(make.config(changed, previous=third, takedowns=make.takedowns("prilivsk_ru/229"))).release
    assert fourth.name == "2.0.0"
    assert [path.name for path in (fourth / "diff").iterdir()] == ["1.1.1..2.0.0.parquet"]
    lines = (fourth / "CHANGELOG.md").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# Changelog", "## 2.0.0", "## 1.1.1", "## 1.1.0", "## 1.0.0",
    ]  # fmt: skip
    places = [placed(release) for release in (first, fourth)]
    assert {post: places[1][post] for post in places[0]} == places[0]


def placed(release: Path) -> dict[str, tuple[str, str]]:
    """Return the component and the split of every post."""
    rows = [one for name in ("posts", "duplicates") for one in read_release(release).tables[name].to_pylist()]
    return {one["post_id"]: (one["component_id"], one["split"]) for one in rows}


# ---------------------------------------------------------------- edits


def test_an_edited_post_is_corrected(first: Path, make: Builder) -> None:
    """It loses its counterpart, which is free again; and what had left for it is judged anew."""
    release = make.build(make.config(edited(203, QUIET), previous=first)).release
    assert row(release, "prilivsk_ru/203")["text"] == QUIET
    assert row(release, "prilivsk_ru/203")["split"] == row(first, "prilivsk_ru/203")["split"]
    assert "prilivsk_ru/204" in ids(release)  # left for 203 before
    assert "prilivsk_ru/204 ~ prilivsk_en/de5540f9fd759f02" in ids(release, "post_pairs")
    assert ("prilivsk_ru/203", "prilivsk_ru/203", "edit") in evidence(release)
    is_carried(first, release, {"prilivsk_ru/203", "prilivsk_ru/204"})
    found = diff(release)
    assert found["posts", "change", "corrected"] == 1 and found["post_pairs", "remove", "corrected"] == 1
    assert found["posts", "add", "new"] == 1 and found["duplicates", "remove", "corrected"] == 1


def test_a_post_that_is_edited_twice_keeps_all_that_it_said(first: Path, make: Builder) -> None:
    text = row(first, "prilivsk_ru/211")["text"]
    second = make.build(make.config(edited(211, QUIET), previous=first)).release
    third = make.build(make.config(edited(211, f"{QUIET} Ждём паром «Кулик»."), previous=second)).release
    assert earlier_texts(second) == [text] and earlier_texts(third) == sorted([text, QUIET])
    back = make.build(make.config(edited(211, text), previous=third)).release
    assert row(back, "prilivsk_ru/211")["text"] == text
    assert earlier_texts(back) == [QUIET, f"{QUIET} Ждём паром «Кулик»."]


def earlier_texts(release: Path) -> list[str]:
    rows = read_release(release).tables["duplicates"].to_pylist()
    return sorted(one["text"] for one in rows if one["kind"] == "edit")


def test_an_older_dump_does_not_undo_an_edit(first: Path, make: Builder) -> None:
    second = make.build(make.config(edited(211, QUIET), previous=first)).release
    with pytest.raises(ReleaseError, match=r"nothing has changed since 1\.0\.1"):
        make.build(make.config(early(), previous=second))


def test_an_edited_post_that_repeats_one_of_another_split_leaves_for_it(first: Path, make: Builder) -> None:
    """Post 205, in train, becomes a copy of 208, in test."""
    assert {row(first, f"prilivsk_ru/{n}")["split"] for n in (205, 208)} == {"train", "test"}
    text = row(first, "prilivsk_ru/208")["text"]
    release = make.build(make.config(edited(205, text), previous=first)).release
    assert ids(first) - ids(release) == {"prilivsk_ru/205"}
    assert ("prilivsk_ru/205", "prilivsk_ru/208", "exact") in evidence(release)
    assert placed(release)["prilivsk_ru/205"] == placed(release)["prilivsk_ru/208"] == placed(first)["prilivsk_ru/208"]
    assert release.name == "2.0.0" and diff(release)["posts", "remove", "gone"] == 1


def test_an_edited_duplicate_comes_back_as_a_post(first: Path, make: Builder) -> None:
    release = make.build(make.config(edited(204, QUIET), previous=first)).release
    assert ids(release) - ids(first) == {"prilivsk_ru/204"}
    assert not [one for one in evidence(release) if one[0] == "prilivsk_ru/204"]


def test_a_post_that_is_gone_from_the_sources_stays(first: Path, make: Builder) -> None:
    with pytest.raises(ReleaseError, match=r"nothing has changed since 1\.0\.0, so there is nothing to release"):
        make.build(make.config(without(203, 211), previous=first))


# ---------------------------------------------------------------- takedowns


def test_takedowns_and_no_news(first: Path, make: Builder) -> None:
    asked = {
        "prilivsk_ru/203",  # 204 had left because it says the same; it does not come back
        "prilivsk_ru/141", "prilivsk_en/77",  # both of a pair
        "prilivsk_ru/222",  # one of two that one English post tells
        "prilivsk_ru/149",  # of a comparable pair
        "prilivsk_en/04eae269c38a18f1",  # without a date
    }  # fmt: skip
    report = make.build(make.config(early(), previous=first, takedowns=make.takedowns(*asked, "prilivsk_ru/typo")))
    assert report.version == "2.0.0" and report.unknown_takedowns == ("prilivsk_ru/typo",)
    assert ids(first) - ids(report.release) == asked and ids(report.release) <= ids(first)
    assert not named(report.release) & asked
    assert reasons(report.release) == {("remove", "takedown")}
    assert read_release(report.release).manifest.funnel.dropped["news"]["taken_down"] == len(asked)
    pairs = ids(first, "post_pairs") - ids(report.release, "post_pairs")
    assert len(pairs) == 3 and all(set(one.split(" ~ ")) & asked for one in pairs)
    # The counterpart of 203 waits for another one.
    assert "prilivsk_en/de5540f9fd759f02" in ids(report.release)
    # Who asked once need not ask again: neither when the list is lost, nor when the source has no such post any more.
    later = make.build(make.config([*without(203, 222), *messages()[-2:]], previous=report.release)).release
    assert later.name == "2.1.0" and reasons(later) == {("add", "new")}
    assert not named(later) & {*asked, "prilivsk_ru/204"}
    assert asked <= set(read_release(later).manifest.takedowns)


def named(release: Path) -> set[str]:
    """Return the ids of all posts that a row names."""
    tables = read_release(release).tables
    columns = [tables[name][column] for name, columns in POST_COLUMNS.items() for column in columns]
    return {one for column in columns for one in column.to_pylist()}


def test_a_takedown_of_a_removed_duplicate(first: Path, make: Builder) -> None:
    report = make.build(make.config(early(), previous=first, takedowns=make.takedowns("prilivsk_ru/204")))
    assert report.version == "2.0.0" and ids(report.release) == ids(first)
    assert diff(report.release) == {("duplicates", "remove", "takedown"): 1}


def test_takedowns_of_a_first_version(make: Builder) -> None:
    report = make.build(make.config(early(), takedowns=make.takedowns("prilivsk_ru/203", "prilivsk_ru/typo")))
    assert report.version == "1.0.0" and not ids(report.release) & {"prilivsk_ru/203", "prilivsk_ru/204"}
    assert report.unknown_takedowns == ("prilivsk_ru/typo",)
    manifest = (report.release / "manifest.json").read_text("utf-8")
    assert "typo" not in manifest


def test_what_repeats_a_post_that_was_taken_down_stays_out(first: Path, make: Builder) -> None:
    """227 says what 214 says, and is published for the first time."""
    config = make.config(previous=first, takedowns=make.takedowns("prilivsk_ru/214"))
    release = make.build(config).release
    assert not ids(release) & {"prilivsk_ru/214", "prilivsk_ru/227"}
    later = make.build(make.config(edited(211, QUIET, messages()), previous=release)).release
    assert not ids(later) & {"prilivsk_ru/214", "prilivsk_ru/227"}


# ---------------------------------------------------------------- what is refused, and what is computed anew


def test_nothing_changed(first: Path, make: Builder) -> None:
    for version in ("next", "1.1.0"):
        with pytest.raises(ReleaseError, match=r"nothing has changed since 1\.0\.0, so there is nothing to release"):
            make.build(make.config(early(), previous=first), version)
    assert not (make.folder / "dist" / "demo").exists() or not list((make.folder / "dist" / "demo").iterdir())


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "0.9.0"])
def test_a_version_that_promises_too_little(first: Path, make: Builder, version: str) -> None:
    with pytest.raises(
        ReleaseError, match=rf"version {version} contradicts the changes since 1\.0\.0, which make it 1"
    ):
        make.build(make.config(previous=first), version)
    assert not list(make.folder.glob("dist/demo/*"))


def test_a_version_may_promise_more(first: Path, make: Builder) -> None:
    assert make.build(make.config(previous=first), "3.0.0").release.name == "3.0.0"


def test_another_dataset(first: Path, make: Builder) -> None:
    config = make.config(previous=first)
    other = config.model_copy(update={"release": config.release.model_copy(update={"name": "other"})})
    with pytest.raises(ReleaseError, match=r"1\.0\.0: is a release of 'demo', and this run makes 'other'"):
        make.build(other)


def test_other_options_compute_all_anew(first: Path, make: Builder) -> None:
    dedup = DEMO.dedup.model_copy(update={"threshold": 0.95})
    report = make.build(make.config(early(), previous=first, dedup=dedup))
    assert report.anew == "dedup.threshold is 0.95, and was 0.8"
    assert report.version == "2.0.0" and report.carried == {}
    assert diff(report.release)["posts", "add", "new"] == 2
    manifest = read_release(report.release).manifest
    assert manifest.previous and manifest.previous.anew == report.anew


def test_another_encoder_computes_all_anew(first: Path, make: Builder) -> None:
    model = find_static_model(DEMO.encoder.name)
    assert model
    shutil.copytree(model, make.folder / "model")
    tokenizer = make.folder / "model" / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text("utf-8") + "\n", "utf-8")
    config = make.config(previous=first, encoder=EncoderOptions(name=str(make.folder / "model")))
    report = make.build(config)
    assert report.anew and report.anew.startswith("the encoder is ") and report.carried == {}


def test_a_takedown_is_honoured_when_all_is_computed_anew(first: Path, make: Builder) -> None:
    second = make.build(make.config(early(), previous=first, takedowns=make.takedowns("prilivsk_ru/203"))).release
    dedup = DEMO.dedup.model_copy(update={"threshold": 0.95})
    third = make.build(make.config(early(), previous=second, dedup=dedup)).release
    assert "prilivsk_ru/203" not in ids(third) and "prilivsk_ru/203" in read_release(third).manifest.takedowns


@pytest.mark.parametrize("damage", ["no manifest", "cut file", "missing file", "a row less"])
def test_a_damaged_version_before(first: Path, make: Builder, damage: str) -> None:
    broken = make.folder / "1.0.0"
    shutil.copytree(first, broken)
    (data, *_) = sorted(broken.glob("data/posts/*.parquet"))
    if damage == "no manifest":
        (broken / "manifest.json").unlink()
    elif damage == "cut file":
        data.write_bytes(data.read_bytes()[:-10])
    elif damage == "a row less":
        pq.write_table(pq.ParquetFile(data).read().slice(1), data)
    else:
        data.unlink()
    with pytest.raises(ReleaseError, match=r"is no release|has another size than|is missing"):
        make.build(make.config(previous=broken))


def test_killed_in_any_step(first: Path, grown: BuildReport, make: Builder) -> None:
    """It goes on where it stopped, and ends with the same bytes."""
    started: set[object] = set()

    def stop(event: object) -> None:
        if isinstance(event, str) and event not in started:
            started.add(event)
            raise KeyboardInterrupt

    config, runs, report = make.config(previous=first), 0, None
    while report is None:
        runs += 1
        try:
            report = make.build(config, work=make.folder / "work", on_step=stop)
        except KeyboardInterrupt:
            assert not list(make.folder.glob("dist/demo/*"))
    assert runs > 8
    assert (report.release / "SHA256SUMS").read_bytes() == (grown.release / "SHA256SUMS").read_bytes()


def test_sources_of_all_versions_are_named(first: Path, grown: BuildReport) -> None:
    sources = read_release(grown.release).manifest.sources
    assert [source.label for source in sources] == [
        "ru.result.json (version 1.0.0)", "ru.result.json", "en.dump.txt", "archive.csv",
    ]  # fmt: skip
    assert len({source.sha256 for source in sources}) == 4
    for name in ("README.md", "LICENSE", "croissant.json"):
        assert "ru.result.json (version 1.0.0)" in (grown.release / name).read_text("utf-8").replace("\\", "")


def test_a_text_that_was_taken_down_stays_out_under_another_id(first: Path, make: Builder) -> None:
    post_id = "prilivsk_ru/203"
    text = row(first, post_id)["text"]
    path = make.folder / "takedowns.tsv"
    words = {post_id: words_of_post(read_release(first).tables, post_id)}
    add_takedowns(path, [post_id], date="2024-05-01", reason="asked", words=words)
    second = make.build(make.config(early(), previous=first, takedowns=path)).release
    mirror = make.bay(["Это другая новость о погоде в заливе.", text.replace('"', "'")], first=500)
    sources = (*DEMO.sources[1:], mirror)
    third = make.build(make.config(without(203), previous=second, takedowns=path, sources=sources)).release
    assert "bay/500" in ids(third) and "bay/501" not in ids(third) and post_id not in ids(third)


def test_a_copy_with_an_earlier_date_does_not_take_its_place(first: Path, make: Builder) -> None:
    post_id = "prilivsk_ru/203"
    text = row(first, post_id)["text"].replace('"', "'")
    path = make.folder / "early.csv"
    path.write_text(
        f'id,date,text\n1,2024-01-02T10:00:00Z,"{text}"\n2,2024-01-03T10:00:00Z,Вода в заливе ушла.\n', "utf-8"
    )
    copy = SourceOptions(path=path, channel="bay", lang="ru", rights="Written for this test", slant="None")
    asked = make.takedowns(post_id)
    second = make.build(make.config(early(), previous=first, takedowns=asked)).release
    third = make.build(
        make.config(early(), previous=second, takedowns=asked, sources=(*DEMO.sources[1:], copy))
    ).release
    assert "bay/2" in ids(third) and not {"bay/1", post_id} & ids(third)
