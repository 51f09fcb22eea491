"""Clean posts: repair the text and set apart what can have a translation.  POSTS -> CLEAN_POSTS."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.options import CleanOptions
from toolkit.results import EMPTY, OTHER_LANGUAGE, StageResult, split_by_verdict
from toolkit.text.calls import find_calls
from toolkit.text.characters import fix_look_alikes
from toolkit.text.footers import learn_footers, part_footer
from toolkit.text.language import detect_language, split_by_language
from toolkit.text.normalize import fix_mojibake, tidy_text
from toolkit.text.plain import join_hard_wraps, plain_text

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
    `encoding_repaired`, `look_alikes_repaired` (words that mixed Latin and Cyrillic letters), `hard_wraps_joined`.

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
    footers = _learn_footers(posts if learn_from is None else learn_from, options)
    judged = engine.map_batches(posts, partial(_clean_batch, options=options, footers=footers), _JUDGED)
    result = split_by_verdict(judged, stage="clean", key="post_id")
    return StageResult(schemas.conform(result.kept, schemas.CLEAN_POSTS), result.dropped)


def _learn_footers(posts: pa.Table, options: CleanOptions) -> dict[str, frozenset[str]]:
    """Return channel -> the lines that are its footers; only channels that have some."""
    if options.footer_share is None:
        return {}
    of_channel: dict[str, list[str]] = {}
    for channel, text in zip(posts["channel"].to_pylist(), posts["text"].to_pylist(), strict=True):
        of_channel.setdefault(channel, []).append(text)
    learned = {channel: learn_footers(texts, options.footer_share) for channel, texts in of_channel.items()}
    return {channel: footers for channel, footers in learned.items() if footers}


class _Cleaned(NamedTuple):
    text: str
    footer: str | None
    calls: list[str]
    flags: list[str]
    lang: str
    lang_confidence: float | None


def _clean_batch(posts: pa.Table, options: CleanOptions, footers: dict[str, frozenset[str]]) -> pa.Table:
    rows = posts.select(["channel", "text", "flags", "lang", "lang_confidence", "lang_source"]).to_pylist()
    cleaned = [_clean(row, options, footers.get(row["channel"], frozenset())) for row in rows]
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


def _clean(row: dict[str, Any], options: CleanOptions, footers: frozenset[str]) -> _Cleaned:
    decoded = fix_mojibake(row["text"])
    normal = tidy_text(decoded)
    text, footer = part_footer(normal, footers)
    joined = join_hard_wraps(text) if options.join_hard_wraps else text
    done = {
        "encoding_repaired": decoded != row["text"],
        "look_alikes_repaired": fix_look_alikes(decoded) != decoded,
        "hard_wraps_joined": joined != text,
    }
    lang, confidence = row["lang"], row["lang_confidence"]
    flags = sorted({*row["flags"], *(flag for flag, is_done in done.items() if is_done)})
    if row["lang_source"] == "detected" and ("encoding_repaired" in flags or footer):
        lang, confidence = detect_language(joined)
    return _Cleaned(joined, footer, find_calls(normal), flags, lang, confidence)


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
    return sum(map(str.isalpha, text))
