import pytest

from toolkit.text.handle_owners import PublicNames, decide_public, find_owners, name_marks
from toolkit.text.pii import find_personal

PERSON, PERSON_TOO = "Пишите редактору @lena_quay", "Photo by @Lena_Quay"
SIGNED, BARE = "The bridge is open.\n\n@lena_quay", "Yesterday @lena_quay was in the port"
SAID, LINKED = "Читайте: t.me/lena_quay", "See t.me/lena_quay/15"


@pytest.mark.parametrize(
    ("sources", "stays", "stays_hidden"),
    [  # whether the handle stays in a run, and in one that goes on from an earlier version
        ([[PERSON]], False, False),
        ([[BARE]], False, False),
        ([[SIGNED]], True, True),
        ([[LINKED]], True, True),
        ([[PERSON], [SIGNED]], False, False),
        ([[PERSON_TOO], [SAID], [SIGNED] * 9], False, False),  # no majority: the stricter one wins
        ([[SIGNED] * 9 + [PERSON]], True, True),  # one channel's own posts are counted
        ([[BARE], [SIGNED]], True, False),
        ([[BARE], [BARE], [BARE]], False, False),  # translations of one post are no three posts
        ([[PERSON], [LINKED]], True, False),  # only channels have such links
        ([[BARE], ["Channel @lena_quay"]], True, False),
        ([[PERSON], ["[@Lena_Quay](https://t.me/+AbCdEfGh)"]], True, False),
        ([[PERSON], ["The bridge is open.\n\n@lena\u200b_quay"]], False, False),
        ([["Пишите @lena\\_quay"], [SIGNED]], False, False),
        ([["Пишите @`lena_quay`"], [SIGNED]], False, False),
        ([["Пишите @l\u0435na_quay"], [SIGNED]], False, False),
        ([[SIGNED], ["Мост открыт"]], True, True),
    ],
)
def test_one_decision_for_all_sources(sources: list[list[str]], stays: bool, stays_hidden: bool) -> None:
    mark = name_marks(["lena_quay"])
    for goes_on, wanted in ((False, stays), (True, stays_hidden)):
        for order in (sources, sources[::-1]):
            assert (mark <= decide_public(map(find_owners, order), goes_on=goes_on)) is wanted


def test_names_and_titles_of_channels_stay_whatever_is_said_of_them() -> None:
    own = find_owners([], channels=["lena_quay"], titles=["Новая Гавань", "Порт"])
    assert set(own.values()) == {"own"}
    said = find_owners([PERSON, "Пишите @novaya_gavan и @port"])
    for goes_on in (False, True):
        public = PublicNames(decide_public([said, own], goes_on=goes_on))
        found = find_personal("@Novaya_Gavan, @lena_quay, @port", public)
        assert [item.value for item in found] == ["port"]  # too short a title: others are called so


def test_what_was_asked_is_remembered_by_marks() -> None:
    public = PublicNames(name_marks(["harbour"]), {"+70000000001", "press_office"})
    text = "@Harbour, @lena_quay, @press_office, +7 000 000-00-01, +7 000 000-00-02"
    assert [item.value for item in find_personal(text, public)] == ["lena_quay", "+70000000002"]
    assert public.asked == name_marks(["harbour", "lena_quay"])
    assert not any("lena" in mark or "harbour" in mark for mark in public.asked)


@pytest.mark.parametrize("name", ["@Lena_Quay", "https://t.me/lena_quay", "lena_quay", "t.me/s/LENA_QUAY"])
def test_spellings_of_a_name_have_one_mark(name: str) -> None:
    assert name_marks([name]) == name_marks(["lena_quay"])


def test_numbers_have_no_mark() -> None:
    assert name_marks(["+7 000 000-00-01", "100500", ""]) == frozenset()
