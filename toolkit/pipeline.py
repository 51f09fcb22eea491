"""From a run config to a release: the one file that knows the order of the stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.partitions import Partitions, joined
from toolkit.release.build import build_release
from toolkit.release.content import ReferenceFile, ReleaseContent, SourceFile
from toolkit.release.read import read_manifest
from toolkit.release.stated import require_release_facts
from toolkit.run import steps
from toolkit.run.increment import carry_on, known_takedowns, part_news, require_all_posts
from toolkit.run.keys import (
    decontaminating,
    deduplicating,
    is_read_alike,
    matching,
    reading,
    stage_signatures,
)
from toolkit.run.resolved import Run
from toolkit.run.summary import BuildReport, summarise
from toolkit.signature import signature_hash
from toolkit.sources import ParseResult
from toolkit.takedowns import read_takedowns
from toolkit.text.handle_owners import name_marks
from toolkit.workspace import Done, Event, PartsDone, Plan, StepDone, remove_old_steps, run_steps

Tables = Mapping[str, pa.Table]


def plan_stages(config: RunConfig, work: Path) -> Plan:
    """Return the stages of a run in order, with their keys; computes nothing.

    Args:
        config: the run.
        work: the work directory, for the cache of vectors.

    Raises:
        SourceError: if a source is missing.
        EncoderError: if the encoder cannot be loaded.
    """
    return plan_run(Run.resolve(config), work)


def plan_run(run: Run, work: Path) -> Plan:
    """Return the stages of a resolved run, as `plan_stages` does."""
    config, encoder, before, takedowns = run.config, run.encoder, run.before, run.takedowns
    goes_on = {"previous": before.sha256} if before else {}
    plan = Plan()
    parsed = _add_sources(plan, run, work)
    plan.add("merge", partial(steps.merge, parsed=parsed), after=["decide", *parsed], main="posts")

    clean = partial(steps.clean, config=config, before=before)
    plan.add("clean", clean, after=["merge"], options=config.clean.model_dump(mode="json") | goes_on)
    if before:
        news = partial(part_news, before=before, takedowns=takedowns, config=config)
        facts = goes_on | {"takedowns": takedowns, "window_hours": config.match.window_hours}
        plan.add("news", news, after=["clean"], options=facts)
    dedup = partial(steps.dedup, config=config, before=before, takedowns=takedowns)
    plan.add("dedup", dedup, after=["news" if before else "clean"], options=deduplicating(run), main="unique")

    embed = partial(steps.embed, encoder=encoder, vectors=work / "vectors")
    embedding = config.encoder.model_dump(mode="json") | {"revision": encoder.revision}
    plan.add("embed", embed, after=["dedup"], options=embedding, main="vectors")
    match = partial(steps.match, encoder=encoder, config=config, before=before)
    plan.add("match", match, after=["dedup", "embed"], options=matching(config))
    align = partial(steps.align, encoder=encoder, config=config)
    plan.add("align", align, after=["match"], options=config.align, main="beads")

    plan.add("score", steps.score, after=["align"], main="scored")
    plan.add("filter", partial(steps.filter_scored, config=config), after=["score"], options=config.filter)
    if config.decontaminate.against:
        take_out = partial(steps.take_out_test_sets, run=run)
        plan.add("decontaminate", take_out, after=["filter"], options=decontaminating(run))
    last = "decontaminate" if config.decontaminate.against else "filter"
    split = partial(steps.split, config=config, before=before)
    plan.add("split", split, after=[last], options=config.split, main="bitext")
    return plan


def _add_sources(plan: Plan, run: Run, work: Path) -> list[str]:
    """Add the steps that read the sources and mask them, and return the names of the latter.

    A handle is masked in all sources or in none, so all are read before the first is masked; between the two nothing
    but marks of names is stored. No other source changes the key of a source: one that is stored is read again only
    when a name that is in it is hidden or shown otherwise than it was.
    """
    held: dict[str, ParseResult] = {}
    names: list[str] = []
    config = run.config
    facts = [reading(config.pii, *one) for one in zip(config.sources, run.sha256s, strict=True)]
    for source, shown, fact in zip(config.sources, config.source_names, facts, strict=True):
        name = f"parse.{signature_hash(fact)[:8]}"
        name += f".{names.count(name) + 1}" * (name in names)
        read = partial(steps.read, name=name, source=source, held=held)
        plan.add(f"read.{name}", read, options=fact, main=f"owners.{name}", label=f"read {shown}")
        names.append(name)
    decide = partial(steps.decide, parsed=names, run=run)
    known = {"names": sorted(name_marks(run.names)), "goes_on": config.previous is not None}
    plan.add("decide", decide, after=[f"read.{name}" for name in names], options=known, main="public", label="handles")
    fits = partial(_is_read_alike, plan.steps[-1].folder(work))
    for source, shown, name, fact in zip(config.sources, config.source_names, names, facts, strict=True):
        parse = partial(steps.parse, name=name, source=source, config=config, held=held)
        plan.add(name, parse, options=fact, main=f"posts.{name}", label=f"parse {shown}", fits=fits)
    return names


def _is_read_alike(decided: Path, facts: Mapping[str, Any]) -> bool:
    """Tell whether a source was masked as the run has decided; in a plan, before that, it is expected to be."""
    marks = steps.load_decided(decided)
    return marks is None or is_read_alike(facts, marks)


def build_dataset(
    config: RunConfig,
    *,
    out: Path,
    work: Path,
    engine: Engine = EMBEDDED,
    fresh: bool = False,
    on_step: Callable[[Event], None] = lambda event: None,
) -> BuildReport:
    """Run all stages and write the release, which is verified as by a stranger before it gets its name.

    Args:
        config: the run.
        out: the release goes to out/name/version.
        work: the work directory; a killed build goes on from what is stored there.
        engine: where the stages run.
        fresh: compute everything again, except vectors: the encoder's revision pins those.
        on_step: told a step's label when it starts, how many of its parts are done, and a `StepDone` when it ends.

    Raises:
        ToolkitError: if an input is bad, or the version is taken by other content.
    """
    require_release_facts(config)  # now, not after hours of work
    run, dataset = Run.resolve(config), config.release.name
    engine = replace(engine, on_task=lambda done, of: on_step(PartsDone(done, of)))
    plan = plan_run(run, work)
    done = run_steps(plan.steps, work, engine=engine, fresh=fresh, dataset=dataset, on_step=on_step)
    if run.previous and run.anew:
        require_all_posts(done.parts["posts"].read(["post_id"]), run.previous, run.anew, run.takedowns)
    parsed = [step.name for step in plan.steps if step.name.startswith("parse.")]
    content = _content(run, done, parsed)
    posts = done.parts["posts"].num_rows
    told = _ReleaseSteps(on_step, done.parts["bitext"].num_rows, posts)
    try:
        release = build_release(content, config, out, run.previous, run.anew, engine, on_step=told.start)
    except ReleaseError as error:
        unknown = [post_id for post_id in read_takedowns(config.takedowns) if post_id not in content.takedowns]
        if not unknown:
            raise
        what = f"{error.what}; no post has or had {', '.join(unknown)} of {config.takedowns}"
        raise ReleaseError(what, where=error.where, line=error.line, fix=error.fix) from error
    told.end()
    remove_old_steps(plan.steps, work, dataset)
    return summarise(release, read_manifest(release), config, done.parts, dropped_rows(done.parts))


class _ReleaseSteps:
    """Tell of the steps after the last stage as of stages."""

    def __init__(self, on_step: Callable[[Event], None], rows: int, posts: int) -> None:
        self._on_step, self._rows, self._posts = on_step, rows, posts
        self._label, self._started = "", 0.0

    def start(self, label: str) -> None:
        """Begin a step, and end the one before it."""
        self.end()
        self._label, self._started = label, time.monotonic()
        self._on_step(label)

    def end(self) -> None:
        """End the step, if there is one."""
        if self._label:
            seconds = time.monotonic() - self._started
            self._on_step(StepDone(self._label, self._rows, 0, seconds, False, self._posts))


def _content(run: Run, done: Done, parsed: list[str]) -> ReleaseContent:
    """Gather what the release is built from; `parsed` names the steps that read the sources."""
    takedowns = known_takedowns(run.takedowns, done.tables, run.previous)
    read = [(done.facts[name], done.parts[f"posts.{name}"].num_rows) for name in parsed]
    sources = [
        SourceFile(
            shown,
            facts["sha256"],
            facts["report"]["format"],
            rows,
            facts["without_post"],
        )
        for shown, (facts, rows) in zip(run.config.source_names, read, strict=True)
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
        encoder_name=run.encoder.name,
        encoder_revision=run.encoder.revision,
        stages=stage_signatures(run, [source.sha256 for source in sources]),
        carried=carry_on(tables),
        takedowns=takedowns,
        references=tuple(ReferenceFile(**facts) for facts in done.facts.get("decontaminate", {}).get("against", ())),
        contaminated=tables.get("contaminated"),
    )


def dropped_rows(parts: Mapping[str, Partitions]) -> Partitions:
    """Return the DROPPED rows of all stages, in the order of the stages."""
    return joined([table for name, table in parts.items() if name.endswith(".dropped")], schemas.DROPPED)
