"""The client of a warehouse that takes its time, and at times is too busy to take an order."""

import os
import random
import time
import uuid

import boto3

parcels = boto3.resource("dynamodb").Table(os.environ["PARCELS"])

SECONDS_PER_ORDER = float(os.environ["SECONDS_PER_ORDER"])
BUSY_PERCENT = int(os.environ["BUSY_PERCENT"])


class Busy(Exception):
    """The warehouse does not take the order just now; nothing was packed."""


def pack(order: str, quantity: int) -> str:
    """Have an order packed and sent, and return its parcel's number.

    Two calls with one order are two parcels: the warehouse does not ask.
    """
    time.sleep(SECONDS_PER_ORDER)
    if random.random() * 100 < BUSY_PERCENT:
        raise Busy(f"order {order}: try again later")
    parcel = str(uuid.uuid4())
    parcels.put_item(Item={"order": order, "parcel": parcel, "quantity": quantity})
    return parcel
