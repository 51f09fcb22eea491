"""Put placeholders where personal values stood, the same ones in Russian and in English texts."""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from collections import Counter
from collections.abc import Container
from functools import lru_cache
from typing import Final, NamedTuple

from toolkit.errors import OptionError
from toolkit.options import PiiOptions
from toolkit.text.mojibake import fix_mojibake
from toolkit.text.pii import KINDS, Personal, find_personal, may_have_personal

SALT_VARIABLE: Final = "BITEXT_PII_SALT"
_MIN_SALT: Final = 16  # characters; all telephone numbers of a country can be tried against a salt that can be guessed
_HASH_LETTERS: Final = 10  # 40 bits: a million values share about one
# Letters, because numbers and names in a text are evidence, and a piece of a hash is neither.
_TO_LETTERS: Final = str.maketrans("0123456789abcdef", "ghijklmnopabcdef")


class Masked(NamedTuple):
    """A text without personal values.

    Attributes:
        text: the text.
        counts: kind -> how many were found, kept ones too.
        is_decoded: whether it was decoded anew, because that made values whole.
    """

    text: str
    counts: dict[str, int]
    is_decoded: bool


class Mask:
    """Replaces personal values as the options say, and counts them."""

    def __init__(self, options: PiiOptions, public: Container[str] = ()) -> None:
        """Get ready.

        Args:
            options: what becomes of which kind.
            public: values that stay, as `handle_owners.PublicNames` or `pii.public_values` has them.

        Raises:
            OptionError: if values are to be hashed and there is no salt that is worth the name.
        """
        self._modes: dict[str, str] = options.model_dump(include=set(KINDS))
        self._public = public
        self._salt = pii_salt(options)

    def apply(self, text: str) -> str:
        """Return the text without personal values; twice changes nothing."""
        return self.apply_and_count(text).text

    def apply_and_count(self, text: str) -> Masked:
        """Return the text without personal values, and what was done.

        A text in which the right encoding or composed letters make values whole that are none yet is returned decoded.
        """
        found = find_personal(text, self._public)
        is_decoded = False
        if not text.isascii() and may_have_personal(text):
            decoded = fix_mojibake(text)
            repaired = unicodedata.normalize("NFC", decoded)
            again = find_personal(repaired, self._public) if repaired != text else []
            if Counter(item[2:] for item in again) - Counter(item[2:] for item in found):
                is_decoded = decoded != text
                text, found = repaired, again
        parts: list[str] = []
        counts: Counter[str] = Counter()
        done = 0
        for item in found:
            counts[item.kind] += 1
            parts += [text[done : item.start], self._stand_in(item, text[item.start : item.end])]
            done = item.end
        return Masked("".join([*parts, text[done:]]), dict(sorted(counts.items())), is_decoded)

    def _stand_in(self, item: Personal, written: str) -> str:
        mode = self._modes[item.kind]
        if mode == "keep":
            return written
        if mode == "drop":
            return ""
        if mode == "mask":
            return f"[{item.kind.upper()}]"
        assert self._salt is not None
        digest = hmac.new(self._salt, f"{item.kind}:{item.value}".encode(), hashlib.sha256).hexdigest()
        return f"[{item.kind.upper()}:{digest[:_HASH_LETTERS].translate(_TO_LETTERS)}]"


def pii_salt(options: PiiOptions) -> bytes | None:
    """Return the user's salt; None if nothing is to be hashed.

    It is read from the environment, because options are published with a release, and a salt must not be.

    Raises:
        OptionError: if it is missing or short.
    """
    if "hash" not in options.model_dump(include=set(KINDS)).values():
        return None
    salt = os.environ.get(SALT_VARIABLE, "")
    if len(salt) < _MIN_SALT:
        given = f"has {len(salt)} characters" if salt else "is not set"
        raise OptionError(
            f"pii: hash needs a secret salt, and the variable {SALT_VARIABLE} {given}, wanted {_MIN_SALT} or more",
            fix=f"Keep one outside the corpus, as: export {SALT_VARIABLE}=$(openssl rand -hex 16)",
        )
    return salt.encode("utf-8")


def salt_fingerprint(options: PiiOptions) -> str | None:
    """Return what changes with the salt and does not tell it; None if nothing is to be hashed.

    Releases show it. Trying salts against it takes much longer than against the pseudonym of a value that is known.

    Raises:
        OptionError: as `pii_salt`.
    """
    salt = pii_salt(options)
    return None if salt is None else _slow_hash(salt)


@lru_cache(maxsize=8)
def _slow_hash(salt: bytes) -> str:
    return hashlib.scrypt(salt, salt=b"bitext fingerprint", n=1 << 14, r=8, p=1, dklen=8).hex()


def hide_personal(text: str) -> str:
    """Return the text with all that may be personal masked, whatever the options: the words that an id may depend on.

    >>> hide_personal("Write to a@b.example or call +7 000 000-00-11")
    'Write to [EMAIL] or call [PHONE]'
    """
    return _HIDE_ALL.apply(text)


_HIDE_ALL: Final = Mask(PiiOptions())
