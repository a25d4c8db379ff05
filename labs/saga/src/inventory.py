"""Inventory: sets goods aside for an order, and puts them back.

Both functions may be called any number of times: the number of an article and the order's
reservation change in one transaction, so that each is there exactly if the other is.
"""

import os

import boto3

dynamodb = boto3.client("dynamodb")

STOCK = os.environ["STOCK"]
RESERVATIONS = os.environ["RESERVATIONS"]


class SoldOut(Exception):
    pass


def reserve(order, context):
    reservation = {
        "Put": {
            "TableName": RESERVATIONS,
            "Item": {"order": {"S": order["order"]}, "article": {"S": order["article"]}},
            "ConditionExpression": "attribute_not_exists(#order)",
            "ExpressionAttributeNames": {"#order": "order"},
        }
    }
    taken = move(order, -1, condition="pieces > :none", none=0)
    reserved, available = transact(reservation, taken)
    if reserved and not available:
        raise SoldOut(f"There is no {order['article']} left.")
    print(f"{order['order']}: {order['article']} is set aside")
    return {"reserved": True}


def release(order, context):
    reservation = {
        "Delete": {
            "TableName": RESERVATIONS,
            "Key": {"order": {"S": order["order"]}},
            "ConditionExpression": "attribute_exists(#order)",
            "ExpressionAttributeNames": {"#order": "order"},
        }
    }
    released, _ = transact(reservation, move(order, +1))
    print(f"{order['order']}: {'put back' if released else 'nothing was set aside'}")
    return {"released": released}


def move(order, pieces, condition=None, **values):
    """Return the update that changes how many pieces of an article there are."""
    values = {f":{name}": {"N": str(value)} for name, value in values.items()}
    update = {
        "TableName": STOCK,
        "Key": {"article": {"S": order["article"]}},
        "UpdateExpression": "ADD pieces :pieces",
        "ExpressionAttributeValues": {":pieces": {"N": str(pieces)}, **values},
    }
    if condition:
        update["ConditionExpression"] = condition
    return {"Update": update}


def transact(*actions):
    """Carry out all of the actions or none, and say of each whether its condition held."""
    try:
        dynamodb.transact_write_items(TransactItems=actions)
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if not set(reasons) <= {"None", "ConditionalCheckFailed"}:
            raise  # Somebody else is writing the same item: not our answer to give.
        return [reason == "None" for reason in reasons]
    return [True] * len(actions)
