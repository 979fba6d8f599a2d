"""Names that say that what they name is a credential."""

from __future__ import annotations

import functools
import itertools
import re
from typing import Final

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _named(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ALWAYS: Final = _named(
    "secret secrets password passwd passwords pwd passphrase credential credentials apikey "
    "authorization auth cookie cookies dsn bearer"
)
# Below these names everything is secret, and numbers are too.
_WHOLLY: Final = _named(
    "secret secrets password passwords passwd pwd passphrase credential credentials"
)
_KEYS: Final = _named(
    "api access secret private signing encryption account shared master service ssh deploy"
)
# `pad_token`, `max_token` and the like are settings of a model.
_NO_CREDENTIAL_TOKENS: Final = _named(
    "pad eos bos unk sep cls mask max min stop special start end image audio video first last next "
    "per additional begin boundary separator decoder encoder new think tool class dist"
)
# `token_count`, `password_file`, `auth_enabled`: about a secret, not it.
_ABOUT: Final = _named(
    "file path dir enabled disabled count counts name names id ids type types length len size limit "
    "ttl env variable required method mode provider url uri endpoint scheme backend policy version "
    "rate expiry timeout"
)


@functools.lru_cache(4096)
def is_secret_name(name: str) -> bool:
    """Whether what is called so (a variable, a configuration key, an option) is a credential."""
    around, _, last = name.rpartition(".")
    words = _words(last)
    if not words or words[-1] in _ABOUT:
        return False
    if not _ALWAYS.isdisjoint(words) or not _WHOLLY.isdisjoint(_words(around)):
        return True
    if _is_a_key(words):
        return True
    before = words[-2] if len(words) > 1 else ""
    return words[-1] == "token" and before not in _NO_CREDENTIAL_TOKENS


def is_wholly_secret(name: str) -> bool:
    """Whether anything at all under this name is secret, a short word or a number too: passwords."""
    return not _WHOLLY.isdisjoint(_words(name))


def is_password_or_key(name: str) -> bool:
    """Whether even a short value of this name is a credential: where it stands in prose, a `token`
    may well be a word and `auth` a method."""
    words = _words(name.rpartition(".")[2])
    return not _WHOLLY.isdisjoint(words) or "apikey" in words or _is_a_key(words)


def _is_a_key(words: list[str]) -> bool:
    return any(one in _KEYS and two in ("key", "keys") for one, two in itertools.pairwise(words))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
