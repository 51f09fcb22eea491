"""Addresses with keys and passwords in them, as they may be shown."""

from __future__ import annotations

import re
from urllib.parse import unquote

_TOKEN = re.compile(r"\bhf_[A-Za-z0-9]{4,}")


def shown_url(url: str) -> str:
    """Return a URL without user, password, query and token; a password may have @ and / in it.

    >>> shown_url("sftp://ann:secret@example.org/data?key=1"), shown_url("memory:///data/a@b")
    ('sftp://example.org/data', 'memory:///data/a@b')
    >>> shown_url("s3://key:se@c/r@et@bucket/sets"), shown_url("s3:/key:secret@bucket")
    ('s3://bucket/sets', 's3:/bucket')
    """
    scheme, _, rest = _parts(url)
    return _TOKEN.sub("***", scheme + rest).partition("?")[0].partition("#")[0]


def hide_secrets(text: str, url: str) -> str:
    """Return what a store or a package said of a URL without any part of its secrets.

    >>> hide_secrets("no host cret@bucket, key:se%40cret", "s3://key:se%40cret@bucket")
    'no host ***@bucket, ***'
    """
    _, secret, rest = _parts(url)
    whole = [secret, secret.partition(":")[2], rest.partition("?")[2]]
    whole += [unquote(part) for part in whole]
    pieces = [piece for part in whole for piece in re.split(r"[@:/?#&=]", part)]
    hidden = {part for part in (*whole, *pieces) if len(part) > 2}
    text = text.replace(url, shown_url(url))
    for part in sorted(hidden, key=len, reverse=True):
        text = text.replace(part, "***")
    return _TOKEN.sub("***", text)


def _parts(url: str) -> tuple[str, str, str]:
    """Return the beginning of a URL up to its slashes, user and password, and the rest.

    Up to the last @ all is secret, where a user and a password can stand: no one says where a password with @ ends.
    """
    found = re.match(r"[A-Za-z][\w+.-]*:/*", url)
    scheme = found[0] if found else ""
    rest = url[len(scheme) :]
    authority = rest.partition("/")[0]
    has_secret = "@" in authority or ":" in rest.rpartition("@")[0].partition("/")[0]
    if scheme.endswith("///") or "@" not in rest or not has_secret:
        return scheme, "", rest
    secret, _, rest = rest.rpartition("@")
    return scheme, secret, rest
