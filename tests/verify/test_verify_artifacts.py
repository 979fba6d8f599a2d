"""Files are held against what was recorded of them, and what was found is evidence from then on."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from verify.recorded import Place, artifact, sha256

CONTEXTA = str(Path(sys.executable).with_name("contexta"))


def test_everything_as_recorded(place: Place) -> None:
    """Exit code 0, a check each with its time, and no marker; the run is as complete as it was."""
    place.recorded(
        artifact("model", kind="model_bundle", path="m/a.bin", sha256=place.write("m/a.bin", b"abc")),
        artifact(
            "data", role="consumed", path="d.csv", sha256=place.write("d.csv", b"1,2").upper()
        ),
    )  # fmt: skip
    before = place.sql("FROM completeness WHERE layer = 'record_families'")
    code, told = place.verify()
    assert (code, told["verdict"]) == (0, "match")
    assert told["counts"] == {"match": 2, "mismatch": 0, "missing": 0, "not_verifiable": 0}
    rows = place.sql("SELECT * FROM verifications ORDER BY artifact_id DESC")
    assert [(row["artifact_id"], row["run_id"], row["result"]) for row in rows] == [
        ("model", "r1", "match"), ("data", "r1", "match"),
    ]  # fmt: skip
    assert rows[0]["observed_sha256"] == rows[0]["expected_sha256"] == sha256(b"abc")
    assert (rows[0]["observed_size_bytes"], rows[0]["path"]) == (3, "m/a.bin")
    assert all(row["verified_at"] > "2026" and row["captured_by"] for row in rows)
    assert place.markers() == []
    assert place.sql("FROM completeness WHERE layer = 'record_families'") == before
    shown = place.asked("artifacts", "r1")
    assert shown["artifacts"][0]["verification"]["result"] == "match"
    assert shown["artifacts"][0]["verification"]["verified_at"] == rows[0]["verified_at"]


def test_other_bytes_than_recorded(place: Place) -> None:
    """Exit code 1, an error about the artifact, and its evidence is partial from now on."""
    expected = place.write("a.bin", b"abc")
    place.recorded(artifact("model", path="a.bin", sha256=expected, size_bytes=3))
    found = place.write("a.bin", b"abcd")
    code, told = place.verify()
    (check,) = told["artifacts"]
    assert (code, told["verdict"], check["result"]) == (1, "differs", "mismatch")
    assert (check["expected_sha256"], check["observed_sha256"]) == (expected, found)
    assert "4 bytes, recorded were 3" in check["detail"]
    assert place.markers() == [("model", "artifact_hash_mismatch", "error")]
    (layer,) = place.sql("FROM completeness WHERE run_id = 'r1' AND layer = 'artifact_evidence'")
    assert (layer["status"], "not what was recorded" in layer["detail"]) == ("partial", True)
    assert place.asked("artifacts", "r1")["artifacts"][0]["verification"] == {
        "result": "mismatch",
        "observed_sha256": found,
        "verified_at": place.sql("FROM verifications")[0]["verified_at"],
    }


def test_nothing_is_where_it_was(place: Place) -> None:
    """Exit code 1, also where a directory on the way is gone, or no digest was recorded."""
    place.recorded(
        artifact("model", path="m/a.bin", sha256=sha256(b"abc")), artifact("report", path="r.md")
    )
    code, told = place.verify()
    assert (code, [check["result"] for check in told["artifacts"]]) == (1, ["missing"] * 2)
    assert place.markers() == [
        ("model", "artifact_missing", "error"), ("report", "artifact_missing", "error"),
    ]  # fmt: skip


def outside(place: Place) -> str:
    """A file beside the directory that is checked."""
    (place.files.parent / "secret").write_bytes(b"abc")
    return str(place.files.parent / "secret")


def link_out(place: Place) -> str:
    """A link inside the directory to a file outside."""
    (place.files / "link").symlink_to(outside(place))
    return "link"


def directory_link_out(place: Place) -> str:
    """A link inside the directory to a directory outside."""
    outside(place)
    (place.files / "up").symlink_to(place.files.parent)
    return "up/secret"


def member_out(place: Place) -> str:
    """A directory with a link out among its files."""
    (place.files / "d").mkdir()
    (place.files / "d" / "x").symlink_to(outside(place))
    return "d"


def pipe(place: Place) -> str:
    """Something that is no file, and would block whoever reads it."""
    os.mkfifo(place.files / "pipe")
    return "pipe"


ABC = sha256(b"abc")


CASES = {
    "s3": ("remote", lambda place: "s3://bucket/a.bin", ABC),
    "other host": ("remote", lambda place: "file://elsewhere/a.bin", ABC),
    "no path": ("no_path", lambda place: None, ABC),
    "no digest": ("no_digest", lambda place: place.write("a.bin", b"abc") and "a.bin", None),
    "cut digest": ("no_digest", lambda place: place.write("b.bin", b"abc") and "b.bin", "9b91c7e4"),
    "above": ("outside_root", lambda place: outside(place) and "../secret", ABC),
    "detour": ("outside_root", lambda place: outside(place) and "x/../../secret", ABC),
    "absolute": ("outside_root", outside, ABC),
    "uri": ("outside_root", lambda place: f"file://{outside(place)}", ABC),
    "link": ("outside_root", link_out, ABC),
    "linked directory": ("outside_root", directory_link_out, ABC),
    "linked member": ("outside_root", member_out, ABC),
    "pipe": ("unreadable", pipe, ABC),
    "null": ("unreadable", lambda place: "a\0b", ABC),
}


def test_what_cannot_be_verified(place: Place) -> None:
    """Exit code 3, a warning and a reason each; nothing outside the directory is ever read."""
    told = {
        name: {"path": path(place), "sha256": digest} for name, (_, path, digest) in CASES.items()
    }
    place.recorded(
        *(
            artifact(name, **{key: value for key, value in fields.items() if value})
            for name, fields in told.items()
        )
    )
    code, found = place.verify()
    assert (code, found["verdict"]) == (3, "undecided")
    reasons = {name: reason for name, (reason, _, _) in CASES.items()}
    assert {check["artifact_id"]: check["reason"] for check in found["artifacts"]} == reasons
    assert all(check["observed_sha256"] is None for check in found["artifacts"])
    assert all(check["detail"] for check in found["artifacts"])
    assert place.markers() == [
        (name, "artifact_not_verifiable", "warning") for name in sorted(CASES)
    ]
    rows = place.sql("SELECT artifact_id, result, reason FROM verifications")
    assert {row["artifact_id"]: row["reason"] for row in rows} == reasons
    assert {row["result"] for row in rows} == {"not_verifiable"}


def test_one_that_cannot_be_verified_leaves_the_rest_undecided(place: Place) -> None:
    """Matches beside it are matches; the answer as a whole is 3, not 0."""
    place.recorded(
        artifact("model", path="a", sha256=place.write("a", b"abc")),
        artifact("remote", path="s3://b/x", sha256=ABC),
    )
    code, told = place.verify()
    assert (code, told["counts"]["match"], told["counts"]["not_verifiable"]) == (3, 1, 1)


def test_paths_inside_the_directory_however_they_are_written(place: Place) -> None:
    """Absolute, as a URI, with a detour, through a link that stays inside."""
    digest = place.write("m/a.bin", b"abc")
    (place.files / "same").symlink_to(place.files / "m")
    names = (str(place.files / "m/a.bin"), f"file://{place.files}/m/a.bin", "m/../m/a.bin", "same/a.bin")  # fmt: skip
    place.recorded(*(artifact(f"a{n}", path=name, sha256=digest) for n, name in enumerate(names)))
    code, told = place.verify()
    assert (code, told["counts"]["match"]) == (0, 4)


def test_checking_twice_adds_evidence_and_no_loss(place: Place) -> None:
    """The same outcome twice: two checks with their times, one marker, one degraded item in the run's completeness."""
    place.recorded(artifact("model", path="gone", sha256=ABC))
    assert place.verify()[0] == 1
    once = place.sql("FROM completeness WHERE run_id = 'r1' ORDER BY layer")
    first = place.sql("SELECT detail, remedy FROM degraded_markers")
    again, told = place.verify()
    assert (again, len(place.markers())) == (1, 1)
    assert place.sql("FROM completeness WHERE run_id = 'r1' ORDER BY layer") == once
    assert place.sql("SELECT detail, remedy FROM degraded_markers") == first
    times = place.sql("SELECT DISTINCT verified_at FROM verifications")
    assert len(times) == 2
    assert place.verify()[1] == told, "the same files give the same bytes"


def test_what_may_be_unverifiable_is_said_by_whoever_asks(place: Place) -> None:
    """A remote model and data in memory are told as before; accepted, they leave the verdict to the files that are here."""
    place.recorded(
        artifact("here", path="a", sha256=place.write("a", b"abc")),
        artifact("model", path="s3://bucket/model", sha256=ABC),
        artifact("frame", role="consumed", path="rows.csv"),
    )
    place.write("rows.csv", b"1")
    assert place.verify("--accept", "remote")[0] == 3
    code, told = place.verify("--accept", "remote", "--accept", "no_digest")
    assert (code, told["verdict"], told["accepted"]) == (0, "match", ["no_digest", "remote"])
    assert told["counts"] == {"match": 1, "mismatch": 0, "missing": 0, "not_verifiable": 2}
    assert {subject for subject, _, _ in place.markers()} == {"model", "frame"}
    (place.files / "a").unlink()
    assert place.verify("--accept", "remote", "--accept", "no_digest")[0] == 1


def test_where_all_that_there_is_was_accepted_nothing_is_decided(place: Place) -> None:
    """Not one file was read: that is no match."""
    place.recorded(artifact("model", path="s3://bucket/model", sha256=ABC))
    assert place.verify("--accept", "remote")[0] == 3


def test_a_match_under_another_run_takes_the_first_ones_place(place: Place) -> None:
    """The same artifact, path and digest, found as recorded when another run was checked: the first run's loss is one no more."""
    shared = artifact("data", role="consumed", path="d.csv", sha256=ABC)
    place.recorded(shared, run="r1")
    place.recorded(shared, run="r2")
    about = {"contexta.artifact.id": "data", "contexta.degraded.subject": "data"}
    gone = {"contexta.verification.result": "missing", "contexta.artifact.path": "copy.csv", "contexta.verification.expected_sha256": ABC}  # fmt: skip
    marker = {"contexta.degraded.reason": "artifact_missing", "contexta.degraded.category": "verification", "contexta.degraded.severity": "error"}  # fmt: skip
    elsewhere = [("contexta.verification", about | gone), ("contexta.degraded", about | marker)]
    place.recorded(*elsewhere, run="r3")
    assert place.verify(run="r1")[0] == 1
    place.write("d.csv", b"abc")
    layers = "SELECT run_id, status FROM completeness WHERE layer = 'artifact_evidence'"
    assert place.verify(run="r2")[0] == 0
    rows = place.sql("SELECT run_id, result, stands FROM verifications ORDER BY run_id")
    assert [(row["run_id"], row["result"], row["stands"]) for row in rows] == [
        ("r1", "missing", False), ("r2", "match", True), ("r3", "missing", True),
    ]  # fmt: skip
    assert len(place.markers()) == 1
    status = {row["run_id"]: row["status"] for row in place.sql(layers)}
    assert status["r1"] != "partial"
    (place.files / "d.csv").unlink()
    assert place.verify(run="r2")[0] == 1
    assert sorted(row["run_id"] for row in place.sql("FROM degraded_markers WHERE category = 'verification'")) == ["r2", "r3"]  # fmt: skip


def test_the_last_check_stands(place: Place) -> None:
    """A file that was brought back is a match from then on; that it was gone stays in `verifications`."""
    place.recorded(artifact("model", path="a", sha256=ABC))
    assert place.verify()[0] == 1
    place.write("a", b"abc")
    assert place.verify()[0] == 0
    assert place.markers() == []
    (layer,) = place.sql("FROM completeness WHERE run_id = 'r1' AND layer = 'artifact_evidence'")
    assert layer["status"] == "complete"
    rows = place.sql("SELECT result FROM verifications ORDER BY verified_at")
    assert [row["result"] for row in rows] == ["missing", "match"]
    (place.files / "a").unlink()
    assert place.verify()[0] == 1
    assert place.markers() == [("model", "artifact_missing", "error")]


def test_a_check_is_no_sign_of_life(place: Place) -> None:
    """A run that was killed stays interrupted, whoever looks at its files later."""
    place.recorded(artifact("model", path="a", sha256=place.write("a", b"abc")))
    seen = "SELECT status, last_seen_at FROM runs"
    before = place.sql(seen)
    assert before[0]["status"] == "interrupted"
    assert place.verify()[0] == 0
    assert place.sql(seen) == before


def test_checks_are_numbered_and_closed(place: Place) -> None:
    """Who checks is a producer like any other: losses between it and the store would show."""
    place.recorded(artifact("model", path="a", sha256=ABC), artifact("data", path="s3://b/x"))
    place.verify()
    (producer,) = place.sql("FROM producers WHERE producer_id LIKE 'verify-%'")
    told = {name: producer[name] for name in ("received_count", "last_seq", "missing_count", "dropped_count", "closed")}  # fmt: skip
    assert told == {"received_count": 5, "last_seq": 4, "missing_count": 0, "dropped_count": 0, "closed": True}  # fmt: skip


def test_nothing_to_verify_is_undecided(place: Place) -> None:
    """A run without artifacts: exit code 3, and it says so."""
    place.recorded()
    assert place.verify() == (3, {"run_id": "r1", "root": str(place.files), "verdict": "undecided", "accepted": [], "artifacts": [], "counts": {
        "match": 0, "mismatch": 0, "missing": 0, "not_verifiable": 0}})  # fmt: skip
    code, out, _ = place.contexta("artifacts", "verify", "r1", "--data", str(place.data), "--table")
    assert (code, "nothing to verify" in out) == (3, True)


def test_wrong_use(place: Place) -> None:
    """A root that is none, a run that is none: the contract's exit codes, three lines, and no evidence."""
    place.recorded(artifact("model", path="a", sha256=place.write("a", b"abc")))
    for root in ("nowhere", "a"):
        code, told = place.verify("--root", str(place.files / root))
        assert (code, told.count("\n")) == (2, 3)
    assert place.verify(run="nobody")[0] == 3
    assert place.sql("SELECT count(*) AS n FROM verifications") == [{"n": 0}]


def test_a_run_may_be_called_verify(place: Place) -> None:
    """`artifacts verify` alone wants a RUN; a run of that name is reached behind `--`."""
    place.recorded(artifact("model", path="a"), run="verify")
    assert place.contexta("artifacts", "verify", "--data", str(place.data))[0] == 2
    code, out, _ = place.contexta("artifacts", "--data", str(place.data), "--json", "--", "verify")
    assert (code, '"model"' in out) == (0, True)


def test_it_reads_for_people(place: Place) -> None:
    """Gravest first, in words and marks, with the way to what rests on it."""
    place.recorded(
        artifact("fine", path="a", sha256=place.write("a", b"abc")),
        artifact("gone", path="b", sha256=ABC, kind="model_bundle"),
        artifact("far", path="s3://b/x"),
    )
    _, out, _ = place.contexta(
        "artifacts", "verify", "r1", "--root", str(place.files), "--data", str(place.data), "--table"
    )  # fmt: skip
    assert out.startswith("✗ 1 missing   ! 1 not verifiable   ✓ 1 as recorded")
    assert out.index("✗ missing ") < out.index("! not verifiable ") < out.index("✓ as recorded ")
    assert "next  contexta lineage gone --down" in out
    _, listed, _ = place.contexta("artifacts", "r1", "--data", str(place.data), "--table")
    assert "✗ missing 20" in listed


def test_progress_is_for_terminals(place: Place) -> None:
    """One line that says what is read, gone at the end; nothing where standard error is no terminal."""
    digest = place.write("big.bin", b"x" * 3_000_000)
    place.recorded(artifact("model", path="big.bin", sha256=digest, size_bytes=3_000_000))
    command = [CONTEXTA, "artifacts", "verify", "r1", "--root", str(place.files), "--data", str(place.data)]  # fmt: skip
    quiet = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert quiet.stderr == ""
    outer, inner = pty.openpty()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=inner, check=True, timeout=60)
    os.close(inner)
    shown = os.read(outer, 4096).decode()
    os.close(outer)
    assert "reading big.bin" in shown
    assert "of 3.0 MB" in shown
    assert shown.endswith("\r\x1b[K")
