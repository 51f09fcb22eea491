"""What is news: new posts, edited ones, and those that left for a post which was edited."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.stages.news import find_news


def clean(**texts: tuple[str, str | None]) -> pa.Table:
    """Return posts; a text and its footer each."""
    rows: list[dict[str, object]] = [
        {
            "post_id": post_id, "channel": "c", "date_precision": "none", "lang": "ru", "lang_source": "detected",
            "text": text, "footer": footer, "text_raw": text, "text_ru": text, "source_format": "table",
            "source_file": "a.csv", "source_span": "row 1", "reactions": [], "urls": [], "hashtags": [], "media": [],
            "flags": [],
        }
        for post_id, (text, footer) in texts.items()
    ]  # fmt: skip
    return schemas.from_rows(rows, schemas.CLEAN_POSTS)


def older(*rows: tuple[str, str]) -> pa.Table:
    schema = pa.schema({"post_id": pa.string(), "text": pa.string(), "edited": pa.timestamp("ms", "UTC")})
    return pa.Table.from_pylist([{"post_id": post, "text": text} for post, text in rows], schema=schema)


def left(*rows: tuple[str, str, str]) -> pa.Table:
    schema = pa.schema({"post_id": pa.string(), "kept_id": pa.string(), "text": pa.string()})
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


FERRY, FOOTER = "Паром ушёл в семь утра.", "Подписаться: @harbour"

CASES: list[tuple[str, tuple[str, str | None], list[tuple[str, str]], list[tuple[str, str, str]], bool]] = [
    ("a new post", (FERRY, None), [("b", FERRY)], [("c", "b", FERRY)], True),
    ("the same words", (FERRY, None), [("a", FERRY)], [], False),
    ("other markup and case", ("**Паром** ушёл в СЕМЬ утра!", None), [("a", FERRY)], [], False),
    ("an edited post", ("Паром ушёл в восемь утра.", None), [("a", FERRY)], [], True),
    ("words in another order", ("Утра паром ушёл в семь.", None), [("a", FERRY)], [], True),
    ("a footer that was found then, not now", (f"{FERRY}\n{FOOTER}", None), [("a", f"{FERRY}\n{FOOTER}")], [], False),
    ("a footer that is found now, not then", (FERRY, FOOTER), [("a", f"{FERRY}\n{FOOTER}")], [], False),
    ("another footer", (FERRY, "Читать: @town"), [("a", f"{FERRY}\n{FOOTER}")], [], True),
    ("a duplicate as it was", (FERRY, FOOTER), [("b", FERRY)], [("a", "b", FERRY)], False),
    ("an edited duplicate", ("Паром ушёл в восемь.", None), [("b", FERRY)], [("a", "b", FERRY)], True),
    ("a duplicate of an older release's post", (FERRY, None), [], [("a", "old/1", FERRY)], False),
    ("a handle that was shown", ("Читать: [HANDLE].", None), [("a", "Читать: @town.")], [], False),
    ("a handle that was hidden", ("См. https://t.me/town", None), [("a", "См. https://t.me/[HANDLE]")], [], False),
    ("another handle", ("Читать: @town.", None), [("a", "Читать: @port.")], [], True),
    ("a hidden handle and other words", ("Слушать: [HANDLE].", None), [("a", "Читать: @town.")], [], True),
    ("nothing was published", (FERRY, None), [], [], True),
]


@pytest.mark.parametrize(("now", "was", "gone", "is_news"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_news(now: tuple[str, str | None], was: object, gone: object, is_news: bool) -> None:
    result = find_news(clean(a=now), older(*was), left(*gone))  # type: ignore[misc]
    assert result.kept["post_id"].to_pylist() == (["a"] if is_news else [])
    assert result.kept.schema.equals(schemas.CLEAN_POSTS, check_metadata=True)
    rows = result.dropped.to_pylist()
    assert rows == ([] if is_news else [{"row_id": "a", "stage": "news", "reason": "carried_on", "value": None}])


def test_what_left_for_an_edited_post_is_judged_anew() -> None:
    posts = clean(a=("Паром не ушёл.", None), b=(FERRY, None), c=(FERRY, None), d=("Порт пуст.", None))
    result = find_news(posts, older(("a", FERRY), ("d", "Порт пуст.")), left(("b", "a", FERRY), ("c", "d", FERRY)))
    assert result.kept["post_id"].to_pylist() == ["a", "b"]
    assert result.dropped["row_id"].to_pylist() == ["c", "d"]


def test_no_posts_and_any_order() -> None:
    assert find_news(clean(), older(("a", FERRY)), left()).kept.num_rows == 0
    posts = clean(c=("Раз.", None), a=("Два.", None), b=("Три.", None))
    result = find_news(posts, older(("b", "Три."), ("a", "Два, три.")), left())
    assert result.kept["post_id"].to_pylist() == ["a", "c"]


@pytest.mark.parametrize(
    ("now", "was", "is_news"),
    [(None, None, True), (None, 1, True), (1, None, True), (1, 1, True), (1, 2, False), (2, 1, True)],
)
def test_a_source_that_is_older_than_what_was_published(now: int | None, was: int | None, is_news: bool) -> None:
    times = [day and datetime(2025, 1, day, tzinfo=UTC) for day in (now, was)]
    posts, published = clean(a=("Паром не ушёл.", None)), older(("a", FERRY))
    for place, (table, time) in enumerate(zip((posts, published), times, strict=True)):
        at = table.schema.get_field_index("edited")
        table = table.set_column(at, table.schema.field(at), pa.array([time], pa.timestamp("ms", "UTC")))
        posts, published = (table, published) if place == 0 else (posts, table)
    assert find_news(posts, published, left()).kept.num_rows == is_news


def test_a_file_that_tells_edits_knows_that_a_post_has_none_yet() -> None:
    day = datetime(2025, 1, 1, tzinfo=UTC)
    posts, published = clean(a=("Паром не ушёл.", None), b=("Порт пуст.", None)), older(("a", FERRY))
    at = posts.schema.get_field_index("edited")
    posts = posts.set_column(at, posts.schema.field(at), pa.array([None, day], pa.timestamp("ms", "UTC")))
    was = pa.array([day], pa.timestamp("ms", "UTC"))
    published = published.set_column(2, published.schema.field(2), was)
    assert find_news(posts, published, left()).kept["post_id"].to_pylist() == ["b"]
