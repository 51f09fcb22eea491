"""Write the pairs of a release for other tools: chosen, in one pass, in bounded memory, whole or not at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import OptionError, ReleaseError
from toolkit.exports.columns import all_bytes
from toolkit.exports.formats import FORMATS, PAIRS, Format, Origin
from toolkit.release.manifest import Manifest
from toolkit.release.read import open_release, read_batches
from toolkit.release.tables import SPLITS
from toolkit.storage import replacing

_ROWS: Final = 4096  # of a batch
_GZIP_LEVEL: Final = 4  # half the time of 6, for a tenth more bytes

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Choice:
    """Which pairs are wanted.

    Attributes:
        config: sentence_pairs, post_pairs or comparable_pairs.
        splits: their names; all that the release has, if none is given.
        min_score: of `score`, for pairs of posts of `probability`; a pair without one is below any.
        relations: of the posts; all, if none is given.
    """

    config: str = "sentence_pairs"
    splits: tuple[str, ...] = ()
    min_score: float | None = None
    relations: tuple[str, ...] = ()


@dataclass
class SplitReport:
    """What became of a split: rows = kept + other_relation + below_score.

    Attributes:
        files: where the kept ones are.
        rows: of the release.
        kept: written.
        other_relation: left out for their relation.
        below_score: left out for their score, of those with a wanted relation.
    """

    files: tuple[str, ...]
    rows: int = 0
    kept: int = 0
    other_relation: int = 0
    below_score: int = 0


@dataclass(frozen=True)
class ExportReport:
    """What was exported; splits in the order they were written."""

    release: str
    config: str
    format: str
    splits: dict[str, SplitReport]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def export_release(
    release: Path, out: Path, format_name: str, choice: Choice, *, progress: Progress | None = None
) -> ExportReport:
    """Write the chosen pairs of a release.

    Every split has files of its own, so that nothing to test on gets into what is trained on. The name of a split goes
    before the ending, `pairs-train.tmx.gz`, unless the choice names exactly one split. A name that ends in .gz is
    gzipped. The same release and choice give the same bytes.

    Args:
        release: its folder.
        out: a file; for moses the beginning of the names of files, for sentence-transformers a folder.
        format_name: one of `FORMATS`.
        choice: which pairs.
        progress: called with the rows done and the rows in all.

    Raises:
        ReleaseError: if the release cannot be read, or lacks the config or a split.
        OptionError: if `out` has another ending than the format, or is in the release; if no pair of a split is left.
        ToolkitError: if `out` cannot be written. Nothing of the export is seen then.
    """
    manifest = open_release(release)
    name = f"{manifest.name} {manifest.version}"
    splits = _splits(release, manifest, choice)
    kind = FORMATS[format_name]
    outputs = _outputs(out, format_name, splits, alone=len(set(choice.splits)) == 1)
    _check_free(release, out, kind, outputs)
    total = sum(manifest.configs[choice.config].splits[split].rows for split in splits)
    reports: dict[str, SplitReport] = {}
    with ExitStack() as stack:  # files get their names together, when the last one is complete
        for split, paths in outputs.items():
            reports[split] = report = SplitReport(tuple(map(str, paths)))
            origin = Origin(name, _license(manifest), PAIRS[choice.config], split)
            batches = _chosen(read_batches(release, manifest, origin.config, split, rows=_ROWS), choice, origin, report)
            temporaries = [stack.enter_context(replacing(path)) for path in paths]
            for _ in _write(temporaries, batches, kind, origin, packed=out.suffix == ".gz"):
                if progress is not None:
                    progress(sum(other.rows for other in reports.values()), total)
            if not report.kept:
                raise OptionError(_none_left(split, report), fix="Ask for less, or name other splits with --split")
    return ExportReport(name, choice.config, format_name, reports)


def _splits(release: Path, manifest: Manifest, choice: Choice) -> tuple[str, ...]:
    """Return the wanted splits; all of the release in its order if none is named."""
    facts = manifest.configs.get(choice.config)
    if facts is None or not facts.splits:
        others = ", ".join(name for name in PAIRS if name in manifest.configs and manifest.configs[name].splits)
        raise ReleaseError(f"has no {choice.config}; of pairs it has {others or 'none'}", where=release)
    there = [split for split in SPLITS if split in facts.splits]  # nothing that a manifest says gets into a path
    for split in choice.splits:
        if split not in there:
            raise ReleaseError(f"{choice.config} has no split {split!r}; it has {', '.join(there)}", where=release)
    return tuple(dict.fromkeys(choice.splits)) or tuple(there)


def _license(manifest: Manifest) -> str:
    facts = manifest.options.get("release")
    return str(facts.get("license", "")) if isinstance(facts, dict) else ""


def _outputs(out: Path, format_name: str, splits: Sequence[str], *, alone: bool) -> dict[str, list[Path]]:
    """Return the files of every split; see `export_release` for their names."""
    kind = FORMATS[format_name]
    if kind.is_folder:
        return {split: [out / f"{split}{ending}" for ending in kind.endings] for split in splits}
    plain = out.name.removesuffix(".gz")
    stem, packed = plain.removesuffix(kind.ending), out.name[len(plain) :]
    if not stem or not plain.endswith(kind.ending):
        wanted = f"NAME{kind.ending} or NAME{kind.ending}.gz" if kind.ending else "the beginning of file names"
        raise OptionError(f"--out is {str(out)!r}, wanted {wanted} for {format_name}")
    names = {split: stem if alone else f"{stem}-{split}" for split in splits}
    return {split: [out.with_name(f"{names[split]}{ending}{packed}") for ending in kind.endings] for split in splits}


def _check_free(release: Path, out: Path, kind: Format, outputs: Mapping[str, Sequence[Path]]) -> None:
    """Refuse to write into the release, over a folder, or among files that would be taken for a part of the export."""
    if out.resolve().is_relative_to(release.resolve()):
        raise OptionError("is in the release, which must stay as it is", where=out, fix="Give another output")
    if out.is_dir() and not kind.is_folder:
        raise OptionError("is a folder, wanted a name for files", where=out)
    paths = {path for files in outputs.values() for path in files}
    if kind.is_folder and out.is_dir():
        others = sorted(path.name for path in out.iterdir() if path not in paths)
        if others:
            raise OptionError(
                f"has other files ({others[0]}), which load_dataset would take for splits", where=out,
                fix="Give a new folder",
            )  # fmt: skip
    for path in sorted(paths):
        if path.is_dir():
            raise OptionError("is a folder, and a file is to have its name", where=path, fix="Give another output")


@contextmanager
def _open(file: Path, *, packed: bool) -> Iterator[BinaryIO]:
    """Open a file for writing; gzipped, if wanted, with no name and no date in it."""
    with open(file, "wb") as plain:
        if not packed:
            yield plain
            return
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, plain, mtime=0) as stream:
            yield cast(BinaryIO, stream)


def _chosen(
    batches: Iterator[pa.RecordBatch], choice: Choice, origin: Origin, report: SplitReport
) -> Iterator[pa.RecordBatch]:
    """Yield the rows that are wanted, batch by batch, and count those that are not."""
    for batch in batches:
        report.rows += batch.num_rows
        if choice.relations:
            related = batch.filter(pc.is_in(batch["relation"], pa.array(choice.relations, pa.string())))
            report.other_relation += batch.num_rows - related.num_rows
            batch = related
        if choice.min_score is not None:
            # As a float of the same size: 0.95 of 32 bits is less than 0.95 of 64.
            least = pa.scalar(choice.min_score, batch[origin.score].type)
            good = batch.filter(pc.greater_equal(batch[origin.score], least))
            report.below_score += batch.num_rows - good.num_rows
            batch = good
        report.kept += batch.num_rows
        yield batch


def _write(
    files: Sequence[Path], batches: Iterator[pa.RecordBatch], kind: Format, origin: Origin, *, packed: bool
) -> Iterator[None]:
    """Write the files of a split; yields after every batch."""
    with ExitStack() as stack:
        streams = [stack.enter_context(_open(file, packed=packed)) for file in files]
        for stream in streams:
            stream.write(kind.head(origin).encode())
        for batch in batches:
            for stream, lines in zip(streams, kind.lines(batch, origin), strict=True):
                stream.write(all_bytes(lines))
            yield
        for stream in streams:
            stream.write(kind.tail.encode())


def _none_left(split: str, report: SplitReport) -> str:
    reasons = f"{report.other_relation} have another relation, {report.below_score} a lower score"
    return f"no pair of {split} is left: of {report.rows}, {reasons}"
