"""`bitext align`: sentence alignment of two texts, or of two folders of texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from toolkit.cli.options import FILE, GivenEncoder, OptionOf, check_outputs, encoder_options, make_encoder

if TYPE_CHECKING:
    from toolkit.alignment.sentences import Bead

_BATCH: Final = 512  # pairs that are aligned at a time
_SHOWN: Final = 5  # lines that a note lists
_DOUBTFUL: Final = 0.3  # less of a pair aligned is worth a warning


class _Pair(NamedTuple):
    """Two texts to align, a sentence a line."""

    key: str
    ru: list[str]
    en: list[str]


@click.command("align")
@click.argument("ru", type=FILE)
@click.argument("en", type=FILE)
@click.option("-o", "--out", type=FILE, help="File to write, or folder if RU and EN are folders.  [default: stdout]")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object a bead, with texts, similarity and score.")
@click.option("--max-sentences", type=OptionOf("AlignOptions", "max_sentences"), metavar="N",
              help="Most sentences of a bead, m + n.")  # fmt: skip
@click.option("--skip", type=OptionOf("AlignOptions", "skip"), metavar="LOG_ODDS",
              help="Above 0 leaves more sentences alone, below 0 fewer.")  # fmt: skip
@encoder_options
def command(
    ru: Path,
    en: Path,
    out: Path | None,
    as_json: bool,
    max_sentences: int | None,
    skip: float | None,
    encoder: GivenEncoder,
) -> None:
    """Align Russian and English sentences: a sentence a line, m:n, in reading order.

    Writes a line a bead: [0, 1]:[0]:0.9731 says that Russian lines 0 and 1 (counted from 0) are English line 0, with
    that probability. [3]:[]: is a line without counterpart; every line is in exactly one bead. Blank lines keep their
    number and have no counterpart.

    Folders are aligned file by file into OUT/NAME.beads (.jsonl with --json). Files belong together if their names
    are equal but for ".txt" and the language: 7.txt and 7.txt, 7.ru and 7.en, 7.ru.txt and 7.en.txt. RU and EN may be
    one folder if the names tell the language.

    \b
    Examples:
      bitext align ru.txt en.txt -o beads.txt
      bitext align ru.txt en.txt --json | head
      bitext align texts/ texts/ -o beads/
    """
    from toolkit.alignment.sentences import align_texts
    from toolkit.options import AlignOptions
    from toolkit.storage import write_text
    from toolkit.validation import read_options

    are_folders = ru.is_dir() or en.is_dir()
    check_outputs([] if are_folders else [out], [ru, en], folder=out if are_folders else None)
    pairs = _read_folders(ru, en, out) if are_folders else [_Pair("", *map(_read, (ru, en)))]
    model = make_encoder(**encoder)
    options = read_options(AlignOptions, {"max_sentences": max_sentences, "skip": skip})
    texts: list[str] = []
    notes: list[str] = []
    for start in range(0, len(pairs), _BATCH):
        batch = pairs[start : start + _BATCH]
        found = align_texts([(pair.ru, pair.en) for pair in batch], model, options)
        write = _as_json if as_json else _as_lines
        texts += [write(pair, beads) for pair, beads in zip(batch, found, strict=True)]
        notes += [note for pair, beads in zip(batch, found, strict=True) for note in _notes(pair, beads)]
    if out is None:
        click.echo(texts[0], nl=False)
    elif pairs[0].key:
        for pair, text in zip(pairs, texts, strict=True):
            write_text(out / f"{pair.key}.{'jsonl' if as_json else 'beads'}", text)
        click.echo(f"aligned {len(pairs)} pairs of texts into {out}", err=True)
    else:
        write_text(out, texts[0])
    for note in notes:
        click.echo(note, err=True)


def _notes(pair: _Pair, beads: Sequence[Bead]) -> Iterator[str]:
    """Say what a reader of the beads of a pair should know."""
    from toolkit.alignment.sentences import share_aligned

    name = f"{pair.key}: " if pair.key else ""
    share = share_aligned(beads)
    if share < _DOUBTFUL:
        yield f"{name}{share:.0%} of the lines have a counterpart: are these translations of each other?"
    crossing = [str(bead.ru_ids[0]) for bead in beads if bead.crossing and bead.ru_ids]
    if crossing:
        lines = ", ".join(crossing[:_SHOWN]) + (", ..." if len(crossing) > _SHOWN else "")
        yield f'{name}counterpart in another order, left alone: Russian lines {lines} ("crossing" in --json)'


def _as_lines(pair: _Pair, beads: Sequence[Bead]) -> str:
    """Write beads in the field's format; a null bead has no score, because no number would be true."""
    return "".join(
        f"{list(bead.ru_ids)}:{list(bead.en_ids)}:{'' if bead.score is None else f'{bead.score:.4f}'}\n"
        for bead in beads
    )


def _as_json(pair: _Pair, beads: Sequence[Bead]) -> str:
    rows = [
        {
            "ru_ids": bead.ru_ids,
            "en_ids": bead.en_ids,
            "ru": [pair.ru[i] for i in bead.ru_ids],
            "en": [pair.en[j] for j in bead.en_ids],
            "similarity": bead.similarity,
            "score": bead.score,
            "crossing": bead.crossing,
        }
        for bead in beads
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read(path: Path) -> list[str]:
    from toolkit.errors import SourceError
    from toolkit.sources.files import read_text_lines

    lines = read_text_lines(path)
    if not lines:
        raise SourceError("is empty, wanted a sentence a line", where=path)
    return lines


def _read_folders(ru: Path, en: Path, out: Path | None) -> list[_Pair]:
    """Read the texts of two folders that belong together, sorted by name."""
    from toolkit.errors import OptionError, SourceError

    for path, other in ((ru, en), (en, ru)):
        if not path.is_dir():
            raise SourceError(f"is no folder, but {other} is one", where=path, fix="Give two files or two folders")
    if out is None:
        raise OptionError("two folders are aligned into a folder", where="--out", fix="Give -o FOLDER")
    files = {lang: _files(folder, lang, ru.samefile(en)) for lang, folder in (("ru", ru), ("en", en))}
    alone = sorted(files["ru"].keys() ^ files["en"].keys())
    if alone:
        lang, folder = ("ru", en) if alone[0] in files["ru"] else ("en", ru)
        more = f" (and {len(alone) - 1} more)" if len(alone) > 1 else ""
        raise SourceError(f"has no counterpart in {folder}{more}", where=files[lang][alone[0]])
    if not files["ru"]:
        raise SourceError("has no files to align", where=ru, fix="See bitext align --help for how files are paired")
    return [_Pair(key, _read(files["ru"][key]), _read(files["en"][key])) for key in sorted(files["ru"])]


def _files(folder: Path, lang: str, is_shared: bool) -> dict[str, Path]:
    """Return the folder's files of one language by the name that they share with their counterparts."""
    from toolkit.errors import SourceError

    other = {"ru": "en", "en": "ru"}[lang]
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        name = path.name.removesuffix(".txt")
        key = name.removesuffix(f".{lang}")
        if name.startswith(".") or not path.is_file() or name.endswith(f".{other}") or (is_shared and key == name):
            continue
        if key in found:
            raise SourceError(f"has the same name as {found[key].name}", where=path, fix="Remove or rename one")
        found[key] = path
    return found
