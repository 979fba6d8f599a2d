"""Secrets stay in the process: masked by name and by shape before anything is encoded.

By name: what is called a password, key or token is masked whole. By shape: what looks like a known
kind of credential is masked wherever it stands in a text. Both are kept narrow, because a mask over
`max_tokens`, a digest or a run id destroys evidence.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from contexta import coerce
from contexta.coerce import AttributeValue

MASK: Final = "***"

# Each shape masks its named group `s`, or the whole match where it has none.
_SHAPES: Final = tuple(
    re.compile(shape)
    for shape in (
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",  # AWS access key id
        r"\bgh[pousr]_[A-Za-z0-9]{36,}",  # GitHub tokens
        r"\bgithub_pat_[A-Za-z0-9_]{22,}",  # GitHub fine-grained token
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_-]{20,}",  # GitLab
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",  # Slack tokens
        r"\bxapp-\d-[A-Za-z0-9-]{10,}",  # Slack app token
        r"hooks\.slack\.com/services/(?P<s>[A-Za-z0-9/]{20,})",  # Slack webhook
        r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}",  # Hugging Face
        # OpenAI, and all that took over its prefix; no word of a name such as sk-learn-… is so long
        r"\bsk-[A-Za-z0-9_-]{0,64}?[A-Za-z0-9]{16}[A-Za-z0-9_-]*",
        r"\b[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe
        r"\bwhsec_[A-Za-z0-9+/=]{24,}",  # signed webhooks
        r"\bwandb_v\d_[A-Za-z0-9_]{20,}",  # Weights & Biases, new style
        r"\blocal-[0-9a-f]{40}\b",  # Weights & Biases, own server
        r"\bAIza[A-Za-z0-9_-]{35}",  # Google API key
        r"\bya29\.[A-Za-z0-9_-]{20,}",  # Google OAuth
        r"\bGOCSPX-[A-Za-z0-9_-]{28}",  # Google client secret
        r"\beyJ[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]*){0,2}",  # JWT, or the beginning of one
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*-----|\Z)",  # PEM
        r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}",  # age
        r"\bnpm_[A-Za-z0-9]{36}\b",  # npm
        r"\bpypi-[A-Za-z0-9_-]{50,}",  # PyPI
        r"\bdop_v1_[a-f0-9]{64}\b",  # DigitalOcean
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}",  # SendGrid
        r"\bdapi[a-f0-9]{32}\b",  # Databricks
        r"\br8_[A-Za-z0-9]{37}\b",  # Replicate
        r"\bgsk_[A-Za-z0-9]{40,}",  # Groq
        r"\bhv[sb]\.[A-Za-z0-9_-]{24,}",  # Vault
        r"\blin_api_[A-Za-z0-9]{40}\b",  # Linear
        r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",  # Telegram
        r"(?i:\b(?:bearer|basic)\s+)(?P<s>[A-Za-z0-9._~+/-]{16,}=*)",  # Authorization header
        r"://[^/\s:@]*:(?P<s>[^/\s@]+)@",  # user:password@ in a URL
        r"://(?P<s>[A-Za-z0-9_.~-]{16,})@",  # token@ in a URL
        # credentials in a URL's query
        r"[?&](?i:[a-z-]*token|[a-z-]*signature|sig|[a-z_-]*secret|password|api[_-]?key|key|"
        r"x-amz-credential)=(?P<s>[^&\s#\"']+)",
        # connection strings
        r"(?i:\b(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)\s*=\s*)"
        r"(?P<s>[^;\s\"'&]+)",
    )
)

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
_REFERENCE: Final = re.compile(r"\$\{[^}]*\}|\$\w+|<[^>]*>|\[[A-Z]+\]|\*+")


class _Tally(threading.local):
    """What was masked on this thread since its last record."""

    masked: int = 0
    redaction_failed: int = 0


_tally: Final = _Tally()


def masked(name: str, value: str) -> str:
    """`value`, or a mask if the name says it is secret; parts that look secret are masked too."""
    if value and is_secret_name(name) and not _REFERENCE.fullmatch(value):
        _tally.masked += 1
        return MASK
    return without_secrets(value)


def without_secrets(text: str) -> str:
    """`text` with everything masked that has the shape of a credential."""
    if len(text) < 8:
        return text
    for shape in _SHAPES:
        text = shape.sub(_mask_group, text)
    return text


def _mask_group(found: re.Match[str]) -> str:
    whole, start = found.group(0), found.start()
    has_part = "s" in found.re.groupindex
    if has_part and found.group("s") == MASK:
        return whole
    _tally.masked += 1
    if not has_part:
        return MASK
    return whole[: found.start("s") - start] + MASK + whole[found.end("s") - start :]


def is_secret_name(name: str) -> bool:
    """Whether what is called so (a variable, a configuration key, an option) is a credential."""
    around, _, last = name.rpartition(".")
    words = _words(last)
    if not words or words[-1] in _ABOUT:
        return False
    if not _ALWAYS.isdisjoint(words) or not _WHOLLY.isdisjoint(_words(around)):
        return True
    if any(one in _KEYS and two in ("key", "keys") for one, two in itertools.pairwise(words)):
        return True
    before = words[-2] if len(words) > 1 else ""
    return words[-1] == "token" and before not in _NO_CREDENTIAL_TOKENS


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]


def masked_value(name: str, value: Any) -> Any:
    """As `masked`, for a value of any type: numbers and booleans stay unless the name is a
    password's; texts, lists and mappings are looked into. The value itself is not changed."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, str):
        return masked(name, value)
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, Any]", value)
        if is_secret_name(name):
            return {key: masked(name, coerce.text(entry)) for key, entry in entries.items()}
        return {key: masked_value(str(key), entry) for key, entry in entries.items()}
    if isinstance(value, (list, tuple)):
        return [masked_value(name, item) for item in cast("Iterable[Any]", value)]
    if is_secret_name(name) and not _WHOLLY.isdisjoint(_words(name)):
        _tally.masked += 1
        return MASK
    return value


def without_secrets_in(value: AttributeValue) -> AttributeValue:
    """As `without_secrets`, for what was coerced already: a text, or a list of them."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [without_secrets(item) for item in cast("list[str]", value)]
    return value


def masked_argv(arguments: Iterable[str]) -> list[str]:
    """A command line: `--api-key VALUE`, `--api-key=VALUE` and `KEY=VALUE` by name, the rest by shape."""
    result: list[str] = []
    secret_next = False
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if secret_next and not argument.startswith("-"):
            result.append(masked("password", argument))
        elif equals and re.fullmatch(r"[\w.-]+", name):
            result.append(f"{name}={masked(name, value)}")
        else:
            result.append(without_secrets(argument))
        secret_next = argument.startswith("-") and not equals and is_secret_name(argument)
    return result


def redacted(text: str, redact: Any) -> str | None:
    """`text` after the user's `redact`; None if that failed: then the text is not sent at all."""
    try:
        result = redact(text)
    except Exception:
        _tally.redaction_failed += 1
        return None
    return None if result is None else coerce.text(result)


def take_tally() -> tuple[int, int]:
    """How many values were masked, and texts dropped for a failing redaction, on this thread since
    this was asked last."""
    if not _tally.masked and not _tally.redaction_failed:
        return _NOTHING
    counts = (_tally.masked, _tally.redaction_failed)
    _tally.masked = _tally.redaction_failed = 0
    return counts


_NOTHING: Final = (0, 0)
