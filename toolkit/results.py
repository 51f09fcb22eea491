"""What a stage returns: the rows that stay, and the rows that left with the reason why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

# The closed list of reasons. A row that leaves has exactly one, so that counts add up between versions.
SAME_POST: Final = "same_post"
EMPTY: Final = "empty"
OTHER_LANGUAGE: Final = "other_language"
DUPLICATE: Final = "duplicate"
PUBLISHED: Final = "published"
NO_COUNTERPART: Final = "no_counterpart"
UNRELATED: Final = "unrelated"
NULL_BEAD: Final = "null_bead"
LOW_SCORE: Final = "low_score"
LENGTH_RATIO: Final = "length_ratio"
TOO_SHORT: Final = "too_short"
TOO_LONG: Final = "too_long"
WRONG_LANGUAGE: Final = "wrong_language"
UNTRANSLATED: Final = "untranslated"
NUMBER_MISMATCH: Final = "number_mismatch"
DUPLICATE_PAIR: Final = "duplicate_pair"
NOT_PARALLEL: Final = "not_parallel"
CARRIED_ON: Final = "carried_on"
TAKEN_DOWN: Final = "taken_down"
CROSSES_SPLITS: Final = "crosses_splits"
CONTAMINATED: Final = "contaminated"
CONTAMINATED_POSTS: Final = "contaminated_posts"
NEAR_OTHER_SPLIT: Final = "near_other_split"

REASONS: Final = {
    SAME_POST: "the same post from another source",
    EMPTY: "nothing left after cleaning",
    OTHER_LANGUAGE: "neither Russian nor English",
    DUPLICATE: "another post says the same",
    PUBLISHED: "an older release has it",
    NO_COUNTERPART: "no variant in the other language",
    UNRELATED: "pairs of posts, because nothing shows that they are on one event",
    NULL_BEAD: "sentence without counterpart",
    LOW_SCORE: "the two sides do not say the same",
    LENGTH_RATIO: "one side is far longer than the other",
    TOO_SHORT: "too few letters",
    TOO_LONG: "too long",
    WRONG_LANGUAGE: "a side is not in its language",
    UNTRANSLATED: "both sides are the same string",
    NUMBER_MISMATCH: "numbers disagree",
    DUPLICATE_PAIR: "the same two texts were kept already",
    NOT_PARALLEL: "the pair of posts is only comparable",
    CARRIED_ON: "the version before has it, and it is carried on",
    TAKEN_DOWN: "its removal was asked for",
    CROSSES_SPLITS: "ties posts that the version before has in different splits",
    CONTAMINATED: "it, or a post of it, has a sentence of a test set",
    CONTAMINATED_POSTS: "pairs of posts, because one has a sentence of a test set",
    NEAR_OTHER_SPLIT: "another split has a pair that is nearly the same",
}


@dataclass(frozen=True)
class StageResult:
    """The outcome of a stage: `kept` + `dropped` = input, row for row.

    Attributes:
        kept: the rows that go on, in the stage's output schema, sorted by key.
        dropped: one row of `schemas.DROPPED` for each row that left, sorted by row_id.
    """

    kept: pa.Table
    dropped: pa.Table


def split_by_verdict(judged: pa.Table, *, stage: str, key: str, sort: bool = True) -> StageResult:
    """Separate rows by their verdict columns.

    A row-local stage returns its rows with two more columns: `drop_reason` (null = keep) and `drop_value`
    (the number or word that decided, null where there is none).

    Args:
        judged: rows with `drop_reason` and `drop_value`, both strings.
        stage: the name written into DROPPED.
        key: the column that names a row.
        sort: by the key; else rows stay in their order.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from toolkit import schemas

    is_kept = pc.is_null(judged["drop_reason"])
    kept = judged.filter(is_kept).drop_columns(["drop_reason", "drop_value"])
    gone = judged.filter(pc.invert(is_kept))
    dropped = pa.table(
        {
            "row_id": gone[key],
            "stage": pa.repeat(pa.scalar(stage), gone.num_rows),
            "reason": gone["drop_reason"],
            "value": gone["drop_value"],
        }
    )
    dropped = schemas.conform(dropped, schemas.DROPPED)
    return StageResult(kept.sort_by(key), dropped.sort_by("row_id")) if sort else StageResult(kept, dropped)
