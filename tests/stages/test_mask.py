from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.options import PiiOptions
from toolkit.stages.mask import handle_owners, mask_posts, mask_sources
from toolkit.text.handle_owners import name_marks


def posts(*texts: str, **more: Any) -> pa.Table:
    facts: dict[str, Any] = {name: [] for name in ("reactions", "urls", "hashtags", "media", "flags")}
    rows = [
        facts
        | {
            "post_id": f"port/{number}", "channel": "port", "date_precision": "none", "lang": "ru",
            "lang_source": "detected", "text": text, "text_raw": text, "source_format": "table",
            "source_file": "port.csv", "source_span": f"row {number}",
        }
        | more
        for number, text in enumerate(texts, 1)
    ]  # fmt: skip
    return schemas.from_rows(rows, schemas.POSTS)


def test_every_column_that_has_words() -> None:
    table = posts(
        "Тел. 123-45-67",
        text_raw="Тел. 123-45-67\nТел. 123-45-67",
        urls=["mailto:a@b.example", "https://example.org/79161234567"],
        hashtags=["#порт", "#hello@port.example"],
        media=["photo", "+7 916 123-45-67.vcf"],
        forwarded_from="Port (@some_one)",
        channel_title="Port, 8-916-123-45-67",
    )
    (row,) = mask_posts(table).to_pylist()
    assert (row["text"], row["text_raw"]) == ("Тел. [PHONE]", "Тел. [PHONE]\nТел. [PHONE]")
    assert row["urls"] == ["mailto:[EMAIL]", "https://example.org/79161234567"]
    assert row["hashtags"] == ["#порт", "#[EMAIL]"]
    assert row["media"] == ["photo", "[PHONE].vcf"]
    assert (row["forwarded_from"], row["channel_title"]) == ("Port ([HANDLE])", "Port, [PHONE]")
    assert row["personal"] == [{"kind": "phone", "count": 1}]


def test_channels_of_the_posts_and_those_linked_to_anywhere_are_public() -> None:
    texts = ["@Port @harbour @some_one", "см. https://t.me/harbour/3", "@other", "@press_office"]
    masked = mask_posts(posts(*texts), PiiOptions(public=("press_office",)))
    assert masked["text"].to_pylist() == ["@Port @harbour [HANDLE]", texts[1], "[HANDLE]", texts[3]]


def test_a_text_decoded_to_find_values_says_so() -> None:
    wrong = "Почта: имя@пример.рф, ждём писем".encode().decode("cp1251", "replace")
    rows = mask_posts(posts(wrong, "a@b.example", flags=["album"])).to_pylist()
    assert [row["flags"] for row in rows] == [["album", "encoding_repaired"], ["album"]]
    assert rows[0]["text"] == rows[0]["text_raw"] == "Почта: [EMAIL], ждём писем"


def test_masking_again_changes_nothing_and_forgets_no_count() -> None:
    once = mask_posts(posts("a@b.example", "Порт"))
    assert once["personal"].to_pylist() == [[{"kind": "email", "count": 1}], []]
    assert mask_posts(once).equals(once)


def test_dropped_values_leave_no_empty_links() -> None:
    table = posts("Пишите a@b.example", urls=["a@b.example", "https://example.org"])
    (row,) = mask_posts(table, PiiOptions(email="drop")).to_pylist()
    assert (row["text"], row["urls"]) == ("Пишите ", ["https://example.org"])


@pytest.mark.parametrize("mode", ["mask", "drop", "keep"])
def test_order_schema_and_no_rows(mode: str) -> None:
    table = posts("б", "а").take([1, 0])
    masked = mask_posts(table, PiiOptions.model_validate({"phone": mode}))
    assert masked["post_id"].to_pylist() == ["port/2", "port/1"]
    assert masked.schema.equals(schemas.POSTS, check_metadata=True)
    assert mask_posts(table.slice(0, 0)).num_rows == 0


def test_a_mention_and_its_link_are_one_mention() -> None:
    """Who is named in three posts without a word is taken for a channel; two posts with links are two."""
    texts = [f"Вчера, {number} мая, @pier_two был тут" for number in (1, 2, 3)]
    links = [f"https://t.me/pier_{name}" for name in ("two", "TWO", "two")]
    for n_posts, is_hidden in ((2, True), (3, False)):
        rows = posts(*texts[:n_posts]).to_pylist()
        linked = [row | {"urls": [link]} for row, link in zip(rows, links, strict=False)]
        (said,) = {
            row["text"].count("[HANDLE]") for row in mask_posts(schemas.from_rows(linked, schemas.POSTS)).to_pylist()
        }
        assert said == is_hidden


def test_a_text_link_names_somebody_too() -> None:
    table = posts("Слово редактору", urls=["https://t.me/lena_quay", "tel:+70000000001"])
    assert handle_owners(table).keys() >= name_marks(["lena_quay"])
    assert mask_posts(table)["urls"].to_pylist() == [["https://t.me/[HANDLE]", "tel:[PHONE]"]]


def test_sources_are_masked_alike() -> None:
    russian, english = posts("Пишите @lena_quay"), posts("The bridge is open.\n\n@Lena_Quay", "t.me/lena_quay?start=1")
    assert mask_posts(english)["text"].to_pylist()[0].endswith("@Lena_Quay")
    for order in ([russian, english], [english, russian]):
        masked = [text for table in mask_sources(order) for text in table["text"].to_pylist()]
        assert not any("quay" in text.lower() for text in masked)
    assert mask_sources([]) == []
