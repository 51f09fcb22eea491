"""What became of an input: counts, and every part of it with its role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.duplicates.same_ids import Joined

_OF_POSTS: Final = {"post", "album_part", "repeat", "date_line"}  # roles of what is in a post, or says nothing
_COUNTED_UNITS: Final = ("messages", "rows")  # of which each is a post or none; a line is a part of one
_WORDS: Final = {  # role of a unit, or reason of a dropped post -> what it is called where no post was made of it
    "service": "service messages",
    "media_only": "media without text",
    "no_text": "messages or rows without text",
    "unsupported": "messages of a kind that the source did not show",
    "broken": "messages or rows that cannot be read",
    "same_id": "posts that another file of the source has too",
    "other_version": "older versions of posts in another file of the source",
}


@dataclass(frozen=True)
class ParseReport:
    """What became of an input: every line, message or row has one role.

    Attributes:
        file: its name.
        format: name of the reader; several with commas if files of a folder differ.
        unit: lines, messages or rows; parts if files of a folder differ.
        units: how many of them it has.
        roles: how many of them are what.
        posts: how many posts came out.
        dropped: posts that did not, by reason.
        flags: flag -> posts that have it.
        skipped: file of a folder or archive that was not read -> why.
        warnings: what a user should know, a line each: files, rows and values that cannot be read, and other doubts.
        unexplained: units without a role: the reader says nothing of them, or a second count found them.
    """

    file: str
    format: str
    unit: str
    units: int
    roles: dict[str, int]
    posts: int
    dropped: dict[str, int]
    flags: dict[str, int]
    skipped: dict[str, str]
    warnings: list[str]
    unexplained: int

    def without_post(self) -> dict[str, int]:
        """Return what no post was made of, in words -> how often, the most frequent first."""
        is_counted = self.unit in _COUNTED_UNITS
        roles = {role: n for role, n in self.roles.items() if (role not in _OF_POSTS if is_counted else role in _WORDS)}
        counts: Counter[str] = Counter()
        for why, count in (*roles.items(), *self.dropped.items()):
            counts[_WORDS.get(why, why.replace("_", " "))] += count
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-like data."""
        return dict(vars(self))

    def summary(self) -> str:
        """Say it in one line: "404 lines: 21 posts, 156 repeated lines removed, ..., 0 unexplained"."""
        parts = [_counted(self.posts, "post")]
        for role, count in self.roles.items():
            if role == "repeat":
                parts.append(f"{_counted(count, 'repeated line')} removed")
            elif role not in ("body", "post"):
                parts.append(f"{count:,} {role.replace('_', ' ')}")
        parts += [f"{_counted(n, 'post')} dropped ({reason.replace('_', ' ')})" for reason, n in self.dropped.items()]
        parts += [f"{_counted(n, 'post')} with {flag.replace('_', ' ')}" for flag, n in self.flags.items()]
        parts += [f"{_counted(n, 'file')} skipped ({why})" for why, n in sorted(Counter(self.skipped.values()).items())]
        parts += [_counted(len(self.warnings), "warning")] if self.warnings else []
        return (
            f"{_counted(self.units, self.unit.removesuffix('s'))}: {', '.join(parts)}, {self.unexplained} unexplained"
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class ParseResult:
    """Posts and what became of every part of the input.

    Attributes:
        posts: conforms to `schemas.POSTS`, in the reading order of the source; `post_id` is unique.
        report: counts.
        trace: one dict a line, message or row: its number or id, its role, the number or id of its post; and the file,
            if the source has several.
    """

    posts: pa.Table
    report: ParseReport
    trace: list[dict[str, Any]]


def without_copies(results: Sequence[ParseResult], joined: Joined) -> list[ParseResult]:
    """Return what was read without the posts that others have too, which the reports count as dropped.

    Args:
        results: of several files.
        joined: of their posts, in the same order.
    """
    found: list[ParseResult] = []
    start = 0
    for result in results:
        rows = slice(start, start := start + result.posts.num_rows)
        again, same = joined.is_again[rows], joined.is_same[rows]
        posts = joined.posts.slice(rows.start, len(again)).filter(pa.array(~again))
        counts = {"same_id": int(same.sum()), "other_version": int((again & ~same).sum())}
        report = replace(
            result.report,
            posts=posts.num_rows,
            dropped=_sum([result.report.dropped, {reason: n for reason, n in counts.items() if n}]),
            flags=flags_of(posts),
        )
        found.append(replace(result, posts=posts, report=report))
    return found


def flags_of(posts: pa.Table) -> dict[str, int]:
    """Return flag -> posts that have it."""
    return dict(sorted(Counter(pc.list_flatten(posts["flags"]).to_pylist()).items()))


def merge_reports(
    name: str, reports: Iterable[ParseReport], *, skipped: dict[str, str], warnings: list[str]
) -> ParseReport:
    """Return the sum of the reports on the files of a folder or archive.

    Args:
        name: of the folder or archive.
        reports: at least one.
        skipped: file that was not read -> why.
        warnings: about the whole.
    """
    all_of = list(reports)
    units = {report.unit for report in all_of}
    return ParseReport(
        file=name,
        format=", ".join(sorted({report.format for report in all_of})),
        unit=units.pop() if len(units) == 1 else "parts",
        units=sum(report.units for report in all_of),
        roles=_sum(report.roles for report in all_of),
        posts=sum(report.posts for report in all_of),
        dropped=_sum(report.dropped for report in all_of),
        flags=_sum(report.flags for report in all_of),
        skipped=dict(sorted(skipped.items())),
        warnings=[*warnings, *(f"{report.file}: {line}" for report in all_of for line in report.warnings)],
        unexplained=sum(report.unexplained for report in all_of),
    )


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
