"""Takes an order: looks up what it costs, and has it paid."""

import json

import database
import partners


def handler(event, context):
    """Charge the customer, and answer with the total."""
    order = json.loads(event["body"])
    with database.session() as execute:
        found = execute("SELECT cents FROM articles WHERE name = %s", (order["article"],))
        if not found:
            return {"statusCode": 404, "body": json.dumps({"unknown": order["article"]})}
        cents = found[0]["cents"]
        partners.charge(order["customer"], cents)
    return {"statusCode": 200, "body": json.dumps({"cents": cents})}
