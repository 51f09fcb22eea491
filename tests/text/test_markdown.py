import pytest

from toolkit.text.markdown import undo_markdown, utf16_slice


@pytest.mark.parametrize(
    ("text", "shown", "urls"),
    [
        ("**Fog** over __the bay__, ~~noon~~ one", "Fog over the bay, noon one", []),
        ("**Title\n**Body", "Title\nBody", []),
        ("[Map](https://a.example/x_(y)) and [Senior [Bay]](https://b.example/)", "Map and Senior [Bay]",
         ["https://a.example/x_(y)", "https://b.example/"]),
        ("[https://a.example/__b__](https://a.example/__b__)", "https://a.example/__b__", ["https://a.example/__b__"]),
        ("[\u200b\u200b](https://a.example/p.png)Hidden picture", "Hidden picture", ["https://a.example/p.png"]),
        ("```a ** b ** c``` and `__init__`", "a ** b ** c and __init__", []),
        ("__One: ____two.example/x__", "One: two.example/x", []),
        ("2**3 is 8, ** alone", "23 is 8,  alone", []),  # a pair as Telethon's own parser sees it
        ("2**3 is 8", "2**3 is 8", []),
        ("Notes [1] (see below) and array[0](x)", "Notes [1] (see below) and array[0](x)", []),
        ("", "", []),
    ],
)  # fmt: skip
def test_undo_markdown(text: str, shown: str, urls: list[str]) -> None:
    assert undo_markdown(text) == (shown, urls)


def test_offsets_count_utf16_units() -> None:
    text = "🔥🇷🇺 see a.example"
    offset = len(text[: text.index("a.example")].encode("utf-16-le")) // 2
    assert offset != text.index("a.example")
    assert utf16_slice(text, offset, 9) == "a.example"
