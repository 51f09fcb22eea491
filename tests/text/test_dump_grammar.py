"""Small dumps, each with one habit of the extractor; the posts in them are invented."""

import pytest

from toolkit.text.dump_grammar import DumpPost, parse_dump

L1 = "The harbour museum opens its new hall on Monday"
L2 = "Visitors will see the first steam tug of the port, built in 1898 and restored by volunteers."
L3 = "🔹 Entrance is free for children, and for everybody on the first day."
L4 = "Read the full programme"
R1 = "⚡️ Музей порта открывает новый зал в понедельник"
R2 = "Посетители увидят первый паровой буксир, построенный в 1898 году и восстановленный добровольцами."
R3 = "Вход для детей свободный, а в первый день — для всех."
S1 = "Ferry traffic across the bay is stopped until the evening because of fog."
S2 = "Паромное сообщение через залив приостановлено до вечера из-за тумана."
Q1 = "We have waited for this day for eleven years, said the director of the museum."
Q2 = "The tug will make short trips in the summer, he added."
MARKER = ["Please open Telegram to view this post", "VIEW IN TELEGRAM"]
BIG = ["Media is too big", "VIEW IN TELEGRAM"]
PREVIEW = ["port-museum.example", "The new hall of the harbour museum", "Opening hours, prices and how to get there."]


def bodies(*lines: str) -> list[list[str]]:
    posts = parse_dump(lines)
    assert_accounted(posts, lines)
    return [[lines[at] for at in post.body] for post in posts]


def assert_accounted(posts: list[DumpPost], lines: tuple[str, ...]) -> None:
    """Every line belongs to one post and has one role, and the roles agree with the bodies."""
    assert [at for post in posts for at in range(post.start, post.stop)] == list(range(len(lines)))
    for post in posts:
        assert len(post.roles) == post.stop - post.start
        assert sorted(post.body) == post.lines_with("body")
        assert sorted(post.repeat_of) == post.lines_with("repeat")
        assert set(post.repeat_of.values()) <= set(post.body)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([L1, L2, L3, L2, L3, "👍12❤3"], [[L1, L2, L3]], id="repeated"),
        pytest.param([S1, "👍12"], [[S1]], id="one line"),
        pytest.param([S1, "👍12", S2, "❤3"], [[S1], [S2]], id="two of one line"),
        pytest.param([L1, L2, L3, L2, L3, R1, R2, R3, R2, R3], [[L1, L2, L3], [R1, R2, R3]], id="no reactions"),
        pytest.param([S1, L1, L2, L2, "👍1🔥2"], [[S1], [L1, L2]], id="one line without reactions before another"),
        pytest.param([L1, L2, L4, L2, L4, *PREVIEW, "👍1🔥2"], [[L1, L2, L4]], id="link preview"),
        pytest.param([L1, L2, L2, *PREVIEW, R1, R2, R3, R2, R3], [[L1, L2], [R1, R2, R3]], id="preview, no reactions"),
        pytest.param([L1, L2, L2, Q1, Q2, "👍1🔥2"], [[L1, L2, Q1, Q2]], id="quote at the end"),
        pytest.param([L1, L2, L3, L4, L2, L4, *MARKER, "👍1🔥2"], [[L1, L2, L3, L4]], id="custom emoji"),
        pytest.param(
            [L1, L2 + " 🚢 more", "Tugs", L2, "Tugs", *MARKER], [[L1, L2 + " 🚢 more", "Tugs"]], id="cut line"
        ),
        pytest.param([L2, L4, *MARKER, "👍1🔥2"], [[L2, L4]], id="first line lost"),
        pytest.param([L1, "***", L2, "***", L4, "***", L2, "***", L4, "👍9"], [[L1, "***", L2, "***", L4]], id="stars"),
        pytest.param([L1, "🔥100", L2, "🔥100", L2, "👍1❤2"], [[L1, "🔥100", L2]], id="text that looks like reactions"),
        pytest.param([L1, "8️⃣0️⃣ years ago", "8️⃣0️⃣ years ago", "👍8"], [[L1, "8️⃣0️⃣ years ago"]], id="keycaps"),
        pytest.param([L1, Q1 + R2, L4, "👍1❤2", S1, "👍3"], [[L1, Q1 + R2, L4], [S1]], id="quote in the middle glues"),
        pytest.param([L1, "Facebook", "Ruptly", "Ruptly", "👍4❤1"], [[L1, "Facebook", "Ruptly"]], id="share button"),
        pytest.param([L1, L2, "", L2, "", "👍1❤2"], [[L1, L2]], id="blank lines"),
        pytest.param([S1, "👍1", S1, "👍2"], [[S1], [S1]], id="the same post twice"),
    ],
)
def test_bodies(lines: list[str], expected: list[list[str]]) -> None:
    assert bodies(*lines) == expected


def test_headers_are_no_text() -> None:
    lines = (
        *("Forwarded from Port News 🚢", *BIG, L1, L2, L2, "👍5❤2"),
        *("via @gif", S1, "❤7"),
        *("timetable.pdf", "1.2 MB", R1, R2, R2, "👍1"),
        *("Harbour Museum", L2[:40] + "…", S2, "👍3🔥1"),
    )
    assert bodies(*lines) == [[L1, L2], [S1], [R1, R2], [S2]]
    roles = [role for post in parse_dump(lines) for role in post.roles]
    assert roles[:3] == ["forward_header", "media_marker", "media_link"]
    assert roles[7] == "via"
    assert roles[10:12] == ["document", "document_size"]
    assert roles[16:18] == ["reply", "reply"]


def test_dump_without_repetition_is_cut_at_reactions() -> None:
    posts = [(L1, L2, "👍1"), (R1, R2, R3, "👍1"), (S1, "❤5"), (L1, Q1, Q2, "👍1"), (R2, R3, "🔥3")]
    lines = [line for post in posts for line in post]
    assert bodies(*lines) == [list(post[:-1]) for post in posts]


def test_quote_is_flagged_and_lost_lines_too() -> None:
    flags = [
        post.flags for post in parse_dump([L1, L2, L2, Q1, "👍1", L2, L4, *MARKER, "👍1🔥2", *BIG, *MARKER, "👍4"])
    ]
    assert flags == [("quote_recovered",), ("first_line_lost",), ("text_lost",)]


def test_repeats_name_their_line() -> None:
    (post,) = parse_dump(["Forwarded from X", L1, L2, L3, L4, L2, L4, *MARKER, "👍1"])
    assert post.repeat_of == {5: 2, 6: 4}
    assert post.roles == ("forward_header", "body", "body", "body", "body", "repeat", "repeat",
                          "unsupported_marker", "unsupported_link", "reactions")  # fmt: skip


@pytest.mark.parametrize(
    "lines", [[], ["", " "], ["VIEW IN TELEGRAM"], ["👍1"], ["Forwarded from X"], ["1.2 MB"], MARKER]
)
def test_scraps_are_accounted_for(lines: list[str]) -> None:
    posts = parse_dump(lines)
    assert sum(post.stop - post.start for post in posts) == (len(lines) if any(map(str.strip, lines)) else 0)
    assert all(not post.body or lines == ["1.2 MB"] for post in posts)


def test_time_grows_with_the_lines_not_their_square() -> None:
    lines = [line for n in range(400) for line in (f"{L1} {n}", f"{L2} {n}", f"{L4} {n}", f"{L2} {n}", f"{L4} {n}")]
    assert len(parse_dump(lines)) == 400


@pytest.mark.parametrize(
    "lines",
    [["Да"] * 300, ["🔹 пункт"] * 200, ["🔹" * 20_000] * 2, ["Раз.", "Два."] * 60, ["👍12❤3"] * 1000],
    ids=["one line", "one line with an emoji", "only emoji", "two lines in turn", "only reactions"],
)
def test_degenerate_dumps_end_soon_and_are_covered(lines: list[str]) -> None:
    posts = parse_dump(lines)
    assert [post.start for post in posts] == [0, *(post.stop for post in posts[:-1])]
    assert posts[-1].stop == len(lines)
