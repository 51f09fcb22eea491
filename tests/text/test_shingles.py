import itertools
import re
import subprocess
import sys

import numpy as np
import pytest

from toolkit.text.shingles import hash_words, word_shingles, words_keys

HASHES = """
from toolkit.text.shingles import hash_words, word_shingles
print(word_shingles(hash_words(['Раз два three 4 пять шесть']), 5).hashes.tolist())
"""


def sets_of(texts: list[str], n: int = 5) -> list[set[int]]:
    found = word_shingles(hash_words(texts), n)
    return [set(part.tolist()) for part in np.split(found.hashes, found.offsets[1:-1])]


@pytest.mark.parametrize(
    ("text", "n_shingles"),
    [("", 1), ("👍", 1), ("one two", 1), ("one two three four five", 1), ("a b c d e f", 2), ("a a a a a a a", 1)],
)
def test_number_of_shingles(text: str, n_shingles: int) -> None:
    assert [len(found) for found in sets_of([text])] == [n_shingles]


@pytest.mark.parametrize(
    ("one", "two", "shared"),
    [
        ("one two three four five", "ONE, two - three: four (five)!", 1),
        ("one two three four five", "five four three two one", 0),
        ("one two", "one two three", 0),  # a short text is one shingle, and none of a longer one's
        ("a b c d e f g", "b c d e f g h", 2),
        ("ёлка", "елка", 0),  # nothing is folded beyond case
    ],
)
def test_shared_shingles(one: str, two: str, shared: int) -> None:
    first, second = sets_of([one, two])
    assert len(first & second) == shared


def test_a_text_has_the_same_shingles_in_any_company() -> None:
    text = "шесть слов стоят в этой строке"
    assert sets_of([text])[0] == sets_of(["a", text, "b c d e f g h"])[1]


def test_no_texts() -> None:
    found = word_shingles(hash_words([]), 5)
    assert (found.hashes.tolist(), found.offsets.tolist()) == ([], [0])


@pytest.mark.parametrize("seed", ["1", "2"])
def test_hashes_do_not_depend_on_the_process(seed: str) -> None:
    env = {"PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", HASHES], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "[15604724217792203758, 6661111733393562169]"


@pytest.mark.parametrize(
    ("one", "two", "is_same"),
    [
        ("One, two.", "one two", True),
        ("one two", "two one", False),
        ("👍", "👍 ", True),
        ("👍", "👎", False),
        ("", "👍", False),
    ],
)
def test_words_key(one: str, two: str, is_same: bool) -> None:
    first, second = words_keys(hash_words([one, two]))
    assert (first == second) is is_same


@pytest.mark.parametrize(
    "text", ["it's e-mail_1: a.b@c.d", "Ёлка—2…три «четыре»", "x\u00a0y\x1fz\u2028w", "é e\u0301 \u0430\u0301"]
)
def test_words_are_runs_of_word_characters(text: str) -> None:
    apart = hash_words(re.findall(r"\w+", text.lower()))
    assert hash_words([text]).hashes.tolist() == apart.hashes.tolist()


def test_blocks_do_not_show() -> None:
    """Texts are hashed some at a time: neither the cuts nor the company show, nor how long a text is."""
    rng = np.random.default_rng(8)
    words = np.array(["да", "нет", "fine", "Ёж", "𝟜x", "—", "👍", "", "10"])
    texts = [" ".join(rng.choice(words, size)) for size in (*rng.integers(0, 40, 3000).tolist(), 50_000, 0, 7)]
    together = hash_words(texts)
    keys, shingles = words_keys(together), word_shingles(together, 5)
    assert len(together.hashes) > 65_536
    for number in (0, 1, 17, 1500, 2999, 3000, 3001, 3002):
        alone = hash_words([texts[number]])
        assert alone.hashes.tolist() == np.split(together.hashes, together.offsets[1:-1])[number].tolist()
        assert words_keys(alone) == [keys[number]]
        assert (
            word_shingles(alone, 5).hashes.tolist()
            == np.split(shingles.hashes, shingles.offsets[1:-1])[number].tolist()
        )


def test_words_of_the_same_letters_have_their_own_hashes() -> None:
    words = ["".join(letters) for size in (1, 2, 6, 7) for letters in itertools.permutations("abcdëжz", size)]
    words += ["a" * size for size in range(2, 500)] + ["ab" * size for size in range(2, 500)]
    assert len(set(hash_words(words).hashes.tolist())) == len(set(words))
