"""A shop: an HTTP API, a function, a queue, another function, a table; what several tests run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::HttpApi
  Orders:
    Type: AWS::SQS::Queue
  Sold:
    Type: AWS::Serverless::SimpleTable
  Order:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.order
      Runtime: python3.13
      MemorySize: 512
      Environment: {Variables: {QUEUE: !Ref Orders}}
      Events:
        Post: {Type: HttpApi, Properties: {ApiId: !Ref Shop, Path: /orders, Method: POST}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.work
      Runtime: python3.13
      MemorySize: 512
      Environment: {Variables: {TABLE: !Ref Sold}}
      Events:
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
"""

HANDLERS = """
import json, os

def order(event, context):
    import boto3
    if event.get("boom"):
        raise ValueError("no such order")
    print("an order:", event["body"])
    sqs = boto3.client("sqs")
    sent = sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["body"])
    return {
        "statusCode": 202,
        "headers": {"x-shop": "1", "content-length": "7"},
        "cookies": ["a=1", "b=2"],
        "body": sent["MessageId"],
    }

def work(event, context):
    import boto3
    table = boto3.client("dynamodb")
    for record in event["Records"]:
        print("work:", record["body"])
        item = {"id": {"S": record["messageId"]}, "body": {"S": record["body"]}}
        table.put_item(TableName=os.environ["TABLE"], Item=item)
"""


def write(folder: Path) -> Path:
    """Write the shop down; return its template."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text(HANDLERS)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder / "template.yaml"
