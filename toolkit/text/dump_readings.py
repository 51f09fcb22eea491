"""The ways to read lines of an extractor's dump as one post, each with its cost: see `dump_grammar`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from toolkit.text import dump_costs as cost_of
from toolkit.text.dump_costs import Costs
from toolkit.text.dump_page import MAX_CHARS, Page, SecondCopy

_MAX_PREVIEW: Final = 5
_MAX_ODD: Final = 12.0  # a piece of text that odd is none


class Body(NamedTuple):
    """A way to read the text of a post; lines start <= i < stop."""

    kind: str  # single, repeated, plain, empty
    start: int
    stop: int
    copy: SecondCopy | None
    cost: float


class Reading(NamedTuple):
    """A way to read lines as a post."""

    start: int
    head: tuple[str, ...]  # roles
    body: Body
    quote: int  # lines
    preview: int  # lines
    tail: tuple[str, ...]  # roles
    flags: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What is counted: single, repeated, lost, plain, empty."""
        return "lost" if "first_line_lost" in self.flags else self.body.kind

    @property
    def stop(self) -> int:
        """The line after the post."""
        return self.body.stop + self.quote + self.preview + len(self.tail)


def read_heads(page: Page, start: int) -> Iterator[tuple[int, tuple[str, ...], float]]:
    """Read headers: those of the interface as far as they go, then perhaps a reply and more of them."""
    stop, roles = page.interface_lines(start)
    yield stop, roles, 0.0
    if stop + 2 < len(page) and page.is_text[stop] and page.is_text[stop + 1]:
        cost = cost_of.REPLY
        cost += 0.0 if page.looks_like_author(stop) else cost_of.NO_AUTHOR
        cost += 0.0 if page.is_cut_short(stop + 1) else cost_of.WHOLE_SNIPPET
        cost += cost_of.LONG_SNIPPET if len(page.lines[stop + 1]) > 200 else 0.0
        cost += cost_of.KNOWN_SNIPPET if page.is_quoted_elsewhere(stop + 1) else 0.0
        cost += cost_of.KNOWN_AUTHOR if len(page.places[page.lines[stop]]) > 1 else 0.0
        after, more = page.interface_lines(stop + 2)
        yield after, (*roles, "reply", "reply", *more), cost


def read_bodies(page: Page, costs: Costs, start: int) -> Iterator[Body]:
    """Read the text of a post from a line on."""
    yield Body("empty", start, start, None, costs.empty)
    if not page.is_text[start]:
        return
    odd = _text_oddity(page, start, start)
    alone = cost_of.ONLY_HASHTAGS if page.is_hashtags(start) else 0.0
    yield Body("single", start, start + 1, None, costs.single + odd + alone)
    for copy in page.copies(start):
        cost = costs.repeated + (cost_of.WHOLE_COPY if copy.is_whole else 0.0)
        if copy.inserted:
            quote = copy.body[1 : 1 + copy.inserted]
            cost += cost_of.INSERTED_QUOTE + sum(_text_oddity(page, at, start) for at in quote)
        yield Body("repeated", start, copy.stop, copy, cost)
    run, length = page.run_end[start], len(page.lines[start])
    for at in range(start + 1, run):
        length += len(page.lines[at])
        odd += _text_oddity(page, at, start)
        if length > MAX_CHARS or odd > _MAX_ODD:
            return
        if at + 1 >= run - _MAX_PREVIEW or page.may_start(at + 1):
            yield Body("plain", start, at + 1, None, odd)


def _oddity(page: Page, at: int, start: int) -> float:
    """Return the cost of a line in a text without second copy: was it there already, does it look like reactions?"""
    odd = {"reactions": cost_of.TEXT_LIKE_REACTIONS, "size": cost_of.TEXT_LIKE_SIZE}.get(page.role[at] or "", 0.0)
    if page.before[at] >= start:
        odd += cost_of.ODD_REPETITION if len(page.lines[at]) >= 20 else cost_of.ODD_SHORT_REPETITION
    return odd


def _text_oddity(page: Page, at: int, start: int) -> float:
    """The same for a line that is no part of a link preview: most of those end sentences and name no site."""
    odd = cost_of.CUT_SHORT if page.is_cut_short(at) else cost_of.LINE if page.looks_finished(at) else cost_of.FRAGMENT
    return odd + _oddity(page, at, start) + (cost_of.ODD_SITE if page.site[at] == "site" else 0.0)


# ---------------------------------------------------------------- what follows the text

_Tail = tuple[int, int, tuple[str, ...], tuple[str, ...], float]  # quote, preview, roles, flags, cost


def read_tails(page: Page, costs: Costs, body: Body) -> Iterator[_Tail]:
    """Read quote, link preview, marker and reactions behind a text, in every way there is."""
    for quote, preview, cost in _extras(page, body):
        at = body.stop + quote + preview
        roles: tuple[str, ...] = ()
        if at < len(page) and page.role[at] == "unsupported_marker":
            has_link = at + 1 < len(page) and page.role[at + 1] == "telegram_link"
            roles = ("unsupported_marker", "unsupported_link") if has_link else ("unsupported_marker",)
        flags, judged = _judge(page, costs, body, quote, bool(roles))
        at += len(roles)
        cost += body.cost + judged
        if at < len(page) and page.role[at] == "reactions":
            yield quote, preview, (*roles, "reactions"), flags, cost + costs.reactions
            if not page.is_text[at]:
                continue
        if at > body.start:
            yield quote, preview, roles, flags, cost + costs.no_reactions


def _extras(page: Page, body: Body) -> Iterator[tuple[int, int, float]]:
    """Read 0..n lines of a quote and 0..5 lines of a link preview: (quote, preview, cost)."""
    run = page.run_end[body.stop]
    if body.kind == "empty":
        yield 0, 0, 0.0
        if run < len(page) and page.role[run] == "unsupported_marker":  # the text is lost, the preview is not
            yield from _previews(page, body, 0, 0.0)
        return
    quote_cost = 0.0
    for quote_stop in range(body.stop, (run if body.kind == "repeated" else body.stop) + 1):
        quote = quote_stop - body.stop
        if quote:
            quote_cost += cost_of.QUOTE if quote == 1 else 0.0
            quote_cost += _text_oddity(page, quote_stop - 1, body.start)
        if quote_cost > _MAX_ODD:
            return
        is_end = quote_stop == run or page.may_start(quote_stop)
        if is_end or not quote:
            yield quote, 0, quote_cost
        yield from _previews(page, body, quote, quote_cost)


def _previews(page: Page, body: Body, quote: int, cost: float) -> Iterator[tuple[int, int, float]]:
    """Read 1..5 lines of a link preview behind a text and its quote."""
    start = body.stop + quote
    run = page.run_end[start]
    if start == run:
        return
    kind = page.site[start]
    cost += cost_of.PREVIEW_OF[kind]
    copy = body.copy
    lines = copy.body if copy else range(body.start, body.stop)
    if any(page.has_link[at] for at in lines):
        cost += cost_of.PREVIEW_WITH_LINK
    if start + 2 < run:  # the description has line breaks, and is there twice itself
        for twice in page.exact_copies(start + 2):
            yield quote, twice.stop - start, cost + cost_of.PREVIEW_TWICE
    for preview in range(1, min(run - start, _MAX_PREVIEW) + 1):
        cost += _oddity(page, start + preview - 1, body.start)
        if preview == 2 and not page.looks_like_title(start + 1):
            cost += cost_of.NO_TITLE
        if kind == "site" or start + preview == run or page.may_start(start + preview):
            yield quote, preview, cost + cost_of.PREVIEW[preview]


def _judge(page: Page, costs: Costs, body: Body, quote: int, has_marker: bool) -> tuple[tuple[str, ...], float]:
    """Weigh marker against text: a custom emoji explains lost and missing lines, and nothing else does."""
    if body.kind == "empty":
        return (("text_lost",) if has_marker else ()), 0.0
    if body.copy:
        flags = ("quote_recovered",) if quote or body.copy.inserted else ()
        signs = body.copy.skipped + body.copy.cut
        if has_marker:
            return flags, cost_of.SKIPPED * body.copy.skipped + (0.0 if signs else cost_of.NEEDLESS_MARKER)
        return flags, cost_of.SKIPPED_WITHOUT_MARKER * signs
    if body.kind == "single":
        if not has_marker:
            return (), 0.0
        if page.has_emoji_inside(body.start):  # the emoji stands behind words, and the only line is whole
            return (), cost_of.NEEDLESS_MARKER
        return ("first_line_lost",), costs.lost - costs.single
    if has_marker:
        return ("first_line_lost",), costs.lost
    is_glued = any(page.is_glued[at] for at in range(body.start, body.stop))
    return (), costs.plain + (0.0 if is_glued else costs.unexplained_plain)
