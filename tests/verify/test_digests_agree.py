"""Who records an artifact and who verifies it compute the same digest, and read nothing twice or half."""

import os
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from contexta.records import artifacts as recording
from contexta_processor.investigate.artifacts import Artifact
from contexta_processor.investigate.verification.digest import digest_of
from contexta_processor.investigate.verification.verification import check_artifact
from contexta_semconv import attributes as names

PARTS = st.text(st.sampled_from("ab.-_ é~0"), min_size=1, max_size=4).filter(
    lambda part: part not in (".", "..")
)
TREES = st.dictionaries(
    st.lists(PARTS, min_size=1, max_size=3).map("/".join), st.binary(max_size=40), max_size=8
)


def grow(root: Path, tree: dict[str, bytes]) -> None:
    """Files below `root`; one whose place is taken by a directory, or the other way round, is left out."""
    for name, data in tree.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            continue


@given(tree=TREES)
def test_a_directory_has_one_digest(tree: dict[str, bytes]) -> None:
    """Whatever its files are called (`a/b` beside `a.b` and `a-b`), and whatever is in them."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place).resolve()
        grow(root, tree)
        told = recording.digest(root, lambda: False)
        found = digest_of(root, root, lambda _: None)
    assert found.sha256 == told[names.CONTEXTA_ARTIFACT_SHA256]
    assert found.size_bytes == told[names.CONTEXTA_ARTIFACT_SIZE_BYTES]
    assert found.settled


@given(data=st.binary(max_size=5_000))
def test_a_file_has_one_digest(data: bytes) -> None:
    """And it is that of its bytes."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place).resolve() / "a"
        path.write_bytes(data)
        told = recording.digest(path, lambda: False)
        found = digest_of(path, path.parent, lambda _: None)
    assert found.sha256 == told[names.CONTEXTA_ARTIFACT_SHA256]
    assert found.size_bytes == told[names.CONTEXTA_ARTIFACT_SIZE_BYTES] == len(data)


def test_links_count_alike(tmp_path: Path) -> None:
    """A link to a file is the file; a link to a directory is not followed; neither is a name that is not UTF-8 lost."""
    root = tmp_path.resolve() / "d"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "x").write_bytes(b"x")
    (root / "same").symlink_to(root / "sub" / "x")
    (root / "again").symlink_to(root / "sub")
    (root / "broken").symlink_to(root / "nothing")
    Path(os.fsdecode(os.fsencode(root) + b"/\xff")).write_bytes(b"y")
    told = recording.digest(root, lambda: False)
    assert digest_of(root, root, lambda _: None).sha256 == told[names.CONTEXTA_ARTIFACT_SHA256]


def test_a_file_that_is_being_written_is_no_mismatch(tmp_path: Path) -> None:
    """What changes while it is read proves nothing: not verifiable, with the reason."""
    root = tmp_path.resolve()
    path = root / "growing"
    path.write_bytes(b"abc")
    told = Artifact(
        role="produced", artifact_id="a", kind=None, produced_by_run="r", stage=None, path="growing",
        sha256="0" * 64, fingerprint=None, size_bytes=3, version=None, summarizes_run=None, derived_from=(),
        occurred_at=0, completeness="complete", captured_by=None, confidence="direct",
    )  # fmt: skip

    def more(artifact: Artifact, count: int) -> None:
        assert (artifact, count > 0) == (told, True)
        with path.open("ab") as file:
            file.write(b"d" * (path.stat().st_size < 100))

    check = check_artifact(told, root, more)
    assert (check.result, check.reason) == ("not_verifiable", "changed_meanwhile")
