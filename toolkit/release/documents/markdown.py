"""Text inside Markdown: other people's, which must not act, and the maintainers', which must stay in its section."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_EXAMPLE_LETTERS = 400
_MARKUP = re.compile(r"([\\`*_\[\]|~$#])")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SIGNS = (  # what a line of hand-written Markdown may not have, code apart, and what to do about it
    (r"^ {0,3}(---+|===+|\.\.\.)\s*$", "is a line of {}, which ends YAML or makes a heading; a rule is ***"),
    (r"^ {0,3}#{1,2}(?=\s|$)", "begins a section of its own ({}); its headings have ### and more"),
    (r"\](?:\(|:)\s*<?\s*(?:javascript|data|vbscript):", "has a link that runs code ({})"),
    (r"<(?!(?:https?|mailto):)[a-z!/?][^>]{0,20}>?", "has HTML ({}); Markdown only, or put it in `code`"),
)


def cell(text: str) -> str:
    """Return text as one harmless piece of a Markdown table: one line, no markup, no HTML.

    >>> cell("a | b\\n<script>*x*")
    'a \\\\| b &lt;script&gt;\\\\*x\\\\*'
    """
    printable = "".join(letter if _is_printable(letter) else " " for letter in text)
    escaped = _MARKUP.sub(r"\\\1", " ".join(printable.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def table(rows: Iterable[Sequence[object]], *, empty: str = "") -> str:
    """Return the rows of a Markdown table, without its head; `empty` if there are none."""
    return "\n".join(f"| {' | '.join(str(value) for value in row)} |" for row in rows) or empty


def json_block(value: object) -> str:
    """Return a value as a fenced block of JSON that reads well and that its content cannot leave.

    Backticks, angle brackets, ampersands and everything that does not print (bidi marks and so on) are JSON escapes.

    >>> print(json_block({"ru_text": "до```после"}))
    ```json
    {
      "ru_text": "до\\u0060\\u0060\\u0060после"
    }
    ```
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    safe = "".join(
        letter if letter == "\n" or (_is_printable(letter) and letter not in "`<>&") else _escape(letter)
        for letter in text
    )
    return f"```json\n{safe}\n```"


def shorten(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with long texts cut, and marked as such."""
    return {
        key: f"{value[:_EXAMPLE_LETTERS]} […]" if isinstance(value, str) and len(value) > _EXAMPLE_LETTERS else value
        for key, value in row.items()
    }


def markdown_problem(text: str) -> str | None:
    """Say why hand-written Markdown would not stay in its section of the card; None if it does.

    It is published letter for letter, so what would break out is refused and never repaired.

    >>> markdown_problem("*Good* words, `<b>` and https://example.org.")
    >>> markdown_problem("One.\\n\\n---\\n")
    'line 3 is a line of ---, which ends YAML or makes a heading; a rule is ***'
    """
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        if any(unicodedata.category(letter) == "Cc" and letter != "\t" for letter in line) or _BIDI.search(line):
            return f"line {number} has a character that does not print"
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]) else fence
        elif mark:
            fence = mark[1]
        else:
            shown = _CODE_SPAN.sub("`", line)
            for sign, problem in _SIGNS:
                if found := re.search(sign, shown, re.IGNORECASE):
                    return f"line {number} {problem.format(found[0].strip())}"
    return "a block of code is not closed" if fence else None


def _is_printable(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CZ" or letter == " "


def _escape(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
