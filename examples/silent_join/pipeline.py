"""Which orders will come late? Six monthly runs of one pipeline; in the last one a join loses rows in silence.

    CONTEXTA_ENDPOINT=file:.contexta-join python examples/silent_join/pipeline.py
    contexta diagnose latest --data .contexta-join

Nothing raises, every stage completes, and the accuracy looks as always.
"""

import argparse
import csv
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import contexta

HERE = Path(__file__).parent
DATA = HERE / "data"
PROJECT = "late-orders"
STAGES = ["load", "join", "train", "evaluate", "package"]
SETTINGS = {"C": 1.0, "max_iter": 200}
REGIONS = ("north", "south", "islands")

Row = dict[str, str]


def main() -> None:
    """One run a month, as a scheduler would start them."""
    parser = argparse.ArgumentParser(description=__doc__)
    months = sorted(path.stem.removeprefix("orders_") for path in DATA.glob("orders_*.csv"))
    parser.add_argument("months", nargs="*", default=months, help="[default: all there are]")
    parser.add_argument("--work", type=Path, default=Path(), help="where the models go")
    arguments = parser.parse_args()
    for month in arguments.months:
        run_month(month, arguments.work)


def run_month(month: str, work: Path) -> None:
    """One run, from the month's orders to a model."""
    with contexta.run(
        PROJECT,
        type="training",
        name=month,
        id=f"late-orders-{month}",
        tags={"month": month},
        expected_stages=STAGES,
    ) as run:
        run.log_configuration(SETTINGS, source="pipeline.py")
        orders, customers = load(month)
        joined = join(orders, customers)
        cut = len(joined) * 3 // 4
        model = train(joined[:cut])
        evaluate(model, joined[cut:])
        package(model, month, work)


def load(month: str) -> tuple[list[Row], list[Row]]:
    """The month's orders, and the customers."""
    with contexta.stage("load", index=0):
        orders = read(DATA / f"orders_{month}.csv")
        customers = read(DATA / "customers.csv")
        contexta.log_dataset("orders", orders, path=DATA / f"orders_{month}.csv", version=month)
        contexta.log_dataset("customers", customers, path=DATA / "customers.csv", version="1")
        contexta.log_metric("rows_out", len(orders), unit="{row}")
    return orders, customers


def join(orders: list[Row], customers: list[Row]) -> list[Row]:
    """Each order with what is known of its customer. An inner join: who is not known is not there."""
    with contexta.stage("join", index=1):
        known = {customer["customer_id"]: customer for customer in customers}
        joined = [
            {**order, **known[order["customer_id"]]}
            for order in orders
            if order["customer_id"] in known
        ]
        contexta.log_metric("rows_in", len(orders), unit="{row}")
        contexta.log_metric("rows_out", len(joined), unit="{row}")
    return joined


def train(rows: list[Row]) -> LogisticRegression:
    """A logistic regression on three quarters of the rows."""
    with contexta.stage("train", index=2):
        contexta.log_metric("rows_in", len(rows), unit="{row}")
        features, late = arrays(rows)
        with contexta.operation("fit", type="fit"):
            model = LogisticRegression(**SETTINGS).fit(features, late)
        contexta.log_metric(
            "train_log_loss", log_loss(late, model.predict_proba(features)), higher_is_better=False
        )
    return model


def evaluate(model: LogisticRegression, rows: list[Row]) -> None:
    """Every remaining order as a sample, and the figures over all of them."""
    with contexta.stage("evaluate", index=3):
        features, late = arrays(rows)
        chances = model.predict_proba(features)[:, 1]
        right = (chances >= 0.5) == (late == 1)
        for row, chance, is_right in zip(rows, chances, right, strict=True):
            contexta.log_sample(
                row["order_id"],
                slices=[row["region"]],
                status="passed" if is_right else "failed",
                expected_summary="late" if row["late"] == "1" else "in time",
                output_summary=f"{chance:.0%} late",
            )
        shared = {"sample_count": len(rows), "scope": "run"}
        contexta.log_metric("accuracy", right.mean(), higher_is_better=True, **shared)
        contexta.log_metric("log_loss", log_loss(late, chances), higher_is_better=False, **shared)


def package(model: LogisticRegression, month: str, work: Path) -> None:
    """The model as a file, hashed in passing."""
    with contexta.stage("package", index=4):
        path = work / f"late-orders-{month}.joblib"
        joblib.dump(model, path)
        contexta.log_artifact(path, kind="model_bundle", id=f"late-orders-model-{month}")


def read(path: Path) -> list[Row]:
    """A table as it stands in the file: every value is text, keys too."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def arrays(rows: list[Row]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features, and whether each order came late."""
    features = [
        [int(row["items"]), int(row["express"]), int(row["months_known"]) / 12]
        + [float(row["region"] == region) for region in REGIONS]
        for row in rows
    ]
    return np.array(features, dtype=float), np.array([int(row["late"]) for row in rows])


if __name__ == "__main__":
    main()
