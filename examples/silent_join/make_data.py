"""Writes data/: customers, and six months of orders. Invented, seeded, and the same on every machine.

From June on the shop writes customer numbers without leading zeros: C-00042 has become C-42.
"""

import csv
import math
import random
from pathlib import Path

DATA = Path(__file__).parent / "data"
MONTHS = [f"2026-{month:02}" for month in range(1, 7)]
CHANGED = "2026-06"
CUSTOMERS = 500
ORDERS = 320
REGIONS = {"north": 0.4, "south": -0.6, "islands": 1.3}


def main() -> None:
    """Customers first, then the orders of each month."""
    source = random.Random(20260101)
    DATA.mkdir(exist_ok=True)
    customers = {
        number: (source.choice(list(REGIONS)), source.randint(0, 60))
        for number in sorted(source.sample(range(1, 16_000), CUSTOMERS))
    }
    rows = [[padded(number), region, months] for number, (region, months) in customers.items()]
    write("customers.csv", ["customer_id", "region", "months_known"], rows)
    for month in MONTHS:
        write(f"orders_{month}.csv", ["order_id", "customer_id", "items", "express", "late"],
              orders(month, customers, source))  # fmt: skip


def orders(
    month: str, customers: dict[int, tuple[str, int]], source: random.Random
) -> list[list[object]]:
    """One month: who ordered how much, how, and whether it came late."""
    written: list[list[object]] = []
    for place in range(ORDERS + source.randint(-12, 12)):
        number = source.choice(list(customers))
        items, express = source.randint(1, 9), source.randint(0, 1)
        region, months = customers[number]
        tendency = REGIONS[region] + 0.35 * (items - 5) - 1.6 * express - 0.01 * months + 0.4
        late = int(source.random() < 1 / (1 + math.exp(-2 * tendency)))
        key = f"C-{number}" if month >= CHANGED else padded(number)
        written.append([f"{month}-{place:04}", key, items, express, late])
    return written


def padded(number: int) -> str:
    """A customer number as the shop always wrote it."""
    return f"C-{number:05}"


def write(name: str, columns: list[str], rows: list[list[object]]) -> None:
    """One table."""
    with (DATA / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
