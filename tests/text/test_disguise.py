import time

import pytest

from toolkit.text.disguise import undisguised


def test_places_are_those_of_the_original() -> None:
    text = "a **b**&#64;c \uff11\n2"
    view, places = undisguised(text)
    assert view == "a b@c 1 2"
    assert [text[start:end] for start, end in places] == ["a", " ", "b", "&#64;", "c", " ", "\uff11", "\n", "2"]


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "](" * 10_000, "[a](" * 5_000, "1" + " " * 20_000, "_" * 20_000, "&#" * 9_000]
)
def test_strange_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    undisguised(text)
    assert time.process_time() - started < 1
