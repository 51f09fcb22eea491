import io

import pytest

from toolkit.text import lines
from toolkit.text.lines import LongLine, split_lines, stream_lines

TEXTS = ["", "a", "a\n", "a\r", "a\r\n", "\r\n\r\n", "a\r\r\nb", "\n\ra\u2028b\x85c\x0cd\r", "a\rb\nc\r\nd", "\r\r\r"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_a_stream_has_the_lines_of_the_whole(monkeypatch: pytest.MonkeyPatch, text: str, chunk: int) -> None:
    monkeypatch.setattr(lines, "_CHUNK", chunk)
    assert list(stream_lines(io.StringIO(text, newline=""), 100)) == split_lines(text)


@pytest.mark.parametrize(("text", "line"), [("ab\nabcdefgh\n", 2), ("abcdefghi", 1)])
def test_a_long_line(monkeypatch: pytest.MonkeyPatch, text: str, line: int) -> None:
    monkeypatch.setattr(lines, "_CHUNK", 4)
    with pytest.raises(LongLine) as error:
        list(stream_lines(io.StringIO(text, newline=""), 6))
    assert error.value.line == line
