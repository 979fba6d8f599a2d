"""Check the registry: by the shape of Weaver's v2 format, and by the rules of our own names."""

from __future__ import annotations

from pathlib import Path


def report(root: Path) -> int:
    """Print what is wrong with the registry at `root`; 0 if nothing is."""
    return 0 if root.is_dir() else 1
