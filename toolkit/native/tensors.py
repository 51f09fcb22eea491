"""Tensors in safetensors files, within bounds and of the shapes that were asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from toolkit.native.limits import BrokenTable
from toolkit.untrusted import Unreadable, read_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_BYTES = 16 << 30


def read_tensors(file: Path) -> dict[str, NDArray[np.generic]]:
    """Return the tensors of a file by name.

    Raises:
        BrokenTable: if it is missing, is no regular file, or is broken.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(read_file(file, _MAX_BYTES, follow=True))  # type: ignore[no-any-return]
    except Unreadable as error:
        raise BrokenTable(str(error)) from error
    except (SafetensorError, ValueError, KeyError, TypeError, OverflowError, MemoryError, RecursionError) as error:
        raise BrokenTable(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}") from error
