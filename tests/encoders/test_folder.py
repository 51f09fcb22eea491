from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from toolkit.encoders import folder
from toolkit.encoders.folder import quantise
from toolkit.errors import EncoderError


def test_quantised_rows_are_half_a_step_away_at_most() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 32)).astype(np.float32)
    rows, scale = quantise(vectors)
    assert np.abs(rows * scale[:, None] - vectors).max() <= scale.max() / 2 * 1.001
    assert np.abs(rows).max(axis=1).tolist() == [127] * 50


def test_a_model_replaces_a_model_and_leaves_nothing_beside_it(
    tmp_path: Path, make_static_model: Callable[..., Path]
) -> None:
    one = make_static_model(tmp_path / "model", dim=8)
    before = (one / "model.safetensors").read_bytes()
    make_static_model(one, dim=4)
    assert (one / "model.safetensors").read_bytes() != before
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_a_failure_leaves_the_old_model(
    tmp_path: Path, make_static_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make_static_model(tmp_path / "model", dim=8)
    before = (one / "model.safetensors").read_bytes()

    def full(vectors: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "quantise", full)
    with pytest.raises(EncoderError, match="No space left"):
        make_static_model(one, dim=4)
    assert (one / "model.safetensors").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["model"]
