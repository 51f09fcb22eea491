"""Clean posts: repair the text and set apart what can have a translation.  POSTS -> CLEAN_POSTS."""

from __future__ import annotations

from functools import partial
from typing import Any

import pyarrow as pa

from toolkit import schemas
from toolkit.engine import EMBEDDED, Engine
from toolkit.options import CleanOptions
from toolkit.results import EMPTY, OTHER_LANGUAGE, StageResult, split_by_verdict
from toolkit.text.language import detect_language, split_by_language
from toolkit.text.normalize import fix_mojibake, normalize_text
from toolkit.text.plain import join_hard_wraps, plain_text

_JUDGED = pa.schema([*schemas.CLEAN_POSTS, pa.field("drop_reason", pa.string()), pa.field("drop_value", pa.string())])


def clean_posts(
    posts: pa.Table,
    options: CleanOptions = CleanOptions(),  # noqa: B008
    engine: Engine = EMBEDDED,
) -> StageResult:
    """Normalise every post's text and split it into its Russian and its English text for alignment.

    Languages are the ones that POSTS has, because a source may know better than the detector; only what was detected
    in text that turns out to be wrongly decoded is detected again.

    Args:
        posts: conform to `schemas.POSTS`.
        options: limits.
        engine: where it runs.

    Returns:
        `kept` conforms to `schemas.CLEAN_POSTS`; at least one of text_ru and text_en is not null. `dropped` has reason
        `EMPTY` (value: letters left) or `OTHER_LANGUAGE` (value: the language).
    """
    posts = schemas.conform(posts, schemas.POSTS)
    judged = engine.map_batches(posts, partial(_clean_batch, options=options), _JUDGED)
    result = split_by_verdict(judged, stage="clean", key="post_id")
    return StageResult(schemas.conform(result.kept, schemas.CLEAN_POSTS), result.dropped)


def _clean_batch(posts: pa.Table, options: CleanOptions) -> pa.Table:
    rows = posts.select(["text", "lang", "lang_confidence", "lang_source"]).to_pylist()
    texts = [_clean_text(row["text"], options) for row in rows]
    langs = [_language(row, text) for row, text in zip(rows, texts, strict=True)]
    sides = [_sides(text, lang) for text, (lang, _) in zip(texts, langs, strict=True)]
    verdicts = [_verdict(text, lang, side, options) for text, (lang, _), side in zip(texts, langs, sides, strict=True)]
    columns = {name: posts[name] for name in posts.column_names} | {
        "text": pa.array(texts, pa.string()),
        "lang": pa.array([lang for lang, _ in langs], pa.string()),
        "lang_confidence": pa.array([confidence for _, confidence in langs], pa.float32()),
        "text_ru": pa.array([ru for ru, _ in sides], pa.string()),
        "text_en": pa.array([en for _, en in sides], pa.string()),
        "drop_reason": pa.array([reason for reason, _ in verdicts], pa.string()),
        "drop_value": pa.array([value for _, value in verdicts], pa.string()),
    }
    return pa.table(columns).select(_JUDGED.names).cast(_JUDGED)


def _clean_text(text: str, options: CleanOptions) -> str:
    text = normalize_text(text)
    return join_hard_wraps(text) if options.join_hard_wraps else text


def _language(row: dict[str, Any], text: str) -> tuple[str, float | None]:
    """Return the language that POSTS has; one that was detected in wrongly decoded text is detected again."""
    if row["lang_source"] == "detected" and fix_mojibake(row["text"]) != row["text"]:
        return detect_language(text)
    return row["lang"], row["lang_confidence"]


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
