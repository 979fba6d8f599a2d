"""Which code runs: commit, branch, remote, whether the checkout has changes, and a digest of those.
Git is asked, never the network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from contexta.base import secrets
from contexta.base.coerce import Attributes
from contexta.emitter import lifecycle
from contexta.records import uncommitted
from contexta.records.capture import GivenUp, Partly
from contexta_semconv import attributes as names

_TIMEOUT_S: Final = 5.0
DIRTY: Final = names.CONTEXTA_ENVIRONMENT_VCS_DIRTY
DIFF: Final = names.CONTEXTA_ENVIRONMENT_VCS_DIFF_SHA256


_NO_REVISION: Final = "code_revision_unknown"
_NO_DIGEST: Final = "code_diff_unfinished"


class _NoAnswerError(Exception):
    """Git is not there, too slow, or refuses; says which."""


def absolute(path: str | os.PathLike[str]) -> str:
    """`path` as it is now; the job may change its working directory later."""
    return str(Path(path).absolute())


def place_of_the_script() -> Path:
    """Where the script that runs is, or the working directory for a notebook."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    here = Path(main).parent if main else Path.cwd()
    return here if _in_repository(here) else Path.cwd()


def of(path: str, given_up: GivenUp = lambda: False) -> Attributes | Partly:
    """`vcs.*` of the repository around `path`; empty if there is none. Where git does not answer,
    what is known, and why it is not all."""
    directory = Path(path) if Path(path).is_dir() else Path(path).parent
    found: Attributes = {}
    try:
        root = os.fsdecode(_asked(directory, "rev-parse", "--show-toplevel").rstrip(b"\n"))
        found[names.VCS_REF_HEAD_REVISION] = _line(_asked(root, "rev-parse", "--verify", "HEAD"))
        found |= _where_from(root)
        changed = _asked(root, "status", "--porcelain=v2", "-z", "--untracked-files=no")
    except _NoAnswerError as why:
        if not found and not _in_repository(directory):
            return {}
        return Partly(found, _NO_DIGEST if found else _NO_REVISION, str(why))
    if not changed:
        return {**found, DIRTY: False}
    try:
        return {**found, DIRTY: True, DIFF: _digest(root, changed, given_up)}
    except (_NoAnswerError, uncommitted.UnreadableError) as why:
        return Partly({**found, DIRTY: True}, _NO_DIGEST, str(why))


def _where_from(root: str) -> Attributes:
    """Branch and remote, of which there may be none."""
    found: Attributes = {}
    branch = _line(_git(root, "rev-parse", "--abbrev-ref", "HEAD").stdout)
    if branch and branch != "HEAD":
        found[names.VCS_REF_HEAD_NAME] = branch
        found[names.VCS_REF_HEAD_TYPE] = "branch"
    remote = _line(_git(root, "config", "--get", "remote.origin.url").stdout)
    if remote:
        url = without_credentials(remote)
        found[names.VCS_REPOSITORY_URL_FULL] = url
        found[names.VCS_REPOSITORY_NAME] = url.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return found


def _digest(root: str, changed: bytes, given_up: GivenUp) -> str:
    def git(*arguments: str) -> bytes:
        return _asked(root, *arguments)

    bounds = uncommitted.Bounds(given_up)
    return uncommitted.digest(os.fsencode(root), changed, git, bounds, _where_we_write())


def _where_we_write() -> tuple[bytes, ...]:
    """The evidence itself may lie in the checkout; it is no code."""
    from contexta.delivery.spool import directories

    settings = lifecycle.current_settings()
    places = [str(place) for place in directories(settings.spool)]
    if settings.endpoint.startswith("file:"):
        from contexta.delivery.transport.file import directory_of

        places.append(str(directory_of(settings.endpoint)))
    return tuple(os.fsencode(os.path.realpath(place)) + b"/" for place in places)


def without_credentials(url: str) -> str:
    """A remote without user, password, query and fragment; `git@host:path` has none to lose."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    host = parts.hostname or ""
    where = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit((parts.scheme, where, parts.path, "", ""))


def _in_repository(path: Path) -> bool:
    here = path.absolute()
    return any((place / ".git").exists() for place in (here, *here.parents))


def _asked(directory: str | Path, *arguments: str) -> bytes:
    """What git answers. Raises: _NoAnswerError where it gives none."""
    answer = _git(directory, *arguments)
    if answer.returncode != 0:
        said = answer.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise _NoAnswerError(f"git {arguments[0]}: {secrets.in_prose(said)}")
    return answer.stdout


def _git(directory: str | Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(directory), *arguments],
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                "GIT_OPTIONAL_LOCKS": "0",
                "GIT_TERMINAL_PROMPT": "0",
                "LC_ALL": "C",
            },
        )
    except OSError as reason:
        raise _NoAnswerError("git is not installed, or cannot be started") from reason
    except subprocess.TimeoutExpired as reason:
        raise _NoAnswerError(f"git took longer than {_TIMEOUT_S:g} s") from reason


def _line(answer: bytes) -> str:
    return answer.decode("utf-8", "replace").strip()
