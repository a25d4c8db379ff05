"""The price list, as it lies beside the code: read and checked as a whole."""

import csv
from pathlib import Path


def load() -> dict[str, int]:
    """Return the price of each article, in cents.

    Raises:
        ValueError: an article has no price above zero.
    """
    with Path(__file__).with_name("prices.csv").open(newline="", encoding="utf-8") as file:
        prices = {row["article"]: int(row["cents"]) for row in csv.DictReader(file)}
    if wrong := [article for article, cents in prices.items() if cents <= 0]:
        raise ValueError(f"No price for {', '.join(wrong)}.")
    return prices
