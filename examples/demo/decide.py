"""Promote the better of the trained models and put it into production: python decide.py --work DIR

A process of its own, as a release job is: it knows the runs by their ids alone.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import contexta


def main() -> None:
    """One run that decides, and the deployment that follows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="where train.py left its results")
    work: Path = parser.parse_args().work

    results = {path.parent.name: _read(path) for path in work.glob("*/result.json")}
    best = max(results, key=lambda name: results[name]["accuracy"])
    with contexta.run("handwritten-digits", type="release", name="release", id="digits_release"):
        contexta.log_configuration({"rule": "highest accuracy over all test images"})
        with contexta.stage("decide"):
            contexta.log_event("candidates_read", {"candidates": sorted(results), "best": best})
            for name in sorted(results):
                contexta.log_promotion(
                    f"model_{name}",
                    to="production",
                    decision="approved" if name == best else "rejected",
                    report=f"report_{name}",
                    by="examples/demo/decide.py",
                )
        with contexta.deployment(
            "digits_production",
            environment="production",
            artifact=f"model_{best}",
            source_run=results[best]["run_id"],
            report=f"report_{best}",
        ) as deployment:
            size = (work / best / "model.joblib").stat().st_size
            deployment.log_check("model_file_readable", size > 0)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


if __name__ == "__main__":
    main()
