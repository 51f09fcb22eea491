"""Addresses of posts and names of channels on Telegram, in all forms that people and programs write."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_HOST: Final = r"(?:https?://)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)/"
_HANDLE: Final = r"[A-Za-z]\w{2,31}"
_NUMBER: Final = r"[0-9]{1,19}"
_REST: Final = r"/*(?:[?#]\S*)?"  # ?single, ?comment=5, ?before=7, #anchor
_THREAD: Final = rf"(?:{_NUMBER}/)?"  # the topic of a group, before the message
_POSTS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"{_HOST}(?:s/)?@?(?P<channel>{_HANDLE})/{_THREAD}(?P<number>{_NUMBER}){_REST}",
        rf"{_HOST}c/(?:-100)?(?P<channel>{_NUMBER})/{_THREAD}(?P<number>{_NUMBER}){_REST}",
        rf"(?:https?://)?(?P<channel>{_HANDLE})\.t\.me/{_THREAD}(?P<number>{_NUMBER}){_REST}",
        rf"tg:(?://)?resolve/?\?(?:[\w=]+&)*domain=(?P<channel>{_HANDLE})&(?:[\w=]+&)*post=(?P<number>{_NUMBER})(?:&\S*)?",
        rf"tg:(?://)?privatepost/?\?(?:[\w=]+&)*channel=(?P<channel>{_NUMBER})&(?:[\w=]+&)*post=(?P<number>{_NUMBER})(?:&\S*)?",
    )
)
_NO_CHANNEL: Final = frozenset(
    ("addemoji", "addlist", "addstickers", "addtheme", "boost", "giftcode", "invoice", "iv", "joinchat", "login",
     "proxy", "setlanguage", "share", "socks")
)  # fmt: skip
_ADDRESS: Final = re.compile(
    rf"(?:\w+://|(?:www\.)?(?:t|telegram)\.(?:me|dog)/|tg:|{_HANDLE}\.t\.me(?:/|$))", re.IGNORECASE
)
_HOME: Final = re.compile(rf"(?:{_HOST}(?:s/|c/)?|(?=@))@?", re.IGNORECASE)
_SUBDOMAIN: Final = re.compile(rf"(?:https?://)?({_HANDLE})\.t\.me", re.IGNORECASE | re.ASCII)
_NUMERIC: Final = re.compile(r"(?:-100(?=[0-9]{6})|-|channel(?=[0-9]{6}))([0-9]{1,19})")


class PostLink(NamedTuple):
    """What an address of a post says.

    Attributes:
        channel: the handle as written, or the number of a channel that has none.
        number: of the message.
    """

    channel: str
    number: str

    @property
    def post_id(self) -> str:
        """As in POSTS."""
        return f"{self.channel}/{self.number}"


def post_link(address: str) -> PostLink | None:
    """Return what an address of a post says; None if it is something else.

    >>> post_link("https://t.me/s/bay/12?single"), post_link("t.me/c/1288000009/3/45/")
    (PostLink(channel='bay', number='12'), PostLink(channel='1288000009', number='45'))
    >>> post_link("https://t.me/bay"), post_link("bay/12"), post_link("https://t.me/addlist/5")
    (None, None, None)
    """
    for pattern in _POSTS:
        found = pattern.fullmatch(address.strip())
        if found and found["channel"].lower() not in _NO_CHANNEL:
            return PostLink(found["channel"], str(int(found["number"])))
    return None


def is_address(text: str) -> bool:
    """Tell whether a text is meant as an address, be it of a post or of anything else.

    >>> is_address("https://example.org/a b"), is_address("telegram.me/x"), is_address("port.ru/5")
    (True, True, False)
    """
    return _ADDRESS.match(text.strip()) is not None


def channel_name(written: str) -> str:
    """Return a channel's name in the one form in which all formats have it.

    A handle loses its @ and its address; a number what libraries put before it: exports of Telegram Desktop and
    addresses have it bare.

    >>> channel_name("https://t.me/s/bay/"), channel_name("@bay"), channel_name("-1001288000009")
    ('bay', 'bay', '1288000009')
    >>> channel_name("channel1288000009"), channel_name("Port: news"), channel_name("channel24")
    ('1288000009', 'Port: news', 'channel24')
    """
    name = written.strip()
    link = post_link(name)
    if link is not None:
        return link.channel
    if subdomain := _SUBDOMAIN.fullmatch(name.rstrip("/")):
        return subdomain[1]
    bare = _HOME.sub("", name, count=1).split("?")[0].strip("/") if _HOME.match(name) else name.strip("/")
    numeric = _NUMERIC.fullmatch(bare)
    return numeric[1] if numeric else bare or name
