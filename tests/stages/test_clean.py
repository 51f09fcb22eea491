from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.options import CleanOptions
from toolkit.stages.clean import clean_posts


def post(post_id: str, text: str, lang: str = "en", **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = dict.fromkeys(schemas.POSTS.names)
    lists: dict[str, Any] = {name: [] for name in ("reactions", "urls", "hashtags", "media", "flags")}
    own = {
        "post_id": post_id, "channel": "news", "date_precision": "none", "lang": lang, "lang_source": "detected",
        "text": text, "text_raw": text, "source_format": "table", "source_file": "news.csv", "source_span": "row 1",
    }  # fmt: skip
    return facts | lists | own | more


def posts_of(*rows: dict[str, Any]) -> pa.Table:
    return schemas.from_rows(list(rows), schemas.POSTS)


@pytest.mark.parametrize(
    ("lang", "text", "cleaned", "ru", "en"),
    [
        ("ru", "🔹 Cегодня\u00a0открыли мост. #Мост", "🔹 Сегодня открыли мост. #Мост", "Сегодня открыли мост.", None),
        ("en", "Good news!\n\n👉 https://example.org", "Good news!\n\n👉 https://example.org", None, "Good news!"),
        ("mixed", "Сегодня в городе открыли новый мост.\nA new bridge was opened in the city today.",
         "Сегодня в городе открыли новый мост.\nA new bridge was opened in the city today.",
         "Сегодня в городе открыли новый мост.", "A new bridge was opened in the city today."),
        ("en", "The bridge, which was built in two years, is open to the\npublic.",
         "The bridge, which was built in two years, is open to the public.", None,
         "The bridge, which was built in two years, is open to the public."),
        ("ru", "Ок", "Ок", "Ок", None),  # a short post is a post
    ],
)  # fmt: skip
def test_text_and_sides(lang: str, text: str, cleaned: str, ru: str | None, en: str | None) -> None:
    (row,) = clean_posts(posts_of(post("news/1", text, lang))).kept.to_pylist()
    assert (row["text"], row["text_ru"], row["text_en"]) == (cleaned, ru, en)
    assert (row["text_raw"], row["lang"]) == (text, lang)


def test_language_of_wrongly_decoded_text_is_detected_again() -> None:
    text = "Ñåãîäíÿ â ãîðîäå îòêðûëè íîâûé ìîñò"
    rows = posts_of(post("news/1", text, "lij"), post("news/2", text, "lij", lang_source="source"))
    result = clean_posts(rows)
    (row,) = result.kept.to_pylist()
    assert (row["lang"], row["text_ru"]) == ("ru", "Сегодня в городе открыли новый мост")
    assert result.dropped["row_id"].to_pylist() == ["news/2"]  # the user knows better


def test_language_of_a_text_that_masking_decoded_is_detected_again() -> None:
    text = "Сегодня открыли новый мост. Почта: [EMAIL]"
    (row,) = clean_posts(posts_of(post("news/1", text, "und", flags=["encoding_repaired"]))).kept.to_pylist()
    assert (row["lang"], row["flags"]) == ("ru", ["encoding_repaired"])


@pytest.mark.parametrize(
    ("lang", "text", "reason", "value"),
    [
        ("und", "🎉🎉", "empty", "0"),
        ("ru", "#Новости\nhttps://example.org", "empty", "0"),
        ("en", "", "empty", "0"),
        ("de", "Die neue Brücke ist offen.", "other_language", "de"),
        ("und", "ok", "other_language", "und"),
    ],
)
def test_dropped(lang: str, text: str, reason: str, value: str) -> None:
    result = clean_posts(posts_of(post("news/1", text, lang)))
    assert result.kept.num_rows == 0
    assert result.dropped.to_pylist() == [{"row_id": "news/1", "stage": "clean", "reason": reason, "value": value}]


def test_options() -> None:
    rows = posts_of(
        post("news/1", "Short"), post("news/2", "The bridge, which was built in two years, is open to the\npublic.")
    )
    result = clean_posts(rows, CleanOptions(min_letters=6, join_hard_wraps=False))
    assert result.dropped.to_pylist() == [{"row_id": "news/1", "stage": "clean", "reason": "empty", "value": "5"}]
    assert result.kept["text"].to_pylist() == ["The bridge, which was built in two years, is open to the\npublic."]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("Сегодня открыли мост", ["album"]),
        ("Cегодня\u00a0открыли мост в CША", ["album", "look_alikes_repaired"]),
        ("Ñåãîäíÿ îòêðûëè íîâûé ìîñò", ["album", "encoding_repaired"]),
        ("Мост, который строили больше двух лет подряд, открыли\nсегодня", ["album", "hard_wraps_joined"]),
        ("СигмаPC и ЮMoney", ["album"]),
    ],
)
def test_repairs_are_flagged(text: str, flags: list[str]) -> None:
    (row,) = clean_posts(posts_of(post("news/1", text, "ru", flags=["album"]))).kept.to_pylist()
    assert row["flags"] == flags


def with_footers(n: int, channel: str = "news") -> list[dict[str, Any]]:
    texts = [f"Bridge number {number} was opened today.\n\n🔔 Новости города" for number in range(n)]
    return [post(f"{channel}/{number}", text, channel=channel) for number, text in enumerate(texts)]


def test_footers_get_their_own_column_by_channel() -> None:
    rows = [*with_footers(5), *with_footers(4, "town"), post("town/9", "A bridge.\n👉 Read in full")]
    kept = {row["post_id"]: row for row in clean_posts(posts_of(*rows)).kept.to_pylist()}
    news, town, call = kept["news/1"], kept["town/1"], kept["town/9"]
    assert (news["text"], news["footer"]) == (
        "Bridge number 1 was opened today.",
        "🔔 Новости города",
    )
    assert (news["text_en"], news["text_raw"]) == ("Bridge number 1 was opened today.", rows[1]["text"])
    assert (town["text"], town["footer"]) == (rows[6]["text"], None)
    assert (news["calls_to_action"], call["calls_to_action"]) == (None, ["read"])
    assert call["text_en"] == "A bridge.\nRead in full"


def test_language_is_that_of_the_text_without_its_footer() -> None:
    (row, *_) = clean_posts(posts_of(*[row | {"lang": "mixed"} for row in with_footers(5)])).kept.to_pylist()
    assert row["lang"] == "en"
    rows = [row | {"lang": "ru", "lang_source": "source"} for row in with_footers(5)]
    assert set(clean_posts(posts_of(*rows)).kept["lang"].to_pylist()) == {"ru"}


def test_footers_can_be_learned_from_other_posts_or_not_at_all() -> None:
    one, many = posts_of(with_footers(1)[0]), posts_of(*with_footers(5))
    assert clean_posts(one).kept["footer"].to_pylist() == [None]
    assert clean_posts(one, learn_from=many).kept["footer"].to_pylist() == ["🔔 Новости города"]
    assert clean_posts(many, CleanOptions(footer_share=None)).kept["footer"].null_count == 5


def test_schema_order_and_input() -> None:
    rows = posts_of(post("news/2", "Second  post"), post("news/1", "First post"))
    before = rows.slice(0)
    result = clean_posts(rows)
    assert result.kept.schema.equals(schemas.CLEAN_POSTS, check_metadata=True)
    assert result.kept["post_id"].to_pylist() == ["news/1", "news/2"]
    assert rows.equals(before)
    assert clean_posts(rows.slice(0, 0)).kept.schema.equals(schemas.CLEAN_POSTS)
