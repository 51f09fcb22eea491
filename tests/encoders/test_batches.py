from __future__ import annotations

import numpy as np

from toolkit.encoders.batches import deal_epoch, gather_alike


def test_an_epoch_has_some_of_each_source_and_the_next_one_others() -> None:
    source = np.array([0] * 10 + [1] * 3, np.int32)
    rows = np.arange(12)  # the last pair of source 1 is held back
    first, second, third = (deal_epoch(source, rows, 4, epoch, seed=1) for epoch in range(3))
    for epoch in (first, second, third):
        assert sorted(epoch[epoch >= 10]) == [10, 11]
        assert len(epoch) == 6
    assert not set(first[first < 10]) & set(second[second < 10])
    assert len({*first, *second, *third}) == 12
    assert first.tolist() == deal_epoch(source, rows, 4, 0, seed=1).tolist()
    assert first.tolist() != deal_epoch(source, rows, 4, 0, seed=2).tolist()


def test_a_source_that_is_alone_is_dealt_whole() -> None:
    assert sorted(deal_epoch(np.zeros(9, np.int32), np.arange(9), 4, 0, seed=1)) == list(range(9))


def test_batches_are_made_of_near_neighbours_and_of_every_row_once() -> None:
    generator = np.random.default_rng(5)
    topics = np.repeat(np.arange(16), 50)
    centres = generator.standard_normal((16, 96))
    vectors = (centres[topics] + 0.2 * generator.standard_normal((800, 96))).astype(np.float32)
    rows = generator.permutation(800)
    order = gather_alike(rows, vectors[rows], 100, np.random.default_rng(2))
    assert sorted(order) == list(range(800))

    def alike(rows: np.ndarray) -> float:
        """Return how often a row and the next one are of one topic."""
        return float((topics[rows[1:]] == topics[rows[:-1]]).mean())

    assert alike(rows) < 0.1
    assert alike(order) > 0.8
    assert len(set(topics[order[:100]].tolist())) > 4  # several groups to a batch
    assert order.tolist() == gather_alike(rows, vectors[rows], 100, np.random.default_rng(2)).tolist()


def test_equal_vectors_and_few_rows_are_no_trouble() -> None:
    rows = np.arange(5, 305)
    order = gather_alike(rows, np.ones((300, 3), np.float32), 16, np.random.default_rng(1))
    assert sorted(order) == rows.tolist()
    assert gather_alike(rows[:1], np.ones((1, 3), np.float32), 16, np.random.default_rng(1)).tolist() == [5]
