"""Two releases of a digit reader, and the rollback of the second: python examples/rollback/story.py

    release.py ──── contexta ────┐
                                 ├─► contexta serve ─► contexta deployments, lineage, trend, sql
    service.py ─ OpenTelemetry ──┘

Needs `contexta serve`, or CONTEXTA_ENDPOINT and OTEL_EXPORTER_OTLP_ENDPOINT that name one. Takes a few seconds.
"""

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from release import SCANS, deploy, roll_back, train_and_evaluate

HERE = Path(__file__).parent
WORSE_BY = 0.05
"""How much worse than in its evaluation a version may do in production."""


def serve(version: str, work: Path, *darkness: float) -> float:
    """Days of production in a process of its own; the accuracy of the last."""
    resource = f"deployment.id=reader_{version}_production,deployment.environment.name=production"
    told = {
        "OTEL_SERVICE_NAME": "digit-reader",
        "OTEL_RESOURCE_ATTRIBUTES": resource,
        "REFERENCE_RUN": f"eval_{version}",
        "REFERENCE_DATA": SCANS,
    }
    command = [sys.executable, str(HERE / "service.py"), "--model", str(work / f"{version}.joblib")]
    done = subprocess.run(
        [*command, "--darkness", *map(str, darkness)],
        env=os.environ | told,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """The whole story, in its order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("reader"), help="where models are kept")
    work: Path = parser.parse_args().work
    work.mkdir(parents=True, exist_ok=True)

    offline = {version: train_and_evaluate(version, work) for version in ("v1", "v2")}
    say(f"v1 is right on {offline['v1']:.1%} of the test images, v2 on {offline['v2']:.1%}")
    deploy("v1", work)
    serve("v1", work, 1.0, 1.0)
    deploy("v2", work)
    say("v2 is live")
    # The lamp of the scanner ages: every day the images are fainter than those it was trained on.
    found = serve("v2", work, 1.0, 0.95, 0.9, 0.8, 0.6, 0.4, 0.25)
    say(f"v2 is right on {found:.1%} of what people scanned today")
    if found < offline["v2"] - WORSE_BY:
        roll_back("v2", found, offline["v2"] - WORSE_BY)
        say("v2 is rolled back")
    found = serve("v1", work, 0.25)
    say(f"v1 is right on {found:.1%}, lamp or not")


def say(text: str) -> None:
    """A line with its time, for `contexta deployments --at`."""
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}  {text}", flush=True)


if __name__ == "__main__":
    main()
