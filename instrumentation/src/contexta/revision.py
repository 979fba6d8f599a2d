"""Which code runs: commit, branch, remote and whether the checkout has changes. Git is asked, never
the network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from contexta.coerce import Attributes
from contexta_semconv import attributes as names

if TYPE_CHECKING:
    from contexta.scope import Scope

_TIMEOUT_S: Final = 5.0
DIRTY: Final = "contexta.environment.vcs_dirty"


def absolute(path: str | os.PathLike[str]) -> str:
    """`path` as it is now; the job may change its working directory later."""
    return str(Path(path).absolute())


def capture_for(run: Scope) -> None:
    """The revision of the script that runs, or of the working directory for a notebook."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    here = Path(main).parent if main else Path.cwd()
    run.log_code(here if (here / ".git").exists() or _repository(here) else Path.cwd())


def of(path: str) -> Attributes:
    """`vcs.*` of the repository around `path`; empty if there is none, or no git."""
    directory = path if Path(path).is_dir() else str(Path(path).parent)
    revision = _git(directory, "rev-parse", "HEAD")
    if not revision:
        return {}
    found: Attributes = {names.VCS_REF_HEAD_REVISION: revision}
    branch = _git(directory, "rev-parse", "--abbrev-ref", "HEAD")
    if branch and branch != "HEAD":
        found[names.VCS_REF_HEAD_NAME] = branch
        found[names.VCS_REF_HEAD_TYPE] = "branch"
    remote = _git(directory, "config", "--get", "remote.origin.url")
    if remote:
        url = without_credentials(remote)
        found[names.VCS_REPOSITORY_URL_FULL] = url
        found[names.VCS_REPOSITORY_NAME] = url.rstrip("/").rpartition("/")[2].removesuffix(".git")
    changes = _git(directory, "status", "--porcelain", "--untracked-files=no")
    if changes is not None:
        found[DIRTY] = bool(changes)
    return found


def without_credentials(url: str) -> str:
    """A remote without user, password, query and fragment; `git@host:path` has none to lose."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    host = parts.hostname or ""
    where = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit((parts.scheme, where, parts.path, "", ""))


def _repository(path: Path) -> bool:
    return any((parent / ".git").exists() for parent in path.absolute().parents)


def _git(directory: str, *arguments: str) -> str | None:
    """What git answers, or None: not there, not a repository, too slow."""
    try:
        answer = subprocess.run(
            ["git", "-C", directory, *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
