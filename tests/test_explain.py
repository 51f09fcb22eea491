"""Posts, pairs and beads of the demo tell their stories."""

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.errors import ToolkitError
from toolkit.explain import Event, explain
from toolkit.results import REASONS
from toolkit.stages.clean import clean_posts
from toolkit.workspace import Done


def stages(events: list[Event]) -> list[str]:
    return [event.stage for event in events]


def test_a_pair_tells_its_sources_numbers_beads_and_split(demo_run: Done) -> None:
    pair = demo_run.tables["pairs"].to_pylist()[0]
    events = explain(pair["pair_id"], demo_run.tables)
    beads = [row for row in demo_run.tables["scored"].to_pylist() if row["pair_id"] == pair["pair_id"]]
    assert stages(events) == ["parse", "parse", "match", *["align"] * len(beads), "split"]
    assert [event.facts["post_id"] for event in events[:2]] == [pair["ru_post_id"], pair["en_post_id"]]
    assert events[2].verdict.startswith(f"{pair['ru_post_id']} pairs with {pair['en_post_id']} (")
    assert events[2].facts["probability"] == pair["probability"]
    assert [event.facts["bead_id"] for event in events[3:-1]] == [f"{pair['pair_id']}#{n}" for n in range(len(beads))]
    ends = "~".join(pair[name].rpartition("/")[2] for name in ("ru_post_id", "en_post_id"))
    assert explain(ends, demo_run.tables) == events


def test_a_dropped_bead_tells_why(demo_run: Done) -> None:
    drop = demo_run.tables["filter.dropped"].to_pylist()[0]
    events = explain(drop["row_id"], demo_run.tables)
    assert stages(events)[-3:] == ["match", "align", "split"]
    assert events[-2].verdict.endswith(f"dropped: {REASONS[drop['reason']]}")
    assert (events[-2].facts["bead_id"], events[-2].facts["value"]) == (drop["row_id"], drop["value"])


def test_what_left_for_a_test_set_or_another_split_tells_so(demo_run: Done) -> None:
    one, other = demo_run.tables["bitext"].to_pylist()[:2]
    rows: list[dict[str, object]] = [
        {
            "row_id": one["pair_id"],
            "stage": "decontaminate",
            "reason": "contaminated_posts",
            "value": "dev.tsv:7 ru 0.75",
        },
        {"row_id": one["bead_id"], "stage": "decontaminate", "reason": "contaminated", "value": "dev.tsv:7 ru 0.75"},
    ]
    near: dict[str, object] = {
        "row_id": other["bead_id"],
        "stage": "split",
        "reason": "near_other_split",
        "value": "x#1",
    }
    tables = dict(demo_run.tables) | {
        "decontaminate.dropped": schemas.from_rows(rows, schemas.DROPPED),
        "split.dropped": schemas.from_rows([near], schemas.DROPPED),
    }
    told = {event.stage: event for event in explain(one["pair_id"], tables)}
    assert told["decontaminate"].facts == {"reason": "contaminated_posts", "value": "dev.tsv:7 ru 0.75"}
    for bead, reason, value in ((one, "contaminated", "dev.tsv:7 ru 0.75"), (other, "near_other_split", "x#1")):
        (event,) = (event for event in explain(bead["bead_id"], tables) if event.stage == "align")
        assert event.verdict.endswith(f"dropped: {REASONS[reason]}") and event.facts["value"] == value


def test_what_was_parted_from_a_text_is_told_of_a_run_and_of_a_release(demo_run: Done) -> None:
    tables = dict(demo_run.tables)
    post_id = tables["unique"]["post_id"][0].as_py()
    for name in ("clean", "unique"):
        rows = [
            row | {"footer": "Harbour news. Subscribe", "calls_to_action": ["subscribe"]}
            if row["post_id"] == post_id
            else row
            for row in tables[name].to_pylist()
        ]
        tables[name] = pa.Table.from_pylist(rows, schema=tables[name].schema)
    release = {name: tables[name] for name in ("unique", "duplicates", "pairs", "scored", "components")}
    for known in (tables, release):
        (told,) = (event for event in explain(post_id, known) if event.stage == "clean")
        assert (told.facts["footer"], told.facts["calls_to_action"]) == ("Harbour news. Subscribe", ["subscribe"])
    release["unique"] = demo_run.tables["unique"]
    assert "clean" not in stages(explain(post_id, release))


@pytest.mark.parametrize(
    ("stage", "reason"), [("news", "carried_on"), ("dedup", "taken_down"), ("split", "crosses_splits")]
)
def test_a_post_that_left_tells_why(demo_run: Done, stage: str, reason: str) -> None:
    post_id = demo_run.tables["unique"]["post_id"][0].as_py()
    rows = schemas.from_rows([{"row_id": post_id, "stage": stage, "reason": reason}], schemas.DROPPED)
    events = explain(post_id, dict(demo_run.tables) | {f"{stage}.dropped": rows})
    assert next(event.verdict for event in events if event.stage == stage) == f"dropped: {REASONS[reason]}"


def test_a_duplicate_tells_it_once(demo_run: Done) -> None:
    gone = demo_run.tables["dedup.dropped"].to_pylist()[0]
    (told,) = (event for event in explain(gone["row_id"], demo_run.tables) if event.stage == "dedup")
    assert told.verdict.endswith(f"duplicate of {gone['value']}")


def test_two_posts_that_are_no_pair_tell_what_they_have_instead(demo_run: Done) -> None:
    one, two = demo_run.tables["pairs"].to_pylist()[:2]
    ru, en = one["ru_post_id"], two["en_post_id"]
    first, *others = explain(f"{ru}~{en}", demo_run.tables)
    assert first.verdict == f"{ru} and {en} are no pair"
    told = [event.verdict for event in others]
    assert any(verdict.startswith(f"{ru} pairs with {one['en_post_id']}") for verdict in told)
    assert any(verdict.startswith(f"{en} pairs with {two['ru_post_id']}") for verdict in told)


def test_kinds_of_evidence_have_their_own_words(demo_run: Done) -> None:
    base = demo_run.tables["duplicates"].to_pylist()[0]
    one, two = demo_run.tables["unique"]["post_id"].to_pylist()[:2]
    rows = [base | {"kind": kind, "post_id": one, "kept_id": two, "removed": False}
            for kind in ("contained", "paragraph", "media")]  # fmt: skip
    rows.append(base | {"kind": "edit", "post_id": one, "kept_id": one, "removed": False, "text": "as it was"})
    tables = dict(demo_run.tables) | {"duplicates": type(demo_run.tables["duplicates"]).from_pylist(rows)}
    told = [event for event in explain(one, tables) if event.stage == "dedup"]
    assert [event.verdict for event in told] == [
        f"is a part of {two}; both stay", f"shares paragraphs with {two}; both stay",
        f"has the same file as {two}; both stay", "said something else before it was edited",
    ]  # fmt: skip
    assert told[-1].facts["text"] == "as it was"
    others = [event.verdict for event in explain(two, tables) if event.stage == "dedup"]
    assert others == [f"contains {one}", f"shares paragraphs with {one}", f"has the same file as {one}"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("nobody/1", "no post 'nobody/1'"), ("nobody~203", "no post 'nobody'"), ("{pair}#99", "no bead '{pair}#99' here")],
)
def test_unknown_names(demo_run: Done, name: str, message: str) -> None:
    pair = demo_run.tables["pairs"]["pair_id"][0].as_py()
    with pytest.raises(ToolkitError) as error:
        explain(name.format(pair=pair), demo_run.tables)
    assert message.format(pair=pair) in str(error.value)


def test_what_cleaning_cut_is_told_line_by_line() -> None:
    footer = "Читайте нас: @quay_news и на сайте"
    wrapped = "Паром снова ходит каждый день, касса открыта с восьми утра и до\nдевяти вечера."
    texts = [
        f"{wrapped}\n#паром #порт\n\n{footer}",
        *(f"Запись номер {n} о погоде и море.\n\n{footer}" for n in range(9)),
    ]
    rows: list[dict[str, object]] = [
        {"post_id": f"quay/{n}", "channel": "quay", "date_precision": "none", "lang": "ru", "lang_source": "detected",
         "text": text, "text_raw": f"{text}\n👍 12", "reactions": [], "urls": [], "hashtags": [], "media": [],
         "flags": [], "source_format": "table", "source_file": "q.csv", "source_span": f"row {n}"}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    posts = schemas.from_rows(rows, schemas.POSTS)
    tables = {"posts.parse": posts, "posts": posts, "clean": clean_posts(posts).kept}
    told = {event.stage: event.facts for event in explain("quay/0", tables)}
    assert told["parse"]["lines_cut"] == ["👍 12"]
    assert told["clean"]["footer"] == footer
    assert told["clean"]["lines_joined"] == [wrapped.replace("\n", " + ")]
    assert told["clean"]["lines_not_aligned"] == ["#паром #порт"]
    assert "lines_cut" not in told["clean"]
