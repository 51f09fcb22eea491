"""From a run config to a release: the one file that knows the order of the stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa

from toolkit import schemas
from toolkit.encoders import load_encoder
from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import ReleaseError
from toolkit.evaluation.reference_sets import read_reference_set
from toolkit.options import RunConfig
from toolkit.partitions import Partitions, Store, joined
from toolkit.release.build import build_release
from toolkit.release.content import ReferenceFile, ReleaseContent, SourceFile
from toolkit.release.read import Release, read_manifest
from toolkit.release.stated import require_release_facts
from toolkit.run import steps
from toolkit.run.increment import carry_on, known_takedowns, list_takedowns, part_news, read_previous, require_all_posts
from toolkit.run.keys import (
    decontaminating,
    deduplicating,
    file_hash,
    is_read_alike,
    matching,
    name_marks,
    reading,
    run_names,
    stage_signatures,
)
from toolkit.run.summary import BuildReport, summarise
from toolkit.signature import signature_hash
from toolkit.stages.decontaminate import ReferenceSet
from toolkit.takedowns import read_takedowns
from toolkit.workspace import Done, Output, Plan, StepDone, run_steps

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
    before, anew = read_previous(config, encoder.revision)
    before = None if anew else before
    goes_on = {"previous": before.sha256} if before else {}
    takedowns = list_takedowns(config)
    plan = Plan()
    parsed = _add_sources(plan, config)
    # A source that is stored is not read again because of a name that is not in it; what comes next is cheap.
    names = {"names": sorted(name_marks(run_names(config)))}
    plan.add("merge", _whole(partial(steps.merge, parsed=parsed)), after=parsed, options=names, main="posts")

    clean = partial(steps.clean, config=config, before=before, engine=engine)
    plan.add("clean", _whole(clean), after=["merge"], options=config.clean.model_dump(mode="json") | goes_on)
    if before:
        news = partial(part_news, before=before, takedowns=takedowns, config=config, engine=engine)
        facts = goes_on | {"takedowns": takedowns, "window_hours": config.match.window_hours}
        plan.add("news", _whole(news), after=["clean"], options=facts)
    dedup = partial(steps.dedup, config=config, before=before, takedowns=takedowns, engine=engine)
    plan.add(
        "dedup", _whole(dedup), after=["news" if before else "clean"], options=deduplicating(config), main="unique"
    )

    embed = partial(steps.embed, encoder=encoder, vectors=work / "vectors", engine=engine)
    embedding = config.encoder.model_dump(mode="json") | {"revision": encoder.revision}
    plan.add("embed", _whole(embed), after=["dedup"], options=embedding, main="vectors")
    match = partial(steps.match, encoder=encoder, config=config, before=before, engine=engine)
    plan.add("match", _whole(match), after=["dedup", "embed"], options=matching(config))
    align = partial(steps.align, encoder=encoder, config=config, engine=engine)
    plan.add("align", _whole(align), after=["match"], options=config.align, main="beads")

    plan.add("score", _whole(partial(steps.score, engine=engine)), after=["align"], main="scored")
    plan.add("filter", _whole(partial(steps.filter_scored, config=config)), after=["score"], options=config.filter)
    if config.decontaminate.against:
        take_out = partial(steps.take_out_test_sets, config=config, references=_read_test_sets(config))
        plan.add("decontaminate", _whole(take_out), after=["filter"], options=decontaminating(config))
    last = "decontaminate" if config.decontaminate.against else "filter"
    split = partial(steps.split, config=config, before=before)
    plan.add("split", _whole(split), after=[last], options=config.split, main="bitext")
    return plan


def _whole(compute: Callable[[Tables], Output]) -> Callable[[Done, Store], Output]:
    """Give a step its tables whole."""
    return lambda done, _: compute(done.tables)


def _add_sources(plan: Plan, config: RunConfig) -> list[str]:
    """Add a step for each source and return the names of the steps, which no other source changes."""
    fits = partial(is_read_alike, marks=name_marks(run_names(config)))
    names: list[str] = []
    for source, shown in zip(config.sources, config.source_names, strict=True):
        facts = reading(config.pii, source, file_hash(source.path))
        name = f"parse.{signature_hash(facts)[:8]}"
        name += f".{names.count(name) + 1}" * (name in names)
        parse = partial(steps.parse, name=name, source=source, config=config)
        plan.add(name, _whole(parse), options=facts, main=f"posts.{name}", label=f"parse {shown}", fits=fits)
        names.append(name)
    return names


def _read_test_sets(config: RunConfig) -> list[ReferenceSet]:
    named = zip(config.decontaminate.against, config.test_set_names, strict=True)
    return [read_reference_set(path, name) for path, name in named]


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
    plan = plan_stages(config, work, engine)
    done = run_steps(plan.steps, work, engine=engine, fresh=fresh, on_step=on_step)
    before, anew = read_previous(config, load_encoder(config.encoder).revision)
    if before and anew:
        require_all_posts(done.tables["posts"], before, anew, list_takedowns(config))
    parsed = [step.name for step in plan.steps if step.name.startswith("parse.")]
    content = _content(config, done, before, parsed)
    try:
        release = build_release(content, config, out, before, anew, engine)
    except ReleaseError as error:
        unknown = [post_id for post_id in read_takedowns(config.takedowns) if post_id not in content.takedowns]
        if not unknown:
            raise
        what = f"{error.what}; no post has or had {', '.join(unknown)} of {config.takedowns}"
        raise ReleaseError(what, where=error.where, line=error.line, fix=error.fix) from error
    return summarise(release, read_manifest(release), config, done.parts, dropped_rows(done.parts))


def _content(config: RunConfig, done: Done, before: Release | None, parsed: list[str]) -> ReleaseContent:
    """Gather what the release is built from; `parsed` names the steps that read the sources."""
    encoder = load_encoder(config.encoder)
    takedowns = known_takedowns(list_takedowns(config), done.tables, before)
    read = [(done.facts[name], done.parts[f"posts.{name}"].num_rows) for name in parsed]
    sources = [
        SourceFile(
            shown,
            facts["sha256"],
            facts["report"]["format"],
            rows,
            facts["without_post"],
        )
        for shown, (facts, rows) in zip(config.source_names, read, strict=True)
    ]
    parts, tables = done.parts, done.tables
    return ReleaseContent(
        bitext=parts["bitext"],
        pairs=steps.pairs_to_publish(tables) if "contaminated" in parts else parts["pairs"],
        posts=parts["unique"],
        duplicates=parts["duplicates"],
        components=parts["components"],
        dropped=dropped_rows(parts),
        sources=tuple(sources),
        encoder_name=encoder.name,
        encoder_revision=encoder.revision,
        stages=stage_signatures(config, encoder.revision, [source.sha256 for source in sources]),
        carried=carry_on(tables),
        takedowns=takedowns,
        references=tuple(ReferenceFile(**facts) for facts in done.facts.get("decontaminate", {}).get("against", ())),
        contaminated=tables.get("contaminated"),
    )


def dropped_rows(parts: Mapping[str, Partitions]) -> Partitions:
    """Return the DROPPED rows of all stages, in the order of the stages."""
    return joined((table for name, table in parts.items() if name.endswith(".dropped")), schemas.DROPPED)
