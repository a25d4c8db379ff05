"""Payment: charges a customer through the bank, keeps a record of it, gives the money back."""

import json
import os

import boto3

functions = boto3.client("lambda")
payments = boto3.resource("dynamodb").Table(os.environ["PAYMENTS"])


class CardDeclined(Exception):
    pass


class BankClosed(Exception):
    pass


def charge(order, context):
    answer = ask_bank(do="charge", order=order["order"], card=order["card"], cents=order["cents"])
    if answer["status"] == "declined":
        raise CardDeclined(f"The bank declined {order['card']}.")
    payments.put_item(Item={"order": order["order"], "charge": answer["charge"]})
    return {"charge": answer["charge"]}


def refund(order, context):
    record = payments.get_item(Key={"order": order["order"]}).get("Item")
    if record is None:
        print(f"{order['order']}: no record of a charge")
        return {"refunded": False}
    answer = ask_bank(do="refund", order=order["order"], charge=record["charge"])
    if answer["status"] == "closed":
        raise BankClosed("The bank takes no refunds at the moment.")
    return {"refunded": answer["status"] == "refunded"}


def ask_bank(**request):
    answer = functions.invoke(FunctionName=os.environ["BANK"], Payload=json.dumps(request))
    said = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise RuntimeError(f"The bank is out of order: {said['errorMessage']}")
    return said
