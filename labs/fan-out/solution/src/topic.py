"""The topic: checkout says that an order was placed, and does not know who hears of it.

Each consumer takes the orders out of a queue of its own, and reports those that it did not manage.
"""

import json
import logging
import os

import boto3

import world

sns = boto3.client("sns")
logger = logging.getLogger()


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
    """Confirm the orders of a batch."""
    return each(event, world.send_mail)


def stock(event, context):
    """Reserve what was ordered."""
    return each(event, world.reserve_stock)


def analytics(event, context):
    """Count the sales."""
    return each(event, world.count_sale)


def each(event, work):
    """Do the work for every order of a batch; return the messages that are to come back."""
    failed = []
    for record in event["Records"]:
        try:
            work(json.loads(record["body"]))
        except Exception:
            logger.exception("message %s", record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
