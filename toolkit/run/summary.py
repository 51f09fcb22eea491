"""The short story of a build in numbers, for a person and for a script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from toolkit.options import RunConfig
from toolkit.partitions import Partitions
from toolkit.release.documents.absence import why_no_pairs
from toolkit.release.manifest import Manifest
from toolkit.results import CARRIED_ON, DUPLICATE, NO_COUNTERPART, NULL_BEAD, PUBLISHED, REASONS
from toolkit.takedowns import read_takedowns


@dataclass(frozen=True)
class BuildReport:
    """What a build made.

    Attributes:
        name: of the dataset.
        version: of the release.
        release: its folder.
        previous: version of the release that this one goes on from; null if there is none.
        anew: why nothing of that was carried on; null if it was.
        carried: rows that were carried on, by config; the counts below are of news then, but for `published`.
        posts_in: posts read, by source.
        without_post: messages and rows of the sources of which no post was made, by what they are.
        posts_kept: posts that stayed after cleaning and dedup, by language.
        duplicates: posts that were removed or shortened, by kind of evidence.
        evidence: evidence about posts that stay, by kind.
        pairs: post pairs, by relation.
        no_counterpart: posts without a variant in the other language.
        beads: sentence beads, by type.
        published: sentence pairs, by split.
        no_pairs: why there is no sentence pair; null if there is one.
        default_config: of the release, what is loaded if no config is named.
        dropped: rows that left for reasons that the other counts do not tell, by reason.
        unknown_takedowns: ids of the list of takedowns that no post has or had, in the order of the list.
        wordless_takedowns: ids of the list that posts have or had, and of whose words it has no key.
    """

    name: str
    version: str
    release: Path
    previous: str | None
    anew: str | None
    carried: dict[str, int]
    posts_in: dict[str, int]
    without_post: dict[str, int]
    posts_kept: dict[str, int]
    duplicates: dict[str, int]
    evidence: dict[str, int]
    pairs: dict[str, int]
    no_counterpart: int
    beads: dict[str, int]
    published: dict[str, int]
    no_pairs: str | None
    default_config: str
    dropped: dict[str, int]
    unknown_takedowns: tuple[str, ...]
    wordless_takedowns: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-like values."""
        return asdict(self) | {"release": str(self.release)}

    def rows(self) -> list[tuple[int, str, str]]:
        """Return (count, what, detail) for each line of the summary that a person reads."""
        nulls = {kind: count for kind, count in self.beads.items() if "0" in kind.split(":")}
        full = {kind: count for kind, count in self.beads.items() if kind not in nulls}
        variants = {relation: count for relation, count in self.pairs.items() if relation != "comparable"}
        rows = [
            (_sum(self.posts_in), "posts in", _listed(self.posts_in)),
            (_sum(self.duplicates), "duplicates", _listed(self.duplicates)),
            (_sum(self.posts_kept), "posts kept", _listed(self.posts_kept)),
            (_sum(variants), "post pairs", _listed(variants)),
            (self.pairs.get("comparable", 0), "comparable pairs", "of one event, no translations; kept apart"),
            (self.no_counterpart, "posts without counterpart", ""),
            (_sum(full), "aligned beads", _listed(full)),
            (_sum(nulls), "null beads", _listed(nulls)),
        ]
        if self.evidence:
            rows.insert(2, (_sum(self.evidence), "texts shared or edited", _listed(self.evidence)))
        if self.carried:
            rows.insert(1, (self.carried["posts"], "posts carried on", f"from {self.previous}; what follows is new"))
        if self.without_post:
            rows.insert(1, (_sum(self.without_post), "no posts", _listed(self.without_post)))
        if self.dropped:
            rows.append((_sum(self.dropped), "other rows dropped", _listed(self.dropped)))
        return [*rows, (_sum(self.published), "sentence pairs published", _listed(self.published))]


def summarise(
    release: Path, manifest: Manifest, config: RunConfig, tables: Mapping[str, Partitions], dropped: Partitions
) -> BuildReport:
    """Count what the tables of a run hold.

    Args:
        release: its folder.
        manifest: of the release.
        config: of the run.
        tables: of the run, by name; only words that say of what kind a row is are read.
        dropped: `schemas.DROPPED` of all stages.
    """
    asked, known = read_takedowns(config.takedowns), set(manifest.takedowns)
    told = {DUPLICATE, PUBLISHED, NO_COUNTERPART, NULL_BEAD, CARRIED_ON}
    before, splits = manifest.previous, manifest.configs["sentence_pairs"].splits
    kinds: Counter[str] = Counter()
    evidence: Counter[str] = Counter()
    for (kind, removed), count in _values(tables["duplicates"], "kind", "removed").items():
        (kinds if removed or kind == "repeat" else evidence)[kind] += count
    reasons: Counter[str] = Counter()
    for (reason,), count in _values(dropped, "reason").items():
        if reason not in told:
            reasons[REASONS[reason]] += count
    return BuildReport(
        name=manifest.name,
        version=manifest.version,
        release=release,
        previous=before.version if before else None,
        anew=before.anew if before else None,
        carried=manifest.funnel.carried,
        posts_in={source.file: source.posts for source in manifest.sources if source.read_for is None},
        without_post=manifest.without_post(),
        posts_kept=_count(tables["unique"], "lang"),
        duplicates=_sorted(kinds),
        evidence=_sorted(evidence),
        pairs=_count(tables["pairs"], "relation"),
        no_counterpart=tables["match.dropped"].num_rows,
        beads=_count(tables["beads"], "bead_type"),
        no_pairs=why_no_pairs(manifest),
        default_config=manifest.default_config,
        published=_sorted({split: facts.rows for split, facts in splits.items()}),
        dropped=_sorted(reasons),
        unknown_takedowns=tuple(one for one in asked if one not in known),
        wordless_takedowns=tuple(one for one, words in asked.items() if one in known and not words),
    )


def _count(table: Partitions, column: str) -> dict[str, int]:
    """Return value: count, the most frequent first, equal ones by name."""
    return _sorted({value: count for (value,), count in _values(table, column).items()})


def _values(table: Partitions, *columns: str) -> Counter[tuple[Any, ...]]:
    """Return how often values of columns occur together."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for part in table.parts(columns):
        counted = part.group_by(list(columns)).aggregate([([], "count_all")])
        for *values, count in zip(*(counted[name].to_pylist() for name in [*columns, "count_all"]), strict=True):
            counts[tuple(values)] += count
    return counts


def _sorted(counted: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
