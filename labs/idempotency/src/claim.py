"""Pays for an order if it can claim it: check and claim are one conditional write."""

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
    if not claim(order["order"]):
        print(f"{order['order']} is a duplicate")
        return
    deliver(order, charge(order))
    complete(order["order"])


def claim(key):
    """Write the record of an order, and say whether it is ours to pay for."""
    record = {"id": key, "status": "INPROGRESS", "expiration": int(time.time()) + WINDOW}
    try:
        records.put_item(Item=record, ConditionExpression="attribute_not_exists(id)")
    except records.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def complete(key):
    records.update_item(
        Key={"id": key},
        UpdateExpression="SET #status = :completed",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":completed": "COMPLETED"},
    )
