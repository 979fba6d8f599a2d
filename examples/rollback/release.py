"""Train, evaluate, release and roll back; every step is a process's worth of work that knows the others by ids alone."""

from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.svm import SVC

import contexta

PROJECT = "digit-reader"
TRAINED_ON = 1_197
MODELS = {
    # Per image only the direction of the pixels counts, not how dark they are.
    "v1": lambda: make_pipeline(Normalizer(), LogisticRegression(C=30, max_iter=500)),
    # Better on the test images, and used to exactly this scanner.
    "v2": lambda: SVC(C=10, gamma=0.001),
}
SCANS = "scans_2026_04"


def train_and_evaluate(version: str, work: Path) -> float:
    """A training run and an evaluation run; the accuracy on images the model has not seen."""
    images, labels = load_digits(return_X_y=True)
    path = work / f"{version}.joblib"
    with contexta.run(PROJECT, type="training", name=f"train {version}", id=f"train_{version}"):
        with contexta.stage("train"):
            np.save(work / "scans.npy", images[:TRAINED_ON])
            contexta.log_artifact(
                work / "scans.npy", kind="dataset_snapshot", id=SCANS, role="consumed"
            )
            model = MODELS[version]().fit(images[:TRAINED_ON], labels[:TRAINED_ON])
        with contexta.stage("package"):
            joblib.dump(model, path)
            contexta.log_artifact(path, kind="model_bundle", id=f"reader_{version}")
    with contexta.run(PROJECT, type="evaluation", name=f"evaluate {version}", id=f"eval_{version}"):
        with contexta.stage("evaluate"):
            contexta.log_artifact(
                path, kind="model_bundle", id=f"reader_{version}", role="consumed"
            )
            right = model.predict(images[TRAINED_ON:]) == labels[TRAINED_ON:]
            accuracy = float(right.mean())
            contexta.log_metric(
                "accuracy", accuracy, higher_is_better=True, sample_count=len(right)
            )
        with contexta.stage("report"):
            report = work / f"{version}.md"
            report.write_text(f"# Digit reader {version}\n\nAccuracy {accuracy:.3f}\n")
            contexta.log_artifact(
                report,
                kind="report_bundle",
                id=f"report_{version}",
                summarizes_run=f"eval_{version}",
            )
        contexta.log_promotion(
            f"reader_{version}", to="production", report=f"report_{version}", by="release board"
        )
    return accuracy


def deploy(version: str, work: Path) -> None:
    """Bring a version into production, with the check that can be made before anybody uses it."""
    with contexta.deployment(
        f"reader_{version}_production",
        environment="production",
        artifact=f"reader_{version}",
        source_run=f"train_{version}",
        report=f"report_{version}",
    ) as deployment:
        blank = joblib.load(work / f"{version}.joblib").predict(np.zeros((1, 64)))
        deployment.log_check("answers_a_blank_image", len(blank) == 1)


def roll_back(version: str, accuracy: float, allowed: float) -> None:
    """Take a version out of production again, and say which check it failed there."""
    with contexta.deployment(
        f"reader_{version}_production", environment="production"
    ) as deployment:
        deployment.log_check("accuracy_in_production", accuracy >= allowed)
        deployment.set_status("rolled_back")
