"""What is rare in a post of an extractor's dump, and how rare: see `dump_grammar`.

A cost is a negative log probability. Most are set by hand, from what real channels look like; how often posts have
reactions, and how often they come without repetition, is learned from the dump.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Final, NamedTuple

from toolkit.text.dump_page import Page

REPLY: Final = 2.3
NO_AUTHOR: Final = 3.0
WHOLE_SNIPPET: Final = 2.5  # most posts are longer than what a reply shows of them
LONG_SNIPPET: Final = 5.0
KNOWN_SNIPPET: Final = -3.0  # it begins another line of the dump
KNOWN_AUTHOR: Final = -1.0
QUOTE: Final = 3.0
LINE: Final = 0.15  # of a quote or a plain text
FRAGMENT: Final = 0.8  # the same, if it ends without a full stop
CUT_SHORT: Final = 1.5  # the same, if it ends in an ellipsis, as snippets do
ONLY_HASHTAGS: Final = 2.0  # a post that has nothing else
INSERTED_QUOTE: Final = 5.0
PREVIEW: Final = (0.0, 2.6, 2.0, 1.6, 3.1, 4.6)  # by lines: site, title, description are the rule
PREVIEW_OF: Final = {"site": 0.0, "recurrent": 0.3, "perhaps": 0.9, "no": 4.5}  # by what its first line looks like
PREVIEW_TWICE: Final = 3.0
NO_TITLE: Final = 1.5  # the second line of a preview is no title
PREVIEW_WITH_LINK: Final = -0.7  # a preview needs a link in the text, which need not be written out
SKIPPED: Final = 0.7  # a line missing from the second copy, in a post with the marker
SKIPPED_WITHOUT_MARKER: Final = 5.0
NEEDLESS_MARKER: Final = 1.0
WHOLE_COPY: Final = 3.0  # a second copy with its first line: other extractors
UNEXPLAINED_PLAIN: Final = 2.5
TEXT_LIKE_REACTIONS: Final = 6.0
TEXT_LIKE_SIZE: Final = 3.0  # a line such as "1.2 MB" that is not below a document's name
ODD_REPETITION: Final = 3.0  # a line that was there already and is no part of a second copy
ODD_SHORT_REPETITION: Final = 0.5  # the same for "***" or "Read in full"
ODD_SITE: Final = 2.5  # a line of text that is a site's name


class Rates(NamedTuple):
    """How many posts were seen of each kind."""

    single: float
    repeated: float
    lost: float
    plain: float
    empty: float
    with_reactions: float
    without_reactions: float


class Costs(NamedTuple):
    """Costs that are learned: of the kinds of bodies, and of ending with or without reactions."""

    single: float
    repeated: float
    lost: float  # no repetition, because a custom emoji opened the post
    plain: float  # several lines and no repetition
    empty: float
    reactions: float
    no_reactions: float
    unexplained_plain: float  # plain, and no quote to explain it

    @classmethod
    def of(cls, rates: Rates) -> Costs:
        """Return the costs of things that are as frequent as the rates say."""
        posts = sum(rates[:5])
        shown = rates.with_reactions / (rates.with_reactions + rates.without_reactions)
        single, repeated, lost, plain, empty = (-math.log(rate / posts) for rate in rates[:5])
        surprise = UNEXPLAINED_PLAIN * (1 - rates.plain / posts)
        return cls(single, repeated, lost, plain, empty, -math.log(shown), -math.log(1 - shown), surprise)


def first_rates(page: Page) -> Rates:
    """Guess the rates from the pieces between reaction lines: does text repeat in them?"""
    seen: Counter[str] = Counter()
    start = 0
    for stop in [*(at for at, role in enumerate(page.role) if role == "reactions"), len(page)]:
        piece = range(start, stop)
        texts = [page.lines[at] for at in piece if page.role[at] is None]
        is_lost = any(page.role[at] == "unsupported_marker" for at in piece)
        if len(texts) > 1 and not is_lost:
            seen["plain" if len(set(texts)) == len(texts) else "repeated"] += 1
        start = stop + 1
    # Much of what does not repeat is one line and a link preview, or two posts.
    return Rates(
        single=2 + 0.2 * seen.total(),
        repeated=2 + 2 * seen["repeated"],
        lost=0.5,
        plain=0.2 + seen["plain"],
        empty=0.5,
        with_reactions=9,
        without_reactions=1,
    )
