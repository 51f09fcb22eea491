from __future__ import annotations

import numpy as np

from toolkit.encoders.contrast import Learner, share_letters
from toolkit.encoders.runs import Runs
from toolkit.options import TrainOptions

OPTIONS = TrainOptions(dim=4, dropout=0, scale=10, learning_rate=0.1, seed=7)
EN, RU = Runs.of([[1], [2, 3]]), Runs.of([[4], [5, 0]])
NO_TWINS = np.zeros((2, 2), bool)


def own_rows(tokens: int) -> Runs:
    return Runs.of([[number] for number in range(tokens)])


def test_the_loss_is_infonce() -> None:
    learner = Learner(own_rows(7), OPTIONS, 10)
    vectors = learner.vectors()

    def unit(runs: Runs) -> np.ndarray:
        sums = runs.sum_rows(vectors)
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)

    en, ru = unit(EN), unit(RU)
    losses = []
    for text, right, wrong in ((0, 0, 1), (1, 1, 0)):
        for own, other in ((en, ru), (ru, en)):  # the right answer against the other pair's text in either language
            logits = 10 * np.array([own[text] @ other[right], own[text] @ other[wrong], own[text] @ own[wrong]])
            losses.append(np.log(np.exp(logits).sum()) - logits[0])
    assert abs(learner.step(0, EN, RU, NO_TWINS) - np.mean(losses)) < 1e-5


def test_a_step_moves_what_it_touches_and_nothing_else() -> None:
    learner = Learner(own_rows(7), OPTIONS, 1000)
    before = learner.vectors()
    learner.step(0, EN, RU, NO_TWINS)
    moved = np.abs(learner.vectors() - before).max(axis=1)
    # Adam's first step is the learning rate, whatever the gradient; the rate warms up over 100 steps.
    np.testing.assert_allclose(moved[[1, 2, 3, 4, 5]], 0.001, rtol=1e-2)
    np.testing.assert_array_equal(moved[[0, 6]], 0)


def test_twins_are_no_negatives() -> None:
    learner = Learner(own_rows(7), OPTIONS, 10)
    assert learner.step(0, EN, RU, ~np.eye(2, dtype=bool)) < 1e-5


def test_tokens_of_the_same_letters_learn_together() -> None:
    tokens = ["<unk>", "министр", "minister", "министра", "кот"]
    learner = Learner(share_letters(tokens), OPTIONS, 10)
    before = learner.vectors()
    learner.step(0, Runs.of([[2], [0]]), Runs.of([[1], [0]]), NO_TWINS)
    moved = np.abs(learner.vectors() - before).max(axis=1)
    assert moved[3] > 0  # of the same stem
    assert moved[4] == 0


def test_goes_on_from_a_state_and_from_vectors() -> None:
    one, two = Learner(own_rows(7), OPTIONS, 10), Learner(own_rows(7), OPTIONS, 10)
    one.step(0, EN, RU, NO_TWINS)
    two.restore({name: values.copy() for name, values in one.state().items()})
    for learner in (one, two):
        learner.step(1, EN, RU, NO_TWINS)
    np.testing.assert_array_equal(one.vectors(), two.vectors())
    rows = share_letters(["<unk>", "дом", "дома"])
    vectors = np.arange(12, dtype=np.float32).reshape(3, 4)
    vectors[0] = 0
    np.testing.assert_array_equal(Learner(rows, OPTIONS, 10, vectors).vectors(), vectors)
