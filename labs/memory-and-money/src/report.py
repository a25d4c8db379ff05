"""A day's report: a function that waits for pages of a database, and draws charts of them."""

import os

import partners

FULL = 40


def handler(event, context):
    """Answer a day with its charts; ``PAGES`` are fetched, ``CHARTS`` drawn of all their rows."""
    rows = []
    for page in range(int(os.environ["PAGES"])):
        rows += partners.page(event["day"], page)
    return {
        "day": event["day"],
        "charts": [draw(rows[start::7]) for start in range(int(os.environ["CHARTS"]))],
    }


def draw(amounts: list[int]) -> list[str]:
    """Return a bar for each amount, the greatest as long as ``FULL``."""
    most = max(amounts, default=1)
    return ["#" * (FULL * amount // most) for amount in amounts]
