"""The documents of a release, compared with those that its manifest and its rows give.

Whoever wrote a release does not say what is compared: the versions that it names change no check. Texts are ours letter
for letter. What other versions of libraries may really do otherwise is laid aside on both sides, and nothing else: how
YAML quotes and breaks its lines, and the edges of letters in pictures.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from toolkit.errors import ReleaseError
from toolkit.native.limits import BrokenTable
from toolkit.release.checks.differences import differences
from toolkit.release.diff import CHANGES, count_by_config
from toolkit.release.documents.derived import CARD, derive_files
from toolkit.release.documents.notices import render_changelog
from toolkit.release.documents.pictures import FOLDER, freetype_version
from toolkit.release.manifest import LIBRARIES, MANIFEST, Manifest
from toolkit.release.parquet import read_files
from toolkit.release.read import CHANGELOG, read_changelog
from toolkit.release.rows import Published
from toolkit.schemas import CONTAMINATED
from toolkit.untrusted import Unreadable, load_yaml, read_file

CITATION: Final = "CITATION.cff"
DECONTAMINATED: Final = "decontaminated.tsv"
_FRONT_MATTER: Final = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
_LAYOUT: Final = re.compile(r"[\s'\"\\]+")  # what a writer of YAML chooses
_FENCED: Final = re.compile(r"^```.*?^```\s*$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_ACTIVE: Final = re.compile(r"<(?!(?:https?|mailto):)[a-z!/?]|\]\(\s*<?\s*(?:javascript|data|vbscript):", re.IGNORECASE)
_PAINTERS: Final = ("matplotlib", "pillow", "freetype")
_CELL: Final = 16  # pixels: parts of pictures whose mean colours are compared
_UNLIKE: Final = 48  # of 255; letters that another version draws otherwise differ by less, a longer bar by more
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def split_card(text: str) -> tuple[str, str] | None:
    """Return the YAML and the body of a card; None if it has no YAML."""
    match = _FRONT_MATTER.match(text)
    return (match[1], text[match.end() :]) if match else None


def find_document_problems(path: Path, manifest: Manifest, published: Published) -> Iterator[str]:
    """Yield where a document is not what the facts make of it, and files that no release has.

    Args:
        path: the folder; its files were checked against the manifest.
        manifest: was compared with the rows.
        published: config -> split -> rows.
    """
    wanted = derive_files(manifest, published)
    for name, data in sorted(wanted.items()):
        if name not in manifest.files:
            yield f"{name}: is missing"
        elif (found := read_file(path / name)) != data:
            yield from (f"{name}: {problem}" for problem in _compare(name)(found, data, manifest))
    _, body = split_card(wanted[CARD].decode()) or ("", wanted[CARD].decode())  # the YAML is read, never shown as HTML
    if match := _ACTIVE.search(_FENCED.sub("", body)):
        yield f"{CARD}: would have {match[0]!r}, which acts on its readers"
    yield from _diff_problems(path, manifest)
    yield from _list_problems(path, manifest)
    known = {*wanted, CHANGELOG, diff_name(manifest), *([DECONTAMINATED] if manifest.test_sets else [])}
    yield from (
        f"{name}: is no file of a release"
        for name in sorted(manifest.files.keys() - known)
        if not name.startswith("data/")  # those were compared with the configs
    )
    yield from _changelog_problems(path, manifest)


def other_painters(manifest: Manifest) -> list[str]:
    """Return what drew the pictures of a release in another version than is here."""
    here = {name: metadata.version(name) for name in _PAINTERS if name in LIBRARIES} | {"freetype": freetype_version()}
    made = manifest.libraries
    return [f"{name} {made.get(name)} (here {here[name]})" for name in _PAINTERS if made.get(name) != here[name]]


def _compare(name: str) -> Callable[[bytes, bytes, Manifest], Iterator[str]]:
    if name.startswith(f"{FOLDER}/"):
        return _picture_problems
    return {CARD: _card_problems, CITATION: _yaml_problems}.get(name, _text_problems)


def _text_problems(found: bytes, wanted: bytes, _: Manifest) -> Iterator[str]:
    """Say where a text is not what the facts make of it."""
    lines = found.decode("utf-8", errors="replace").split("\n")
    for number, line in enumerate(wanted.decode().split("\n"), 1):
        there = lines[number - 1] if number <= len(lines) else None
        if there != line:
            yield f"line {number} is {_shortened(there)}, the facts make it {_shortened(line)}"
            return
    yield f"has {len(lines)} lines, the facts make fewer"


def _card_problems(found: bytes, wanted: bytes, manifest: Manifest) -> Iterator[str]:
    one, other = split_card(found.decode("utf-8", errors="replace")), split_card(wanted.decode())
    if one is None or other is None or one[1] != other[1]:
        yield from _text_problems(found, wanted, manifest)
    else:
        yield from _yaml_problems(one[0].encode(), other[0].encode(), manifest)


def _yaml_problems(found: bytes, wanted: bytes, manifest: Manifest) -> Iterator[str]:
    """Compare YAML by what it means, and by its letters but for layout, so that no comment says more."""
    texts = [found.decode("utf-8", errors="replace"), wanted.decode()]
    try:
        one, other = map(load_yaml, texts)
    except Unreadable as error:
        yield f"cannot be read: {error}"
        return
    if list(differences(other, one, "")) or _LAYOUT.sub("", texts[0]) != _LAYOUT.sub("", texts[1]):
        yield from _text_problems(found, wanted, manifest)


def _picture_problems(found: bytes, wanted: bytes, manifest: Manifest) -> Iterator[str]:
    others = other_painters(manifest)
    if not others or not _looks_like(found, wanted):
        drawn = f" (drawn by {', '.join(others)})" if others else ""
        yield f"is not the picture of the numbers in the manifest{drawn}"


def _looks_like(found: bytes, wanted: bytes) -> bool:
    """Whether a PNG has nothing but pixels, and in no part of it another mean colour."""
    kinds = [_chunks(data) for data in (found, wanted)]
    if kinds[0] is None or kinds[1] is None or not kinds[0] <= kinds[1] or found[16:26] != wanted[16:26]:  # the size
        return False
    pictures = [_cells(data) for data in (found, wanted)]
    if pictures[0] is None or pictures[1] is None:
        return False
    return bool(np.abs(pictures[0] - pictures[1]).max(initial=0) <= _UNLIKE)


def _chunks(png: bytes) -> set[bytes] | None:
    """Return the kinds of chunks of a PNG; None if it is none, or has more behind it."""
    at, kinds = len(_PNG), set()
    if not png.startswith(_PNG):
        return None
    while at + 12 <= len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        end = at + 12 + length
        if zlib.crc32(png[at + 4 : end - 4]).to_bytes(4, "big") != png[end - 4 : end]:
            return None
        kinds.add(png[at + 4 : at + 8])
        at = end
    return kinds if at == len(png) and b"IEND" in kinds else None


def _cells(png: bytes) -> Any:
    """Return the mean colours of a picture's parts, on white; None if it cannot be read."""
    from PIL import Image

    try:
        with Image.open(BytesIO(png), formats=["PNG"]) as image:
            pixels = np.asarray(image.convert("RGBA")).astype(np.float64)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    shade = pixels[..., 3:] / 255
    flat = pixels[..., :3] * shade + 255 * (1 - shade)
    starts = [np.arange(0, size, _CELL) for size in flat.shape[:2]]
    sums = np.add.reduceat(np.add.reduceat(flat, starts[0], axis=0), starts[1], axis=1)
    sizes = [np.diff([*start, size]) for start, size in zip(starts, flat.shape[:2], strict=True)]
    return sums / (sizes[0][:, None] * sizes[1][None, :])[..., None]


def diff_name(manifest: Manifest) -> str | None:
    """Return the file that names the rows that changed."""
    return f"diff/{manifest.previous.version}..{manifest.version}.parquet" if manifest.previous else None


def _diff_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    """Compare the list of changed rows with the counts of the manifest."""
    if not manifest.previous:
        return
    name = str(diff_name(manifest))
    try:
        changes = read_files([path / name], CHANGES)
    except (BrokenTable, pa.ArrowException) as error:
        yield f"{name}: cannot be read: {error}"
        return
    wanted = f"{MANIFEST}.previous.changes"
    yield from differences(count_by_config(changes), manifest.previous.changes, wanted)


def _list_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    """Compare the list of what left for test sets with the counts of the manifest."""
    if not manifest.test_sets or DECONTAMINATED not in manifest.files:
        return
    rows = [line.split("\t") for line in read_file(path / DECONTAMINATED).decode("utf-8", errors="replace").split("\n")]
    columns = CONTAMINATED.names
    if rows[0] != columns or rows[-1] != [""] or any(len(row) != len(columns) for row in rows[:-1]):
        yield f"{DECONTAMINATED}: is no list of what left for a test set"
        return
    counts: dict[str, dict[str, int]] = {one.file: {} for one in manifest.test_sets}
    for _, config, test_set, *_ in rows[1:-1]:
        of_set = counts.setdefault(test_set, {})
        of_set[config] = of_set.get(config, 0) + 1
    for one in manifest.test_sets:
        yield from differences(counts.pop(one.file), one.dropped, f"{MANIFEST}.test_sets.{one.file}.dropped")
    yield from (f"{DECONTAMINATED}: names {name!r}, which is no test set" for name in counts)


def _changelog_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    text, newest = read_file(path / CHANGELOG).decode("utf-8", errors="replace"), render_changelog(manifest)
    if not text.startswith(newest):
        yield f"{CHANGELOG}: does not begin with what is new in {manifest.version}"
        return
    if manifest.previous is None and text != newest:
        yield f"{CHANGELOG}: goes on after {manifest.version}, and there is no version before it"
    try:
        read_changelog(path)
    except ReleaseError as error:
        yield error.what


def _shortened(line: str | None) -> str:
    return "missing" if line is None else repr(line if len(line) <= 80 else f"{line[:77]}...")
