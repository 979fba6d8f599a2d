"""Credentials by their shape, wherever they stand in a text: known kinds of token, URLs, `name=value`.

Every function gives the text and how much of it was masked. A shape is only tried on a text that has
one of its hints in it, so that an ordinary text costs a microsecond; and in a long text the hints of
tokens are looked for in its long words alone, for a token is one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from contexta.base.secret_names import is_password_or_key, is_secret_name

MASK: Final = "***"

REFERENCE: Final = re.compile(r"\$\{[^}]*\}|\$\w+|<[^>]*>|\[[A-Z]+\]|\*+")
"""What stands for a secret and is none: `${TOKEN}`, `<password>`."""


_SHORT: Final = 64
_LONG: Final = 2_000
_LONG_WORD: Final = re.compile(r"(?:[a-z0-9_-]{0,14}+[^a-z0-9_-]++)*+([a-z0-9_-]{15,}+)")
_BEFORE_IT: Final = len("ya29.")


class _Shape(NamedTuple):
    """`pattern` is tried where one of `hints` (lower case) is in the text. It masks its group `s`, or
    the whole match where it has none."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]


def _shape(hints: str, pattern: str) -> _Shape:
    return _Shape(tuple(hints.split()), re.compile(pattern))


# Each has in it a word of 15 characters or more out of a-z 0-9 _ - whatever the case, and its hint in
# that word or right before it.
# Where a word of ordinary text may be the hint, the pattern begins with it and looks back for what
# stands before: so it is searched for as a literal is.
_TOKENS: Final = (
    _shape("akia asia abia acca", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),  # AWS access key id
    _shape("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[A-Za-z0-9]{36,}"),  # GitHub tokens
    _shape("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
    _shape(
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat-",  # GitLab
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_-]{20,}",
    ),
    _shape("xox", r"xox(?<!\wxox)[abeoprs]-[A-Za-z0-9-]{10,}"),  # Slack tokens
    _shape("xapp-", r"\bxapp-\d-[A-Za-z0-9-]{10,}"),  # Slack app token
    _shape("hf_ api_org_", r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}"),  # Hugging Face
    # OpenAI, and all that took over its prefix; no word of a name such as sk-learn-… is so long
    _shape("sk-", r"sk-(?<!\wsk-)[A-Za-z0-9_-]{0,64}?[A-Za-z0-9]{16}[A-Za-z0-9_-]*"),
    _shape("k_live_ k_test_", r"\b[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}"),  # Stripe
    _shape("wandb_v", r"\bwandb_v\d_[A-Za-z0-9_]{20,}"),  # Weights & Biases, new style
    _shape("local-", r"\blocal-[0-9a-f]{40}\b"),  # Weights & Biases, own server
    _shape("aiza", r"\bAIza[A-Za-z0-9_-]{35}"),  # Google API key
    _shape("ya29.", r"\bya29\.[A-Za-z0-9_-]{20,}"),  # Google OAuth
    _shape("gocspx-", r"\bGOCSPX-[A-Za-z0-9_-]{28}"),  # Google client secret
    _shape(
        "eyj", r"eyJ(?<!\weyJ)[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]*){0,2}"
    ),  # JWT, or its beginning
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
)
_SHAPES: Final = (
    _shape("hooks.slack.com", r"hooks\.slack\.com/services/(?P<s>[A-Za-z0-9/]{20,})"),
    _shape("whsec_", r"\bwhsec_[A-Za-z0-9+/=]{24,}"),  # signed webhooks
    _shape(
        "-----begin",  # PEM
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*-----|\Z)",
    ),
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
# A pair `name=value` is found by what a secret's name has in it; each is searched for by itself, for
# a pattern that begins with a literal is searched for as fast as that.
_IN_NAMES: Final = tuple(
    (word, re.compile(word + r"[\w.-]{0,200}+(?P<end>)[\"']?+\s*+[=:]\s*+"))
    for word in ("pass", "pwd", "secret", "token", "key", "auth", "cred", "cookie", "dsn")
)
_LONGEST_NAME: Final = 200
_PAIRED: Final = re.compile(r"\$\{[^}]*\}|\"[^\"\n]+\"|'[^'\n]+'|[^\s\"',;&)\]}>]+")
# What stands after a name in source code, which stack traces are full of: types and expressions.
_CODE: Final = re.compile(
    r"(?:str|bytes|int|float|bool|None|null|true|false|True|False|Any|Optional|SecretStr|"
    r"(?:self|cls|os|args|config|cfg|settings|options|kwargs|env|environ)[.\[].*|\w[\w.]*[\[(].*)"
)


_OF_TOKENS: Final = tuple((hint, shape) for shape in _TOKENS for hint in shape.hints)
_OF_OTHERS: Final = tuple((hint, shape) for shape in _SHAPES for hint in shape.hints)
_OF_SETTINGS: Final = tuple(
    (hint, shape) for shape in (*_SHAPES, _CONNECTION_STRING) for hint in shape.hints
)


def masked_value(text: str) -> tuple[str, int]:
    """For a setting, a URL, a variable: every known shape, connection strings included."""
    return _masked(text, _likely(_lowered(text), _OF_SETTINGS))


def masked_prose(text: str) -> tuple[str, int]:
    """For a message, a stack trace, an attribute: every known shape, and the value of each pair
    `name=value`, `name: value` or `"name": "value"` whose name says that it is secret."""
    if len(text) <= _SHORT and _is_ordinary(text):
        return text, 0
    text, count = _masked(text, _likely(_lowered(text), _OF_OTHERS))
    return _masked_pairs(text, count)


def _masked_pairs(text: str, count: int) -> tuple[str, int]:
    pieces: list[str] = []
    done = 0
    for begin, name in _secret_names(text):
        if begin < done:
            continue  # it stands in a value that is masked already
        pair = _PAIRED.match(text, begin)
        if pair is not None and _is_secret(name, pair.group()):
            quote = text[begin] if text[begin] in "\"'" else ""
            pieces += (text[done:begin], quote, MASK, quote)
            done = pair.end()
            count += 1
    return ("".join((*pieces, text[done:])), count) if pieces else (text, count)


def _secret_names(text: str) -> list[tuple[int, str]]:
    """The names of credentials that are paired with a value, and where that begins."""
    lowered = _lowered(text)
    found: set[tuple[int, str]] = set()
    for _, pattern in _IN_NAMES:
        for pair in pattern.finditer(lowered):
            name = text[_begin_of_name(text, pair.start()) : pair.start("end")].lstrip("-_")
            if is_secret_name(name):
                found.add((pair.end(), name))
    return sorted(found)


def _begin_of_name(text: str, start: int) -> int:
    first = max(0, start - _LONGEST_NAME)
    while start > first and (text[start - 1].isalnum() or text[start - 1] in "_.-"):
        start -= 1
    return start


def is_credential_like(value: str) -> bool:
    """Whether a value could be a credential rather than a word: long and unbroken, or with digits."""
    if not value or any(letter.isspace() for letter in value):
        return False
    return len(value) >= 16 or (len(value) >= 8 and any(letter.isdigit() for letter in value))


def _is_secret(name: str, value: str) -> bool:
    """Whether `value` is one; its name could be that of one."""
    bare = value.strip("\"'")
    if bare == MASK or REFERENCE.fullmatch(bare):
        return False
    if value == bare and (_CODE.fullmatch(bare) or bare == name):
        return False
    return is_password_or_key(name) or is_credential_like(bare)


@functools.lru_cache(2048)
def _is_ordinary(text: str) -> bool:
    """Whether no shape is likely in a short text: names of models, tools and files come again and again."""
    lowered = _lowered(text)
    return not _likely(lowered, _OF_OTHERS) and not any(word in lowered for word, _ in _IN_NAMES)


def _lowered(text: str) -> str:
    """In lower case, each character in its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join([low if len(low := one.lower()) == 1 else one for one in text])


def _likely(lowered: str, others: Sequence[tuple[str, _Shape]]) -> list[_Shape]:
    """The shapes whose hints are in the text, in their order: tokens, then `others`."""
    if len(lowered) < 8:
        return []
    words = lowered if len(lowered) <= _LONG else _long_words(lowered)
    hinted = [shape for hint, shape in _OF_TOKENS if hint in words] if words else []
    hinted += [shape for hint, shape in others if hint in lowered]
    return list(dict.fromkeys(hinted)) if hinted else hinted


def _long_words(lowered: str) -> str:
    """Each long word with a little of what stands before it."""
    words: list[str] = []
    done = 0
    while word := _LONG_WORD.match(lowered, done):
        done = word.end()
        words.append(lowered[max(0, word.start(1) - _BEFORE_IT) : done])
    return "\n".join(words)


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
