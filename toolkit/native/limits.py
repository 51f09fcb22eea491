"""What a native file may unpack to, and how it is said that one is not read."""

from __future__ import annotations

from typing import Final

# A file may unpack to this many bytes, and to so many times its size. Tables of texts pack to a third or a tenth; what
# packs to a hundredth is all zeros or all one value.
_FREE: Final = 64 << 20
_RATIO: Final = 100


class BrokenTable(ValueError):
    """Says in one line why a file is not read."""


class TooLarge(BrokenTable):
    """Says that a file unpacks to more than it may."""

    def __init__(self, limit: int) -> None:
        """Say how much it may."""
        super().__init__(f"unpacks to more than {limit:,} bytes")


def allowance(size: int) -> int:
    """Return how many bytes a file of a size may unpack to."""
    return _FREE + _RATIO * size
