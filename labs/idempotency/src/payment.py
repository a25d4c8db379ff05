"""What a payment does to the world: money moves at the bank, and goods go out of the door."""

import json
import os

import boto3

functions = boto3.client("lambda")
deliveries = boto3.resource("dynamodb").Table(os.environ["DELIVERIES"])


def charge(order):
    """Charge the order's card, and return the charge. The bank books whatever it is asked to."""
    asked = {"order": order["order"], "card": order["card"], "cents": order["cents"]}
    return ask_bank(do="charge", **asked)["charge"]


def find_charge(order):
    """Return the charge that the bank has for an order already, or None."""
    return ask_bank(do="find", order=order["order"])["charge"]


def deliver(order, charge):
    """Let the goods go. An order is delivered once, however often this is said."""
    deliveries.put_item(Item={"order": order["order"], "charge": charge})
    print(f"{order['order']} is delivered")


def ask_bank(**request):
    answer = functions.invoke(FunctionName=os.environ["BANK"], Payload=json.dumps(request))
    said = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise RuntimeError(f"The bank is out of order: {said['errorMessage']}")
    return said
