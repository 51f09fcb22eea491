"""Clean posts: repair the text and set apart what can have a translation.  POSTS -> CLEAN_POSTS."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.options import CleanOptions
from toolkit.partitions import Made, Part, Partitions, Store
from toolkit.results import EMPTY, OTHER_LANGUAGE, StageResult, split_by_verdict
from toolkit.text.calls import find_calls
from toolkit.text.characters import fix_look_alikes
from toolkit.text.footers import (
    Footers,
    LastLines,
    Outlines,
    choose_footers,
    frequent_outlines,
    outlines,
    part_footer,
    read_last_lines,
)
from toolkit.text.language import detect_languages, language_prior, split_by_language
from toolkit.text.likeliest import Odds
from toolkit.text.mojibake import fix_mojibake, is_garbled
from toolkit.text.normalize import tidy_text
from toolkit.text.one_byte import all_but, strictly
from toolkit.text.plain import join_hard_wraps, plain_text

_NO_LETTERS: Final = all_but(r"[^\W\d_]")
_TELLING = ("channel", "channel_title", "lang", "lang_confidence")  # of a channel, besides its posts' last lines
_JUDGED = pa.schema([*schemas.CLEAN_POSTS, pa.field("drop_reason", pa.string()), pa.field("drop_value", pa.string())])


def clean_posts(
    posts: pa.Table,
    options: CleanOptions = CleanOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
    *,
    learn_from: pa.Table | None = None,
) -> StageResult:
    """Normalise every post's text and split it into its Russian and its English text for alignment.

    Languages are the ones that POSTS has, because a source may know better than the detector; only what was detected
    in text that turns out to be wrongly decoded, or to have a footer, is detected again. Repairs are flagged:
    `encoding_repaired`, `encoding_broken` (characters are lost or
    unreadable), `look_alikes_repaired` (words that mixed Latin and Cyrillic letters), `hard_wraps_joined`.

    Args:
        posts: conform to `schemas.POSTS`.
        options: limits.
        engine: where it runs.
        learn_from: `channel` and `text` of posts that tell which footers the channels have, if not these.

    Returns:
        `kept` conforms to `schemas.CLEAN_POSTS`; at least one of text_ru and text_en is not null. `dropped` has reason
        `EMPTY` (value: letters left) or `OTHER_LANGUAGE` (value: the language).
    """
    posts = schemas.conform(posts, schemas.POSTS)
    shown = posts if learn_from is None else learn_from
    frequent = frequent_outlines([outlines(shown["text"].to_pylist())])
    known = _Known.of([_learn(shown, frequent)], [_facts(posts)], options)
    judged = engine.map_batches(posts, partial(_clean_batch, options=options, known=known), _JUDGED)
    result = split_by_verdict(judged, stage="clean", key="post_id")
    return StageResult(schemas.conform(result.kept, schemas.CLEAN_POSTS), result.dropped)


def clean_parts(
    posts: Partitions, older: Partitions, options: CleanOptions, store: Store, also: pa.Table | None = None
) -> dict[str, Partitions]:
    """Do what `clean_posts` does, of posts that are on disk.

    Args:
        posts: `schemas.POSTS`.
        older: other versions of some of them, cleaned as they are; from them nothing is learned.
        options: limits.
        store: where the posts go.
        also: `channel` and `text` of posts that tell footers too.

    Returns:
        clean, clean.dropped, older.clean and older.dropped, part by part.
    """
    found = list(store.engine.map(_outlines_of, posts.tasks()))
    if also is not None:
        found.append(outlines(also["text"].to_pylist()))
    learn = partial(_learn_part, frequent=frequent_outlines(found))
    lines, facts = map(list, zip(*store.engine.map(learn, posts.tasks()), strict=True))
    if also is not None:
        lines.append(_learn(also, learn.keywords["frequent"]))
    known = _Known.of(lines, facts, options)
    made = {"clean": schemas.CLEAN_POSTS, "clean.dropped": schemas.DROPPED}
    clean = partial(_clean_part, options=options, known=known, names=list(made))
    tables, _ = store.map(clean, posts.tasks(), made, "clean")
    made = {"older.clean": schemas.CLEAN_POSTS, "older.dropped": schemas.DROPPED}
    known = _Known.of(lines, [_facts(table) for table in older.parts(_TELLING)] or facts, options)
    clean = partial(_clean_part, options=options, known=known, names=list(made))
    versions, _ = store.map(clean, older.tasks(), made, "older")
    return tables | versions


def _outlines_of(task: Part) -> Outlines:
    return outlines(task.read(["text"])["text"].to_pylist())


def _learn_part(task: Part, frequent: Outlines) -> tuple[LastLines, _Facts]:
    posts = task.read(["text", *_TELLING])
    return _learn(posts, frequent), _facts(posts)


def _clean_part(task: Part, options: CleanOptions, known: _Known, names: list[str]) -> Made:
    judged = _clean_batch(task.read(), options, known)
    result = split_by_verdict(judged, stage="clean", key="post_id", sort=False)
    return Made(dict(zip(names, (result.kept, result.dropped), strict=True)))


def _learn(posts: pa.Table, frequent: Outlines) -> LastLines:
    return read_last_lines(posts["channel"].to_pylist(), posts["text"].to_pylist(), frequent)


class _Facts(NamedTuple):
    """What some posts tell of their channels: titles, and how sure they are in each language."""

    titles: frozenset[str]
    languages: dict[str, dict[str, float]]


def _facts(posts: pa.Table) -> _Facts:
    sums: dict[str, dict[str, float]] = {}
    columns = (posts[name].to_pylist() for name in ("channel", "lang", "lang_confidence"))
    for channel, lang, confidence in zip(*columns, strict=True):
        of_channel = sums.setdefault(channel, {})
        of_channel[lang] = of_channel.get(lang, 0.0) + (1.0 if confidence is None else confidence)
    return _Facts(frozenset(pc.unique(pc.drop_null(posts["channel_title"])).to_pylist()), sums)


class _Known(NamedTuple):
    """What all posts tell of each channel."""

    footers: dict[str, Footers]
    priors: dict[str, Odds]

    @classmethod
    def of(cls, lines: Sequence[LastLines], facts: Sequence[_Facts], options: CleanOptions) -> _Known:
        """Join what parts tell, in their order."""
        sums: dict[str, dict[str, float]] = {}
        for some in facts:
            for channel, languages in some.languages.items():
                of_channel = sums.setdefault(channel, {})
                for lang, weight in languages.items():
                    of_channel[lang] = of_channel.get(lang, 0.0) + weight
        channels = [*sums, *(channel for some in lines for channel in some.n_posts if channel not in sums)]
        names = [*channels, *sorted({title for some in facts for title in some.titles})]
        footers = choose_footers(lines, dict.fromkeys(channels), names, options.footer_share, options.footers)
        return cls(footers, {channel: language_prior(of_channel) for channel, of_channel in sums.items()})


class _Cleaned(NamedTuple):
    text: str
    footer: str | None
    calls: list[str]
    flags: list[str]
    lang: str
    lang_confidence: float | None


def _clean_batch(posts: pa.Table, options: CleanOptions, known: _Known) -> pa.Table:
    rows = posts.select(["channel", "text", "flags", "lang", "lang_confidence", "lang_source"]).to_pylist()
    cleaned = _in_their_languages([_clean(row, options, known.footers[row["channel"]]) for row in rows], rows, known)
    sides = [_sides(post.text, post.lang) for post in cleaned]
    verdicts = [_verdict(post.text, post.lang, side, options) for post, side in zip(cleaned, sides, strict=True)]
    columns = {name: posts[name] for name in posts.column_names} | {
        "text": pa.array([post.text for post in cleaned], pa.string()),
        "footer": pa.array([post.footer for post in cleaned], pa.string()),
        "calls_to_action": pa.array([post.calls or None for post in cleaned], pa.list_(pa.string())),
        "flags": pa.array([post.flags for post in cleaned], pa.list_(pa.string())),
        "lang": pa.array([post.lang for post in cleaned], pa.string()),
        "lang_confidence": pa.array([post.lang_confidence for post in cleaned], pa.float32()),
        "text_ru": pa.array([ru for ru, _ in sides], pa.string()),
        "text_en": pa.array([en for _, en in sides], pa.string()),
        "drop_reason": pa.array([reason for reason, _ in verdicts], pa.string()),
        "drop_value": pa.array([value for _, value in verdicts], pa.string()),
    }
    return pa.table(columns).select(_JUDGED.names).cast(_JUDGED)


def _clean(row: dict[str, Any], options: CleanOptions, footers: Footers) -> _Cleaned:
    decoded = fix_mojibake(row["text"])
    normal = tidy_text(decoded)
    text, footer = part_footer(normal, footers)
    joined = join_hard_wraps(text) if options.join_hard_wraps else text
    done = {
        "encoding_repaired": decoded != row["text"],
        "encoding_broken": is_garbled(decoded),
        "look_alikes_repaired": fix_look_alikes(decoded) != decoded,
        "hard_wraps_joined": joined != text,
    }
    flags = sorted({*row["flags"], *(flag for flag, is_done in done.items() if is_done)})
    return _Cleaned(joined, footer, find_calls(normal), flags, row["lang"], row["lang_confidence"])


def _in_their_languages(cleaned: list[_Cleaned], rows: list[dict[str, Any]], known: _Known) -> list[_Cleaned]:
    """Detect again what was detected in another text than the one that is left."""
    again = [
        at
        for at, (row, post) in enumerate(zip(rows, cleaned, strict=True))
        if row["lang_source"] == "detected" and ("encoding_repaired" in post.flags or post.footer)
    ]
    priors = [known.priors[rows[at]["channel"]] for at in again]
    for at, (lang, confidence) in zip(again, detect_languages([cleaned[at].text for at in again], priors), strict=True):
        cleaned[at] = cleaned[at]._replace(lang=lang, lang_confidence=confidence)
    return cleaned


def _sides(text: str, lang: str) -> tuple[str | None, str | None]:
    """Return the Russian and the English text for alignment; None for a side that has no letters."""
    if lang == "mixed":
        ru, en = split_by_language(text)
    else:
        ru, en = (text if lang == "ru" else None), (text if lang == "en" else None)
    return _plain_or_none(ru), _plain_or_none(en)


def _plain_or_none(text: str | None) -> str | None:
    plain = plain_text(text) if text else ""
    return plain if _count_letters(plain) else None


def _verdict(
    text: str, lang: str, sides: tuple[str | None, str | None], options: CleanOptions
) -> tuple[str | None, str | None]:
    """Return why a post leaves and the value that decided; None twice for one that stays."""
    plain = "".join(side or "" for side in sides) or plain_text(text)
    n_letters = _count_letters(plain)
    if n_letters < max(options.min_letters, 1):
        return EMPTY, str(n_letters)
    return (None, None) if any(sides) else (OTHER_LANGUAGE, lang)


def _count_letters(text: str) -> int:
    codes = strictly(text)
    return sum(map(str.isalpha, text)) if codes is None else len(codes.translate(None, _NO_LETTERS))
