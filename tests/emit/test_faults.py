"""Whatever breaks inside, the job never sees it: every public call, with every inner part failing."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
import pkgutil
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import contexta
from contexta.base import misuse
from contexta.scopes import surrounding
from contexta.scopes.scope import Scope
from contexta.testing import capture

# What a fault is put into: all functions and methods of these modules. `misuse` is what catches
# them; the command and the hook have tests of their own.
APART = {
    "misuse",
    "testing",
    "run_command",
    "child",
    "child_result",
    "hook",
    "ship",
    "version",
    "integrations",
}
MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(contexta.__path__, "contexta.")
    if not APART.intersection(module.name.split("."))
]
# What Python itself calls, where no library may raise.
LEFT = ("__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getattr__")
# What a scope is made with, before it is opened: assignments, and `text`, which by tests of its own
# takes anything.
MADE_WITH = (
    "Recording.__init__",
    "Recording._start_collecting",
    "EventBuffer.__init__",
    "EventBuffer.reset",
    "Redactions.__init__",
    "contexta.base.coerce.text",
)


@pytest.fixture(autouse=True)
def counted_apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The faults put in here are none of the process's: other tests look at its count."""
    monkeypatch.setattr(misuse._said, "internal_errors", 0)
    yield
    surrounding.open_scopes.clear()
    surrounding.put_around_process(None)


class Fault(Exception):
    """Not one of any library's."""


def points() -> Iterator[tuple[Any, str]]:
    """Every function and method of ours as (owner, name)."""
    for module in MODULES:
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", "") != module.__name__:
                continue
            if isinstance(thing, types.FunctionType):
                yield module, name
            elif inspect.isclass(thing) and not issubclass(thing, BaseException):
                yield from ((thing, inner) for inner in methods(thing))


def methods(kind: type) -> Iterator[str]:
    """The methods a class has itself."""
    for name, thing in vars(kind).items():
        if isinstance(thing, types.FunctionType) and name not in LEFT:
            yield name


def where(owner: Any, name: str) -> str:
    """A point in words."""
    return f"{getattr(owner, '__qualname__', owner.__name__)}.{name}"


def public(owner: Any, name: str) -> bool:
    """Whether a point is itself what a job calls: a fault put *over* it would be no fault in it."""
    original = getattr(owner, name)
    if where(owner, name) in MADE_WITH:
        return True
    if hasattr(original, "__wrapped__"):
        return True  # guarded: replaced as a whole, guard included
    if isinstance(owner, types.ModuleType):
        return getattr(contexta, name, None) is original
    callable_by_a_job = {"start", "end", "again", "suspend", "resume", "describe", "set_status"}
    return issubclass(owner, Scope) and (name.startswith("__") or name in callable_by_a_job)


POINTS = [(owner, name) for owner, name in points() if not public(owner, name)]


def job(tmp_path: Any) -> list[str]:
    """Every public call once, as a job makes it; what the job itself did, in order."""
    done: list[str] = []
    contexta.configure(project="p")
    file = tmp_path / "model.bin"
    file.write_bytes(b"x")

    @contexta.operation("decorated")
    def decorated() -> str:
        return "result"

    @contexta.operation("generated")
    def generated() -> Iterator[int]:
        yield from range(3)

    @contexta.operation("awaited")
    async def awaited() -> str:
        async with contexta.batch("b2"):
            return "awaited"

    with contexta.run("p", type="training", tags={"a": 1}, expected_stages=["s"], attempt=1) as run:
        with (
            contexta.stage("s", index=0) as stage,
            contexta.batch("b", index=1, size=2) as batch,
            contexta.operation("o", type="step") as operation,
        ):
            assert (stage.id, batch.id, operation.id) == ("s", "b", "o")
            assert stage.span is not None
            contexta.log_metric("m", 1.0, step=1, slice=["a", "b"], higher_is_better=True)
            contexta.log_metrics({"a": 1, "b": 2})
            contexta.log_series("curve", [1, 2, 3])
            contexta.log_event("e", {"k": {"a": [1]}}, severity="warn")
            contexta.log_sample("s1", scores={"f1": 1}, input_summary="in", slices=["x"])
            with contexta.sample("s2") as sample:
                sample.describe(status="passed", output_summary="out")
                assert sample.id == "s2"
        done.append(decorated())
        done.append(str(list(generated())))
        done.append(asyncio.run(awaited()))
        contexta.log_artifact(file, kind="model_bundle")
        contexta.log_dataset("d", [1, 2, 3], split="test")
        contexta.log_environment({"note": "x"})
        contexta.log_code()
        contexta.log_configuration({"lr": 0.1, "api_key": "hunter2", "nested": {"a": 1}})
        contexta.log_relation("trained_on", "a", "b")
        contexta.log_promotion("a", to="production")
        contexta.log_degraded("reason")
        contexta.child_env()
        contexta.current_run()
        contexta.flush(0.05)
        contexta.dropped()
        with contexta.deployment("d1", environment="production") as deployment:
            deployment.log_check("smoke", "passed")
            deployment.set_status("succeeded")
            assert deployment.id == "d1"
        assert run.id is not None
        assert run.span is not None
    second = contexta.run("p", id="second").start()
    second.end(status="completed")
    try:
        with contexta.run("p", id="third"):
            raise KeyError("the job's own")
    except KeyError:
        done.append("own error")
    contexta.shutdown(0.05)
    return done


EXPECTED = ["result", "[0, 1, 2]", "awaited", "own error"]


def test_the_job_is_right_without_faults(tmp_path: Any) -> None:
    """What the faults are held against; and there are many places for them."""
    with capture(redact=str.lower) as evidence:
        assert job(tmp_path) == EXPECTED
    assert len(evidence.spans("run")) == 3
    assert len(POINTS) > 150


# Public between modules alone: what a fork calls on every open scope.
THE_LIBRARYS_OWN = ("forked",)


def public_calls() -> Iterator[tuple[str, types.CodeType]]:
    """Every function that `contexta` offers, and every public method of what those return."""
    for name in contexta.__all__:
        thing = getattr(contexta, name)
        if inspect.isroutine(thing):
            yield name, inspect.unwrap(thing).__code__
    kinds = [kind for kind in scope_kinds(Scope) if not inspect.isabstract(kind)]
    for kind in kinds:
        for name, thing in inspect.getmembers(kind):
            if name.startswith("_") and name not in ("__enter__", "__aenter__", "__call__"):
                continue
            function = thing.fget if isinstance(thing, property) else thing
            if inspect.isfunction(function) and name not in THE_LIBRARYS_OWN:
                yield f"{kind.__name__}.{name}", inspect.unwrap(function).__code__


def scope_kinds(kind: type) -> Iterator[type]:
    """A class and all below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from scope_kinds(below)


def test_the_job_makes_every_public_call(tmp_path: Any) -> None:
    """So that no call is left out when one is added: what it calls is held against what there is."""
    called: set[types.CodeType] = set()
    with capture(redact=str.lower):
        sys.setprofile(
            lambda frame, event, _: called.add(frame.f_code) if event == "call" else None
        )
        try:
            job(tmp_path)
        finally:
            sys.setprofile(None)
    assert {code: name for name, code in public_calls() if code not in called} == {}


def breaking(error: type[BaseException]) -> Callable[..., Any]:
    """A function that fails, whatever it is given."""

    def broken(*_args: Any, **_kwargs: Any) -> Any:
        raise error("injected")

    return broken


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("part", range(4))
def test_no_fault_anywhere_reaches_the_job(
    part: int, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One inner function at a time fails on every call: the job does all of its work, unaware."""
    reached: dict[str, str] = {}
    for owner, name in POINTS[part::4]:
        misuse.forget_warnings()
        try:
            with capture(redact=str.lower, capture_timeout_s=0.05, exit_timeout_s=0.05):
                with monkeypatch.context() as patch:
                    patch.setattr(owner, name, breaking(Fault))
                    done = contextvars.Context().run(job, tmp_path)
                if done != EXPECTED:
                    reached[where(owner, name)] = f"did {done}"
        except BaseException as fault:
            reached[where(owner, name)] = repr(fault)
    assert not reached, "\n".join(f"{point}: {fault}" for point, fault in reached.items())
    caplog.clear()
