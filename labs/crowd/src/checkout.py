"""Takes an order: looks up what it costs, and has it paid."""

import json

import database
import payment


def handler(event, context):
    """Charge the customer, and answer with the total."""
    order = json.loads(event["body"])
    with database.session() as execute:
        (price,) = execute("SELECT cents FROM articles WHERE name = %s", (order["article"],))
        payment.charge(order["customer"], price["cents"])
    return {"statusCode": 200, "body": json.dumps({"cents": price["cents"]})}
