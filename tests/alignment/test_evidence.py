from __future__ import annotations

import numpy as np
import pytest

from toolkit.alignment.evidence import Piece, evidence
from toolkit.encoders import Encoder, load_encoder
from toolkit.options import EncoderOptions

RU = ["Мэр открыл мост.", "Стройка шла 3 года.", "Все рады."]
EN = ["The mayor opened a bridge.", "It took three years.", "Everyone is glad."]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(EncoderOptions())


def test_pairs_are_batched_and_padded(encoder: Encoder) -> None:
    ((batch, ru, en),) = evidence([(RU, EN), (RU[:1], EN[:2]), ([], EN[:1])], encoder, 3)
    assert batch == [Piece(2, 0, 0, 0, 1), Piece(1, 0, 1, 0, 2), Piece(0, 0, 3, 0, 3)]
    assert ru.has_text.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 1]]
    assert en.has_text.tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert [run.shape for run in ru.runs] == [(3, 3, encoder.dim)] * 2
    np.testing.assert_allclose(np.linalg.norm(ru.runs[1][2], axis=1), [1, 1, 0], atol=1e-6)  # none passes the end
    assert ru.sure_numbers[2].sum(axis=1).tolist() == [0, 1, 0]
    assert (ru.sure_numbers[2, 1] @ en.numbers[2].T).tolist() == [0, 1, 0]  # "3" is found as "three"


def test_a_long_pair_comes_in_pieces(encoder: Encoder) -> None:
    lines = [f"Report number {i} on the state of ship {i * 7919 % 1000}." for i in range(300)]
    pieces = sorted(piece for batch, _, _ in evidence([(lines, lines)], encoder, 2) for piece in batch)
    assert len(pieces) > 3
    assert [(piece.top, piece.left) for piece in pieces[1:]] == [(piece.bottom, piece.right) for piece in pieces[:-1]]
    assert (pieces[0].top, pieces[0].left, pieces[-1].bottom, pieces[-1].right) == (0, 0, 300, 300)


@pytest.mark.parametrize(("encoded", "decoded"), [("cp1251", "cp1252"), ("cp1251", "latin-1"), ("utf-8", "cp1251")])
def test_wrongly_decoded_lines_are_read_as_they_were_meant(encoder: Encoder, encoded: str, decoded: str) -> None:
    damaged = [line.encode(encoded).decode(decoded) for line in RU[:2]]
    ((_, ru, _),) = evidence([(damaged, [])], encoder, 2)
    ((_, meant, _),) = evidence([(RU[:2], [])], encoder, 2)
    np.testing.assert_array_equal(ru.runs[0], meant.runs[0])
    np.testing.assert_array_equal(ru.letters, meant.letters)
