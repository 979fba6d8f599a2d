"""1,797 handwritten digits that ship with scikit-learn, in the order in which they were written."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

TRAIN_COUNT = 1_197
"""The first images train, the other 600 test: they were written by other people."""

SHAPES = {"open_2_3_5": (2, 3, 5), "round_0_6_8_9": (0, 6, 8, 9), "straight_1_4_7": (1, 4, 7)}


@dataclass(frozen=True)
class Digits:
    """Some of the images.

    pixels: shape (n, 64), ink from 0 to 1. labels: shape (n,), the digit written.
    numbers: shape (n,), place of each image in the whole data set.
    """

    pixels: NDArray[np.float64]
    labels: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, rows: slice | NDArray[np.int64]) -> "Digits":
        """Only these rows."""
        return Digits(self.pixels[rows], self.labels[rows], self.numbers[rows])

    @cached_property
    def ink(self) -> NDArray[np.float64]:
        """Mean ink of each image."""
        return self.pixels.mean(axis=1)


def load() -> tuple[Digits, Digits]:
    """What to train on, and what to test on."""
    pixels, labels = load_digits(return_X_y=True)
    every = Digits(np.asarray(pixels) / 16, np.asarray(labels), np.arange(len(labels)))
    return every.part(slice(TRAIN_COUNT)), every.part(slice(TRAIN_COUNT, None))


def slices(test: Digits, train: Digits) -> dict[str, NDArray[np.bool_]]:
    """Which test images are in which slice: by the shape of the digit, and by how much ink it has.

    Light and heavy are the outer quarters of the training images.
    """
    light, heavy = np.quantile(train.ink, [0.25, 0.75])
    return {
        **{name: np.isin(test.labels, digits) for name, digits in SHAPES.items()},
        "light_ink": test.ink < light,
        "heavy_ink": test.ink > heavy,
    }
