"""Credentials by their shape, wherever they stand in a text: known kinds of token, URLs, `name=value`.

Every function gives the text and how much of it was masked. A shape is only tried on a text that has
one of its hints in it, so that an ordinary text costs a microsecond.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from contexta.secret_names import is_password_or_key, is_secret_name

MASK: Final = "***"

REFERENCE: Final = re.compile(r"\$\{[^}]*\}|\$\w+|<[^>]*>|\[[A-Z]+\]|\*+")
"""What stands for a secret and is none: `${TOKEN}`, `<password>`."""


_SHORT: Final = 64


class _Shape(NamedTuple):
    """`pattern` is tried where one of `hints` (lower case) is in the text. It masks its group `s`, or
    the whole match where it has none."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]


def _shape(hints: str, pattern: str) -> _Shape:
    return _Shape(tuple(hints.split()), re.compile(pattern))


_SHAPES: Final = (
    _shape("akia asia abia acca", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),  # AWS access key id
    _shape("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[A-Za-z0-9]{36,}"),  # GitHub tokens
    _shape("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
    _shape(
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat-",  # GitLab
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_-]{20,}",
    ),
    _shape("xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),  # Slack tokens
    _shape("xapp-", r"\bxapp-\d-[A-Za-z0-9-]{10,}"),  # Slack app token
    _shape("hooks.slack.com", r"hooks\.slack\.com/services/(?P<s>[A-Za-z0-9/]{20,})"),
    _shape("hf_ api_org_", r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}"),  # Hugging Face
    # OpenAI, and all that took over its prefix; no word of a name such as sk-learn-… is so long
    _shape("sk-", r"\bsk-[A-Za-z0-9_-]{0,64}?[A-Za-z0-9]{16}[A-Za-z0-9_-]*"),
    _shape("k_live_ k_test_", r"\b[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}"),  # Stripe
    _shape("whsec_", r"\bwhsec_[A-Za-z0-9+/=]{24,}"),  # signed webhooks
    _shape("wandb_v", r"\bwandb_v\d_[A-Za-z0-9_]{20,}"),  # Weights & Biases, new style
    _shape("local-", r"\blocal-[0-9a-f]{40}\b"),  # Weights & Biases, own server
    _shape("aiza", r"\bAIza[A-Za-z0-9_-]{35}"),  # Google API key
    _shape("ya29.", r"\bya29\.[A-Za-z0-9_-]{20,}"),  # Google OAuth
    _shape("gocspx-", r"\bGOCSPX-[A-Za-z0-9_-]{28}"),  # Google client secret
    _shape("eyj", r"\beyJ[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]*){0,2}"),  # JWT, or its beginning
    _shape(
        "-----begin",  # PEM
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*-----|\Z)",
    ),
    _shape("age-secret-key-", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _shape("npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _shape("pypi-", r"\bpypi-[A-Za-z0-9_-]{50,}"),
    _shape("dop_v1_", r"\bdop_v1_[a-f0-9]{64}\b"),  # DigitalOcean
    _shape("sg.", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}"),  # SendGrid
    _shape("dapi", r"\bdapi[a-f0-9]{32}\b"),  # Databricks
    _shape("r8_", r"\br8_[A-Za-z0-9]{37}\b"),  # Replicate
    _shape("gsk_", r"\bgsk_[A-Za-z0-9]{40,}"),  # Groq
    _shape("hvs. hvb.", r"\bhv[sb]\.[A-Za-z0-9_-]{24,}"),  # Vault
    _shape("lin_api_", r"\blin_api_[A-Za-z0-9]{40}\b"),  # Linear
    _shape(":aa", r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),  # Telegram
    _shape(
        "bearer basic",  # Authorization header
        r"(?i:\b(?:bearer|basic)\s+)(?P<s>[A-Za-z0-9._~+/-]{16,}=*)",
    ),
    _shape("://", r"://[^/\s:@]*:(?P<s>[^/\s@]+)@"),  # user:password@ in a URL
    _shape("://", r"://(?P<s>[A-Za-z0-9_.~-]{16,})@"),  # token@ in a URL
    _shape(
        "? &",  # credentials in a URL's query
        r"[?&](?i:[a-z-]*token|[a-z-]*signature|sig|[a-z_-]*secret|password|api[_-]?key|key|"
        r"x-amz-credential)=(?P<s>[^&\s#\"']+)",
    ),
)
_CONNECTION_STRING: Final = _shape(
    "password pwd accountkey sharedaccess",
    r"(?i:\b(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)\s*=\s*)"
    r"(?P<s>[^;\s\"'&]+)",
)
_PAIR: Final = _shape(
    "pass pwd secret token key auth cred cookie dsn",
    r"(?<![\w.-])(?P<name>[A-Za-z_-][\w.-]{2,60})[\"']?\s*[=:]\s*"
    r"(?P<s>\$\{[^}]*\}|\"[^\"\n]+\"|'[^'\n]+'|[^\s\"',;&)\]}>]+)",
)
# What stands after a name in source code, which stack traces are full of: types and expressions.
_CODE: Final = re.compile(
    r"(?:str|bytes|int|float|bool|None|null|true|false|True|False|Any|Optional|SecretStr|"
    r"(?:self|cls|os|args|config|cfg|settings|options|kwargs|env|environ)[.\[].*|\w[\w.]*[\[(].*)"
)


_IN_VALUES: Final = tuple(
    (hint, shape) for shape in (*_SHAPES, _CONNECTION_STRING) for hint in shape.hints
)
_IN_PROSE: Final = tuple((hint, shape) for shape in (*_SHAPES, _PAIR) for hint in shape.hints)


def masked_value(text: str) -> tuple[str, int]:
    """For a setting, a URL, a variable: every known shape, connection strings included."""
    return _masked(text, _likely(text, _IN_VALUES))


def masked_prose(text: str) -> tuple[str, int]:
    """For a message, a stack trace, an attribute: every known shape, and the value of each pair
    `name=value`, `name: value` or `"name": "value"` whose name says that it is secret."""
    if len(text) <= _SHORT and _is_ordinary(text):
        return text, 0
    likely = _likely(text, _IN_PROSE)
    if not likely:
        return text, 0
    text, count = _masked(text, [shape for shape in likely if shape is not _PAIR])
    return _masked_pairs(text, count) if likely[-1] is _PAIR else (text, count)


def _masked_pairs(text: str, count: int) -> tuple[str, int]:
    pieces: list[str] = []
    done = looked = 0
    while pair := _PAIR.pattern.search(text, looked):
        looked = pair.start("s")  # which may be a name itself: `failed: password=…`
        if _is_secret(pair):
            quote = text[looked] if text[looked] in "\"'" else ""
            pieces += (text[done:looked], quote, MASK, quote)
            done = looked = pair.end("s")
            count += 1
    return "".join((*pieces, text[done:])), count


def is_credential_like(value: str) -> bool:
    """Whether a value could be a credential rather than a word: long and unbroken, or with digits."""
    if not value or any(letter.isspace() for letter in value):
        return False
    return len(value) >= 16 or (len(value) >= 8 and any(letter.isdigit() for letter in value))


def _is_secret(pair: re.Match[str]) -> bool:
    name, value = pair.group("name").lstrip("-_"), pair.group("s")
    bare = value.strip("\"'")
    if not is_secret_name(name) or bare == MASK or REFERENCE.fullmatch(bare):
        return False
    if value == bare and (_CODE.fullmatch(bare) or bare == name):
        return False
    return is_password_or_key(name) or is_credential_like(bare)


@functools.lru_cache(2048)
def _is_ordinary(text: str) -> bool:
    """Whether no shape is likely in a short text: names of models, tools and files come again and again."""
    return not _likely(text, _IN_PROSE)


def _likely(text: str, hints: Sequence[tuple[str, _Shape]]) -> list[_Shape]:
    """The shapes whose hints are in the text, in their order."""
    if len(text) < 8:
        return []
    lowered = text.lower()
    hinted = [shape for hint, shape in hints if hint in lowered]
    return list(dict.fromkeys(hinted)) if hinted else hinted


def _masked(text: str, shapes: Sequence[_Shape]) -> tuple[str, int]:
    count = 0
    for shape in shapes:
        text, more = _substituted(text, shape.pattern)
        count += more
    return text, count


def _substituted(text: str, pattern: re.Pattern[str]) -> tuple[str, int]:
    already = 0

    def mask(found: re.Match[str]) -> str:
        nonlocal already
        whole, start = found.group(0), found.start()
        if "s" not in pattern.groupindex:
            return MASK
        if found.group("s") == MASK:
            already += 1
            return whole
        return whole[: found.start("s") - start] + MASK + whole[found.end("s") - start :]

    masked, count = pattern.subn(mask, text)
    return masked, count - already
