"""The bank: another company's API, and the ledger behind it. Not ours to change.

``charge``  order, card, cents: books a charge, each time it is asked.
``find``    order: the first charge that was booked for it, if there is one.
"""

import os
import time
import uuid

import boto3
from boto3.dynamodb.conditions import Key

ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER"])


def handler(event, context):
    return charge(event) if event["do"] == "charge" else find(event)


def charge(event):
    charge_id = str(uuid.uuid4())
    ledger.put_item(Item={"order": event["order"], "charge": charge_id, "cents": event["cents"]})
    print(f"ledger: {event['order']}  {charge_id}  {event['cents']:+} cents")
    # Booked; now and then the answer to that takes its time.
    time.sleep(int(os.environ["LATE_SECONDS"]))
    return {"charge": charge_id}


def find(event):
    found = ledger.query(
        KeyConditionExpression=Key("order").eq(event["order"]), ConsistentRead=True
    )
    charges = [item["charge"] for item in found["Items"]]
    print(f"{event['order']}: {len(charges)} charges")
    return {"charge": charges[0] if charges else None}
