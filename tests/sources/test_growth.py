"""Pages whose messages were all left open take twice the time for twice the messages, and have the same posts."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import desktop_html, read_source, tme_html
from toolkit.sources.html import page_parts
from toolkit.sources.inputs import open_inputs
from toolkit.sources.source import Source

GROWTH = 4
ALLOWED = 2.2 * GROWTH


def desktop(n: int, end: str = "") -> str:
    said = '<div class="message default" id="message{0}"><div class="body"><div class="text">Fog {0}.</div>'
    return f'<html><body><div class="history">{"".join(said.format(at) + end for at in range(1, n + 1))}</body></html>'


def tme(n: int, end: str = "") -> str:
    said = '<div class="tgme_widget_message" data-post="bay/{0}"><div><div class="js-message_text">Fog {0}.</div>'
    return f"<html><body>{''.join(said.format(at) + end for at in range(1, n + 1))}</body></html>"


PAGES = [(desktop, desktop_html._TAG), (tme, tme_html._TAG)]


def written(folder: Path, page: str) -> SourceOptions:
    (folder / "page.html").write_text(page, "utf-8")
    return SourceOptions(path=folder / "page.html", channel="bay", lang="en")


@pytest.mark.parametrize(("page", "tag"), PAGES, ids=["desktop", "tme"])
def test_open_messages_take_linear_time(tmp_path: Path, page: Callable[[int], str], tag: re.Pattern[str]) -> None:
    def seconds(n: int) -> float:
        options = written(tmp_path, page(n))
        with open_inputs(options.path) as inputs:
            source = Source(options, inputs.files[0])
            assert len(source.text) > n  # it is read before
            start = time.perf_counter()
            for _ in page_parts(source, tag):
                pass
            return time.perf_counter() - start

    tries = ((seconds(5_000), seconds(GROWTH * 5_000)) for _ in range(5))
    assert any(large < ALLOWED * small for small, large in tries)


@pytest.mark.parametrize(("page", "tag"), PAGES, ids=["desktop", "tme"])
@pytest.mark.parametrize("n", [2, 40])
def test_open_messages_are_the_same_posts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: Callable[..., str], tag: Any, n: int
) -> None:
    closed = read_source(written(tmp_path, page(n, "</div></div>")))
    monkeypatch.setattr("toolkit.sources.html._MAX_OPEN", 7)
    open_ = read_source(written(tmp_path, page(n)))
    assert open_.posts.equals(closed.posts) and open_.posts.num_rows == n
    assert (open_.trace, open_.report.unexplained) == (closed.trace, 0)


def test_a_page_of_elements_in_each_other_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has 20,001 elements in each other"):
        read_source(written(tmp_path, desktop(1) + "<div>" * 20_000))
