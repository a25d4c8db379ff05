"""The checkout: what an order costs, with its shipping."""

import json

import catalogue
import shipping

PRICES = catalogue.load()
"""Read once, by INIT: it is the same for every call of this environment."""


def handler(event, context):
    """Answer an order with its total in cents; a ping, which is nobody's order, with nothing."""
    if event.get("ping"):
        return None
    order = json.loads(event["body"])
    goods = sum(PRICES[item["article"]] * item["quantity"] for item in order["items"])
    total = goods + shipping.cost(order["country"], goods)
    return {"statusCode": 200, "body": json.dumps({"order": order["number"], "cents": total})}
