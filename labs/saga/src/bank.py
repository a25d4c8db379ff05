"""The bank: another company's API, and the ledger behind it. Not ours to change.

An entry of the ledger is never altered or removed: a refund is an entry of its own.

``charge``  order, card, cents, and optionally ``id``. Whoever names a charge may ask for it as
            often as needed: a second charge with the id of an earlier one is the earlier one.
``refund``  order, and the id of the charge.
"""

import os
import time
import uuid

import boto3

ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER"])

DECLINED_CARD = "4000 0000 0000 0002"


def handler(event, context):
    return charge(event) if event["do"] == "charge" else refund(event)


def charge(event):
    if event["card"] == DECLINED_CARD:
        print(f"{event['order']}: declined")
        return {"status": "declined"}
    charge_id = event.get("id") or str(uuid.uuid4())
    if enter(event["order"], f"charge#{charge_id}", cents=event["cents"]):
        # Booked; now and then the answer to that takes its time.
        time.sleep(int(os.environ["LATE_SECONDS"]))
    return {"status": "charged", "charge": charge_id}


def refund(event):
    if time.time() % 60 < int(os.environ["CLOSED_SECONDS"]):
        print(f"{event['order']}: no refunds at the moment")
        return {"status": "closed"}
    order, charge_id = event["order"], event["charge"]
    found = ledger.get_item(Key={"order": order, "entry": f"charge#{charge_id}"})
    if "Item" not in found:
        print(f"{order}: nothing to refund")
        return {"status": "nothing charged"}
    enter(order, f"refund#{charge_id}", cents=-found["Item"]["cents"])
    return {"status": "refunded", "charge": charge_id}


def enter(order, entry, cents):
    """Write an entry into the ledger, and say whether it is new."""
    try:
        ledger.put_item(
            Item={"order": order, "entry": entry, "cents": cents},
            ConditionExpression="attribute_not_exists(entry)",
        )
    except ledger.meta.client.exceptions.ConditionalCheckFailedException:
        print(f"ledger: {order}  {entry}  is there already")
        return False
    print(f"ledger: {order}  {entry}  {cents:+} cents")
    return True
