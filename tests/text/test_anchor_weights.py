import pytest

from toolkit.text.anchor_weights import Anchors, find_anchors, weigh_anchors

LINK = "https://example.org/ru/news/70411"


def _anchors(*texts: str) -> list[Anchors]:
    return [find_anchors(text, []) for text in texts]


def test_find_anchors() -> None:
    found = find_anchors("В Хельсинки два моста, один в 840 метров", [LINK, "https://example.org"])
    assert found.numbers == ({"840"}, {"840", "2"})
    assert found.names.sure == {"glsnk"}
    assert found.links == {"example.org#70411"}


def test_rare_numbers_are_worth_more_than_common_ones() -> None:
    ru = _anchors("840 в 2026", "2026", "2026", "2026")
    en = _anchors("840", "2026")
    rare, common = weigh_anchors(ru, en, [(0, 0), (0, 1)])
    assert rare.numbers_shared > common.numbers_shared > 0
    assert (rare.number_overlap, common.number_overlap) == (0.5, 0.5)


def test_a_shortened_variant_misses_nothing() -> None:
    ru = _anchors("В городе Кемерово и в городе Норильске 12 школ и 30 садов")
    (weighed,) = weigh_anchors(ru, _anchors("There are 12 schools in Kemerovo"), [(0, 0)])
    assert weighed.numbers_missing == weighed.names_missing == 0
    assert weighed.numbers_shared > 0
    assert weighed.names_shared > 0


def test_what_both_sides_miss_is_missing() -> None:
    (weighed,) = weigh_anchors(_anchors("в городе Кемерово 12 школ"), _anchors("in Norilsk 13 schools"), [(0, 0)])
    assert weighed.numbers_shared == weighed.names_shared == 0
    assert weighed.numbers_missing > 0
    assert weighed.names_missing > 0


def test_nothing_to_compare() -> None:
    (weighed,) = weigh_anchors(_anchors("тихо"), _anchors("quiet"), [(0, 0)])
    assert weighed == (None, None, None, 0, 0, 0, 0)
    assert weigh_anchors([], [], []) == []


@pytest.mark.parametrize(("repeats", "expected"), [(3, 1.0), (4, 0.0)])
def test_a_link_that_many_posts_have_is_no_anchor(repeats: int, expected: float) -> None:
    ru = [find_anchors("текст", [LINK])] * repeats
    (weighed,) = weigh_anchors(ru, [find_anchors("text", [LINK])], [(0, 0)])
    assert weighed.link_overlap == expected
