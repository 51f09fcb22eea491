import pytest

from toolkit.text.abbreviations import TABLE, role_of
from toolkit.text.sentences import split_sentences

FORMS = [(row, form) for row in TABLE for form in row.forms.split()]


@pytest.mark.parametrize(("row", "form"), FORMS, ids=[f"{row.role}-{form}" for row, form in FORMS])
def test_the_example_beside_each_abbreviation(row, form) -> None:  # type: ignore[no-untyped-def]
    for written in (f"{form}.", f"{form[0].upper()}{form[1:]}."):
        whole = row.whole.format(written)
        parted = row.parted.format(written).replace("|", " | ").split(" | ") if row.parted else []
        if len(form) == 1 and written[0].isupper():  # an initial
            continue
        assert split_sentences(whole, "ru") == [whole]
        assert not parted or split_sentences(" ".join(parted), "ru") == parted


def test_every_form_has_one_role() -> None:
    for after_number in (False, True):
        forms = [form for row in TABLE if row.after_number is after_number for form in row.forms.split()]
        assert sorted(forms) == sorted(set(forms))


def test_words_are_no_abbreviations() -> None:
    words = "мин муж им газ ring ship may ill wash mass pub пол век лет дня"
    assert [role_of(word, False) for word in words.split()].count("name") == 0
