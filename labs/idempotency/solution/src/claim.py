"""Pays for an order if it can claim it: check and claim are one conditional write."""

import json
import os
import time

import boto3
from payment import charge, deliver, find_charge

records = boto3.resource("dynamodb").Table(os.environ["RECORDS"])

WINDOW = int(os.environ["WINDOW_SECONDS"])
LEEWAY_MS = 1000  # Lambda ends an invocation a little after its Timeout.


class InProgress(Exception):
    """Somebody else holds the claim, and may yet fail: the message has to come again."""


def handler(event, context):
    for message in event["Records"]:
        pay(json.loads(message["body"]), lease_ms=context.get_remaining_time_in_millis())


def pay(order, lease_ms):
    key = order["order"]
    if not claim(key, lease_ms):
        if is_complete(key):
            print(f"{key} is a duplicate")
            return
        raise InProgress(f"{key} is being paid for.")
    # Whoever held the claim before us may have charged, and died before it could say so.
    deliver(order, find_charge(order) or charge(order))
    complete(key)


def claim(key, lease_ms):
    """Write the record of an order, and say whether it is ours to pay for.

    It is if there is none, if the one there is has expired (which DynamoDB may not have noticed
    yet), or if its holder did not complete it in time and so cannot be at work any more.
    """
    now_ms = int(time.time() * 1000)
    record = {
        "id": key,
        "status": "INPROGRESS",
        "in_progress_expiration": now_ms + lease_ms + LEEWAY_MS,
        "expiration": now_ms // 1000 + WINDOW,
    }
    try:
        records.put_item(
            Item=record,
            ConditionExpression="attribute_not_exists(id) OR expiration < :now"
            " OR (#status = :in_progress AND in_progress_expiration < :now_ms)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":now": now_ms // 1000,
                ":now_ms": now_ms,
                ":in_progress": "INPROGRESS",
            },
        )
    except records.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def is_complete(key):
    record = records.get_item(Key={"id": key}, ConsistentRead=True).get("Item", {})
    return record.get("status") == "COMPLETED"


def complete(key):
    records.update_item(
        Key={"id": key},
        UpdateExpression="SET #status = :completed",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":completed": "COMPLETED"},
    )
