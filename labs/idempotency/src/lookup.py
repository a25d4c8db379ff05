"""Pays for an order unless there is a record of it: looks it up, then does it, then notes it."""

import json
import os
import time

import boto3
from payment import charge, deliver

records = boto3.resource("dynamodb").Table(os.environ["RECORDS"])

WINDOW = int(os.environ["WINDOW_SECONDS"])


def handler(event, context):
    for message in event["Records"]:
        pay(json.loads(message["body"]))


def pay(order):
    if "Item" in records.get_item(Key={"id": order["order"]}, ConsistentRead=True):
        print(f"{order['order']} is a duplicate")
        return
    deliver(order, charge(order))
    records.put_item(Item={"id": order["order"], "expiration": int(time.time()) + WINDOW})
