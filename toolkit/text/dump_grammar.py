"""Find the posts in text that an extractor made of a t.me/s page.

Such text has no ids and no boundaries; what it has is the extractor's bug, and that is a grammar. trafilatura 1.11-2.0
prints a post as

    [headers]  L1 ... Ln  L2 ... Ln  [quote]  [link preview]  [marker]  [reactions]

The second copy lacks L1 (what stands before the first line break), every line that opens with a custom emoji, and the
rest of a line behind one; such a post has the marker "Please open Telegram to view this post". A post that opens with
a custom emoji loses L1 and is not repeated. A block quote at the end is only in the second copy; one elsewhere glues
its neighbours together and undoes the repetition. Headers are forward, reply (author, snippet), document, media.

`parse_dump` finds the cheapest way to read the lines as such posts by dynamic programming. A cost is a negative log
probability. How many posts have no reactions and how many come without repetition differs from channel to channel, so
these two are learned from the dump, by reading it more than once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from toolkit.text.dump_costs import Costs, Rates, first_rates
from toolkit.text.dump_page import Page
from toolkit.text.dump_readings import Body, Reading, read_bodies, read_heads, read_tails

_READINGS: Final = 3


@dataclass(frozen=True)
class DumpPost:
    """One post of a dump, in indexes of its lines.

    Attributes:
        start: its first line.
        stop: the line after its last; together the posts cover the dump.
        roles: what each of its lines is: forward_header, via, reply, document, document_size, media_marker,
            media_link, body, repeat, link_preview, unsupported_marker, unsupported_link, reactions, blank.
        body: the lines of the text in reading order.
        repeat_of: repeated line -> the body line that it repeats.
        flags: quote_recovered (lines that only the second copy has), first_line_lost, text_lost.
    """

    start: int
    stop: int
    roles: tuple[str, ...]
    body: tuple[int, ...]
    repeat_of: dict[int, int]
    flags: tuple[str, ...]

    def lines_with(self, role: str) -> list[int]:
        """Return the lines that have the role."""
        return [self.start + at for at, given in enumerate(self.roles) if given == role]


def parse_dump(lines: Sequence[str]) -> list[DumpPost]:
    """Divide the lines into posts, each line with exactly one role.

    Args:
        lines: of the dump, without line ends; blank ones are allowed and join the post before them.

    Returns:
        The posts in reading order. Their bodies may be empty: a photo, a poll, or a text that the extractor lost.
    """
    filled = [at for at, line in enumerate(lines) if line.strip()]
    if not filled:
        return []
    page = Page([" ".join(lines[at].split()) for at in filled])
    rates = first_rates(page)
    path: list[Reading] = []
    for _ in range(_READINGS):
        path = _cheapest(page, Costs.of(rates))
        last, rates = rates, _counted(path)
        if rates == last:
            break
    return [_as_post(reading, filled, len(lines)) for reading in path]


def _counted(path: list[Reading]) -> Rates:
    """Count the rates in a reading, over a prior of a few posts."""
    kinds = Counter(reading.kind for reading in path)
    shown = sum("reactions" in reading.tail for reading in path)
    return Rates(
        single=1 + kinds["single"],
        repeated=1 + kinds["repeated"],
        lost=0.5 + kinds["lost"],
        plain=0.2 + kinds["plain"],
        empty=0.2 + kinds["empty"],
        with_reactions=3 + shown,
        without_reactions=0.5 + len(path) - shown,
    )


def _cheapest(page: Page, costs: Costs) -> list[Reading]:
    """Return the sequence of readings that covers the page at the lowest cost.

    A line has two prices: as the first line of a post, and as the first behind the headers of one.
    """
    posts, texts = [math.inf] * (len(page) + 1), [math.inf] * (len(page) + 1)
    heads: list[tuple[int, tuple[str, ...]]] = [(0, ())] * (len(page) + 1)
    back: list[Reading | None] = [None] * (len(page) + 1)
    posts[0] = 0.0

    def offer(reading: Reading, price: float) -> None:
        if price < posts[reading.stop] - 1e-9:
            posts[reading.stop], back[reading.stop] = price, reading

    for at in range(len(page) + 1):
        if texts[at] < math.inf:  # headers and nothing else
            nothing = Body("empty", at, at, None, costs.empty)
            offer(Reading(*heads[at], nothing, 0, 0, (), ()), texts[at] + costs.empty + costs.no_reactions)
        if at == len(page):
            break
        for stop, roles, cost in read_heads(page, at):
            if posts[at] + cost < texts[stop]:
                texts[stop], heads[stop] = posts[at] + cost, (at, roles)
        if texts[at] < math.inf:
            for body in read_bodies(page, costs, at):
                for quote, preview, tail, flags, cost in read_tails(page, costs, body):
                    offer(Reading(*heads[at], body, quote, preview, tail, flags), texts[at] + cost)
    path, at = [], len(page)
    while at:
        reading = back[at]
        assert reading is not None  # headers alone are a post, and so is any line of text
        path.append(reading)
        at = reading.start
    return path[::-1]


def _as_post(reading: Reading, filled: list[int], total: int) -> DumpPost:
    """Turn a reading of filled lines into roles of all lines; blank ones join the post before them."""
    body, copy = reading.body, reading.body.copy
    repeats = dict(copy.repeats) if copy else {}
    quote = range(body.stop, body.stop + reading.quote)
    roles = [
        *reading.head,
        *("repeat" if at in repeats else "body" for at in range(body.start, quote.stop)),
        *["link_preview"] * reading.preview,
        *reading.tail,
    ]
    first = 0 if reading.start == 0 else filled[reading.start]
    last = filled[reading.stop] if reading.stop < len(filled) else total
    by_line = dict(zip((filled[at] for at in range(reading.start, reading.stop)), roles, strict=True))
    text = copy.body if copy else range(body.start, body.stop)
    return DumpPost(
        start=first,
        stop=last,
        roles=tuple(by_line.get(at, "blank") for at in range(first, last)),
        body=tuple(filled[at] for at in (*text, *quote)),
        repeat_of={filled[at]: filled[of] for at, of in repeats.items()},
        flags=reading.flags,
    )
