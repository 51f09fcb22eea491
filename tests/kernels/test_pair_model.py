import numpy as np
import pytest

from toolkit.kernels.pair_model import FREE, WEIGHTS, Evidence, design, log_odds, probability


def _evidence(**known: float) -> Evidence:
    neutral = {"link_overlap": np.nan, "hours": np.nan, "letters": 500.0, "length_ratio": 1.0, "same_post": 0.0}
    values = {name: np.array([known.get(name, neutral.get(name, 0.0))]) for name in Evidence._fields}
    values["same_post"] = values["same_post"].astype(bool)
    return Evidence(**values)


def _odds(**known: float) -> float:
    return float(log_odds(_evidence(**known), 72.0)[0])


def test_no_evidence_is_no_pair_and_much_is_one() -> None:
    assert _odds() < -2
    assert _odds(short_in_long=3, long_in_short=3, lead_ru=3, lead_en=3) > 5


@pytest.mark.parametrize(
    "name",
    [
        "short_in_long",
        "long_in_short",
        "lead_ru",
        "lead_en",
        "numbers_shared",
        "names_shared",
        "link_overlap",
    ],
)
def test_more_evidence_is_never_worse(name: str) -> None:
    values = [_odds(**{name: value}) for value in (0.0, 0.5, 1.0, 100.0)]
    assert values == sorted(values)
    assert values[0] < values[-1]


@pytest.mark.parametrize("name", ["numbers_missing", "names_missing"])
def test_what_is_missing_speaks_against(name: str) -> None:
    assert _odds(**{name: 5.0}) < _odds()


def test_weights_fit_the_variables() -> None:
    assert design(_evidence()).shape == (1, len(WEIGHTS))
    assert all(weight >= 0 for name, weight in WEIGHTS.items() if name not in FREE)


def test_lag() -> None:
    """Soon is for it, days are against it, and a missing date is neither."""
    unknown = _odds()
    odds = [_odds(hours=hours) for hours in (0, 6, 24, 72)]
    assert odds == sorted(odds, reverse=True)
    assert odds[0] > odds[1] > unknown > odds[2]
    assert odds[3] > unknown - 2  # one in five comes late


def test_short_posts_prove_less() -> None:
    same = {"short_in_long": 2.0, "long_in_short": 2.0}
    assert _odds(**same, letters=20) < _odds(**same, letters=200) == _odds(**same, letters=2000)


def test_probability_does_not_overflow() -> None:
    assert probability(np.array([-1e9, 1e9])).tolist() == pytest.approx([0, 1])


def test_what_the_halves_of_one_post_share_anyway_proves_nothing() -> None:
    alike = _odds(same_post=1.0, link_overlap=1.0, hours=0.0)
    assert alike == _odds(same_post=1.0) == _odds() < _odds(link_overlap=1.0)
