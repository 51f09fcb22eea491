from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from toolkit import schemas
from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source

WORDS = "The lighthouse will be open to visitors on Sunday."


def emoji(one: str) -> str:
    return f'<i class="emoji" style="background-image:url(\'//x/{ord(one[0])}.png\')"><b>{one}</b></i>'


def text(html: str, kind: str = "js-message_text") -> str:
    return f'<div class="tgme_widget_message_text {kind}" dir="auto">{html}</div>'


def post(number: int, inside: str, *, kind: str = "", foot: str = "", channel: str = "bayport") -> str:
    return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message text_not_supported_wrap {kind} js-widget_message" data-post="{channel}/{number}">
<a class="tgme_widget_message_owner_name" href="https://t.me/bayport"><span dir="auto">Port of the Bay</span></a>
{inside}
<div class="tgme_widget_message_footer">{foot}<span class="tgme_widget_message_views">1.2K</span>
<a class="tgme_widget_message_date" href="https://t.me/bayport/{number}"><time datetime="2025-03-01T09:00:00+00:00"
class="time">09:00</time></a></div></div></div>"""


def parse(folder: Path, *posts: str, **options: Any) -> ParseResult:
    path = folder / "page.html"
    path.write_text(f"<!DOCTYPE html><html><body><main>{''.join(posts)}</main></body></html>", "utf-8")
    return read_source(SourceOptions(path=path, **options))


def test_a_post(tmp_path: Path) -> None:
    parsed = parse(tmp_path, post(12, text(WORDS)))
    assert parsed.posts.schema.equals(schemas.POSTS)
    (row,) = parsed.posts.to_pylist()
    assert (row["post_id"], row["channel"], row["channel_title"]) == ("bayport/12", "bayport", "Port of the Bay")
    assert (row["text"], row["views"], row["permalink"]) == (WORDS, 1200, "https://t.me/bayport/12")
    assert (row["date"], row["date_precision"]) == (datetime(2025, 3, 1, 9, tzinfo=UTC), "utc")
    assert (row["source_format"], row["source_span"], row["flags"]) == ("tme_html", "message 12", [])


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("One.<br/><br/>Two &amp; three.", "One.\n\nTwo & three."),
        (f"{emoji('🔥')} <b>One<br/>two</b>", "🔥 One\ntwo"),
        (f'<tg-emoji emoji-id="5">{emoji("🔥")}</tg-emoji> One <tg-spoiler>two</tg-spoiler>', "🔥 One two"),
        ("One.<blockquote>Two.</blockquote>Three.", "One.\nTwo.\nThree."),
        ("<blockquote expandable>One.<br/>Two.</blockquote>", "One.\nTwo."),
        ("One.<br/><pre>a\n  b</pre>Two.", "One.\na\n  b\nTwo."),
    ],
)
def test_markup(tmp_path: Path, html: str, expected: str) -> None:
    assert parse(tmp_path, post(1, text(html))).posts["text"].to_pylist() == [expected]


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    (row,) = parse(tmp_path, post(1, text("<b>" * 50_000 + WORDS))).posts.to_pylist()
    assert row["text"] == WORDS


def test_links_and_hashtags(tmp_path: Path) -> None:
    html = (
        '<a href="?q=%23Fog">#Fog</a> at <a href="http://bay.example/">bay.example</a>, <a href="https://m.example/x">'
        'map</a>, <a href="https://t.me/anna">@anna</a>'
    )
    (row,) = parse(tmp_path, post(1, text(html))).posts.to_pylist()
    assert (row["urls"], row["hashtags"]) == (["bay.example", "https://m.example/x"], ["#Fog"])


def test_a_reply_has_its_own_text_and_what_it_answers(tmp_path: Path) -> None:
    quoted = (
        f'<a class="tgme_widget_message_reply" href="https://t.me/bayport/7">{text("An old post…", "x_reply_text")}</a>'
    )
    foreign = quoted.replace("bayport/7", "other/7")
    own, other = parse(tmp_path, post(8, quoted + text(WORDS)), post(9, foreign + text("Fog."))).posts.to_pylist()
    assert (own["text"], own["reply_to"]) == (WORDS, "bayport/7")
    assert (other["text"], other["reply_to"]) == ("Fog.", None)


@pytest.mark.parametrize(
    ("name", "author", "expected"),
    [
        ("a", "", "Bay News"),
        ("span", "", "Bay News"),
        ("a", ' (<span class="tgme_widget_message_forwarded_from_author">A. B.</span>)', "Bay News (A. B.)"),
    ],
)
def test_forwards(tmp_path: Path, name: str, author: str, expected: str) -> None:
    header = (
        f'Forwarded from <{name} class="tgme_widget_message_forwarded_from_name"><span>Bay News</span></{name}>{author}'
    )
    assert parse(tmp_path, post(1, header + text(WORDS))).posts["forwarded_from"].to_pylist() == [expected]


def test_reactions(tmp_path: Path) -> None:
    shown = (
        '<span class="tgme_reaction tgme_reaction_paid"><i class="icon"></i>7.03K</span>'
        f'<span class="tgme_reaction">{emoji("❤️")}12</span>'
        '<span class="tgme_reaction"><tg-emoji emoji-id="5"></tg-emoji>55</span>'
    )
    (row,) = parse(tmp_path, post(1, text(WORDS), foot=shown)).posts.to_pylist()
    assert [(r["emoji"], r["count"]) for r in row["reactions"]] == [("paid", 7030), ("❤", 12), ("custom_emoji", 55)]


def test_media_and_everything_else(tmp_path: Path) -> None:
    parts = "".join(
        f'<a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/bayport/{n}?single"></a>'
        for n in (4, 3)
    )
    parsed = parse(
        tmp_path,
        post(1, text("Channel created"), kind="service_message"),
        post(2, '<a class="tgme_widget_message_photo_wrap" href="https://t.me/bayport/2"></a>'),
        post(4, parts + text(WORDS)),
        post(5, '<div class="message_media_not_supported_wrap">Please open Telegram</div>'),
        post(6, '<div class="tgme_widget_message_document_title">plan.pdf</div>' + text("Plan.")),
        post(7, ""),
    )
    album, plan = parsed.posts.to_pylist()
    assert (album["post_id"], album["media"], album["flags"]) == ("bayport/3", ["photo", "photo"], ["album"])
    assert plan["media"] == ["plan.pdf"]
    assert parsed.report.roles == {"media_only": 1, "no_text": 1, "post": 2, "service": 1, "unsupported": 1}
    assert (parsed.report.units, parsed.report.unexplained) == (6, 0)


@pytest.mark.parametrize(("meta", "flags"), [("A. B.,&nbsp;edited&nbsp;", ["edited"]), ("Edited Press", [])])
def test_an_edit_is_noted_and_its_author_not(tmp_path: Path, meta: str, flags: list[str]) -> None:
    foot = f'<span class="tgme_widget_message_meta">{meta}</span>'
    (row,) = parse(tmp_path, post(1, text(WORDS), foot=foot)).posts.to_pylist()
    assert (row["flags"], row["edited"]) == (flags, None)
    assert "A. B." not in str(row)


def test_the_user_names_the_channel(tmp_path: Path) -> None:
    assert parse(tmp_path, post(5, text(WORDS)), channel="@port").posts["post_id"].to_pylist() == ["port/5"]


@pytest.mark.parametrize(
    ("posts", "message"),
    [
        ([post(1, text(WORDS, "js-renamed_text"))], "has 1 posts and no text in any: Telegram may have changed"),
        ([post(1, text(WORDS), channel="a/b")], "has a post with the id 'a/b/1', wanted CHANNEL/NUMBER"),
        ([post(1, text(WORDS)).replace("2025-03-01T", "soon")], "message 1 has the time 'soon"),
    ],
)  # fmt: skip
def test_bad_pages(tmp_path: Path, posts: list[str], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse(tmp_path, *posts)


def test_one_bad_post_of_a_page(tmp_path: Path) -> None:
    good, other = post(1, text(WORDS)), post(2, text(WORDS), channel="a/b")
    late = post(3, text(WORDS)).replace("2025-03-01T", "soon")
    parsed = parse(tmp_path, good, post(4, text(WORDS)), other, late)
    assert parsed.posts["date"].is_null().to_pylist() == [False, False, True]
    assert [warning[:18] for warning in parsed.report.warnings] == ["has a post with th", "message 3 has the "]
    assert (parsed.report.roles, parsed.report.unexplained) == ({"broken": 1, "post": 3}, 0)


def test_posts_in_a_post_that_was_never_closed(tmp_path: Path) -> None:
    posts = [post(n, text(f"Ferry {n} has left.")).removesuffix("</div></div></div>") for n in (1, 2, 3)]
    parsed = parse(tmp_path, *posts)
    assert parsed.posts["text"].to_pylist() == [f"Ferry {n} has left." for n in (1, 2, 3)]
    assert (parsed.report.roles, parsed.report.unexplained) == ({"post": 3}, 0)


def test_a_page_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    parse(tmp_path, post(1, text(WORDS)), post(2, text(WORDS)))
    whole = path.read_text("utf-8")
    for end, flags, where in (
        ("The lighthouse", ["text_cut"], "in the middle of"),
        ('data-post="bayport/2', [], "after"),
    ):
        path.write_text(whole[: whole.rindex(end) + len(end)], "utf-8")
        parsed = read_source(SourceOptions(path=path))
        assert parsed.report.warnings == [f"ends without </html>: it was cut off {where} its last post"]
        assert parsed.posts["flags"].to_pylist()[-1] == flags


def test_polls_and_buttons(tmp_path: Path) -> None:
    options = "".join(
        f'<a class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">50%</div>'
        f'<div class="tgme_widget_message_poll_option_text">{word}</div></a>'
        for word in ("Yes", "No")
    )
    question = '<div class="tgme_widget_message_poll_question">Tea?</div>'
    poll = f'<div class="tgme_widget_message_poll">{question}{options}</div>'
    keys = (
        '<a class="tgme_widget_message_inline_button url_button" href="https://m.example/">'
        '<span class="tgme_widget_message_inline_button_text">Map</span></a>'
    )
    asked, both, keyed = parse(
        tmp_path, post(1, poll), post(2, text(WORDS) + poll), post(3, text(WORDS) + keys)
    ).posts.to_pylist()
    assert (asked["text"], asked["media"]) == ("Tea?\nYes\nNo", ["poll"])
    assert both["text"] == f"{WORDS}\nTea?\nYes\nNo"
    assert (keyed["text"], keyed["text_raw"]) == (WORDS, f"{WORDS}\nMap")
    assert (keyed["urls"], keyed["flags"]) == (["https://m.example/"], ["buttons"])


def test_text_in_an_unknown_place_is_told(tmp_path: Path) -> None:
    new = '<div class="tgme_widget_message_story">A new kind of text</div>'
    parsed = parse(tmp_path, post(1, text(WORDS)), post(2, new), post(3, new))
    assert parsed.report.roles == {"post": 1, "text_not_read": 2}
    (warning,) = parsed.report.warnings
    assert warning == "message 2 has text in 'class tgme_widget_message_story', which no rule reads; so does 1 more"


def test_counts_beyond_all_measure(tmp_path: Path) -> None:
    nines = "9" * 400
    foot = f'<span class="tgme_reaction">{emoji("👍")}{nines}</span>'
    parsed = parse(tmp_path, post(1, text(WORDS), foot=foot).replace("1.2K", nines))
    (row,) = parsed.posts.to_pylist()
    assert (row["views"], row["reactions"]) == (None, [{"emoji": "👍", "count": None}])
    assert parsed.report.warnings[0].startswith("message 1 has views that are no count: '999")
