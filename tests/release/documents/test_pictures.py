"""Pictures: the same numbers give the same bytes, nothing is drawn of nothing, and words say what they show."""

import threading
from io import BytesIO
from typing import Any

import pytest

from toolkit.release.documents import pictures
from toolkit.release.documents.pictures import PICTURES, draw_pictures

NOTHING: dict[str, Any] = {
    "histograms": {name: {"edges": [0.0, 0.5, 1.0], "counts": [0, 0]} for name in ("score", "length_ratio")},
    "lag": {"edges": [0, 1, 6], "ru_first": [0, 0, 0], "en_first": [0, 0, 0], "same_time": 0},
    "posts_by_month": {},
    "variants": {},
    "languages": {},
    "post_pairs": {},
}  # fmt: skip
NUMBERS: dict[str, Any] = {
    "histograms": {
        "score": {"edges": [0.0, 0.5, 0.95, 1.0], "counts": [0, 1, 2999]},
        "length_ratio": {"edges": [0.0, 0.5, 1.0], "counts": [1000, 3000]},
    },
    "lag": {"edges": [0, 1, 6], "ru_first": [4, 10, 0], "en_first": [2, 0, 1], "same_time": 3},
    "posts_by_month": {"2023-11": {"ru": 5, "en": 4}, "2024-02": {"ru": 1, "de": 2, "mixed": 1}},
    "variants": {"parallel": {"full": 8, "shortened_en": 1}, "comparable": {"": 1}},
    "languages": {"ru": 7, "en": 4, "de": 2, "mixed": 1},
    "post_pairs": {"parallel": 20},
}


def test_nothing_to_draw() -> None:
    assert draw_pictures(NOTHING) == {}
    assert set(draw_pictures(NOTHING | {"lag": NUMBERS["lag"]})) == {"lag"}


def test_words() -> None:
    alts = {name: picture.alt for name, picture in draw_pictures(NUMBERS).items()}
    assert alts == {
        "score": "Sentence pairs by score. 0.5 to 0.95: 1 (<0.1 %); 0.95 to 1: 2,999 (100.0 %).",
        "length_ratio": "Sentence pairs by length ratio. 0 to 0.5: 1,000 (25.0 %); 0.5 to 1: 3,000 (75.0 %).",
        "lag": "Post pairs by lag between the two posts. Russian first, 1 to 6 h: 10 (50.0 %); Russian first, under "
        "1 h: 4 (20.0 %); same time: 3 (15.0 %); English first, under 1 h: 2 (10.0 %); English first, 6 h and more: "
        "1 (5.0 %).",
        "posts_by_month": "Posts a month by language; 1 more has no dates. 2023-11 to 2024-02: Russian: 6 in all, up "
        "to 5 a month; English: 4 in all, up to 4 a month; mixed and other: 3 in all, up to 3 a month.",
        "relations": "Post pairs by relation and variant. parallel, full: 8 (80.0 %); parallel, shortened_en: "
        "1 (10.0 %); comparable: 1 (10.0 %).",
    }


def test_bytes_repeat_also_among_threads_and_with_settings_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    monkeypatch.setattr(pictures, "_draw", lambda chart: chart.draw())  # not from memory
    wanted = {name: picture.png for name, picture in draw_pictures(NUMBERS).items()}
    found: list[dict[str, bytes]] = []

    def draw() -> None:
        found.append({name: picture.png for name, picture in draw_pictures(NUMBERS).items()})

    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 300, "lines.linewidth": 9}):
        threads = [threading.Thread(target=draw) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert matplotlib.rcParams["font.size"] == 30
    assert found == [wanted] * 3


def test_files_are_small_and_say_nothing_of_who_made_them() -> None:
    from PIL import Image

    months = {f"{year}-{month:02d}": {"ru": year * month % 97, "en": year * month % 89, "mixed": month}
              for year in range(2000, 2026) for month in range(1, 13)}  # fmt: skip
    for picture in draw_pictures(NUMBERS | {"posts_by_month": months}).values():
        assert len(picture.png) < 40_000, picture.name
        with Image.open(BytesIO(picture.png)) as image:
            assert image.info.keys() <= {"transparency"}
            assert 700 < image.width < 900
            assert image.convert("RGBA").getpixel((0, 0))[3] == 0  # transparent


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
def test_odd_months(month: str) -> None:
    assert set(draw_pictures(NOTHING | {"posts_by_month": {month: {"ru": 1}}, "languages": {"ru": 1}})) == {
        "posts_by_month"
    }


def test_relations_of_a_stranger_do_not_burst_the_picture() -> None:
    from PIL import Image

    odd = {"x" * 10_000: {str(number): 1 for number in range(5_000)}}
    picture = draw_pictures(NOTHING | {"variants": odd})["relations"]
    with Image.open(BytesIO(picture.png)) as image:
        assert image.width < 900 and image.height < 800
    assert len(picture.alt) < 2_000


def test_names() -> None:
    assert tuple(draw_pictures(NUMBERS)) == PICTURES
    assert [picture.name for picture in draw_pictures(NUMBERS).values()] == [f"{name}.png" for name in PICTURES]
