"""Train and evaluate one model, and say what happened: python train.py linear|forest --work DIR

Everything `contexta.…` here is what a real training script would have; the rest is scikit-learn.
Where the evidence goes is in CONTEXTA_ENDPOINT.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import digits
import joblib
import models
import numpy as np
from digits import Digits
from numpy.typing import NDArray
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

import contexta

PROJECT = "handwritten-digits"
CHUNK = 100
TIMED_IMAGES = 60


def main() -> None:
    """One run, from the data to the packaged model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=models.SETTINGS)
    parser.add_argument("--work", type=Path, required=True, help="where models and reports go")
    arguments = parser.parse_args()
    name: str = arguments.model
    work: Path = arguments.work / name
    work.mkdir(parents=True, exist_ok=True)

    with contexta.run(
        PROJECT,
        type="training",
        name=name,
        id=f"digits_{name}",
        tags={"model": name},
        expected_stages=["prepare", "train", "evaluate", "package"],
    ) as run:
        run.log_configuration(models.SETTINGS[name], source="models.py")
        train, test, slices = prepare()
        model = fit(name, train)
        accuracy = evaluate(model, test, slices, work / "report.md")
        package(name, model, work)
    (work / "result.json").write_text(json.dumps({"run_id": run.id, "accuracy": accuracy}))


def prepare() -> tuple[Digits, Digits, dict[str, NDArray[np.bool_]]]:
    """Load the images and cut the test images into slices."""
    with contexta.stage("prepare", index=0):
        with contexta.operation("load_digits", type="data_load"):
            train, test = digits.load()
        contexta.log_dataset("digits", train.pixels, split="train")
        slices = digits.slices(test, train)
        contexta.log_dataset("digits", test.pixels, split="test", slices=sorted(slices))
        blank = int((test.ink < 0.01).sum())
        contexta.log_event("dataset_checked", {"images": len(train) + len(test), "blank": blank})
    return train, test, slices


def fit(name: str, train: Digits) -> Any:
    """Cross-validate, then train on all training images, following the curve."""
    with contexta.stage("train", index=1):
        folds = StratifiedKFold(n_splits=3, shuffle=True, random_state=0)
        for index, (inside, outside) in enumerate(folds.split(train.pixels, train.labels)):
            with contexta.batch(f"fold_{index}", type="fold", index=index, size=len(outside)):
                model = models.build(name)
                for _ in models.learn(name, model, train.part(inside)):
                    pass
                accuracy = model.score(train.pixels[outside], train.labels[outside])
                contexta.log_metric(
                    "fold_accuracy", accuracy, higher_is_better=True, sample_count=len(outside)
                )
        model = models.build(name)
        with contexta.operation("fit", type="fit", attributes={"images": len(train)}):
            curve = [
                log_loss(train.labels, model.predict_proba(train.pixels))
                for _ in models.learn(name, model, train)
            ]
        rounds = range(1, len(curve) + 1)
        contexta.log_series("train_log_loss", curve, steps=rounds, higher_is_better=False)
    return model


def evaluate(model: Any, test: Digits, slices: dict[str, NDArray[np.bool_]], report: Path) -> float:
    """Every test image as a sample, the figures over all of them and by slice, and a report."""
    with contexta.stage("evaluate", index=2):
        with contexta.operation("predict", type="predict"):
            chances = model.predict_proba(test.pixels)
        right = chances.argmax(axis=1) == test.labels
        for index, start in enumerate(range(0, len(test), CHUNK)):
            rows = range(start, min(start + CHUNK, len(test)))
            with contexta.batch(f"chunk_{index}", type="chunk", index=index, size=len(rows)):
                for row in rows:
                    inside = [name for name, chosen in slices.items() if chosen[row]]
                    log_image(test, row, chances[row], inside)

        accuracy = float(right.mean())
        contexta.log_metric(
            "accuracy", accuracy, scope="run", higher_is_better=True, sample_count=len(test)
        )
        contexta.log_metric(
            "log_loss",
            log_loss(test.labels, chances),
            scope="run",
            higher_is_better=False,
            sample_count=len(test),
        )
        by_slice = {name: float(right[chosen].mean()) for name, chosen in slices.items()}
        for name, value in by_slice.items():
            contexta.log_metric(
                "accuracy",
                value,
                slice=name,
                higher_is_better=True,
                sample_count=int(slices[name].sum()),
            )
        log_latency(model, test)
        write_report(report, accuracy, by_slice)
        run = contexta.current_run()
        contexta.log_artifact(
            report,
            kind="report_bundle",
            id=f"report_{report.parent.name}",
            summarizes_run=run.id if run else None,
        )
    return accuracy


def log_image(test: Digits, row: int, chances: NDArray[np.float64], slices: list[str]) -> None:
    """One test image: what it was taken for, and how it failed if it did."""
    truth, answer = int(test.labels[row]), int(chances.argmax())
    failed = truth != answer
    sure = chances[answer] >= 0.7
    contexta.log_sample(
        f"digit_{test.numbers[row]:04}",
        slices=slices,
        status="failed" if failed else "passed",
        scores={"log_loss": -float(np.log(max(chances[truth], np.finfo(np.float64).eps)))},
        input_summary=f"8x8 image {test.numbers[row]}, mean ink {test.ink[row]:.2f}",
        expected_summary=str(truth),
        output_summary=f"{answer} ({chances[answer]:.0%})",
        failure_tags=[f"{truth}_taken_for_{answer}", "sure_and_wrong" if sure else "unsure"]
        if failed
        else [],
    )


def log_latency(model: Any, test: Digits) -> None:
    """Milliseconds per image when asked one by one, as a service would."""
    took: list[float] = []
    with contexta.operation("time_single_images", type="benchmark"):
        for image in test.pixels[:TIMED_IMAGES]:
            begun = time.perf_counter()
            model.predict(image[None])
            took.append((time.perf_counter() - begun) * 1_000)
    contexta.log_metric(
        "latency",
        float(np.percentile(took, 95)),
        unit="ms",
        aggregation="p95",
        scope="run",
        higher_is_better=False,
        sample_count=TIMED_IMAGES,
    )


def write_report(path: Path, accuracy: float, by_slice: dict[str, float]) -> None:
    """The evaluation as people read it."""
    rows = [f"| {name} | {value:.3f} |" for name, value in by_slice.items()]
    head = [f"# Evaluation of {path.parent.name}", "", f"Accuracy {accuracy:.3f}", ""]
    path.write_text("\n".join([*head, "| slice | accuracy |", "|---|---|", *rows, ""]))


def package(name: str, model: Any, work: Path) -> None:
    """The trained model as a file, which is hashed and sized in passing."""
    with contexta.stage("package", index=3):
        path = work / "model.joblib"
        with contexta.operation("save_model", type="serialize"):
            joblib.dump(model, path)
        contexta.log_artifact(path, kind="model_bundle", id=f"model_{name}", version="1")


if __name__ == "__main__":
    main()
