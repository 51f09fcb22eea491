from toolkit.evaluation.beads import Bead, evaluate_beads

GOLD: list[Bead] = [((0,), (0,)), ((1,), (1, 2)), ((2, 3), (3,)), ((4,), ()), ((5,), (4,)), ((), (5,))]
TEST: list[Bead] = [((0,), (0,)), ((1,), (1,)), ((), (2,)), ((2, 3), (3,)), ((4,), (4,)), ((5,), ()), ((), (5,))]


def test_strict_lax_and_lines() -> None:
    result = evaluate_beads([(GOLD, TEST)])
    # 4 beads of 4 gold; right: 0:0 and 2,3:3; 1:1 touches 1:1,2; 4:4 touches nothing, and 5 has lost its English.
    assert {name: figure.value for name, figure in result.figures.items()} == {
        "strict_precision": 0.5,
        "strict_recall": 0.5,
        "strict_f1": 0.5,
        "lax_precision": 0.75,
        "lax_recall": 0.75,
        "lax_f1": 0.75,
        # of 7 beads []:[5] is right too, []:[2] and [5]:[] are not
        "strict_nulls_precision": 0.4286,
        "strict_nulls_f1": 0.4615,
        "lax_nulls_precision": 0.5714,
        "lax_nulls_f1": 0.6486,
        "null_lines_left_alone": 0.5,  # English 5, not Russian 4
        "true_lines_lost": 0.2,  # English 2 and Russian 5, of 5 + 5
    }
    assert result.counts["null_lines"] == 2
    assert result.counts["true_lines"] == 10


def test_texts_are_summed_and_drawn() -> None:
    result = evaluate_beads([(GOLD, GOLD), (GOLD, TEST)])
    strict = result.figures["strict_f1"]
    assert (strict.value, strict.low, strict.high) == (0.75, 0.5, 1.0)
    assert (result.unit, result.units) == ("texts", 2)


def test_lax_needs_both_sides() -> None:
    gold, test = [((0,), (0,)), ((1,), (1,))], [((0,), (1,)), ((1,), (0,))]
    assert evaluate_beads([(gold, test)]).figures["lax_f1"].value == 0.0


def test_a_bead_that_is_there_twice_counts_once() -> None:
    result = evaluate_beads([([((0,), (0,))], [((0,), (0,))] * 3)])
    assert result.figures["strict_precision"].value == 1.0
    assert result.counts["test_beads"] == 1
