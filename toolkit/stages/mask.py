"""Take out of posts what reaches one person, before anything else sees them.  POSTS -> POSTS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.options import PiiOptions
from toolkit.text.handle_owners import PublicNames, decide_public, find_owners, name_marks
from toolkit.text.masking import Mask
from toolkit.text.pii import public_values

_WORDS: Final = ("text", "text_raw", "forwarded_from", "channel_title", "permalink")
_LISTS: Final = ("urls", "hashtags", "media")
_BATCH: Final = 4096  # rows that are dicts at a time


def mask_posts(
    posts: pa.Table,
    options: PiiOptions = PiiOptions(),  # noqa: B008
    public: PublicNames | None = None,
) -> pa.Table:
    """Replace telephone numbers, mail addresses, cards and personal handles in all that a post says.

    Handles of the posts' channels are public, and so are those that any of the posts shows to be channels'.

    Args:
        posts: conform to `schemas.POSTS`; those of one source together, because the links in them count.
        options: what becomes of which kind, and what stays.
        public: which handles stay, if more is known than these posts tell: see `public_names`.

    Returns:
        POSTS in the order given, with `personal` set, and with the flag `encoding_repaired`, as clean gives it, where
        values showed only when the text was decoded anew. Masked twice is masked once, with the counts of both.

    Raises:
        OptionError: if values are to be hashed and there is no salt.
    """
    posts = schemas.conform(posts, schemas.POSTS)
    mask = Mask(options, public_names([handle_owners(posts)], options) if public is None else public)
    masked = [schemas.POSTS.empty_table()]
    for start in range(0, posts.num_rows, _BATCH):
        rows = posts.slice(start, _BATCH)
        changed = [_masked(row, mask) for row in rows.select([*_WORDS, *_LISTS, "flags", "personal"]).to_pylist()]
        columns = {name: rows[name] for name in rows.column_names}
        for name in changed[0]:
            columns[name] = pa.array([row[name] for row in changed], schemas.POSTS.field(name).type)
        masked.append(schemas.conform(pa.table(columns), schemas.POSTS))
    return pa.concat_tables(masked).combine_chunks()


def mask_sources(sources: Sequence[pa.Table], options: PiiOptions = PiiOptions()) -> list[pa.Table]:  # noqa: B008
    """Mask the posts of several sources as `mask_posts` does, with one decision on each handle for all of them."""
    public = public_names([handle_owners(posts) for posts in sources], options)
    return [mask_posts(posts, options, public) for posts in sources]


def handle_owners(posts: pa.Table) -> dict[str, str]:
    """Return whose the handles are that the posts of a source name, as `find_owners` does."""
    titles = pc.unique(pc.drop_null(posts["channel_title"])).to_pylist()
    return find_owners(_texts_with_names(posts), pc.unique(posts["channel"]).to_pylist(), titles)


def public_names(sources: Iterable[Mapping[str, str]], options: PiiOptions) -> PublicNames:
    """Return what stays in all sources, from what `handle_owners` says of each."""
    return PublicNames(decide_public(sources, name_marks(options.public)), public_values(options.public))


def _texts_with_names(posts: pa.Table) -> Iterator[str]:
    """Yield the addresses of posts; and of each post that may name somebody one text, with its links as first lines.

    A text link has its name in the links only, a mention in both, and is one mention all the same.
    """
    yield from pc.drop_null(posts["permalink"]).to_pylist()
    for batch in posts.select(["text", "urls"]).to_batches(max_chunksize=_BATCH):
        urls, parents = pc.list_flatten(batch["urls"]), pc.list_parent_indices(batch["urls"])
        are_names = pc.match_substring_regex(urls, r"^(https?://)?t(elegram)?\.(me|dog)/", ignore_case=True)
        links: dict[int, list[str]] = defaultdict(list)
        for row, url in zip(parents.filter(are_names).to_pylist(), urls.filter(are_names).to_pylist(), strict=True):
            links[row].append(url)
        has_names = pc.match_substring_regex(
            batch["text"], r"t(elegram)?\.(me|dog)/|[@\x{ff20}\x{fe6b}]", ignore_case=True
        )
        for row in sorted({*links, *pc.indices_nonzero(has_names).to_pylist()}):
            yield "\n".join([*links.get(row, ()), batch["text"][row].as_py()])


def _masked(row: dict[str, Any], mask: Mask) -> dict[str, Any]:
    text, counts, is_decoded = mask.apply_and_count(row["text"])
    for known in row["personal"] or ():  # a table that was masked before
        counts[known["kind"]] = counts.get(known["kind"], 0) + known["count"]
    raw = row["text_raw"]
    return {
        **{name: row[name] and mask.apply(row[name]) for name in _WORDS[2:]},
        **{name: [shown for given in row[name] if (shown := mask.apply(given).strip())] for name in _LISTS},
        "text": text,
        "text_raw": text if raw == row["text"] else mask.apply(raw),
        "flags": sorted({*row["flags"], "encoding_repaired"}) if is_decoded else row["flags"],
        "personal": [{"kind": kind, "count": count} for kind, count in sorted(counts.items())],
    }
