"""Others, who take their time: shops with an API, and a database. The network is left out.

Waiting for an answer is all that counts here, and waiting takes no CPU: ``time.sleep`` does the
same to a function as a socket that has nothing to read yet.
"""

import time
import zlib

SHOP_SECONDS = 0.1
PAGE_SECONDS = 0.02
ROWS = 20


def offer(shop: str, thing: str) -> int:
    """Return what a shop wants for a thing, in cents."""
    time.sleep(SHOP_SECONDS)
    return 500 + zlib.crc32(f"{shop}/{thing}".encode()) % 500


def page(day: str, number: int) -> list[int]:
    """Return one page of a day's sales, in cents."""
    time.sleep(PAGE_SECONDS)
    first = number * ROWS
    return [zlib.crc32(f"{day}/{row}".encode()) % 9_900 for row in range(first, first + ROWS)]
