"""What each line of an extractor's dump can be, before posts are looked for: see `dump_grammar`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from toolkit.text.telegram import EMOJI, find_urls, line_role, parse_reactions, starts_with_emoji

# Telegram's limit is 4,096 UTF-16 units a post; some air for what a page adds.
MAX_CHARS: Final = 4600
_MAX_COPIES: Final = 16  # places where a second copy is looked for: who says a line so often says nothing else

_FEW_COPIES: Final = 2  # that are kept of as many: each has a hundred ways to go on, and none says anything
_MAX_DESCRIPTION: Final = 400  # letters of a link preview's description

# Lines that trafilatura takes for share buttons and leaves out of the second copy (its RE_FILTER).
_SHARE_BUTTON = re.compile(
    r"\W*(Drucken|E-?Mail|Facebook|Flipboard|Google|Instagram|Linkedin|Mail|PDF|Pinterest|Pocket|Print|QQ|Reddit"
    r"|Twitter|WeChat|WeiBo|Whatsapp|Xing|Mehr zum Thema:?|More on this.{0,8})",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"(?:[\w-]+\.)+[a-zа-я]{2,}|Telegram|YouTube|X \(formerly Twitter\)|Twitter|Facebook|Instagram|VK|ВКонтакте"
    r"|RUTUBE|Дзен|Яндекс|Medium|Substack|Reuters|TikTok|Vimeo|Spotify|GitHub|Wikipedia|Википедия",
    re.IGNORECASE,
)
_GLUED = re.compile(r"[^\W\d_]{2}[.!?:;»”\"]+[«“\"]?[A-ZА-ЯЁ][^\W\d_]")
_ENDS_SENTENCE = re.compile(r"[.!?:;]\W*$")
_CUT_SHORT = ("…", "...")

_HEADERS: Final = frozenset({"forward_header", "via", "media_marker", "telegram_link"})


@dataclass(frozen=True)
class SecondCopy:
    """The lines of a body that is there twice, as far as the second copy agrees with the first.

    Attributes:
        stop: the line after the second copy.
        body: the lines of the text in reading order.
        repeats: (line of the second copy, line of the first).
        skipped: how many lines that open with an emoji the second copy lacks.
        cut: how many lines it ends at an emoji.
        inserted: how many lines of a quote stand between the copies.
        is_whole: the first line is repeated too.
    """

    stop: int
    body: tuple[int, ...]
    repeats: tuple[tuple[int, int], ...]
    skipped: int
    cut: int
    inserted: int
    is_whole: bool


class Page:
    """The filled lines of a dump and facts about them, by index."""

    def __init__(self, lines: list[str]) -> None:
        """Classify the lines; white space in them is single spaces."""
        self.lines = lines
        self.role = [line_role(line) for line in lines]  # of the interface, or "reactions"; None = text
        self.is_text = [role in (None, "size") for role in self.role]
        for at, line in enumerate(lines):
            reactions = parse_reactions(line) if self.role[at] is None else None
            if reactions:
                self.role[at] = "reactions"
                self.is_text[at] = len(reactions) == 1  # "🔥100" may be a line of text
        self._copies: dict[int, list[SecondCopy]] = {}
        self._exact_copies: dict[int, list[SecondCopy]] = {}
        self._refrains: set[int] = set()  # lines that say what many others say: no sign of anything
        self._may_start: dict[int, bool] = {}

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def run_end(self) -> list[int]:
        """The first line at or after each that cannot be text."""
        ends, end = [0] * len(self) + [len(self)], len(self)
        for at in range(len(self) - 1, -1, -1):
            end = end if self.is_text[at] else at
            ends[at] = end
        return ends

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The lines that have a text, in order."""
        places: dict[str, list[int]] = defaultdict(list)
        for at, line in enumerate(self.lines):
            places[line].append(at)
        return dict(places)

    @cached_property
    def before(self) -> list[int]:
        """The nearest earlier line with the same text, or -1."""
        seen: dict[str, int] = {}
        nearest = []
        for at, line in enumerate(self.lines):
            nearest.append(seen.get(line, -1))
            seen[line] = at
        return nearest

    @cached_property
    def cuts(self) -> list[frozenset[str]]:
        """The beginnings of each line before an emoji in it that are lines of the dump themselves."""
        return [
            frozenset(
                beginning
                for match in EMOJI.finditer(line, 0, MAX_CHARS)
                if (beginning := line[: match.start()].rstrip()) in self.places
            )
            for line in self.lines
        ]

    def has_emoji_inside(self, at: int) -> bool:
        """Tell whether an emoji stands behind words in the line."""
        return any(match.start() for match in EMOJI.finditer(self.lines[at]))

    @cached_property
    def may_vanish(self) -> list[bool]:
        """Whether the second copy may lack a line: it opens with an emoji, or looks like a share button."""
        return [starts_with_emoji(line) or self.is_share_button(at) for at, line in enumerate(self.lines)]

    @cached_property
    def is_glued(self) -> list[bool]:
        """Whether a sentence follows another without a space, as a quote's neighbours do."""
        return [_GLUED.search(line) is not None for line in self.lines]

    @cached_property
    def has_link(self) -> list[bool]:
        """Whether a web address is written out in a line."""
        return [bool(find_urls(line)) for line in self.lines]

    @cached_property
    def _by_opening(self) -> dict[str, list[int]]:
        by_opening: dict[str, list[int]] = defaultdict(list)
        for at, line in enumerate(self.lines):
            by_opening[line[:16]].append(at)
        return dict(by_opening)

    def is_share_button(self, at: int) -> bool:
        """Tell whether an extractor takes the line for a share button."""
        return _SHARE_BUTTON.fullmatch(self.lines[at]) is not None

    @cached_property
    def site(self) -> list[str]:
        """Whether each line may name the site of a link preview: site, recurrent, perhaps, no."""
        return [self._looks_like_site(at) for at in range(len(self))]

    def _looks_like_site(self, at: int) -> str:
        line = self.lines[at]
        if _SITE.fullmatch(line):
            return "site"
        if len(line) > 40 or _ENDS_SENTENCE.search(line) or self.may_vanish[at] or line.startswith("#"):
            return "no"
        return "recurrent" if self._is_recurrent(at) else "perhaps"

    def _is_recurrent(self, at: int) -> bool:
        """Tell whether the line is in several pieces between lines that cannot be text."""
        return len({self.run_end[there] for there in self.places[self.lines[at]]}) > 1

    def looks_like_author(self, at: int) -> bool:
        """Tell whether the line can be the name above a reply's snippet."""
        line = self.lines[at]
        return len(line) <= 64 and not _ENDS_SENTENCE.search(line) and not line.startswith("#")

    def looks_like_title(self, at: int) -> bool:
        """Tell whether the line can be a headline: no emoji, no hashtag, no full stop."""
        line = self.lines[at]
        return len(line) <= 160 and not line.endswith(".") and not line.startswith("#") and not self.may_vanish[at]

    def may_start(self, at: int) -> bool:
        """Tell whether there is a sign that a post begins at the line: this prunes, it decides nothing."""
        if at not in self._may_start:
            self._may_start[at] = self._has_sign_of_start(at)
        return self._may_start[at]

    def _has_sign_of_start(self, at: int) -> bool:
        if at >= len(self) or self.role[at] in _HEADERS or self.role[at] == "reactions" or self._is_copied(at):
            return True
        if at + 1 < len(self) and self.role[at + 1] in ("size", "reactions"):
            return True
        return at + 2 < len(self) and self.is_text[at + 2] and self.looks_like_author(at) and self._is_copied(at + 2)

    def _is_copied(self, start: int) -> bool:
        return bool(self.copies(start)) and start not in self._refrains

    def looks_finished(self, at: int) -> bool:
        """Tell whether the line ends a sentence, or is one of those that need no full stop."""
        line = self.lines[at]
        return bool(_ENDS_SENTENCE.search(line)) or line.startswith("#") or self.may_vanish[at]

    def is_hashtags(self, at: int) -> bool:
        """Tell whether the line has hashtags and nothing else."""
        return all(word.startswith("#") for word in self.lines[at].split())

    def is_cut_short(self, at: int) -> bool:
        """Tell whether the line ends in an ellipsis, as a snippet does."""
        return self.lines[at].endswith(_CUT_SHORT)

    def is_quoted_elsewhere(self, at: int) -> bool:
        """Tell whether another line begins with this one, an ellipsis aside."""
        beginning = self.lines[at].rstrip("….").rstrip()
        others = self._by_opening.get(self.lines[at][:16], ())
        return len(beginning) >= 16 and any(o != at and self.lines[o].startswith(beginning) for o in others)

    def interface_lines(self, at: int) -> tuple[int, tuple[str, ...]]:
        """Read headers of the interface from a line on: where they end, and what they are."""
        roles: list[str] = []
        while at < len(self):
            role = self.role[at]
            if role in _HEADERS:
                roles.append("media_link" if role == "telegram_link" else str(role))
                at += 1
            elif self.is_text[at] and at + 1 < len(self) and self.role[at + 1] == "size":
                roles += ["document", "document_size"]
                at += 2
            else:
                break
        return at, tuple(roles)

    def copies(self, start: int) -> list[SecondCopy]:
        """Return the ways to read a text from `start` on as one that is there twice."""
        if start not in self._copies:
            found = list(self._find_copies(start))
            if len(found) == _MAX_COPIES:
                self._refrains.add(start)
                del found[_FEW_COPIES:]
            self._copies[start] = found
        return self._copies[start]

    def exact_copies(self, start: int) -> list[SecondCopy]:
        """Return those of the copies that agree with a short text in every line."""
        if start not in self._exact_copies:
            self._exact_copies[start] = [
                copy
                for copy in self.copies(start)
                if not (copy.skipped or copy.cut or copy.inserted or copy.is_whole)
                and sum(len(self.lines[at]) for at in copy.body) <= _MAX_DESCRIPTION
            ]
        return self._exact_copies[start]

    def _find_copies(self, start: int) -> Iterator[SecondCopy]:
        end = self.run_end[start]
        tried: set[int] = set()
        for first in self._first_repeated(start, end):
            for text in (self.lines[first], *sorted(self.cuts[first])):
                length = 0
                reached = start
                places = self.places.get(text, [])
                for copy in places[(after := bisect_right(places, first)) : after + _MAX_COPIES]:
                    if copy in tried:
                        continue
                    if len(tried) == _MAX_COPIES:
                        return
                    length += sum(map(len, self.lines[reached : min(copy, end)]))
                    reached = copy
                    if copy >= end or length > MAX_CHARS:
                        break
                    tried.add(copy)
                    found = self._follow(start, first, copy, end)
                    if found is not None:
                        yield found

    def _first_repeated(self, start: int, end: int) -> Iterator[int]:
        """Give the lines that a second copy can begin with: L1 (other extractors), L2, or what follows skipped ones."""
        yield start
        length = 0
        for at in range(start + 1, end):
            yield at
            length += len(self.lines[at])
            if not self.may_vanish[at] or length > MAX_CHARS:
                return

    def _follow(self, start: int, first: int, copy: int, end: int) -> SecondCopy | None:
        """Follow a second copy line by line; None if it is none."""
        repeats: list[tuple[int, int]] = []
        missing = list(range(start + 1, first))
        cut, here, there = 0, first, copy
        while here < copy and there < end:
            if self.lines[there] != self.lines[here]:
                if self.lines[there] in self.cuts[here]:
                    cut += 1
                elif self.may_vanish[here]:
                    missing.append(here)
                    here += 1
                    continue
                else:
                    break
            repeats.append((there, here))
            here, there = here + 1, there + 1
        rest = range(here, copy)
        body: tuple[int, ...] = tuple(range(start, copy))
        inserted = 0
        if all(self.may_vanish[at] for at in rest):
            missing += rest
        elif first == start + 1:  # a quote between the copies: it stands before what the second one repeats
            inserted = len(rest)
            body = (start, *rest, *range(first, here))
        else:
            return None
        skipped = sum(not self.is_share_button(at) for at in missing)
        return SecondCopy(there, body, tuple(repeats), skipped, cut, inserted, first == start)
