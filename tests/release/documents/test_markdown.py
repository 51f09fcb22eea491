"""Text in Markdown stays where it was put."""

import json
import re

import pytest

from toolkit.release.documents.markdown import cell, json_block, markdown_problem, shorten, table


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("a\nb\t c", "a b c"),
        ("a|b", r"a\|b"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
        ("[x](javascript:1) `c` *i* _u_", r"\[x\](javascript:1) \`c\` \*i\* \_u\_"),
        ("a\\|b", r"a\\\|b"),
        ("&lt;", "&amp;lt;"),
        ("x\u202ey\u0000z\u2028w", "x y z w"),
    ],
)
def test_cell(text: str, wanted: str) -> None:
    assert cell(text) == wanted


@pytest.mark.parametrize("text", ["обычный", "```", "</code>&", "\u202eобратно", "😀 \ud7ff", "\u2028", "a\\u0060"])
def test_json_block_gives_the_value_back(text: str) -> None:
    block = json_block([text])
    lines = block.splitlines()
    assert (lines[0], lines[-1]) == ("```json", "```")
    assert not re.search(r"[`<>&\u202e\u2028]", "".join(lines[1:-1]))
    assert json.loads("\n".join(lines[1:-1])) == [text]


def test_long_examples_are_cut() -> None:
    assert shorten({"a": "я" * 500, "b": 1}) == {"a": "я" * 400 + " […]", "b": 1}


def test_table() -> None:
    assert table([["a", 1], ["b", 2]]) == "| a | 1 |\n| b | 2 |"
    assert table([], empty="| none | 0 |") == "| none | 0 |"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Words, *stars*, `<b>` and ``a ` <script>``.",
        "### A heading\n\n#### Another\n\n* * *\n\n***\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "<https://example.org> and <mailto:corpus@example.org>; 3 < 4 <= 5, a <- b",
        "```yaml\n---\n# a\n<b>\n---\n```",
        "~~~~\n```\n---\n~~~~~\n",
        "Состав: 1–2 поста, 👩‍🔬",
        "#hashtag, C# and #1",
        "[site](https://example.org)",
    ],
)
def test_markdown_that_stays_in_its_section(text: str) -> None:
    assert markdown_problem(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\n---\nlicense: mit", "line 2 is a line of ---"),
        ("  -----  ", "line 1 is a line of -----"),
        ("Title\n===", "line 2 is a line of ==="),
        ("...", "line 1 is a line of ..."),
        ("# Title", "line 1 begins a section of its own (#)"),
        ("a\n\n  ## Licence\n", "line 3 begins a section of its own (##)"),
        ("<script>alert(1)</script>", "line 1 has HTML (<script>)"),
        ("a <IMG SRC=x onerror=y>", "line 1 has HTML (<IMG SRC=x onerror=y>)"),
        ("</details>", "line 1 has HTML (</details>)"),
        ("<!-- hidden", "line 1 has HTML (<!-- hidden)"),
        ("<?php", "line 1 has HTML (<?php)"),
        ("`a` <b> `c`", "line 1 has HTML (<b>)"),
        ("[x](javascript:alert(1))", "line 1 has a link that runs code"),
        ("[x]( <JavaScript:alert(1)>)", "line 1 has a link that runs code"),
        ("[x]: javascript:alert(1)", "line 1 has a link that runs code"),
        ("```\ncode", "a block of code is not closed"),
        ("```\na\n~~~\n---", "a block of code is not closed"),
        ("````\n```\n---\n", "a block of code is not closed"),
        ("a\x00b", "line 1 has a character that does not print"),
        ("a\r\nb", "line 1 has a character that does not print"),
        ("a\u202eb", "line 1 has a character that does not print"),
    ],
)
def test_markdown_that_would_break_out(text: str, problem: str) -> None:
    assert (markdown_problem(text) or "").startswith(problem)
