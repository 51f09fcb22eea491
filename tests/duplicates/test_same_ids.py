"""What is one post: versions under an id of the source, but only copies under an id made of a text."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.duplicates.same_ids import ID_FROM_TEXT, are_versions, join_posts
from toolkit.errors import SourceError

TEXT_ID = "bay/00112233445566aa"
NEWS = [
    "The ferry to the island leaves at ten from the new pier.",
    "A storm has closed the coast road until Thursday evening.",
    "Музей мореходства открывает выставку старинных карт.",
    "Tickets for the harbour festival are on sale at the town hall.",
    "В порту построили новый причал для рыбацких лодок.",
    "The lighthouse keeper has retired after forty years of service.",
]


def post(name: str, text: str, *, file: str = "a.json", edited: int = 0, flag: bool = False, reply: str | None = None
         ) -> dict[str, object]:  # fmt: skip
    return {
        "post_id": name, "channel": name.split("/")[0], "date_precision": "none", "lang": "en", "text": text,
        "lang_source": "detected", "text_raw": text, "reactions": [], "urls": [], "hashtags": [], "media": [],
        "flags": [ID_FROM_TEXT] * flag, "source_format": "table", "source_file": file, "source_span": "row 1",
        "reply_to": reply, "edited": datetime(2024, 1, edited, tzinfo=UTC) if edited else None,
    }  # fmt: skip


def table(*posts: dict[str, object]) -> pa.Table:
    return schemas.from_rows(list(posts), schemas.POSTS)


def outcome(*tables: pa.Table) -> list[tuple[str, str, str]]:
    joined = join_posts(tables)
    fates = ["same" if same else "version" if again else "stays"
             for again, same in zip(joined.is_again, joined.is_same, strict=True)]  # fmt: skip
    return list(zip(joined.posts["post_id"].to_pylist(), joined.posts["text"].to_pylist(), fates, strict=True))


def named_by_text(*texts: str) -> pa.Table:
    """Posts that differ in what their id hides, as `to_posts` names them."""
    names = [TEXT_ID, *(f"{TEXT_ID}-{n}" for n in range(2, len(texts) + 1))]
    return table(*(post(name, text, flag=True) for name, text in zip(names, texts, strict=True)))


def test_versions_of_a_post() -> None:
    old, new, copy = (post("bay/1", text, edited=day) for text, day in (("Fog.", 0), ("Fog!", 2), ("Fog!", 1)))
    assert [fate for *_, fate in outcome(table(old), table(new), table(copy))] == ["version", "stays", "same"]


def test_an_id_made_of_a_text_has_no_versions() -> None:
    """The numbers are personal, and kept; the id is of the words around them."""
    assert outcome(named_by_text("Call 1"), named_by_text("Call 2")) == [
        (TEXT_ID, "Call 1", "stays"), (f"{TEXT_ID}-2", "Call 2", "stays"),
    ]  # fmt: skip
    assert outcome(named_by_text("Call 1"), named_by_text("Call 1")) == [
        (TEXT_ID, "Call 1", "stays"), (TEXT_ID, "Call 1", "same"),
    ]  # fmt: skip


def test_the_order_in_a_file_does_not_matter() -> None:
    assert outcome(named_by_text("Call 1", "Call 2"), named_by_text("Call 2", "Call 1", "Call 1", "Call 3")) == [
        (TEXT_ID, "Call 1", "stays"), (f"{TEXT_ID}-2", "Call 2", "stays"),
        (f"{TEXT_ID}-2", "Call 2", "same"), (TEXT_ID, "Call 1", "same"),
        (f"{TEXT_ID}-3", "Call 1", "stays"), (f"{TEXT_ID}-4", "Call 3", "stays"),
    ]  # fmt: skip


def test_one_table_keeps_its_ids() -> None:
    posts = table(*reversed([post(name, text, flag=True) for name, text, _ in outcome(named_by_text("a", "b", "a"))]))
    assert join_posts([posts]).posts.equals(posts)


def test_a_reply_follows_its_post() -> None:
    answer = post("bay/ffeeddccbbaa9988", "Yes.", flag=True, reply=TEXT_ID)
    second = table(post(TEXT_ID, "Call 2", flag=True), answer)
    assert join_posts([named_by_text("Call 1"), second]).posts["reply_to"].to_pylist() == [None, None, f"{TEXT_ID}-2"]


def test_an_id_of_the_source_that_looks_like_a_hash_is_its_own() -> None:
    old, new = table(post(TEXT_ID, "Fog.")), table(post(TEXT_ID, "Fog, then sun."))
    assert [fate for *_, fate in outcome(old, new)] == ["stays", "version"]


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        (NEWS[0], NEWS[0].replace("ten", "nine"), True),
        (NEWS[0], f"UPDATE! {NEWS[0]} {NEWS[1]}", True),
        (NEWS[0] + NEWS[1], NEWS[1], True),
        (NEWS[0], "", True),
        ("Да!", "да", True),
        (NEWS[0], NEWS[1], False),
        (NEWS[2], NEWS[4], False),
        ("Да!", "Нет!", False),
    ],
)
def test_are_versions(one: str, other: str, are: bool) -> None:
    assert are_versions(one, other) is are_versions(other, one) is are


def channel(texts: list[str], file: str) -> pa.Table:
    return table(*(post(f"bay/{number}", text, file=file) for number, text in enumerate(texts)))


def test_two_channels_under_one_name_are_an_error() -> None:
    with pytest.raises(SourceError) as error:
        join_posts([channel(NEWS, "a.html"), channel(NEWS[1:] + NEWS[:1], "b.html")], where="pages")
    assert str(error.value) == (
        "pages: a.html and b.html have posts of a channel 'bay' with the same ids and texts that have nothing in "
        "common: 6 of 6 such ids, as bay/0. They seem to be different channels under one name, and posts would be "
        "lost. Read them one by one, each with its channel's name: --channel HANDLE, or channel: of its source in a "
        "run config"
    )


def test_files_of_one_name_and_many_files() -> None:
    turned = [channel(NEWS[n:] + NEWS[:n], "result.json") for n in range(3)]
    with pytest.raises(SourceError, match=r"^result.json \(source 1\) and result.json \(source 2\) have posts of"):
        join_posts(turned[:2])
    with pytest.raises(SourceError, match=r"^3 files, as result.json .*: 12 of 12 such ids, as bay/0"):
        join_posts(turned)


@pytest.mark.parametrize(
    ("rewritten", "is_error"),
    [(1, False), (2, True)],  # of six
)
def test_a_post_may_be_rewritten(rewritten: int, is_error: bool) -> None:
    tables = [channel(NEWS, "a.html"), channel([*"xy"[:rewritten], *NEWS[rewritten:]], "b.html")]
    if is_error:
        with pytest.raises(SourceError, match="2 of 6 such ids"):
            join_posts(tables)
    else:
        assert [fate for *_, fate in outcome(*tables)] == ["stays"] * 6 + ["version"] + ["same"] * 5


def test_a_few_in_a_large_file_are_edits() -> None:
    texts = [f"{NEWS[n % 6]} {n}" for n in range(30)]
    tables = [channel(texts, "a.html"), channel([*"vwxyz", *texts[5:]], "b.html")]  # 5 of 30 are under a fifth
    assert int(join_posts(tables).is_again.sum()) == 30


def test_a_strange_page_beside_a_large_export_is_found() -> None:
    """The share is that of two files, not of all."""
    export = channel([f"{NEWS[n % 6]} {n}" for n in range(300)], "result.json")
    again = channel([f"{NEWS[n % 6]} {n}" for n in range(300)], "result2.json")
    with pytest.raises(SourceError, match=r"result.json and page.html have posts of a channel"):
        join_posts([export, again, channel(NEWS[3:] + NEWS[:3], "page.html")])


def test_a_handle_is_the_same_in_any_case() -> None:
    """The first table decides, and in it the spelling of most posts; a name that is no handle is left alone."""
    one = table(post("bay_port/1", "Fog."), post("Bay_Port/2", "Wind."), post("bay_port/3", "Rain."))
    other = table(post("BAY_PORT/1", "Fog."), post("BAY_PORT/4", "Snow.", reply="BAY_PORT/2"), post("a b/1", "Sun."))
    posts = join_posts([one, other, table(post("A b/2", "Hail."))]).posts
    assert posts["post_id"].to_pylist() == [*(f"bay_port/{n}" for n in (1, 2, 3, 1, 4)), "a b/1", "A b/2"]
    assert posts["channel"].to_pylist() == ["bay_port"] * 5 + ["a b", "A b"]
    assert posts["reply_to"].to_pylist()[4] == "bay_port/2"
    assert [fate for *_, fate in outcome(one, other)] == ["stays", "stays", "stays", "same", "stays", "stays"]


def test_posts_of_different_channels_are_no_versions() -> None:
    one, other = (table({**post("promo/4", NEWS[0] + end), "channel": name}) for end, name in (("", "ru"), ("!", "en")))
    with pytest.raises(SourceError, match=r"different channels, 'ru' and 'en', with the same ids: 1, as promo/4"):
        join_posts([one, other])
