"""Edited copies, other occasions and parts: small posts of two channels, and what is decided on them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.options import DedupOptions
from toolkit.stages.dedup import DedupResult, dedup_posts
from toolkit.stages.evidence import find_shared

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
NEWS = (
    "Новый мост через реку в Заречном откроют 5 мая, сообщили в мэрии. По нему пойдут три автобусных маршрута, "
    "а пешеходам оставят дорожку с видом на старую крепость."
)
EDITED = (
    "⚡️ **Новый мост через реку в Заречном откроют 5 мая.** По нему пойдут 3 автобусных маршрута, а для пешеходов "
    "оставят дорожку с видом на крепость — власти.\n\n❤ [Подписаться](https://t.me/zarechny)"
)
OFFER = (
    "Запишитесь на бесплатный курс рисунка для взрослых: восемь занятий с художником, краски и бумага наши, "
    "начать можно в любой день: https://example.org/course"
)
LONG = " ".join(
    f"{boat} стоит у {place} причала"
    for boat, place in zip(
        ["шхуна", "барка", "лодка", "яхта", "плот", "катер", "фелюга", "ладья", "баржа", "паром"],
        ["старого", "нового", "северного", "южного", "речного", "морского", "первого", "второго", "третьего", "пятого"],
        strict=True,
    )
)


def table(*posts: tuple[str, float | None, str]) -> pa.Table:
    """Posts as (post_id, hours after noon, text)."""
    rows = []
    for post_id, hours, text in posts:
        facts: dict[str, Any] = dict.fromkeys(schemas.POSTS.names)
        facts |= {name: [] for name in ("reactions", "urls", "hashtags", "media", "flags")}
        rows.append(facts | {
            "post_id": post_id, "channel": post_id.split("/")[0], "lang": "ru", "lang_source": "detected",
            "date": None if hours is None else NOON + timedelta(hours=hours), "text": text, "text_raw": text,
            "date_precision": "utc", "source_format": "table", "source_file": "news.csv", "source_span": "row 1",
        })  # fmt: skip
    return schemas.from_rows(rows, schemas.POSTS)


def left(result: DedupResult) -> list[tuple[str, str, str]]:
    return [(row["post_id"], row["kept_id"], row["kind"]) for row in result.duplicates.to_pylist()]


@pytest.mark.parametrize(
    ("one", "other", "hours", "kinds"),
    [
        (NEWS, EDITED, 1, ["copy"]),
        (NEWS, EDITED, 100, []),  # too long after for a short text
        (NEWS, EDITED.replace("5 мая", "7 июня"), 1, []),
        (NEWS, EDITED.replace("Заречном", "Боровске"), 1, []),
        (NEWS, NEWS.replace("5 мая", "в среду"), 1, ["copy"]),
        (NEWS.replace("5 мая", "в пятницу"), NEWS.replace("5 мая", "в среду"), 1, []),
        ("Билет стоит 500 рублей, касса открыта", "Билет стоит 500 долларов, касса открыта", 1, []),
        ("На карантине 889 тысяч детей и взрослых", "На карантине 889 000 детей и взрослых", 1, ["copy"]),
        ("Вклад даёт 8,40 процента в год, банк открыт", "Вклад даёт 8,4 процента в год, банк открыт", 1, ["copy"]),
        ("Сбиты три дрона над рекой, на месте врачи", "Сбиты восемь дронов над рекой, на месте врачи", 1, []),
        ("Ещё кадры с места пожара", "Ещё кадры с места пожара", 1, ["exact"]),
        ("Ещё кадры с места пожара", "Ещё кадры с места пожара", 216, []),
        ("Ещё кадры с места пожара", "Ещё кадры с места пожара", None, ["exact"]),  # when is not known
        (OFFER, OFFER.replace("наши", "мои"), 500, ["copy"]),
        (OFFER, OFFER.replace("восемь", "12"), 500, []),
        (LONG, LONG.replace("паром", "теплоход"), 900, ["near"]),
    ],
)
def test_copies_of_another_channel(one: str, other: str, hours: float | None, kinds: list[str]) -> None:
    result = dedup_posts(table(("a/1", 0, one), ("b/1", hours, other)))
    assert [row["kind"] for row in result.duplicates.to_pylist()] == kinds
    assert result.near_pairs.num_rows == len(kinds)
    assert result.kept.num_rows == 2 - len(kinds)


def test_a_channel_repeats_its_own_words_for_other_facts() -> None:
    other = NEWS.replace("Новый мост", "Второй тоннель").replace("старую крепость", "новый порт")
    assert left(dedup_posts(table(("a/1", 0, NEWS), ("b/1", 1, other)))) == [("b/1", "a/1", "copy")]
    assert left(dedup_posts(table(("a/1", 0, NEWS), ("a/2", 1, other)))) == []


def test_evidence_says_what_differs_and_by_what_rule() -> None:
    rows = table(("a/1", 0, NEWS), ("b/1", 1, EDITED))
    (row,) = dedup_posts(rows).duplicates.to_pylist()
    assert (row["post_id"], row["kept_id"], row["hours_later"], row["removed"]) == ("b/1", "a/1", 1.0, True)
    assert row["rule"].startswith("two channels within 72 hours, jaccard of letter 5-grams >= 0.4")
    assert "has: " in row["differs"] and "власти; lacks: в сообщили мэрии" in row["differs"]
    assert dedup_posts(rows, DedupOptions(copies=False)).dropped.num_rows == 0


def test_a_bare_table_has_near_pairs_only() -> None:
    rows = table(("a/1", None, NEWS), ("a/2", None, EDITED), ("a/3", None, NEWS.replace("5 мая", "9 мая")))
    assert dedup_posts(rows).dropped.num_rows == 0


@pytest.mark.parametrize(
    ("hours", "change", "found"), [(2, ("", ""), True), (100, ("", ""), False), (2, ("Заречном", "Боровске"), False)]
)
def test_parts(hours: float, change: tuple[str, str], found: bool) -> None:
    part = "Новый мост в Заречном откроют пятого"
    whole = f"Новый мост в Заречном откроют пятого мая. {LONG[:150]}".replace(*change)
    rows = table(("a/1", 0, part), ("b/1", hours, whole))
    assert dedup_posts(rows).dropped.num_rows == 0
    kinds = [(row["post_id"], row["kept_id"], row["kind"]) for row in find_shared(rows).to_pylist()]
    assert kinds == [("a/1", "b/1", "contained")] * found


def versions(n: int) -> pa.Table:
    """A live post of which each version adds a sentence."""
    sentences = [f"Очевидец{k} видел парад{k}." for k in range(n)]
    return table(*((f"a/{k:04}", k / 60, " ".join(sentences[: k + 1])) for k in range(n)))


def alerts(n: int) -> pa.Table:
    """Near copies of one alert in several channels."""
    words = [f"слово{chr(1072 + k % 30)}{chr(1072 + k // 30)}" for k in range(60)]
    texts = [
        " ".join([*words[: k % 60], f"правка{chr(1072 + k % 30)}{chr(1072 + k // 30)}", *words[k % 60 + 1 :]])
        for k in range(n)
    ]
    return table(*((f"c{k % 7}/{k:04}", k / 60, text) for k, text in enumerate(texts)))


@pytest.mark.parametrize(("make", "n", "least_left"), [(versions, 70, 0.5), (alerts, 150, 0.9)])
def test_pairs_and_rows_grow_with_the_posts_and_not_with_their_square(make: Any, n: int, least_left: float) -> None:
    counts = []
    for size in (n, 2 * n, 4 * n):
        rows = make(size)
        result = dedup_posts(rows)
        shared = find_shared(rows)
        counts.append((len(result._pairs[1]), result.near_pairs.num_rows, result.duplicates.num_rows, shared.num_rows))
        assert result.dropped.num_rows >= least_left * size
    for few, many in zip(counts[1:], counts, strict=False):
        assert all(more <= 3 * max(before, size) for more, before in zip(few, many, strict=True))
