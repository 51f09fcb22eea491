"""Columns to text, a whole column at a time: a row of Python objects costs ten times as much."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

_JSON_CONTROLS = r"[\x00-\x1F]"
_TSV_QUOTED = r'["\t\n\r]'
_XML_FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"  # XML 1.0, section 2.2
_FORMULA = r"\A(\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|[\t\r\n])"  # what makes spreadsheets compute; wide ones too
_LINE_BREAKING = r"[\x00-\x1F\x7F\x{85}\x{2028}\x{2029}]+"  # what str.splitlines ends a line at, tabs, other controls


def join(*parts: pa.Array | str) -> pa.Array:
    """Join strings row by row; a part that is null adds nothing.

    >>> join("<", pa.array(["a", None]), ">").to_pylist()
    ['<a>', '<>']
    """
    return pc.binary_join_element_wise(*parts, "", null_handling="skip")


def wrap(before: str, column: pa.Array, after: str) -> pa.Array:
    """Put text around every value; null stays null."""
    return pc.binary_join_element_wise(before, column, after, "")


def on_one_line(column: pa.Array) -> pa.Array:
    r"""Turn line breaks, tabs and other control characters into spaces, a run into one, none at the ends.

    >>> on_one_line(pa.array(["a\r\n\tb\u2028c \n"])).to_pylist()
    ['a b c']
    """
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(column, _LINE_BREAKING, " "))


def escape_xml(column: pa.Array) -> pa.Array:
    r"""Escape for element text and attributes; characters that XML 1.0 cannot have become spaces.

    >>> escape_xml(pa.array(["<b> & \x00"])).to_pylist()
    ['&lt;b&gt; &amp;  ']
    """
    text = pc.replace_substring_regex(column, _XML_FORBIDDEN, " ")
    # A parser makes "\n" of a bare "\r".
    return _replace(text, {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def tsv_cells(column: pa.Array) -> pa.Array:
    r"""Return cells of a TSV: in quotes, as in CSV, where there is a quote, tab or line break; null is empty.

    >>> tsv_cells(pa.array(['a "b" c', "a\tb", "C:\\x", None])).to_pylist()
    ['"a ""b"" c"', '"a\tb"', 'C:\\x', '']
    """
    cells = pc.fill_null(column if pa.types.is_string(column.type) else plain_text(column), "")
    quoted = wrap('"', pc.replace_substring(cells, '"', '""'), '"')
    return pc.if_else(pc.match_substring_regex(cells, _TSV_QUOTED), quoted, cells)


def harmless_cells(column: pa.Array) -> pa.Array:
    """Put an apostrophe before text that a spreadsheet would take for a formula and compute; other text stays.

    >>> harmless_cells(pa.array(["=1+1", " @a", "-5 °C", "a=b", None])).to_pylist()
    ["'=1+1", "' @a", "'-5 °C", 'a=b', None]
    """
    return pc.replace_substring_regex(column, _FORMULA, r"'\1")


def json_values(column: pa.Array) -> pa.Array:
    r"""Return values as JSON: times in ISO 8601 and UTC, null also for numbers that JSON does not have.

    >>> json_values(pa.array(['"a"\n', None])).to_pylist()
    ['"\\"a\\"\\n"', 'null']
    >>> json_values(pa.array([1.0, 0.25, float("nan")])).to_pylist()
    ['1.0', '0.25', 'null']
    """
    kind = column.type
    if pa.types.is_string(kind):
        values = wrap('"', _escape_json(column), '"')
    else:
        values = wrap('"', plain_text(column), '"') if pa.types.is_timestamp(kind) else plain_text(column)
    return pc.fill_null(values, "null")


def plain_text(column: pa.Array) -> pa.Array:
    r"""Return numbers, booleans, times and lists as text without quotes; null stays null.

    >>> plain_text(pa.array([0.95, 1, None], pa.float32())).to_pylist(), plain_text(pa.array([[1, 2], []])).to_pylist()
    (['0.95', '1.0', None], ['[1,2]', '[]'])
    >>> plain_text(pa.array([["a"], ["b", None], None]).slice(1)).to_pylist()
    ['["b",null]', None]
    """
    kind = column.type
    if pa.types.is_floating(kind):
        digits = pc.if_else(pc.is_finite(column), column, None).cast(pa.string())  # the fewest that name the number
        return pc.replace_substring_regex(digits, r"^(-?\d+)$", r"\1.0")
    if pa.types.is_timestamp(kind):
        return wrap("", pc.replace_substring(column.cast(pa.timestamp(kind.unit)).cast(pa.string()), " ", "T"), "Z")
    if pa.types.is_list(kind):
        items = pa.ListArray.from_arrays(column.offsets, json_values(column.values))
        return pc.if_else(column.is_valid(), wrap("[", pc.binary_join(items, ","), "]"), None)
    return column.cast(pa.string())


def json_lines(columns: Sequence[tuple[str, pa.Array]]) -> pa.Array:
    r"""Return a JSON object and a line end for every row.

    >>> json_lines([("n", pa.array([1, 2])), ("да", pa.array(["x", None]))]).to_pylist()
    ['{"n":1,"да":"x"}\n', '{"n":2,"да":null}\n']
    """
    parts: list[pa.Array | str] = []
    for name, column in columns:
        parts += [f"{',' if parts else '{'}{json.dumps(name, ensure_ascii=False)}:", json_values(column)]
    return join(*parts, "}\n")


def all_bytes(lines: pa.Array) -> pa.Buffer:
    """Return the UTF-8 of all strings, one after the other; none of them is null."""
    return pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "")[0].as_buffer()


def _escape_json(column: pa.Array) -> pa.Array:
    text = _replace(column, {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
    if pc.any(pc.match_substring_regex(text, _JSON_CONTROLS)).as_py():
        text = _replace(text, {chr(code): f"\\u{code:04x}" for code in range(0x20)})
    return text


def _replace(column: pa.Array, replacements: dict[str, str]) -> pa.Array:
    """Replace one after the other, in the order given."""
    for old, new in replacements.items():
        column = pc.replace_substring(column, old, new)
    return column
