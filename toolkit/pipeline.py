"""From a run config to a release: the one file that knows the order of the stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.cache import VectorCache
from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import SourceError
from toolkit.evaluation.reference_sets import read_reference_set
from toolkit.increment import (
    are_new_pairs,
    carried_pairs,
    carry_on,
    edited_texts,
    footer_texts,
    known_takedowns,
    leave_crossing,
    list_takedowns,
    part_news,
    published_components,
    read_previous,
    unedited_posts,
)
from toolkit.options import PiiOptions, RunConfig, SourceOptions
from toolkit.release.build import build_release
from toolkit.release.content import ReferenceFile, ReleaseContent, SourceFile
from toolkit.release.manifest import require_release_facts
from toolkit.release.read import Release, read_manifest, read_release
from toolkit.results import StageResult
from toolkit.signature import signature_hash
from toolkit.sources import read_source, source_hash
from toolkit.stages.align import align_posts
from toolkit.stages.clean import clean_posts
from toolkit.stages.crossing import drop_crossing
from toolkit.stages.decontaminate import ReferenceSet, decontaminate
from toolkit.stages.dedup import Published, dedup_posts
from toolkit.stages.embed import embed_posts
from toolkit.stages.evidence import find_shared, record_edits
from toolkit.stages.filter import filter_beads
from toolkit.stages.mask import mask_posts
from toolkit.stages.match import match_posts
from toolkit.stages.merge import merge_posts
from toolkit.stages.score import score_beads, score_pairs
from toolkit.stages.split import split_bitext, split_components
from toolkit.stages.takedown import take_down
from toolkit.storage import sha256_file
from toolkit.summary import BuildReport, summarise
from toolkit.text.masking import salt_fingerprint
from toolkit.workspace import Output, Plan, StepDone, run_steps

Tables = Mapping[str, pa.Table]


def plan_stages(config: RunConfig, work: Path, engine: Engine = EMBEDDED) -> Plan:
    """Return the stages of a run in order, with their keys; computes nothing.

    Args:
        config: the run.
        work: the work directory, for the cache of vectors.
        engine: where the stages will run; no part of any key, because it cannot change a byte.

    Raises:
        SourceError: if a source is missing.
        EncoderError: if the encoder cannot be loaded.
    """
    encoder = load_encoder(config.encoder)
    takedowns = list_takedowns(config)
    embedding = config.encoder.model_dump(mode="json") | {"revision": encoder.revision}
    plan = Plan()
    parsed = [f"parse{number}" for number in range(len(config.sources))]
    for name, source, shown in zip(parsed, config.sources, config.source_names, strict=True):
        facts = _reading(config, source, _file_hash(source.path))
        plan.add(
            name,
            partial(_parse, name=name, source=source, pii=_personal(config)),
            options=facts,
            main=f"posts.{name}",
            label=f"parse {shown}",
        )
    plan.add("merge", partial(_merge, parsed=parsed), after=parsed, main="posts")
    before, anew = read_previous(config, encoder.revision)
    before = None if anew else before
    plan.add(
        "clean",
        partial(_clean, config=config, before=before, engine=engine),
        after=["merge"],
        options=config.clean.model_dump(mode="json") | ({"previous": before.sha256} if before else {}),
    )
    if before:
        plan.add(
            "news",
            partial(part_news, before=before, takedowns=takedowns, config=config, engine=engine),
            after=["clean"],
            options={"previous": before.sha256, "takedowns": takedowns, "window_hours": config.match.window_hours},
        )
    plan.add(
        "dedup",
        partial(_dedup, config=config, before=before, takedowns=takedowns, engine=engine),
        after=["news" if before else "clean"],
        options=_deduplicating(config),
        main="unique",
    )
    plan.add(
        "embed",
        lambda done: _embed(done, encoder=encoder, cache=VectorCache(work / "vectors", encoder), engine=engine),
        after=["dedup"],
        options=embedding,
        main="vectors",
    )
    plan.add(
        "match",
        lambda done: _match(done, match_posts(_in_play(done), done["vectors"], encoder, config.match, engine), before),
        after=["dedup", "embed"],
        options=config.match,
    )
    plan.add(
        "align",
        lambda done: Output({"beads": align_posts(done["match"], _in_play(done), encoder, config.align, engine)}),
        after=["match"],
        options=config.align,
        main="beads",
    )
    plan.add("score", partial(_score, engine=engine), after=["align"], main="scored")
    plan.add(
        "filter",
        lambda done: _kept("filter", filter_beads(done["scored"], config.filter, carried_pairs(done))),
        after=["score"],
        options=config.filter,
    )
    if config.decontaminate.against:
        named = zip(config.decontaminate.against, config.test_set_names, strict=True)
        references = [read_reference_set(path, name) for path, name in named]
        plan.add(
            "decontaminate",
            partial(_decontaminate, config=config, references=references),
            after=["filter"],
            options=_decontaminating(config),
        )
    plan.add(
        "split",
        partial(_split, config=config, before=before),
        after=["decontaminate" if config.decontaminate.against else "filter"],
        options=config.split,
        main="bitext",
    )
    return plan


def build_dataset(
    config: RunConfig,
    *,
    out: Path,
    work: Path,
    engine: Engine = EMBEDDED,
    fresh: bool = False,
    on_step: Callable[[str | StepDone], None] = lambda event: None,
) -> BuildReport:
    """Run all stages and write the release, which is verified as by a stranger before it gets its name.

    Args:
        config: the run.
        out: the release goes to out/name/version.
        work: the work directory; a killed build goes on from what is stored there.
        engine: where the stages run.
        fresh: compute everything again, except vectors: the encoder's revision pins those.
        on_step: told a step's label when it starts and a `StepDone` when it ends.

    Raises:
        ToolkitError: if an input is bad, or the version is taken by other content.
    """
    require_release_facts(config)  # now, not after hours of work
    steps = plan_stages(config, work, engine).steps
    done = run_steps(steps, work, fresh=fresh, on_step=on_step)
    before, anew = read_previous(config, load_encoder(config.encoder).revision)
    release = build_release(_content(config, done, before), config, out, before, anew)
    return summarise(release, read_manifest(release), config, done.tables, dropped_rows(done.tables))


def _content(config: RunConfig, done: Output, before: Release | None) -> ReleaseContent:
    """Gather what the release is built from."""
    encoder = load_encoder(config.encoder)
    takedowns = known_takedowns(list_takedowns(config), done.tables, before)
    reports = [done.facts[f"parse{number}"] for number in range(len(config.sources))]
    sources = [
        SourceFile(name, facts["sha256"], facts["report"]["format"], done.tables[f"posts.parse{n}"].num_rows)
        for n, (name, facts) in enumerate(zip(config.source_names, reports, strict=True))
    ]
    tables = done.tables
    return ReleaseContent(
        bitext=tables["bitext"],
        pairs=_clean_pairs(tables),
        posts=tables["unique"],
        duplicates=tables["duplicates"],
        components=tables["components"],
        dropped=dropped_rows(tables),
        sources=tuple(sources),
        encoder_name=encoder.name,
        encoder_revision=encoder.revision,
        stages=stage_signatures(config, encoder.revision, [source.sha256 for source in sources]),
        carried=carry_on(tables),
        takedowns=takedowns,
        references=tuple(ReferenceFile(**facts) for facts in done.facts.get("decontaminate", {}).get("against", ())),
        contaminated=tables.get("contaminated"),
    )


def stage_signatures(config: RunConfig, encoder_revision: str, sha256s: list[str]) -> dict[str, str]:
    """Return the signature of each stage's output: of its options and of all that came before it.

    Unlike the keys of stored steps they do not cover the toolkit's code but its version, so that they are the same for
    everyone who has that version.
    """
    options: dict[str, Any] = {
        "parse": [_reading(config, source, sha256) for source, sha256 in zip(config.sources, sha256s, strict=True)],
        "clean": config.clean.model_dump(mode="json"),
        "dedup": _deduplicating(config),
        "embed": encoder_revision,
        "match": config.match.model_dump(mode="json"),
        "align": config.align.model_dump(mode="json"),
        "score": None,
        "filter": config.filter.model_dump(mode="json"),
        **({"decontaminate": _decontaminating(config)} if config.decontaminate.against else {}),
        "split": config.split.model_dump(mode="json"),
    }
    signatures: dict[str, str] = {}
    before = version("bitext-toolkit")
    for stage, facts in options.items():
        before = signatures[stage] = signature_hash({"stage": stage, "options": facts, "after": before})
    return signatures


def dropped_rows(tables: Tables) -> pa.Table:
    """Return the DROPPED rows of all stages, in the order of the stages."""
    parts = [table for name, table in tables.items() if name.endswith(".dropped")]
    return pa.concat_tables([schemas.DROPPED.empty_table(), *parts]).combine_chunks()


def _deduplicating(config: RunConfig) -> dict[str, Any]:
    """Return all that decides which posts are duplicates: the options, and what the older release has."""
    older: dict[str, Any] = {"against": read_release(config.against).sha256} if config.against else {}
    if takedowns := list_takedowns(config):
        older["takedowns"] = takedowns
    return config.dedup.model_dump(mode="json") | older


def _decontaminating(config: RunConfig) -> dict[str, Any]:
    """Return all that decides which pairs leave for a test set: the options, and the bytes of the test sets."""
    hashes = [sha256_file(path) for path in config.decontaminate.against]
    files = dict(zip(config.test_set_names, hashes, strict=True))
    return config.decontaminate.model_dump(mode="json") | {"against": files}


def _personal(config: RunConfig) -> PiiOptions:
    """Return the options for personal values, with the run's own channels among what is public."""
    channels = [source.channel for source in config.sources if source.channel]
    return config.pii.model_copy(update={"public": (*config.pii.public, *channels)})


def _reading(config: RunConfig, source: SourceOptions, sha256: str) -> dict[str, Any]:
    """Return all that decides which posts are read from a source: its bytes and name, not its folder or its rights."""
    facts = source.model_dump(mode="json", include={"format", "channel", "lang", "timezone", "columns"})
    pii = _personal(config)
    hiding = {"pii": pii.model_dump(mode="json"), "salt": salt_fingerprint(pii)}
    return facts | {"file": source.path.name, "sha256": sha256} | hiding


def _parse(_: Tables, *, name: str, source: SourceOptions, pii: PiiOptions) -> Output:
    parsed = read_source(source)
    facts = {"sha256": _file_hash(source.path), "report": parsed.report.to_dict()}
    return Output({f"posts.{name}": mask_posts(parsed.posts, pii)}, facts)  # nothing is stored before


def _merge(done: Tables, *, parsed: list[str]) -> Output:
    merged = merge_posts([done[f"posts.{name}"] for name in parsed])
    return Output({"posts": merged.kept, "merge.dropped": merged.dropped, "older": merged.older})


def _clean(done: Tables, *, config: RunConfig, before: Release | None, engine: Engine) -> Output:
    """Clean posts, and their older versions alike: their texts are published as evidence."""
    texts = footer_texts(done["posts"], before) if before else done["posts"]
    output = _kept("clean", clean_posts(done["posts"], config.clean, engine, learn_from=texts))
    older = clean_posts(done["older"], config.clean, engine, learn_from=texts).kept
    return Output(output.tables | {"older.clean": older})


def _kept(name: str, result: StageResult) -> Output:
    return Output({name: result.kept, f"{name}.dropped": result.dropped})


def _dedup(
    done: Tables, *, config: RunConfig, before: Release | None, takedowns: Sequence[str], engine: Engine
) -> Output:
    posts, versions, among, published = done["clean"], done["older.clean"], None, []
    if before:
        posts, versions = done["news"], pa.concat_tables([versions, edited_texts(done, before)])
        among = unedited_posts(done, before)
        published.append(Published(None, among))
    if config.against:
        older = read_release(config.against)
        published.append(Published(older.name, older.tables["posts"]))
    result = dedup_posts(posts, config.dedup, engine, published)
    edits = record_edits(posts, versions, result.duplicates, config.dedup)
    shared = find_shared(result.kept, config.dedup, engine, among)
    duplicates = pa.concat_tables([result.duplicates, edits, shared]).combine_chunks()
    left = take_down(result.kept, duplicates, takedowns)
    dropped = pa.concat_tables([result.dropped, left.dropped])
    return Output({"unique": left.kept, "dedup.dropped": dropped, "duplicates": left.duplicates})


def _match(done: Tables, result: StageResult, before: Release | None) -> Output:
    """Take a match for what it says of news; the open posts were told to be alone before."""
    if before is None:
        return _kept("match", result)
    is_own = pc.is_in(result.dropped["row_id"], value_set=done["unique"]["post_id"].combine_chunks())
    pairs = result.kept.filter(are_new_pairs(result.kept, done["unique"], before))
    return Output({"match": pairs, "match.dropped": result.dropped.filter(is_own)})


def _in_play(done: Tables) -> pa.Table:
    """Return the posts that may be in a pair: the new ones, and those published ones that wait for a counterpart."""
    return pa.concat_tables([done["unique"], done["open"]]).sort_by("post_id") if "open" in done else done["unique"]


def _embed(done: Tables, *, encoder: Encoder, cache: VectorCache, engine: Engine) -> Output:
    return Output({"vectors": embed_posts(_in_play(done), encoder, cache, engine)})


def _score(done: Tables, *, engine: Engine) -> Output:
    pairs = score_pairs(done["match"], done["beads"], _in_play(done))
    return Output({"pairs": pairs, "scored": score_beads(done["beads"], pairs, engine)})


def _split(done: Tables, *, config: RunConfig, before: Release | None) -> Output:
    done = {**done, "filter": done.get("decontaminate", done["filter"])}
    left = leave_crossing(done, before) if before else {}
    published = published_components(done, before) if before else None
    tables = {**done, **left}
    components = split_components(
        done["news" if before else "clean"], tables["duplicates"], tables["pairs"], config.split, published
    )
    bitext = split_bitext(tables["filter"], tables["pairs"], components)
    result = drop_crossing(bitext, config.dedup, carried_pairs(done))
    dropped = pa.concat_tables([left.get("split.dropped", schemas.DROPPED.empty_table()), result.dropped])
    return Output({**left, "components": components, "bitext": result.kept, "split.dropped": dropped})


def _decontaminate(done: Tables, *, config: RunConfig, references: Sequence[ReferenceSet]) -> Output:
    result = decontaminate(done["filter"], done["pairs"], _in_play(done), references, config.decontaminate)
    hashes = _decontaminating(config)["against"]
    files = [{"file": one.name, "sha256": hashes[one.name], "texts": len(one.texts)} for one in references]
    output = _kept("decontaminate", result)
    return Output(output.tables | {"contaminated": result.contaminated}, {"against": files})


def _clean_pairs(tables: Tables) -> pa.Table:
    """Return the pairs of posts that may be published; `pairs` has all of them, because they tie posts all the same."""
    if "contaminated" not in tables:
        return tables["pairs"]
    gone = tables["contaminated"]["id"].combine_chunks()
    return tables["pairs"].filter(pc.invert(pc.is_in(tables["pairs"]["pair_id"], value_set=gone)))


def _file_hash(path: Path) -> str:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise SourceError("is a pipe, which can be read only once, wanted a file", where=path, fix="Save it as a file")
    try:
        return source_hash(path)
    except OSError as error:
        raise SourceError(f"cannot read the source: {error.strerror}", where=path, fix="Check its path") from error
