from toolkit.text.letters import CYRILLIC, INSIDE, LATIN, OTHER, letters_of


def test_counts_by_kind() -> None:
    letters = letters_of(["Порт 5, port-side!", "", "𝐏ort по\u00adрт 港"])
    assert letters.counts(CYRILLIC).tolist() == [4, 0, 4]
    assert letters.counts(LATIN).tolist() == [8, 0, 4]
    assert letters.counts(OTHER).tolist() == [0, 0, 1]
    assert letters.counts(INSIDE).tolist() == [1, 0, 0]


def test_words_of_a_kind() -> None:
    letters = letters_of(["Порт, port и мо\u0301ре.", "x", "где"])
    assert letters.only(letters.kinds == CYRILLIC, 100).texts() == ["Порт и море ", "", "где"]
    assert letters.only(letters.kinds == CYRILLIC, 6).texts() == ["Порт и", "", "где"]
    assert letters.of(letters.counts(CYRILLIC) > 0).counts(CYRILLIC).tolist() == [9, 3]
