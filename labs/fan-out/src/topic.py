"""The topic: checkout says that an order was placed, and does not know who hears of it."""

import json
import os

import boto3
import world

sns = boto3.client("sns")


def checkout(event, context):
    """Take an order, and tell everybody."""
    order = json.loads(event["body"])
    sns.publish(
        TopicArn=os.environ["TOPIC"],
        Message=json.dumps(order),
        MessageAttributes={"total": {"DataType": "Number", "StringValue": str(order["total"])}},
    )
    return {"statusCode": 202, "body": json.dumps({"order": order["order"]})}


def mail(event, context):
    """Confirm the orders of an SNS event."""
    for order in orders(event):
        world.send_mail(order)


def stock(event, context):
    """Reserve what was ordered."""
    for order in orders(event):
        world.reserve_stock(order)


def analytics(event, context):
    """Count the sales."""
    for order in orders(event):
        world.count_sale(order)


def orders(event):
    """Return the orders that SNS delivers with an event."""
    return [json.loads(record["Sns"]["Message"]) for record in event["Records"]]
