"""The chain: checkout calls mail, mail calls stock, stock calls analytics; each waits."""

import json
import os

import boto3
import world

functions = boto3.client("lambda")


def checkout(event, context):
    """Take an order: have everything done that it needs, and say so."""
    order = json.loads(event["body"])
    call(os.environ["MAIL"], order)
    return {"statusCode": 201, "body": json.dumps({"order": order["order"]})}


def mail(order, context):
    """Confirm the order, and pass it on."""
    world.send_mail(order)
    call(os.environ["STOCK"], order)


def stock(order, context):
    """Reserve what was ordered, and pass it on."""
    world.reserve_stock(order)
    call(os.environ["ANALYTICS"], order)


def analytics(order, context):
    """Count the sale."""
    world.count_sale(order)


def call(function, order):
    """Invoke a function, wait for its answer, and fail if it failed."""
    answer = functions.invoke(FunctionName=function, Payload=json.dumps(order))
    if "FunctionError" in answer:
        error = json.loads(answer["Payload"].read())
        raise RuntimeError(f"{function} failed: {error['errorMessage']}")
