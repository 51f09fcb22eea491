"""Write a release: data, card, manifest, checksums; checked as a stranger would, and put in place in one step."""

from __future__ import annotations

import filecmp
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.checks.verify import verify_release
from toolkit.release.content import ReleaseContent, SourceFile
from toolkit.release.diff import diff_rows
from toolkit.release.documents.derived import derive_files
from toolkit.release.documents.notices import render_changelog, render_decontaminated
from toolkit.release.documents.provenance import describe_provenance
from toolkit.release.gather import make_manifest
from toolkit.release.manifest import CHECKSUMS, MANIFEST, ConfigFacts, FileFacts, SplitFacts, describe_columns
from toolkit.release.parquet import arrow_bytes, content_hash, write_split
from toolkit.release.read import Release, read_changelog
from toolkit.release.statistics import count_values, describe
from toolkit.release.tables import CONFIGS, POSTS, all_rows, published_tables
from toolkit.release.versions import Since, settle_version
from toolkit.results import PUBLISHED, REASONS
from toolkit.storage import held, sha256_file, write_bytes, write_table, write_text

Published = Mapping[str, Mapping[str, pa.Table]]

_NAMED = 3  # sources that an error names


def build_release(
    content: ReleaseContent,
    config: RunConfig,
    out: Path,
    previous: Release | None = None,
    anew: str | None = None,
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
        on_step: told what begins now.

    Returns:
        The folder of the release.

    Raises:
        ReleaseError: if no post is left, a fact for the card is missing, rows do not fit together, the version
            exists with other content, promises less than what changed, or nothing changed.
        ToolkitError: if the folder cannot be written to, or another build writes this release at the same time.
    """
    on_step("write release")
    published = published_tables(content)
    if not published[POSTS.name]:
        raise _nothing_left(content, out / config.release.name)
    since = None
    if previous:
        since = Since(previous, diff_rows(previous.tables, all_rows(published), content.takedowns), anew)
    config = settle_version(config, since)
    target = out / config.release.name / config.release.version
    with held(target.parent), _unfinished(target) as folder:
        _write(content, published, config, since, folder)
        on_step("verify release")
        problems = verify_release(folder).problems
        if problems:
            raise ReleaseError(f"the new release does not verify ({len(problems)} problems): {problems[0]}")
        _put_in_place(folder, target)
    return target


def _nothing_left(content: ReleaseContent, where: Path) -> ReleaseError:
    """Say why there is no post."""
    read = sum(source.posts for source in content.sources)
    if not read:
        found = "; ".join(_found(source) for source in content.sources[:_NAMED])
        more = f"; and {len(content.sources) - _NAMED} more sources without posts" * (len(content.sources) > _NAMED)
        return ReleaseError(
            f"no post was read; found instead: {found}{more}", where=where, fix="Name sources that have posts with text"
        )
    reasons = count_values(content.dropped["reason"])
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


def _write(content: ReleaseContent, published: Published, config: RunConfig, since: Since | None, folder: Path) -> None:
    """Fill the folder; the manifest comes last, so that a folder with one is complete."""
    configs, files = _write_data(published, folder)
    if since:
        files |= _write_diff(since, config.release.version, folder)
    manifest = make_manifest(
        content,
        config,
        configs=configs,
        files=files,
        statistics=describe(published, config.dedup),
        previous=since.facts() if since else None,
        carried_sources=since.sources() if since and content.carried else (),
    )
    manifest = manifest.model_copy(update={"provenance": describe_provenance(manifest)})
    texts = derive_files(manifest, published)
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


def _write_data(published: Published, folder: Path) -> tuple[dict[str, ConfigFacts], dict[str, FileFacts]]:
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
                rows=table.num_rows, bytes=arrow_bytes(table), content_sha256=content_hash(table), files=names
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
