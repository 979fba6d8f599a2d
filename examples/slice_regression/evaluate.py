"""Trains one of two recognisers of handwritten digits and evaluates it image by image.

    CONTEXTA_ENDPOINT=file:.contexta python examples/slice_regression/evaluate.py v1
    CONTEXTA_ENDPOINT=file:.contexta python examples/slice_regression/evaluate.py v2
    contexta compare prev latest

v2 is the better algorithm, and its average says so. The export of its training set was cut short.
"""

import argparse

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import contexta

Images = npt.NDArray[np.float64]
Digits = npt.NDArray[np.int64]

NINES_LEFT = 20
"""How many nines were in the export before it was cut."""


def split() -> tuple[Images, Images, Digits, Digits]:
    """The digits that come with scikit-learn, half of them for the test: always the same halves."""
    digits = load_digits()
    return train_test_split(
        digits.data, digits.target, test_size=0.5, random_state=0, stratify=digits.target
    )


def cut_export(images: Images, digits: Digits) -> tuple[Images, Digits]:
    """The training set as v2 got it: the file of the nines ends after a few rows."""
    kept = np.ones(len(digits), dtype=bool)
    kept[np.flatnonzero(digits == 9)[NINES_LEFT:]] = False
    return images[kept], digits[kept]


def train(version: str, images: Images, digits: Digits) -> ClassifierMixin:
    """The recogniser of a version."""
    model = LogisticRegression(max_iter=300) if version == "v1" else SVC(gamma=0.001)
    contexta.log_configuration({"model": type(model).__name__, **model.get_params()})
    return model.fit(images, digits)


def evaluate(model: ClassifierMixin, images: Images, digits: Digits) -> None:
    """One sample per image; the average, and the average of each digit, as metrics."""
    told = model.predict(images)
    right = told == digits
    for number, (digit, answer) in enumerate(zip(digits, told, strict=True)):
        contexta.log_sample(
            f"image-{number:03}",
            slices=[f"digit={digit}"],
            scores={"accuracy": float(answer == digit)},
            status="passed" if answer == digit else "failed",
            expected_summary=str(digit),
            output_summary=str(answer),
            failure_tags=[] if answer == digit else [f"read as {answer}"],
        )
    contexta.log_metric(
        "accuracy", float(right.mean()), higher_is_better=True, sample_count=len(right)
    )
    for digit in range(10):
        of_digit = right[digits == digit]
        contexta.log_metric(
            "accuracy",
            float(of_digit.mean()),
            slice=f"digit={digit}",
            higher_is_better=True,
            sample_count=len(of_digit),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", choices=["v1", "v2"])
    version = parser.parse_args().version
    with contexta.run("digits", type="evaluation", name=version):
        with contexta.stage("prepare"):
            images, test_images, digits, test_digits = split()
            if version == "v2":
                images, digits = cut_export(images, digits)
            contexta.log_dataset("digits-train", np.column_stack([images, digits]), split="train")
            contexta.log_dataset(
                "digits-test", np.column_stack([test_images, test_digits]), split="test"
            )
            contexta.log_metric("training_images", len(digits))
        with contexta.stage("train"):
            model = train(version, images, digits)
        with contexta.stage("evaluate"):
            evaluate(model, test_images, test_digits)


if __name__ == "__main__":
    main()
