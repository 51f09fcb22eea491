from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from toolkit.encoders import load_encoder
from toolkit.options import EncoderOptions

Bitext = Callable[..., tuple[int, str, str]]


def test_a_row_for_each_line(bitext: Bitext, tmp_path: Path) -> None:
    lines = ["Посол вернулся.", "", "The ambassador is back."]
    (tmp_path / "texts.txt").write_text("\n".join(lines) + "\n", "utf-8")
    code, out, err = bitext("encode", tmp_path / "texts.txt", "-o", tmp_path / "vectors.npy")
    assert (code, out) == (0, "")
    assert "3 texts" in err
    vectors = np.load(tmp_path / "vectors.npy")
    np.testing.assert_array_equal(vectors, load_encoder(EncoderOptions()).encode(lines))
    assert not vectors[1].any()


def test_report_as_json(bitext: Bitext, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("мир", "utf-8")
    code, out, err = bitext("encode", tmp_path / "texts.txt", "-o", tmp_path / "vectors.npy", "--json")
    encoder = load_encoder(EncoderOptions())
    assert (code, err) == (0, "")
    assert json.loads(out) == {"texts": 1, "dim": encoder.dim, "encoder": "ru-en-static", "revision": encoder.revision}


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (None, (), "there is no such file"),
        (b"", (), "is empty"),
        (b"\xff\xfe\x00", (), "ends inside a letter of UTF-16"),
        (b"text", ("--encoder", "intfloat/multilingual-e5-small"), "pinned revision"),
        (b"text", ("--encoder", "./nothing"), "there is no such folder"),
    ],
)
def test_bad_input_is_one_line(
    bitext: Bitext, tmp_path: Path, content: bytes | None, arguments: tuple[str, ...], message: str
) -> None:
    if content is not None:
        (tmp_path / "texts.txt").write_bytes(content)
    code, out, err = bitext("encode", tmp_path / "texts.txt", "-o", tmp_path / "vectors.npy", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert not (tmp_path / "vectors.npy").exists()
