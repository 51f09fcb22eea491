"""What a reader should weigh before using a release, in words: for the card and for the RAI terms of croissant.json.

The run config may say it better: `release.uses`, `release.limitations` and `release.maintenance` stand in the place of
what is written here.
"""

from __future__ import annotations

from toolkit.release.documents.absence import why_no_pairs
from toolkit.release.documents.markdown import cell
from toolkit.release.manifest import Manifest
from toolkit.release.tables import COMPARABLE_PAIRS, DUPLICATES, POST_PAIRS, POSTS, SENTENCE_PAIRS

_NOT_FOR = (
    "- Not for profiling or contacting people, not as a source of facts, and not as a picture of what Russian "
    "or English speakers write: it has the posts of the channels named under Sources and of nobody else."
)


def uses(manifest: Manifest) -> str:
    """Return what the release is for and what not, as Markdown."""
    if not manifest.has_rows(SENTENCE_PAIRS.name):
        return _own(manifest, "uses") or "\n".join(_uses_of_posts(manifest))
    return _own(manifest, "uses") or "\n".join(
        [
            "- Training and fine-tuning of translation between Russian and English, and of sentence encoders.",
            "- Evaluation of sentence alignment, of matching of documents and of retrieval, on the splits that are "
            "held out; as a benchmark only together with the note on them under Splits.",
            f"- Study of how news travels between languages: `{POST_PAIRS.name}` has who was first and by how many "
            f"hours{_who_repeated(manifest)}.",
            _NOT_FOR,
        ]
    )


def _uses_of_posts(manifest: Manifest) -> list[str]:
    return [
        f"- Study of what the channels publish and when: `{POSTS.name}` has their texts, cleaned and deduplicated"
        f"{_who_repeated(manifest)}.",
        "- Search for translations in other channels: as a source of a run that has both languages.",
        "- Not for training or evaluation of translation: it has no pair of sentences.",
        _NOT_FOR,
    ]


def _who_repeated(manifest: Manifest) -> str:
    return f", `{DUPLICATES.name}` who repeated whom" if manifest.has_rows(DUPLICATES.name) else ""


def limitations(manifest: Manifest) -> str:
    """Return what the release does not do, as Markdown."""
    options = manifest.options
    found_pairs = [
        "- Pairs are found by a machine; no person has checked them one by one. Filter by `score`, and look at a "
        "sample first.",
        f"- What falls below the limits is not there: pairs of posts under a probability of "
        f"{options['match']['min_probability']:g}, of sentences under a score of {options['filter']['min_score']:g}, "
        f"posts that lie more than {options['match']['window_hours']:g} hours apart where both have dates. So free "
        "translations are rarer here than in the channels.",
        "- Which side was written first is not known. `hours_apart` tells which was published first, where both posts "
        "have dates.",
        "- A pair may be a free, shortened or merged translation: `relation`, `variant` and the coverage columns of "
        f"`{POST_PAIRS.name}` tell how much of the posts has a counterpart.",
    ]
    no_pairs = [f"- No sentence pair was found: {why_no_pairs(manifest)}."]
    comparable = [
        f"- `{COMPARABLE_PAIRS.name}`, where there are any, are reports of one event that do not translate each other: "
        "no training data for translation, but hard negatives for whoever trains a matcher.",
    ]
    standard = [
        *(found_pairs if manifest.has_rows(SENTENCE_PAIRS.name) else no_pairs),
        *(comparable if manifest.has_rows(COMPARABLE_PAIRS.name) else []),
        "- Posts may have been edited or deleted by their authors since they were collected.",
    ]
    return _own(manifest, "limitations") or "\n".join(standard)


def biases(manifest: Manifest) -> list[str]:
    """Return the known point of view of every source, and what follows, a sentence or two each; no markup."""
    return [
        *(f"{' '.join(source.label.split())}: {' '.join(source.slant.split())}" for source in manifest.sources),
        "Posts say what their publishers want to say; a statement is not a fact.",
    ]


def biases_list(manifest: Manifest) -> str:
    """Return the biases as Markdown."""
    return "\n".join(f"- {cell(bias)}" for bias in biases(manifest))


def personal_data(manifest: Manifest) -> str:
    """Return what was done about personal data and what stays, as Markdown."""
    public = len(manifest.options["pii"]["public"])
    return (
        "The same value has the same placeholder in Russian and in English, and posts that differ in such a value "
        "only are duplicates, unless it is a pseudonym. No id depends on a value. A handle (`@name`, `t.me/name`) is "
        "taken for a channel's, and stays, if it is a channel of this dataset, if a link to one of its messages was "
        f"seen, or if it ends in `bot`; {public:,} values were declared public by the maintainers. All other handles "
        "count as personal, channels that nobody links to among them. Names of people stay, as do addresses of pages "
        "outside Telegram, and a machine misses what it was not made for: postal addresses, numbers written in words. "
        "Do not use the data to identify, profile or contact people."
    )


def maintenance(manifest: Manifest) -> str:
    """Return who looks after the release and how it changes, as Markdown."""
    return _own(manifest, "maintenance") or (
        "Versions are semantic: MAJOR if rows left, moved or mean something else, MINOR if rows were added, PATCH if "
        "posts were corrected, with the pairs that this costs or gives. A published version does not change; "
        "CHANGELOG.md says what a new one brings, and `diff/` names the rows. A post whose removal was asked for is in "
        "no later version. Questions, corrections and "
        f"removals: {manifest.options['release']['contact'].strip()}"
    )


def _own(manifest: Manifest, name: str) -> str | None:
    text = manifest.options["release"].get(name)
    return text.strip() if text else None
