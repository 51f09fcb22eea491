"""The dataset card: YAML and prose from the manifest and a few rows; no number in it is typed by hand.

Post text, file and channel names are other people's: they come into the card only through `cell` and `json_block`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from importlib import resources
from typing import Any

from toolkit.release.documents.absence import why_no_pairs
from toolkit.release.documents.considerations import biases_list, limitations, maintenance, personal_data, uses
from toolkit.release.documents.hygiene import splits
from toolkit.release.documents.markdown import cell, json_block, shorten, table
from toolkit.release.documents.metadata import card_metadata, one_line
from toolkit.release.documents.notices import bibtex
from toolkit.release.documents.pictures import FOLDER, PICTURES, Picture
from toolkit.release.manifest import LATER_STAGES, Manifest
from toolkit.release.rows import Rows
from toolkit.release.statistics import QUANTILES
from toolkit.release.tables import (
    COMPARABLE_PAIRS,
    CONFIGS,
    DUPLICATES,
    POST_PAIRS,
    POSTS,
    SENTENCE_PAIRS,
    SPLITS,
    PublishedConfig,
)
from toolkit.results import REASONS

_EXAMPLES = 3
_EXAMPLE_COLUMNS = ("bead_id", "ru_text", "en_text", "bead_type", "score", "relation", "first_seen")
_POST_COLUMNS = ("post_id", "channel", "date", "lang", "text")  # of examples where there are no pairs
_SHOWN_CHANNELS = 20
_PII_NAMES = {
    "phone": "telephone numbers",
    "email": "mail addresses",
    "card": "bank cards and accounts",
    "handle": "handles",
}
_PII_MODES = {
    "mask": "`[{}]`",
    "hash": "a pseudonym, `[{}:...]`: a hash with a salt that is not published and that whoever builds it again needs",
    "drop": "nothing",
    "keep": "kept as they were",
}


def render_card(manifest: Manifest, examples: Sequence[Mapping[str, Any]], pictures: Mapping[str, Picture]) -> str:
    """Return README.md.

    Args:
        manifest: all facts.
        examples: a few rows of the default config, see `pick_examples`.
        pictures: of the manifest's statistics.
    """
    from huggingface_hub import DatasetCard, DatasetCardData

    template = resources.files("toolkit.release.documents").joinpath("templates/dataset_card.md").read_text("utf-8")
    values = _stated(manifest) | _computed(manifest) | {"examples": json_block([shorten(row) for row in examples])}
    shown = {f"{name}_picture": _picture(pictures.get(name)) for name in PICTURES}
    data = DatasetCardData(**card_metadata(manifest))
    card = DatasetCard.from_template(data, template_str=template, **values, **shown)
    return f"{str(card).rstrip()}\n"


def pick_examples(splits: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """Return a few rows of the first split of the default config, evenly spaced, with dates as text."""
    rows = next(iter(splits.values()))
    rows = rows.select(_EXAMPLE_COLUMNS if "bead_id" in rows.schema.names else _POST_COLUMNS)
    count = min(_EXAMPLES, rows.num_rows)
    picked = [rows.slice(rows.num_rows * number // count, 1).to_pylist()[0] for number in range(count)]
    return [{name: _shown(value) for name, value in row.items()} for row in picked]


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return round(value, 4) if isinstance(value, float) else value


def _stated(manifest: Manifest) -> dict[str, str]:
    """Return what people wrote for the card, or what stands in its place."""
    release = manifest.options["release"]
    note = release["license_note"].strip()
    note += "" if note.endswith((".", "!", "?", "…")) else "."
    return {
        "title": one_line(release["title"]),
        "description": release["description"].strip(),
        "contact": release["contact"].strip(),
        "licence": f"`{release['license']}`. {note} The file LICENSE has it in full.",
        "uses": uses(manifest),
        "limitations": limitations(manifest),
        "biases": biases_list(manifest),
        "maintenance": maintenance(manifest),
        "notes": f"## Notes\n\n{release['notes'].strip()}" if (release["notes"] or "").strip() else "",
    }


def _computed(manifest: Manifest) -> dict[str, str | bool]:
    """Return what the card says in numbers and names."""
    quantiles = manifest.statistics["quantiles"]
    lowest = quantiles[SENTENCE_PAIRS.name]["score"]
    return {
        "summary": _summary(manifest),
        "contents": _contents(manifest),
        "path": f"dist/{manifest.name}/{manifest.version}",
        "default": manifest.default_config,
        "first_split": manifest.first_split,
        "has_sentences": manifest.has_rows(SENTENCE_PAIRS.name),
        "has_pairs": manifest.has_rows(SENTENCE_PAIRS.name, POST_PAIRS.name, COMPARABLE_PAIRS.name),
        "low_score": f"{lowest[0]}" if lowest else "",
        "low_share": f"{QUANTILES[0]:.0%}",
        "funnel": _funnel(manifest),
        "encoder": one_line(manifest.encoder.name).replace("`", "'"),  # the name of a folder can be anything
        "encoder_revision": manifest.encoder.revision,
        "dedup": _dedup(manifest),
        "quantile_names": " | ".join(f"{share:.0%} are below" if share != 0.5 else "median" for share in QUANTILES),
        "quantile_align": "|".join("--:" for _ in QUANTILES),
        "quantiles": table(
            [config, f"`{column}`", *(values or ["-"] * len(QUANTILES))]
            for config, columns in quantiles.items()
            if manifest.has_rows(config)
            for column, values in columns.items()
        ),
        "relations": _counts(manifest.statistics["relations"]),
        "bead_types": _counts(manifest.statistics["bead_types"]),
        "splits": splits(manifest),
        "fields": _fields(manifest),
        "sources": table(
            [cell(s.label), cell(s.format), f"{s.posts:,}", cell(s.rights), cell(s.slant), cell(s.url or "not stated")]
            for s in manifest.sources
        ),
        "channels": _channels(manifest),
        "personal": _personal(manifest),
        "signature": manifest.signature,
        "libraries": ", ".join(f"{name} {version}" for name, version in manifest.libraries.items()),
        "citation": bibtex(manifest),
    }


def _picture(picture: Picture | None) -> str:
    """Return a picture with its text for who does not see it; nothing if there is none."""
    return f"![{cell(picture.alt)}]({FOLDER}/{picture.name})" if picture else ""


def _counts(counts: Mapping[str, int]) -> str:
    return table(([cell(value), f"{count:,}"] for value, count in counts.items()), empty="| none | 0 |")


def _summary(manifest: Manifest) -> str:
    numbers = manifest.statistics
    languages = ", ".join(f"{count:,} {cell(lang)}" for lang, count in numbers["languages"].items())
    span = ""
    if numbers["first_date"]:
        span = f", published between {numbers['first_date']} and {numbers['last_date']}"
    if why := why_no_pairs(manifest):
        posts, many = manifest.configs[POSTS.name].rows, len(numbers["channels"])
        return (
            f"Version {manifest.version} has **{posts:,} post{'s' * (posts != 1)}** ({languages}) "
            f"of {many:,} channel{'s' * (many != 1)}{span}. No sentence pair was found: {why}."
        )
    return (
        f"Version {manifest.version} has **{manifest.configs[SENTENCE_PAIRS.name].rows:,} sentence pairs** from "
        f"{manifest.configs[POST_PAIRS.name].rows:,} pairs of posts, found among "
        f"{manifest.configs[POSTS.name].rows:,} posts ({languages}) "
        f"of {len(numbers['channels']):,} channels{span}."
    )


def _contents(manifest: Manifest) -> str:
    rows = []
    for config in _published(manifest):
        facts = manifest.configs[config.name]
        by_split = [f"{facts.splits[split].rows:,}" if split in facts.splits else "-" for split in SPLITS]
        name = f"`{config.name}`{' (default)' if config.name == manifest.default_config else ''}"
        rows.append([name, config.about, f"{facts.rows:,}", *by_split])
    return table(rows)


def _published(manifest: Manifest) -> list[PublishedConfig]:
    return [config for config in CONFIGS if manifest.has_rows(config.name)]


def _funnel(manifest: Manifest) -> str:
    facts = manifest.funnel
    rows = [(f"in the sources, but no posts: {cell(what)}", n) for what, n in manifest.without_post().items()]
    rows += [("posts read from the sources", facts.posts_read), *_left(manifest, facts.dropped.keys() - LATER_STAGES)]
    rows += _total(manifest, POSTS.name, "posts")
    new = "the new ones" if facts.carried else "them"
    rows += [(f"of {new} with {REASONS[reason]}", n) for reason, n in facts.dropped.get("match", {}).items()]
    rows += _left(manifest, {"score"})
    rows += _total(manifest, POST_PAIRS.name, "post pairs")
    rows += [(f"of them {relation}", n) for relation, n in manifest.statistics["post_pairs"].items()]
    if apart := manifest.configs[COMPARABLE_PAIRS.name].rows:
        rows += [(f"comparable pairs, published apart in `{COMPARABLE_PAIRS.name}`", apart)]
    rows += [("groups of sentences aligned in pairs", facts.beads)]
    rows += _left(manifest, {"filter", "decontaminate", "split"})
    rows += _total(manifest, SENTENCE_PAIRS.name, "sentence pairs")
    return table([what, f"{count:,}"] for what, count in rows)


def _left(manifest: Manifest, stages: Set[str]) -> list[tuple[str, int]]:
    """Return what left, in the order in which the stages ran."""
    dropped = manifest.funnel.dropped.items()
    reasons = ((stage, why, n) for stage, counts in dropped if stage in stages for why, n in counts.items())
    return [(f"left out by `{stage}`: {REASONS[why]}", n) for stage, why, n in reasons]


def _total(manifest: Manifest, config: str, what: str) -> list[tuple[str, int]]:
    """Return the rows of a config, and how many of them were there before."""
    before, carried = manifest.previous, manifest.funnel.carried.get(config)
    taken = [(f"{what} taken over from version {before.version}", carried)] if before and carried else []
    return [*taken, (f"**{what} published**", manifest.configs[config].rows)]


def _dedup(manifest: Manifest) -> str:
    if not manifest.configs[DUPLICATES.name].rows:
        return f"No post repeats another one, so the config `{DUPLICATES.name}` has no rows and is left out."
    intro = (
        f"Every decision is a row of the config `{DUPLICATES.name}`: the post, the one kept, and the evidence. Posts "
        "of kind exact, near and copy (edited) were removed. What is contained in a longer post, shares a paragraph or "
        "a file with another one, or was edited, stays, and is only reported."
    )
    head = "| kind | rule | version | rows |\n|---|---|---|--:|"
    rules = manifest.funnel.duplicates
    rows = [[cell(r.kind), cell(r.rule), cell(r.rule_version), f"{r.posts:,}"] for r in rules]
    if manifest.previous and (carried := manifest.funnel.carried.get(DUPLICATES.name)):
        rows.append([f"taken over from version {manifest.previous.version}", "all", "", f"{carried:,}"])
    return f"{intro}\n\n{head}\n{table(rows)}"


def _fields(manifest: Manifest) -> str:
    parts = []
    for config in _published(manifest):
        columns = manifest.configs[config.name].columns
        rows = table([f"`{c.name}`", cell(c.type), "yes" if c.nullable else "", cell(c.doc)] for c in columns)
        parts.append(f"### {config.name}\n\n| field | type | may be null | meaning |\n|---|---|---|---|\n{rows}")
    return "\n\n".join(parts)


def _channels(manifest: Manifest) -> str:
    counts, names = manifest.statistics["channels"], manifest.statistics.get("channel_names", {})
    shown = list(counts.items())[:_SHOWN_CHANNELS]
    rows = table([cell(f"{name}: {names[name]}" if name in names else name), f"{count:,}"] for name, count in shown)
    rest = f"\n\nand {len(counts) - len(shown):,} more channels." if len(counts) > len(shown) else ""
    return f"| channel | posts published |\n|---|--:|\n{rows}{rest}"


def _personal(manifest: Manifest) -> str:
    modes, found = manifest.options["pii"], manifest.statistics["personal"]
    rows = [[_PII_NAMES[kind], f"{n:,}", _PII_MODES[modes[kind]].format(kind.upper())] for kind, n in found.items()]
    return (
        "A machine looked for what reaches one person, before anything else was done with the posts, and replaced it "
        "in their texts, links and file names:\n\n"
        f"| what | found in published posts | now |\n|---|--:|---|\n{table(rows)}\n\n{personal_data(manifest)}"
    )
