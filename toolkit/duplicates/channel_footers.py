"""The footers of the channels of a table of posts."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from toolkit.options import CleanOptions
from toolkit.text.footers import Footers, learn_footers

FootersOf = dict[str, Footers]


def footers_of_channels(posts: pa.Table) -> FootersOf:
    """Return channel -> its footers, for the channels that have some; posts that stage `clean` made have none left."""
    share = CleanOptions().footer_share
    if "footer" in posts.column_names or share is None:
        return {}
    of_channel: dict[str, list[str]] = defaultdict(list)
    for channel, text in zip(posts["channel"].to_pylist(), posts["text"].to_pylist(), strict=True):
        of_channel[channel].append(text)
    learned = {channel: learn_footers(texts, share) for channel, texts in of_channel.items()}
    return {channel: Footers(lines) for channel, lines in learned.items() if lines}
