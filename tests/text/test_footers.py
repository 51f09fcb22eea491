import pytest

from toolkit.text.footers import Parted, learn_footers, part_footer

FOOTER = "🔔 [Subscribe](https://t.me/harbour): @harbour"


def posts(n: int, last: str, n_without: int = 0) -> list[str]:
    ends = [f"Story {number} of the port.\n\n{last}" for number in range(n)]
    return [*ends, *(f"Story {number} of the town.\nIt is told in {number}." for number in range(n, n + n_without))]


@pytest.mark.parametrize(
    ("texts", "is_learned"),
    [
        (posts(5, FOOTER), True),
        (posts(5, FOOTER, 45), True),
        (posts(5, FOOTER, 46), False),  # less than a tenth
        (posts(4, FOOTER), False),  # too few to know
        ([posts(1, FOOTER)[0]] * 9, False),  # one post, again and again
        ([FOOTER] * 9, False),  # nothing above it
        (posts(9, "#News #Harbour"), False),  # what the post is about
        (posts(9, "#Маи\u0306 #Новыи\u0306Год"), False),
        (posts(9, "👉 Read in full"), False),  # of this post
        (posts(9, "❤️"), False),
        (posts(9, "a" * 201), False),
        ([f"Story {n}.\n{FOOTER}\na{n}\nb{n}\nc{n}\nd{n}" for n in range(9)], False),  # not among the last four lines
    ],
)
def test_what_is_a_footer(texts: list[str], is_learned: bool) -> None:
    learned = learn_footers(texts, 0.1)
    assert ("subscribe harbour" in learned) == is_learned
    assert len(learned) == is_learned


def test_markup_and_emoji_make_no_other_footer() -> None:
    texts = [
        f"Story {n}.\n{end}" for n, end in enumerate([FOOTER, "**Subscribe**: @Harbour", "Subscribe: @harbour."] * 2)
    ]
    assert learn_footers(texts, 0.5) == {"subscribe harbour"}


KEYS = frozenset({"subscribe harbour", "example org"})


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        (f"The ferry is back.\n\n{FOOTER}", Parted("The ferry is back.", FOOTER)),
        (f"One.\n\nTwo.\n\n{FOOTER}\nexample.org", Parted("One.\n\nTwo.", f"{FOOTER}\nexample.org")),
        (f"One.\n{FOOTER}\n#News", Parted("One.\n#News", FOOTER)),
        ("One.\nTwo.", Parted("One.\nTwo.", None)),
        (FOOTER, Parted(FOOTER, None)),  # a post of nothing else is no footer
        (f"{FOOTER}\nOne.\n2\n3\n4", Parted(f"{FOOTER}\nOne.\n2\n3\n4", None)),
        ("", Parted("", None)),
    ],
)
def test_part(text: str, parted: Parted) -> None:
    assert part_footer(text, KEYS) == parted
