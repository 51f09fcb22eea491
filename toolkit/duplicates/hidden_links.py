"""Where posts send their readers by addresses that are behind labels, and not in the text."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.text.compared import targets_of
from toolkit.text.footers import NO_FOOTERS

_MIN_POSTS = 5  # as of a footer: fewer are chance, or one post again and again
_SHARE = 0.1  # of a channel's posts that send to one place: that is its signature


def hidden_targets(posts: pa.Table) -> dict[int, frozenset[str]]:
    """Return post -> where its `urls` lead, but for the channel itself and what many of its posts link to.

    Args:
        posts: has channel and urls.
    """
    urls = posts["urls"].combine_chunks()
    owners = np.asarray(pc.list_parent_indices(urls)).astype(np.int64)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for post, url in zip(owners.tolist(), pc.list_flatten(urls).to_pylist(), strict=True):
        found[post] |= targets_of(url, NO_FOOTERS)
    channels = posts["channel"].to_pylist()
    n_posts = Counter(channels)
    n_links = Counter((channels[post], target) for post, targets in found.items() for target in targets)
    return {
        post: frozenset(
            target
            for target in targets - {f"t.me/{channels[post].lower()}"}
            if n_links[channels[post], target] < max(_MIN_POSTS, _SHARE * n_posts[channels[post]])
        )
        for post, targets in found.items()
    }
