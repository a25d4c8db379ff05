"""Takes orders out of the queue, batch by batch, and has the warehouse pack them."""

import json

import warehouse


def handler(event, context):
    """Have every order of the batch packed."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        parcel = warehouse.pack(order["order"], int(order["quantity"]))
        print(f"order {order['order']}: parcel {parcel}")
