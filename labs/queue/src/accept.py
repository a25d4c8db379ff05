"""Takes an order: into the queue with it, and 202 to the customer."""

import json
import os

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    """Answer 202 Accepted as soon as the queue has the order."""
    order = json.loads(event["body"])
    sqs.send_message(QueueUrl=os.environ["ORDERS"], MessageBody=json.dumps(order))
    return {"statusCode": 202, "body": json.dumps({"accepted": order["order"]})}
