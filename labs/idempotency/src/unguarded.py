"""Pays for each order that comes, and does not ask whether it has come before."""

import json

from payment import charge, deliver


def handler(event, context):
    for message in event["Records"]:
        pay(json.loads(message["body"]))


def pay(order):
    deliver(order, charge(order))
