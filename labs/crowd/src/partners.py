"""The clients of other companies' services, each of which takes half a second and a bit."""

import time

SECONDS = 0.55


def charge(customer: str, cents: int) -> None:
    """Charge a customer."""
    if cents <= 0:
        raise ValueError(f"nothing to charge {customer} for: {cents} cents")
    time.sleep(SECONDS)


def recommended(names: list[str]) -> list[str]:
    """Return articles in the order in which somebody should see them."""
    time.sleep(SECONDS)
    return names[::-1]


def spelled(words: str) -> str:
    """Return words as they are written."""
    time.sleep(SECONDS)
    return words.strip().lower()


def deliverable(name: str) -> bool:
    """Return whether the warehouse has an article."""
    time.sleep(SECONDS)
    return bool(name)
