"""Takes orders out of the queue, batch by batch, and has the warehouse pack them."""

import json
import logging

import warehouse

logger = logging.getLogger()


def handler(event, context):
    """Have every order of the batch packed, and report those that were not."""
    failed = []
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            parcel = warehouse.pack(order["order"], int(order["quantity"]))
        except Exception:
            logger.exception("message %s", record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            print(f"order {order['order']}: parcel {parcel}")
    return {"batchItemFailures": failed}
