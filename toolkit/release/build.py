"""Write a release: data, card, manifest, checksums; checked as a stranger would, and put in place in one step."""

from __future__ import annotations

import filecmp
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.card import render_card
from toolkit.release.content import ReleaseContent
from toolkit.release.documents import render_changelog, render_citation, render_license
from toolkit.release.manifest import (
    CHECKSUMS,
    MANIFEST,
    ConfigFacts,
    FileFacts,
    Manifest,
    SplitFacts,
    describe_columns,
    make_manifest,
)
from toolkit.release.parquet import content_hash, write_split
from toolkit.release.statistics import describe
from toolkit.release.tables import CONFIGS, SENTENCE_PAIRS, published_tables
from toolkit.release.verify import verify_release
from toolkit.storage import held, sha256_file, write_text

_EXAMPLES = 3
_EXAMPLE_COLUMNS = ("bead_id", "ru_text", "en_text", "bead_type", "score", "relation", "first_seen")
_DOCUMENTS: dict[str, Callable[[Manifest], str]] = {
    "LICENSE": render_license,
    "CITATION.cff": render_citation,
    "CHANGELOG.md": render_changelog,
}


def build_release(content: ReleaseContent, config: RunConfig, out: Path) -> Path:
    """Write the release `out/<name>/<version>/`.

    The same content gives the same bytes. Nothing of it is seen under its name before it is complete and verified.

    Args:
        content: what is published.
        config: of the run: name, version, and what the card must say.
        out: folder of all releases. The same version may be there already with the same content, and stays untouched.

    Returns:
        The folder of the release.

    Raises:
        ReleaseError: if no sentence pair is left, a fact for the card is missing, rows do not fit together, or the
            version exists with other content.
        ToolkitError: if the folder cannot be written to, or another build writes this release at the same time.
    """
    target = out / config.release.name / config.release.version
    if not content.bitext.num_rows:
        raise ReleaseError(
            f"no sentence pair is left to publish: {content.posts.num_rows} posts gave {content.pairs.num_rows} pairs "
            "of posts, and no sentences of theirs passed the filter",
            where=target,
            fix="Check that the sources have both languages, or lower match.min_probability and filter.min_score",
        )
    with held(target.parent), _unfinished(target) as folder:
        _write(content, config, folder)
        problems = verify_release(folder).problems
        if problems:
            raise ReleaseError(f"the new release does not verify ({len(problems)} problems): {problems[0]}")
        _put_in_place(folder, target)
    return target


def _write(content: ReleaseContent, config: RunConfig, folder: Path) -> None:
    """Fill the folder; the manifest comes last, so that a folder with one is complete."""
    published = published_tables(content)
    configs, files = _write_data(published, folder)
    statistics = describe(published)
    manifest = make_manifest(content, config, configs=configs, files=files, statistics=statistics)
    texts = {name: render(manifest) for name, render in _DOCUMENTS.items()}
    texts["README.md"] = render_card(manifest, _examples(published[SENTENCE_PAIRS.name]))
    for name, text in sorted(texts.items()):
        write_text(folder / name, text)
        files[name] = FileFacts(bytes=len(text.encode()), sha256=hashlib.sha256(text.encode()).hexdigest())
    manifest_text = manifest.model_copy(update={"files": files}).model_dump_json(indent=2) + "\n"
    sums = {name: facts.sha256 for name, facts in files.items()}
    sums[MANIFEST] = hashlib.sha256(manifest_text.encode()).hexdigest()
    write_text(folder / CHECKSUMS, "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())))
    write_text(folder / MANIFEST, manifest_text)


def _write_data(
    published: Mapping[str, Mapping[str, pa.Table]], folder: Path
) -> tuple[dict[str, ConfigFacts], dict[str, FileFacts]]:
    """Write the Parquet files and return what is known of configs and files."""
    configs, files = {}, {}
    for config in CONFIGS:
        splits = {}
        for split, table in published[config.name].items():
            paths = write_split(table, config, split, folder / "data" / config.name)
            names = [path.relative_to(folder).as_posix() for path in paths]
            for path, name in zip(paths, names, strict=True):
                files[name] = FileFacts(bytes=path.stat().st_size, sha256=sha256_file(path))
            splits[split] = SplitFacts(
                rows=table.num_rows, bytes=table.nbytes, content_sha256=content_hash(table), files=names
            )
        configs[config.name] = ConfigFacts(
            about=config.about,
            rows=sum(facts.rows for facts in splits.values()),
            columns=describe_columns(config.schema),
            splits=splits,
        )
    return configs, files


def _examples(splits: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """Return a few rows of the first split, evenly spaced, with dates as text."""
    table = next(iter(splits.values())).select(_EXAMPLE_COLUMNS)
    count = min(_EXAMPLES, table.num_rows)
    rows = [table.slice(table.num_rows * number // count, 1).to_pylist()[0] for number in range(count)]
    return [
        row | {"score": round(row["score"], 4), "first_seen": row["first_seen"] and row["first_seen"].isoformat()}
        for row in rows
    ]


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Give an empty folder beside the target that is gone afterwards, also what a killed build left there."""
    folder = target.with_name(f".{target.name}.part")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        raise ReleaseError(f"cannot write the release: {error.strerror or error}", where=target) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, target: Path) -> None:
    if not target.exists():
        folder.rename(target)
    elif not _same_files(folder, target):
        raise ReleaseError(
            f"version {target.name} exists already, with other content",
            where=target,
            fix="Raise release.version, or remove the folder",
        )


def _same_files(one: Path, other: Path) -> bool:
    names = [{p.relative_to(root) for p in root.rglob("*") if p.is_file()} for root in (one, other)]
    return names[0] == names[1] and all(filecmp.cmp(one / name, other / name, shallow=False) for name in names[0])
