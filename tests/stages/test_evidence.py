"""What posts share without being the same: evidence, and nothing leaves."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.options import DedupOptions
from toolkit.stages.dedup import dedup_posts
from toolkit.stages.evidence import find_shared, record_edits

NEWS = "The harbour museum opens its new wing on Friday, and the entrance is free for everybody until the end of May."
OTHER = "A night tram will run between the station and the old docks from the first of June, the council has decided."
COMMENT = "Our reader sent us this one, and we could not agree more with every word of it, so here it is in full:"
FOOTER = "Subscribe to our channel, send us your news and photos through the bot, tell all of your friends about us"


def post(post_id: str, text: str, lang: str = "en", day: int | None = None, **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = dict.fromkeys(schemas.POSTS.names)
    lists: dict[str, Any] = {name: [] for name in ("reactions", "urls", "hashtags", "media", "flags")}
    own = {
        "post_id": post_id, "channel": post_id.split("/")[0], "date_precision": "utc" if day else "none", "lang": lang,
        "date": datetime(2025, 3, day, 12, tzinfo=UTC) if day else None, "lang_source": "detected", "text": text,
        "text_raw": text, "source_format": "table", "source_file": "news.csv", "source_span": "row 1",
    }  # fmt: skip
    return facts | lists | own | more


def posts_of(*rows: dict[str, Any]) -> pa.Table:
    return schemas.from_rows(list(rows), schemas.POSTS)


def told(rows: pa.Table) -> list[tuple[str, str, str]]:
    assert rows.schema.equals(schemas.DUPLICATES, check_metadata=True)
    return [(row["post_id"], row["kept_id"], row["kind"]) for row in rows.to_pylist()]


def test_a_forward_with_a_comment() -> None:
    rows = posts_of(post("a/1", NEWS, day=1), post("b/7", f"{COMMENT}\n{NEWS}", day=2), post("b/8", OTHER, day=3))
    assert dedup_posts(rows).dropped.num_rows == 0
    (row,) = find_shared(rows).to_pylist()
    assert (row["post_id"], row["kept_id"], row["kind"], row["removed"]) == ("a/1", "b/7", "contained", False)
    assert (row["similarity"], row["hours_later"], row["text"], row["kept_in"]) == (1.0, -24.0, NEWS, None)
    assert row["rule"] == "0.8 of its word 5-grams are in a longer post" and row["rule_version"] == "2"


@pytest.mark.parametrize(
    ("text", "lang", "kinds"),
    [
        (NEWS.replace("Friday", "Sunday"), "en", []),  # 5 of 17 shingles are others
        (NEWS.replace("The harbour", "A harbour"), "en", ["contained"]),  # 1 of 17
        ("The harbour museum opens its new wing", "en", []),  # 7 words prove nothing
        (NEWS, "ru", []),
        (NEWS, "mixed", ["contained"]),
    ],
)
def test_what_counts_as_contained(text: str, lang: str, kinds: list[str]) -> None:
    rows = posts_of(post("a/1", text, lang), post("b/7", f"{COMMENT} {NEWS}"))
    assert find_shared(rows)["kind"].to_pylist() == kinds


def test_a_paragraph_of_two_posts() -> None:
    rows = posts_of(
        post("a/1", f"{NEWS}\n{COMMENT}", day=2), post("b/7", f"{OTHER}\n\n{NEWS.upper()}", day=1),
        post("c/1", f"{FOOTER}\n{NEWS}", day=3), post("c/2", "A short line\nand one more", day=3),
        post("c/3", "A short line\nbut another one", day=4),
    )  # fmt: skip
    found = find_shared(rows)
    assert told(found) == [("a/1", "b/7", "paragraph"), ("c/1", "b/7", "paragraph")]
    first = found.to_pylist()[0]
    n_words = [len(text.split()) for text in (NEWS, COMMENT)]
    assert first["similarity"] == pytest.approx(n_words[0] / sum(n_words), abs=5e-5)
    assert (first["text"], first["hours_later"], first["removed"]) == (NEWS, 24.0, False)


@pytest.mark.parametrize(
    ("media", "kinds"),
    [
        (["photo", "tender_2025.pdf"], ["media"]),
        (["photo:5359121847"], ["media"]),
        (["photo", "video", "voice message"], []),  # kinds, not names
        (["a.jpg"], []),
    ],
)
def test_the_same_file(media: list[str], kinds: list[str]) -> None:
    rows = posts_of(
        post("a/1", NEWS, day=2, media=media), post("a/2", "Музей открыт", "ru", day=1, media=media),
        post("a/3", OTHER, day=1, media=["photo"]),
    )  # fmt: skip
    found = find_shared(rows)
    assert found["kind"].to_pylist() == kinds
    if kinds:
        (row,) = found.to_pylist()
        assert (row["post_id"], row["kept_id"], row["similarity"], row["text"]) == ("a/1", "a/2", 0.0, NEWS)


def test_boilerplate_merges_nothing_and_proves_nothing() -> None:
    """A signature under every post, an alarm of one template for every town, the same logo, the same call to donate."""
    towns = [f"town{n}" for n in range(30)]
    alarm = "Attention, an air raid alert has been declared in {}, please go to the nearest shelter at once, stay there"
    bodies = [f"Today in {town} the library number {n} opens at noon" for n, town in enumerate(towns)]
    rows = posts_of(
        *(post(f"a/{n:02}", alarm.format(town), day=1) for n, town in enumerate(towns)),
        *(post(f"b/{n:02}", f"{body}\n{FOOTER}", day=2, media=["logo_2025.png"]) for n, body in enumerate(bodies)),
        post("c/1", f"{NEWS}\n{FOOTER}"),
        post("c/2", FOOTER),
    )
    assert dedup_posts(rows).dropped.num_rows == 0
    assert told(find_shared(rows)) == []
    few = DedupOptions(boilerplate_posts=100)
    assert set(find_shared(rows, few)["kind"].to_pylist()) == {"contained", "paragraph", "media"}


def test_edits_are_recorded() -> None:
    now = post("a/1", f"{NEWS} Updated.", day=1, edited=datetime(2025, 3, 2, 12, tzinfo=UTC))
    older = posts_of(
        post("a/1", NEWS, day=1), post("a/1", NEWS, day=1, source_file="again.csv"),
        post("a/1", f"{NEWS.lower()} UPDATED", day=1), post("gone/1", NEWS),
        post("a/1", OTHER, day=1, edited=datetime(2025, 3, 1, 18, tzinfo=UTC)),
    )  # fmt: skip
    posts = posts_of(now, post("a/2", OTHER))
    nothing = schemas.DUPLICATES.empty_table()
    first, second = record_edits(posts, older, nothing).to_pylist()
    assert (first["post_id"], first["kept_id"], first["kind"], first["removed"]) == ("a/1", "a/1", "edit", False)
    assert (first["text"], first["hours_later"], first["similarity"]) == (OTHER, -18.0, 0.0)
    assert (second["text"], second["hours_later"]) == (NEWS, -24.0)
    assert 0.9 < second["similarity"] < 1
    assert second["date"] == datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_the_history_of_a_removed_post_names_the_one_in_its_place() -> None:
    posts = posts_of(post("a/1", NEWS, day=1), post("b/1", NEWS, day=2))
    duplicates = dedup_posts(posts).duplicates
    (edit,) = record_edits(posts, posts_of(post("b/1", OTHER, day=2)), duplicates).to_pylist()
    assert (edit["post_id"], edit["kept_id"], edit["text"]) == ("b/1", "a/1", OTHER)


def test_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    lines = [NEWS, OTHER, COMMENT, FOOTER]
    texts = ["\n".join(rng.permutation(lines)[: rng.integers(1, 4)].tolist()) for _ in range(40)]
    rows = posts_of(*(post(f"a/{n:02}", text, day=int(rng.integers(1, 9))) for n, text in enumerate(texts)))
    options = DedupOptions(boilerplate_posts=50)
    first = find_shared(rows, options)
    assert first.equals(find_shared(rows.take(pa.array(rng.permutation(40))), options))
    assert first.num_rows > 40
    keys = list(zip(*(first[name].to_pylist() for name in ("post_id", "kept_id", "kind")), strict=True))
    assert len(set(keys)) == len(keys)


def test_posts_among_published_ones() -> None:
    """What is found is what a search among all would find, but for two published posts."""
    media = {"media": ["tender_2025.pdf"]}
    older = [
        post("a/1", f"{NEWS}\n{FOOTER}", day=2), post("a/2", f"{NEWS}\n{COMMENT}", day=3, **media),
        post("c/1", OTHER, day=4, **media), post("c/2", f"{OTHER} {COMMENT}", day=5),
    ]  # fmt: skip
    news = [post("b/1", f"{NEWS}\n{OTHER}", day=1), post("b/2", COMMENT, day=6, **media), post("d/1", FOOTER, day=7)]
    found = find_shared(
        posts_of(*news), among=posts_of(*older).select(["media", "text", "lang", "date", "channel", "post_id"])
    )
    everything = told(find_shared(posts_of(*older, *news)))
    is_old = {row["post_id"] for row in older}
    assert told(found) == [row for row in everything if not {row[0], row[1]} <= is_old]
    assert {row[2] for row in told(found)} == {"contained", "paragraph", "media"}
    assert {row[0] in is_old for row in told(found)} == {True, False}
    assert len(found) < len(everything)
    assert set(found["kept_in"].to_pylist()) == {None}


def test_no_posts() -> None:
    assert find_shared(schemas.CLEAN_POSTS.empty_table()).num_rows == 0
    nothing = schemas.CLEAN_POSTS.empty_table()
    assert record_edits(nothing, nothing, schemas.DUPLICATES.empty_table()).num_rows == 0
