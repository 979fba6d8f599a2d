"""opentelemetry-instrument with our package installed: our processor is there, once, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from emit.conftest import Receiver
from zero_code.conftest import CONTEXTA_RUN, INSTRUMENT, Command

PYTHON = sys.executable

# A program with OpenTelemetry in it, and nothing of ours.
PROGRAM = """
from opentelemetry import trace
tracer = trace.get_tracer("their.lib")
with tracer.start_as_current_span("work") as span:
    span.set_attribute("rows", 3)
    with tracer.start_as_current_span("inner"): pass
with tracer.start_as_current_span("hand made", attributes={"contexta.run.id": "r9",
                                  "contexta.evidence.kind": "run", "contexta.project.name": "p"}): pass
"""

WITH_A_RUN = """
import contexta
from opentelemetry import trace
tracer = trace.get_tracer("their.lib")
with tracer.start_as_current_span("outside"): pass
with contexta.run("p", id="r1"), contexta.stage("s"):
    with tracer.start_as_current_span("inside"):
        contexta.log_metric("m", 1)
"""

CONFIGURATION = """
file_format: "1.0"
tracer_provider:
{sampler}
  processors:
    - batch:
        exporter:
          otlp_grpc:
            endpoint: "{endpoint}"
            tls:
              insecure: true
"""


def otel(theirs: Receiver, traces: str = "otlp") -> dict[str, str]:
    """The variables of somebody who sends traces to `theirs`."""
    return {
        "OTEL_TRACES_EXPORTER": traces,
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": theirs.endpoint,
        "OTEL_SERVICE_NAME": "shop",
    }


def names(receiver: Receiver) -> list[str]:
    """Names of all spans that arrived, sorted."""
    return sorted(span.name for span in receiver.spans)


@pytest.fixture(params=["variables", "file"])
def configured(request: pytest.FixtureRequest, theirs: Receiver, tmp_path: Path) -> dict[str, str]:
    """The user's backend set up by variables, or by OTEL_CONFIG_FILE."""
    if request.param == "variables":
        return otel(theirs)
    file = tmp_path / "otel.yaml"
    file.write_text(CONFIGURATION.format(endpoint=theirs.endpoint, sampler=""))
    return {"OTEL_CONFIG_FILE": str(file)}


def test_a_program_under_it_is_part_of_the_run_around(
    command: Command, ours: Receiver, theirs: Receiver, configured: dict[str, str]
) -> None:
    """contexta-run around opentelemetry-instrument: the program's own spans have the run's address."""
    done = command(
        *(CONTEXTA_RUN, "--project", "p", "--id", "r1", "--stage", "serve", "--"),
        *(INSTRUMENT, PYTHON, "-c", PROGRAM),
        **configured,
    )
    assert done.returncode == 0, done.stderr
    assert {"work", "inner", "hand made"} <= set(names(theirs))
    (work,) = (span for span in ours.spans if span.name == "work")
    (inner,) = (span for span in ours.spans if span.name == "inner")
    assert work.attributes["contexta.run.id"] == "r1"
    assert work.attributes["contexta.stage.name"] == "serve"
    assert work.attributes["rows"] == 3
    assert inner.parent_id == work.span_id
    assert len([span for span in ours.spans if span.name == "hand made"]) == 1


def test_evidence_made_by_hand_needs_no_line_of_ours(
    command: Command, ours: Receiver, theirs: Receiver, configured: dict[str, str]
) -> None:
    """Spans that carry the attributes of the contract reach us; other spans outside runs don't."""
    done = command(INSTRUMENT, PYTHON, "-c", PROGRAM, **configured)
    assert done.returncode == 0, done.stderr
    assert names(theirs) == ["hand made", "inner", "work"]
    assert names(ours) == ["hand made"]


def test_nothing_is_there_twice(
    command: Command, ours: Receiver, theirs: Receiver, configured: dict[str, str]
) -> None:
    """The hook, run() itself and a second call of the hook: one processor; each span arrives once."""
    again = "from contexta.zero_code.hook import post_instrument as go; go(); go()\n"
    done = command(INSTRUMENT, PYTHON, "-c", again + WITH_A_RUN, **configured)
    assert done.returncode == 0, done.stderr
    assert [name for name in names(ours) if name in ("inside", "run run", "stage s")] == [
        "inside",
        "run run",
        "stage s",
    ]
    assert "outside" not in names(ours)
    assert {"inside", "outside", "run run", "stage s"} <= set(names(theirs))
    assert len([name for name in names(theirs) if name == "inside"]) == 1
    assert ours.sequence() == list(range(len(ours.sequence())))


def test_the_exporter_sends_everything_once(
    command: Command, ours: Receiver, theirs: Receiver
) -> None:
    """OTEL_TRACES_EXPORTER=otlp,contexta: all spans to both, what is in a run once and numbered."""
    done = command(INSTRUMENT, PYTHON, "-c", WITH_A_RUN, **otel(theirs, "otlp,contexta"))
    assert done.returncode == 0, done.stderr
    for name in ("outside", "inside", "run run", "stage s"):
        assert names(ours).count(name) == 1
        assert names(theirs).count(name) == 1
    assert ours.sequence() == list(range(len(ours.sequence())))
    (outside,) = (span for span in ours.spans if span.name == "outside")
    assert outside.resource["service.name"] == "shop"
    assert "contexta.seq" not in outside.attributes


def test_a_service_under_it_is_no_run(command: Command, ours: Receiver, theirs: Receiver) -> None:
    """Nothing asked: the program's spans are its own, and our pipeline is not even imported."""
    done = command(
        *(INSTRUMENT, PYTHON, "-c"),
        "import sys\n"
        "from opentelemetry import trace\n"
        "with trace.get_tracer('t').start_as_current_span('request'): pass\n"
        "print([m for m in sys.modules if m in ('contexta.delivery.exporter', 'contexta.emitter.emitter')])",
        **otel(theirs),
    )
    assert done.stdout == "[]\n"
    assert names(ours) == []
    assert names(theirs) == ["request"]


def test_a_run_for_every_process_can_be_asked_for(
    command: Command, ours: Receiver, theirs: Receiver
) -> None:
    """CONTEXTA_AUTO_RUN=training: the program is a run, and fails as it fails."""
    variables = {**otel(theirs), "CONTEXTA_AUTO_RUN": "training", "CONTEXTA_PROJECT": "digits"}
    assert command(INSTRUMENT, PYTHON, "-c", PROGRAM, **variables).returncode == 0
    (run,) = (one for one in ours.of("run") if one.name == "run training")
    assert run.attributes["contexta.project.name"] == "digits"
    assert run.attributes["contexta.run.status"] == "completed"
    (work,) = (span for span in ours.spans if span.name == "work")
    assert work.attributes["contexta.run.id"] == run.attributes["contexta.run.id"]
    ours.spans.clear()
    assert command(INSTRUMENT, PYTHON, "-c", "raise OSError('full')", **variables).returncode == 1
    (run,) = ours.of("run")
    assert run.attributes["contexta.run.status"] == "failed"
    assert run.attributes["error.type"] == "OSError"


def test_their_ratio_is_kept_and_runs_are_whole(
    command: Command, ours: Receiver, theirs: Receiver
) -> None:
    """With our sampler at 0 their backend gets nothing; we get the run and the spans inside it."""
    done = command(
        *(INSTRUMENT, PYTHON, "-c", WITH_A_RUN),
        **otel(theirs),
        OTEL_TRACES_SAMPLER="contexta_parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG="0",
    )
    assert done.returncode == 0, done.stderr
    assert names(theirs) == []
    assert {"inside", "run run", "stage s"} <= set(names(ours))
    assert "outside" not in names(ours)
    (inside,) = (span for span in ours.spans if span.name == "inside")
    (metric,) = ours.named("contexta.metric")
    assert metric.attributes["contexta.run.id"] == inside.attributes["contexta.run.id"] == "r1"


@pytest.mark.parametrize(
    ("sampler", "argument"),
    [
        ("  sampler: {contexta_always_off: }", None),
        ("  sampler: {contexta_traceidratio: {ratio: 0}}", "0"),
        ("  sampler: {contexta_parentbased_traceidratio: }", "0"),
    ],
)
def test_a_configuration_file_names_our_samplers(
    *,
    command: Command,
    ours: Receiver,
    theirs: Receiver,
    tmp_path: Path,
    sampler: str,
    argument: str | None,
) -> None:
    """The same samplers by OTEL_CONFIG_FILE: their backend gets nothing, we get the run, whole."""
    file = tmp_path / "otel.yaml"
    file.write_text(CONFIGURATION.format(endpoint=theirs.endpoint, sampler=sampler))
    variables = {} if argument is None else {"OTEL_TRACES_SAMPLER_ARG": argument}
    done = command(INSTRUMENT, PYTHON, "-c", WITH_A_RUN, OTEL_CONFIG_FILE=str(file), **variables)
    assert done.returncode == 0, done.stderr
    assert names(theirs) == []
    assert {"inside", "run run", "stage s"} <= set(names(ours))
    assert ours.sequence() == list(range(len(ours.sequence())))


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_our_exports_are_no_spans_of_theirs(
    command: Command, ours: Receiver, theirs: Receiver, protocol: str
) -> None:
    """grpcio and requests are instrumented in this process; what we send is not in their traces."""
    grpc_call = (
        "\nimport grpc\n"
        "channel = grpc.insecure_channel('127.0.0.1:9')\n"
        "try: channel.unary_unary('/their.Service/Call')(b'', timeout=1)\n"
        "except grpc.RpcError: pass\n"
    )
    done = command(
        *(INSTRUMENT, PYTHON, "-c", WITH_A_RUN + grpc_call),
        **otel(theirs),
        CONTEXTA_PROTOCOL=protocol,
    )
    assert done.returncode == 0, done.stderr
    seen = names(theirs)
    assert "/their.Service/Call" in seen, "grpcio is not instrumented here, so this shows nothing"
    assert not [name for name in seen if "opentelemetry" in name or "POST" in name]


@pytest.mark.parametrize(
    "variables",
    [
        {"CONTEXTA_DISABLED": "1"},
        {"CONTEXTA_ENDPOINT": "http://127.0.0.1:9"},
        {"CONTEXTA_ENDPOINT": "http://127.0.0.1:9", "CONTEXTA_AUTO_RUN": "1"},
        {"CONTEXTA_ENDPOINT": "nonsense", "CONTEXTA_AUTO_RUN": "1"},
        {"CONTEXTA_QUEUE_MAX_ITEMS": "nonsense", "CONTEXTA_RUN_ID": "\x01" * 300},
    ],
    ids=str,
)
def test_whatever_is_wrong_with_us_their_telemetry_is_whole(
    command: Command, theirs: Receiver, variables: dict[str, str]
) -> None:
    """Switched off, nobody listening, nonsense in our variables: all their spans arrive."""
    done = command(INSTRUMENT, PYTHON, "-c", PROGRAM + "print('done')", **otel(theirs), **variables)
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert {"hand made", "inner", "work"} <= set(names(theirs))
    assert "Traceback" not in done.stderr


BREAK = """
import sys
class Broken:
    def find_spec(self, name, *rest):
        if name in ("contexta.emitter.lifecycle", "contexta.emitter.link", "contexta.scopes.process_run"):
            raise RuntimeError("broken")
sys.meta_path.insert(0, Broken())
"""


def test_a_hook_that_cannot_even_be_imported_ends_nothing(
    command: Command, theirs: Receiver, tmp_path: Path
) -> None:
    """opentelemetry-instrument calls the hook last: a broken package of ours costs our evidence only."""
    (tmp_path / "usercustomize.py").write_text(BREAK)
    done = command(*(INSTRUMENT, PYTHON, "-c", PROGRAM), **otel(theirs), PYTHONPATH=str(tmp_path))
    assert done.returncode == 0
    assert {"hand made", "inner", "work"} <= set(names(theirs))
