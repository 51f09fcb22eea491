"""The dataset card: YAML and prose from the manifest and a few rows; no number in it is typed by hand.

Post text, file and channel names are other people's: they come into the card only through `cell` and `json_block`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from string import Template
from typing import Any

import yaml

from toolkit.release.manifest import Manifest
from toolkit.release.metadata import card_metadata
from toolkit.release.statistics import QUANTILES
from toolkit.release.tables import COMPARABLE_PAIRS, CONFIGS, DUPLICATES, POST_PAIRS, SENTENCE_PAIRS, SPLITS
from toolkit.results import REASONS

_EXAMPLE_LETTERS = 400
_MARKUP = re.compile(r"([\\`*_\[\]|~$#])")
_SHOWN_CHANNELS = 20
_PII_NAMES = {"phone": "telephone numbers", "email": "mail addresses", "card": "bank cards", "handle": "handles"}
_PII_MODES = {
    "mask": "`[{}]`",
    "hash": "a pseudonym, `[{}:...]`: a hash with a salt that is not published and that whoever builds it again needs",
    "drop": "nothing",
    "keep": "kept as they were",
}


def render_card(manifest: Manifest, examples: Sequence[Mapping[str, Any]]) -> str:
    """Return README.md.

    Args:
        manifest: all facts.
        examples: a few rows of sentence_pairs.
    """
    release = manifest.options["release"]
    quantiles = manifest.statistics["quantiles"]
    first_split = next(iter(manifest.configs[SENTENCE_PAIRS.name].splits))
    template = Template(resources.files("toolkit.release").joinpath("templates/dataset_card.md").read_text("utf-8"))
    return template.substitute(
        metadata=yaml.safe_dump(card_metadata(manifest), allow_unicode=True, sort_keys=False, width=10_000),
        title=" ".join(release["title"].split()),
        description=release["description"].strip(),
        summary=_summary(manifest),
        contents=_contents(manifest),
        path=f"dist/{manifest.name}/{manifest.version}",
        first_split=first_split,
        low_score=quantiles[SENTENCE_PAIRS.name]["score"][0],
        low_share=f"{QUANTILES[0]:.0%}",
        examples=json_block([shorten(row) for row in examples]),
        funnel=_funnel(manifest),
        encoder=manifest.encoder.name,
        encoder_revision=manifest.encoder.revision,
        dedup=_dedup(manifest),
        quantile_names=" | ".join(f"{share:.0%} are below" if share != 0.5 else "median" for share in QUANTILES),
        quantile_align="|".join("--:" for _ in QUANTILES),
        quantiles=_table(
            [config, f"`{column}`", *(values or ["-"] * len(QUANTILES))]
            for config, columns in quantiles.items()
            for column, values in columns.items()
        ),
        relations=_counts(manifest.statistics["relations"]),
        bead_types=_counts(manifest.statistics["bead_types"]),
        splits=_splits(manifest),
        fields=_fields(manifest),
        sources=_table(
            [cell(s.file), cell(s.format), f"{s.posts:,}", cell(s.rights), cell(s.slant), cell(s.url or "not stated")]
            for s in manifest.sources
        ),
        channels=_channels(manifest),
        personal=_personal(manifest),
        contact=release["contact"].strip(),
        signature=manifest.signature,
        license=f"`{release['license']}`. {release['license_note'].strip()} The file LICENSE has it in full.",
        notes=f"\n## Notes\n\n{release['notes'].strip()}" if release["notes"] else "",
    )


def cell(text: str) -> str:
    """Return text as one harmless piece of a Markdown table: one line, no markup, no HTML.

    >>> cell("a | b\\n<script>*x*")
    'a \\\\| b &lt;script&gt;\\\\*x\\\\*'
    """
    printable = "".join(letter if _is_printable(letter) else " " for letter in text)
    escaped = _MARKUP.sub(r"\\\1", " ".join(printable.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def json_block(value: object) -> str:
    """Return a value as a fenced block of JSON that reads well and that its content cannot leave.

    Backticks, angle brackets, ampersands and everything that does not print (bidi marks and so on) are JSON escapes.

    >>> print(json_block({"ru_text": "до```после"}))
    ```json
    {
      "ru_text": "до\\u0060\\u0060\\u0060после"
    }
    ```
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    safe = "".join(
        letter if letter == "\n" or (_is_printable(letter) and letter not in "`<>&") else _escape(letter)
        for letter in text
    )
    return f"```json\n{safe}\n```"


def shorten(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with long texts cut, and marked as such."""
    return {
        key: f"{value[:_EXAMPLE_LETTERS]} […]" if isinstance(value, str) and len(value) > _EXAMPLE_LETTERS else value
        for key, value in row.items()
    }


def _is_printable(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CZ" or letter == " "


def _escape(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _table(rows: Iterable[Sequence[object]]) -> str:
    return "\n".join(f"| {' | '.join(str(value) for value in row)} |" for row in rows) or "| none | 0 |"


def _counts(counts: Mapping[str, int]) -> str:
    return _table([cell(value), f"{count:,}"] for value, count in counts.items())


def _summary(manifest: Manifest) -> str:
    numbers, facts = manifest.statistics, manifest.funnel
    languages = ", ".join(f"{count:,} {cell(lang)}" for lang, count in numbers["languages"].items())
    span = ""
    if numbers["first_date"]:
        span = f", published between {numbers['first_date']} and {numbers['last_date']}"
    return (
        f"Version {manifest.version} has **{facts.sentence_pairs:,} sentence pairs** from "
        f"{manifest.configs[POST_PAIRS.name].rows:,} pairs of posts, found among {facts.posts:,} posts ({languages}) "
        f"of {len(numbers['channels']):,} channels{span}."
    )


def _contents(manifest: Manifest) -> str:
    rows = []
    for config in CONFIGS:
        facts = manifest.configs[config.name]
        by_split = [f"{facts.splits[split].rows:,}" if split in facts.splits else "-" for split in SPLITS]
        name = f"`{config.name}`{' (default)' if config is SENTENCE_PAIRS else ''}"
        rows.append([name, config.about, f"{facts.rows:,}", *by_split])
    return _table(rows)


def _funnel(manifest: Manifest) -> str:
    facts = manifest.funnel
    dropped = dict(facts.dropped)
    unmatched, filtered = dropped.pop("match", {}), dropped.pop("filter", {})
    rows = [("posts read from the sources", facts.posts_read)]
    for stage, reasons in dropped.items():
        rows += [(f"left out by `{stage}`: {REASONS[reason]}", n) for reason, n in reasons.items()]
    rows += [("**posts published**", facts.posts)]
    rows += [(f"of them with {REASONS[reason]}", n) for reason, n in unmatched.items()]
    rows += [("**post pairs published**", manifest.configs[POST_PAIRS.name].rows)]
    rows += [(f"of them {relation}", n) for relation, n in facts.post_pairs.items() if relation != "comparable"]
    rows += [
        (f"comparable pairs, published apart in `{COMPARABLE_PAIRS.name}`", n)
        for relation, n in facts.post_pairs.items()
        if relation == "comparable"
    ]
    rows += [("groups of sentences aligned in pairs", facts.beads)]
    rows += [(f"left out by `filter`: {REASONS[reason]}", n) for reason, n in filtered.items()]
    rows += [("**sentence pairs published**", facts.sentence_pairs)]
    return _table([what, f"{count:,}"] for what, count in rows)


def _dedup(manifest: Manifest) -> str:
    rules = manifest.funnel.duplicates
    if not rules:
        return f"No post repeats another one, so the config `{DUPLICATES.name}` has no rows and is left out."
    intro = (
        f"Every decision is a row of the config `{DUPLICATES.name}`: the post, the one kept, and the evidence. Posts "
        "of kind exact and near were removed. What is contained in a longer post, shares a paragraph or a file with "
        "another one, or was edited, stays, and is only reported."
    )
    head = "| kind | rule | version | rows |\n|---|---|---|--:|"
    table = _table([cell(r.kind), cell(r.rule), cell(r.rule_version), f"{r.posts:,}"] for r in rules)
    return f"{intro}\n\n{head}\n{table}"


def _splits(manifest: Manifest) -> str:
    options, held = manifest.options["split"], manifest.statistics["held_out"]
    text = (
        "Posts that hang together by duplicates or pairs are one component (`component_id`), and a component is in one "
        "split of every config. So no post, no pair and no exact or near duplicate found by deduplication is in two "
        f"splits, and no sentence pair occurs in two. `bitext verify` checks it. A hash of the component decides (seed "
        f"{options['seed']}, shares {options['validation']:.0%} validation and {options['test']:.0%} test), so a "
        "component keeps its split when the corpus grows around it; only one that gets a new smallest `post_id` is "
        f"dealt anew. Components of more than {options['max_posts']:,} posts are in train."
    )
    if not held["rows"]:
        return f"{text}\n\nThis version is so small that all sentence pairs are in train."
    return (
        f"{text}\n\nShort sentences recur: of {held['rows']:,} held-out sentence pairs, {held['ru_text']:,} have a "
        f"Russian and {held['en_text']:,} an English side that train has word for word, in another pair."
    )


def _fields(manifest: Manifest) -> str:
    parts = []
    for config in CONFIGS:
        columns = manifest.configs[config.name].columns
        rows = _table([f"`{c.name}`", cell(c.type), "yes" if c.nullable else "", cell(c.doc)] for c in columns)
        parts.append(f"### {config.name}\n\n| field | type | may be null | meaning |\n|---|---|---|---|\n{rows}")
    return "\n\n".join(parts)


def _channels(manifest: Manifest) -> str:
    counts = manifest.statistics["channels"]
    shown = dict(list(counts.items())[:_SHOWN_CHANNELS])
    rest = f"\n\nand {len(counts) - len(shown):,} more channels." if len(counts) > len(shown) else ""
    return f"| channel | posts published |\n|---|--:|\n{_counts(shown)}{rest}"


def _personal(manifest: Manifest) -> str:
    modes, found = manifest.options["pii"], manifest.statistics["personal"]
    public = len(modes["public"])
    rows = [[_PII_NAMES[kind], f"{n:,}", _PII_MODES[modes[kind]].format(kind.upper())] for kind, n in found.items()]
    return (
        "A machine looked for what reaches one person, before anything else was done with the posts, and replaced it "
        "in their texts, links and file names:\n\n"
        f"| what | found in published posts | now |\n|---|--:|---|\n{_table(rows)}\n\n"
        "The same value has the same placeholder in Russian and in English, and posts that differ in such a value "
        "only are duplicates, unless it is a pseudonym. No id depends on a value. A handle (`@name`, `t.me/name`) is "
        "taken for a channel's, and stays, if it is a channel of this dataset, if a link to one of its messages was "
        f"seen, or if it ends in `bot`; {public:,} values were declared public by the maintainers. All other handles "
        "count as personal, channels that nobody links to among them. Names of people stay, as do addresses of pages "
        "outside Telegram, and a machine misses what it was not made for: postal addresses, numbers written in words. "
        "Do not use the data to identify, profile or contact people."
    )
