import gzip
from pathlib import Path

import pytest

from toolkit.errors import SourceError
from toolkit.sources.files import read_bytes


def test_a_bomb_does_not_unpack(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"x" * 1_000_000))
    assert path.stat().st_size < 2000
    with pytest.raises(SourceError, match=r"bomb\.gz: has more than 10,000 bytes\. Split it"):
        read_bytes(path, max_bytes=10_000)
    assert len(read_bytes(path)) == 1_000_000


def test_packed_in_two_parts(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert read_bytes(path) == b"one\ntwo\n"
