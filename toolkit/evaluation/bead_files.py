"""Files of beads: vecalign's lines `[0, 1]:[0]:score`, and the JSON lines of `bitext align --json`; folders of both."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from toolkit.errors import SourceError
from toolkit.evaluation.beads import Bead
from toolkit.sources.files import read_text_lines

_LINE: Final = re.compile(r"\s*\[([\d,\s]*)\]\s*:\s*\[([\d,\s]*)\]\s*(:.*)?")
_ENDINGS: Final = (".gold", ".beads", ".jsonl", ".txt", ".align", ".path")

Text = tuple[list[Bead], list[Bead]]


def read_texts(gold: Path, test: Path) -> list[Text]:
    """Return the (gold, test) beads of two files, or of all files of two folders that have the same name.

    A name is what stands before .gold, .beads, .jsonl, .txt, .align or .path. In the gold folder only NAME.gold counts
    if there is one, since the texts may lie beside them. Where NAME.ru and NAME.en lie beside the gold file of a
    folder, no line that they do not have may be named.

    Raises:
        SourceError: if a file cannot be read or parsed, a text is in one folder only, a line does not exist, or two
            files have no line in common.
    """
    if not gold.is_dir() and not test.is_dir():
        return [_of_one_text((gold, _known(gold, read_beads(gold))), (test, read_beads(test)))]
    for path, other in ((gold, test), (test, gold)):
        if not path.is_dir():
            raise SourceError(f"is no folder, but {other} is one", where=path, fix="Give two files or two folders")
    wanted, found = _files(gold), _files(test)
    alone = sorted(wanted.keys() ^ found.keys())
    if alone:
        path, folder = (wanted[alone[0]], test) if alone[0] in wanted else (found[alone[0]], gold)
        more = f" (and {len(alone) - 1} more)" if len(alone) > 1 else ""
        raise SourceError(f"has no counterpart in {folder}{more}", where=path)
    if not wanted:
        raise SourceError("has no files of beads", where=gold, fix="Name them NAME.gold")
    texts = []
    for name in sorted(wanted):
        sizes = _sizes(wanted[name])
        beads = _known(wanted[name], read_beads(wanted[name], sizes))
        texts.append(_of_one_text((wanted[name], beads), (found[name], read_beads(found[name], sizes))))
    if not any(all(bead) for beads, _ in texts for bead in beads):
        raise SourceError("no gold file has a bead with both sides", where=gold)
    return texts


def _of_one_text(gold: tuple[Path, list[Bead]], test: tuple[Path, list[Bead]]) -> Text:
    """Return the beads of two files that may be about one text."""
    known, found = (
        {(side, line) for bead in beads for side in (0, 1) for line in bead[side]} for _, beads in (gold, test)
    )
    if found and not known & found:
        raise SourceError(f"names no line that {gold[0].name} does, so it is of another text", where=test[0])
    return gold[1], test[1]


def read_beads(path: Path, sizes: tuple[int, int] | None = None) -> list[Bead]:
    """Read the beads of one text.

    Args:
        path: lines "[0, 1]:[0]", with anything after a second colon; or JSON objects with ru_ids and en_ids.
        sizes: how many Russian and English lines the text has, if that is known.

    Raises:
        SourceError: if it cannot be read, a line is no bead, or names a line that the text does not have.
    """
    beads = []
    for number, line in enumerate(read_text_lines(path), 1):
        if not line.strip():
            continue
        bead = _from_json(line) if line.lstrip().startswith("{") else _from_line(line)
        if bead is None:
            raise SourceError(f"is {line[:40]!r}, wanted a bead as [0, 1]:[0]", where=path, line=number)
        for lines, size, lang in zip(bead, sizes or (), ("ru", "en"), strict=False):
            if lines and max(lines) >= size:
                raise SourceError(
                    f"names {lang} line {max(lines)} of a text that has {size}; the first line is 0", where=path,
                    line=number,
                )  # fmt: skip
        beads.append(bead)
    return beads


def _from_line(line: str) -> Bead | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    try:
        ru, en = (tuple(int(part) for part in match[side].split(",") if part.strip()) for side in (1, 2))
    except ValueError:  # "1 2"
        return None
    return ru, en


def _from_json(line: str) -> Bead | None:
    try:
        row = json.loads(line)
        sides = row["ru_ids"], row["en_ids"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    if not all(isinstance(side, list) and all(type(i) is int and i >= 0 for i in side) for side in sides):
        return None
    return tuple(sides[0]), tuple(sides[1])


def _known(path: Path, beads: list[Bead]) -> list[Bead]:
    """Return gold beads, checked: no line is in two of them."""
    seen: set[tuple[int, int]] = set()
    for bead in beads:
        for side, lang in ((0, "ru"), (1, "en")):
            for line in bead[side]:
                if (side, line) in seen:
                    raise SourceError(f"has {lang} line {line} in two beads", where=path, fix="Join or correct them")
                seen.add((side, line))
    if not beads:
        raise SourceError("has no beads, wanted lines as [0, 1]:[0]", where=path)
    return beads


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of beads by the name of their text."""
    paths = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix in _ENDINGS]
    gold = [path for path in paths if path.suffix == ".gold"]
    found: dict[str, Path] = {}
    for path in gold or paths:
        if path.stem in found:
            raise SourceError(f"has the same name as {found[path.stem].name}", where=path, fix="Remove or rename one")
        found[path.stem] = path
    return found


def _sizes(gold: Path) -> tuple[int, int] | None:
    texts = [gold.with_suffix(f".{lang}") for lang in ("ru", "en")]
    if not all(path.is_file() for path in texts):
        return None
    ru, en = (len(read_text_lines(path)) for path in texts)
    return ru, en
