"""Ids as two files write them: 17 here, channel/17 there; and the groups that pairs of ids form."""

from __future__ import annotations

from collections.abc import Collection

from toolkit.errors import SourceError


def shared_names(gold: Collection[str], test: Collection[str]) -> dict[str, str]:
    """Return, for every id of either file, the name under which the two are compared.

    If all ids of one file are without a slash, only what follows the last slash counts; else whole ids are compared.

    Args:
        gold: ids of the gold file.
        test: ids of what is judged.

    Raises:
        SourceError: if an id of the one file could be two of the other, or no id of the test is in gold.

    >>> shared_names(["17", "18"], ["news/17"])
    {'17': '17', '18': '18', 'news/17': '17'}
    >>> shared_names(["news/17"], ["news/17", "old/17"])["old/17"]
    'old/17'
    """
    is_bare = any(ids and not any("/" in name for name in ids) for ids in (gold, test))
    both = dict.fromkeys([*gold, *test])
    names = {name: name.rsplit("/", 1)[-1] if is_bare else name for name in both}
    for ids, others in ((gold, test), (test, gold)):
        known = {names[name] for name in others}
        owner: dict[str, str] = {}
        for name in sorted(ids):
            short = names[name]
            if owner.setdefault(short, name) != name and short in known:
                raise SourceError(
                    f"{owner[short]} and {name} are both {short} in the other file", fix="Write whole ids in both files"
                )
    if gold and test and not {names[name] for name in gold} & {names[name] for name in test}:
        raise SourceError(
            f"no id is in both files: gold has {min(gold)!r}, the other {min(test)!r}",
            fix="Give the ids that bitext parse shows",
        )
    return names
