"""Write a release: data, card, manifest, checksums; checked as a stranger would, and put in place in one step."""

from __future__ import annotations

import filecmp
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.assemble import write_runs
from toolkit.release.checks.verify import Read, verify_release
from toolkit.release.content import ReleaseContent, SourceFile, narrow
from toolkit.release.data_files import Files, open_rows, read_facts, workers_for, write_data
from toolkit.release.diff import diff_rows
from toolkit.release.documents.derived import derive_files
from toolkit.release.documents.notices import render_changelog, render_decontaminated
from toolkit.release.documents.provenance import describe_provenance
from toolkit.release.gather import make_manifest
from toolkit.release.held_out import compare_splits
from toolkit.release.manifest import CHECKSUMS, MANIFEST, ConfigFacts, FileFacts, SplitFacts, describe_columns
from toolkit.release.read import Release, read_changelog
from toolkit.release.rows import SplitFiles
from toolkit.release.statistics import add_up, count_values
from toolkit.release.tables import CONFIGS, POSTS
from toolkit.release.versions import Since, settle_version
from toolkit.results import PUBLISHED, REASONS
from toolkit.storage import held, sha256_file, write_bytes, write_table, write_text

_NAMED = 3  # sources that an error names


def build_release(
    content: ReleaseContent,
    config: RunConfig,
    out: Path,
    previous: Release | None = None,
    anew: str | None = None,
    engine: Engine = EMBEDDED,
    on_step: Callable[[str], None] = lambda label: None,
) -> Path:
    """Write the release `out/<name>/<version>/`.

    The same content gives the same bytes. Nothing of it is seen under its name before it is complete and verified.

    Args:
        content: what is published.
        config: of the run: name, version, and what the card must say.
        out: folder of all releases. The same version may be there already with the same content, and stays untouched.
        previous: the version before; what changed since decides which version number this one may have.
        anew: why nothing of it was carried on, if so.
        engine: does the parts; in processes of this machine, because the folder of releases is its.
        on_step: told what begins now.

    Returns:
        The folder of the release.

    Raises:
        ReleaseError: if no post is left, a fact for the card is missing, rows do not fit together, the version
            exists with other content, promises less than what changed, or nothing changed.
        ToolkitError: if the folder cannot be written to, or another build writes this release at the same time.
    """
    on_step("write release")
    carried = content.carried.rows[POSTS.name].num_rows if content.carried else 0
    if not content.posts.num_rows + carried:
        raise _nothing_left(content, out / config.release.name)
    engine = workers_for(content.posts.num_rows + content.bitext.num_rows, engine)
    home = out / config.release.name
    with held(home), _unfinished(home / config.release.version) as place:
        folder = place / "release"
        files = write_data(write_runs(content, place / "rows", engine), folder, engine)
        shutil.rmtree(place / "rows")
        data = _read_data(files, config, engine)
        since = None
        if previous:
            changes = diff_rows(previous.tables, data.published, content.takedowns)
            since = Since(previous, changes, anew)
        config = settle_version(config, since)
        _write(content, data, config, since, folder)
        on_step("verify release")
        problems = verify_release(folder, engine, data.read).problems
        if problems:
            raise ReleaseError(f"the new release does not verify ({len(problems)} problems): {problems[0]}")
        _put_in_place(folder, home / config.release.version)
    return home / config.release.version


@dataclass(frozen=True)
class _Data:
    """The rows as they lie in the files, and what was found in them.

    Attributes:
        files: config -> split -> files.
        published: handles of them.
        read: what is known of them.
    """

    files: Files
    published: dict[str, dict[str, SplitFiles]]
    read: Read


def _read_data(files: Files, config: RunConfig, engine: Engine) -> _Data:
    """Read all rows that were written, as a stranger will: what the manifest says of them is said of the files."""
    facts, problems = read_facts(files, engine)
    if problems:
        raise ReleaseError(f"the new release cannot be read: {problems[0]}")
    published = open_rows(files, facts)
    return _Data(files, published, Read(facts, compare_splits(published, config.dedup, engine)))


def _nothing_left(content: ReleaseContent, where: Path) -> ReleaseError:
    """Say why there is no post."""
    read = sum(source.posts for source in content.sources)
    if not read:
        found = "; ".join(_found(source) for source in content.sources[:_NAMED])
        more = f"; and {len(content.sources) - _NAMED} more sources without posts" * (len(content.sources) > _NAMED)
        return ReleaseError(
            f"no post was read; found instead: {found}{more}", where=where, fix="Name sources that have posts with text"
        )
    reasons = count_values(narrow(content.dropped, ["reason"])["reason"])
    if reasons.get(PUBLISHED):
        return ReleaseError(
            f"no post is left to publish: {reasons[PUBLISHED]} posts are in the release that `against` names",
            where=where,
            fix="Name sources with other posts; for a new version of that release give it as `previous`",
        )
    told = ", ".join(f"{REASONS[reason]} {count:,}" for reason, count in reasons.items())
    return ReleaseError(
        f"no post is left to publish, of {read:,} that were read: {told}",
        where=where,
        fix="Name sources with other posts in Russian or English",
    )


def _found(source: SourceFile) -> str:
    """Say what a source has in place of posts."""
    units = ", ".join(f"{count:,} {why}" for why, count in source.without_post.items())
    return f"{source.file} ({source.format}): {units or 'nothing'}"


def _write(content: ReleaseContent, data: _Data, config: RunConfig, since: Since | None, folder: Path) -> None:
    """Fill the folder; the manifest comes last, so that a folder with one is complete."""
    configs, files = _describe_data(data, folder)
    counted = {name: {split: each.counts for split, each in splits.items()} for name, splits in data.read.facts.items()}
    if since:
        files |= _write_diff(since, config.release.version, folder)
    manifest = make_manifest(
        content,
        config,
        configs=configs,
        files=files,
        statistics=add_up(counted, data.read.held_out.counts),
        previous=since.facts() if since else None,
        carried_sources=since.sources() if since and content.carried else (),
    )
    manifest = manifest.model_copy(update={"provenance": describe_provenance(manifest)})
    texts = derive_files(manifest, data.published)
    texts["CHANGELOG.md"] = render_changelog(manifest, _history(since)).encode()
    if content.contaminated is not None:
        texts["decontaminated.tsv"] = render_decontaminated(content.contaminated).encode()
    for name, text in sorted(texts.items()):
        write_bytes(folder / name, text)
        files[name] = FileFacts(bytes=len(text), sha256=hashlib.sha256(text).hexdigest())
    manifest_text = manifest.model_copy(update={"files": files}).model_dump_json(indent=2) + "\n"
    sums = {name: facts.sha256 for name, facts in files.items()}
    sums[MANIFEST] = hashlib.sha256(manifest_text.encode()).hexdigest()
    write_text(folder / CHECKSUMS, "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())))
    write_text(folder / MANIFEST, manifest_text)


def _write_diff(since: Since, version: str, folder: Path) -> dict[str, FileFacts]:
    name = f"diff/{since.before.manifest.version}..{version}.parquet"
    write_table(folder / name, since.changes)
    return {name: FileFacts(bytes=(folder / name).stat().st_size, sha256=sha256_file(folder / name))}


def _history(since: Since | None) -> str:
    """Return the changelog of the version before."""
    if since is None:
        return ""
    return read_changelog(since.before.folder)


def _describe_data(data: _Data, folder: Path) -> tuple[dict[str, ConfigFacts], dict[str, FileFacts]]:
    """Return what is known of configs and files."""
    configs, files = {}, {}
    for config in CONFIGS:
        splits = {}
        for split, found in data.read.facts[config.name].items():
            paths = data.files[config.name][split]
            names = [path.relative_to(folder).as_posix() for path in paths]
            for path, name in zip(paths, names, strict=True):
                files[name] = FileFacts(bytes=path.stat().st_size, sha256=sha256_file(path))
            splits[split] = SplitFacts(
                rows=found.num_rows, bytes=found.bytes, content_sha256=found.content_sha256, files=names
            )
        configs[config.name] = ConfigFacts(
            about=config.about,
            rows=sum(facts.rows for facts in splits.values()),
            columns=describe_columns(config.schema),
            splits=splits,
        )
    return configs, files


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
