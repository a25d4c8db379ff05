"""The client of a payment provider, which takes half a second and a bit."""

import time

SECONDS = 0.55


def charge(customer: str, cents: int) -> None:
    """Charge a customer."""
    if cents <= 0:
        raise ValueError(f"nothing to charge {customer} for: {cents} cents")
    time.sleep(SECONDS)
