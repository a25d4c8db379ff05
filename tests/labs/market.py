"""A market: an API, a topic with two queues behind it, a dead-letter queue, a table, a saga.

Eight resources with every kind of edge between them; what several tests of the stage look at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from warmstart.runtime.launch import ApiCall, Call, HttpCall, run

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.trace import Trace

SECOND = 1_000_000

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {CodeUri: src/, Runtime: python3.13, MemorySize: 512, Timeout: 5}
Resources:
  Shop:
    Type: AWS::Serverless::HttpApi
  Placed:
    Type: AWS::SNS::Topic
    Properties:
      Subscription:
        - {Protocol: sqs, Endpoint: !GetAtt Stock.Arn}
  Stock:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 10
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Lost.Arn, maxReceiveCount: 2}
  Lost:
    Type: AWS::SQS::Queue
  Orders:
    Type: AWS::Serverless::SimpleTable
  Order:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.order
      Environment: {Variables: {TOPIC: !Ref Placed, TABLE: !Ref Orders}}
      Events:
        Post: {Type: HttpApi, Properties: {ApiId: !Ref Shop, Path: /orders, Method: POST}}
    Metadata: {Warmstart: {imports: {decimal: 200}, calls: {app.price: 30}}}
  Pick:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.pick
      ReservedConcurrentExecutions: 2
      Environment: {Variables: {TABLE: !Ref Orders}}
      Events:
        Queue:
          Type: SQS
          Properties:
            Queue: !GetAtt Stock.Arn
            BatchSize: 2
            FunctionResponseTypes: [ReportBatchItemFailures]
  Mail:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.mail
      ReservedConcurrentExecutions: 1
      Events:
        Topic: {Type: SNS, Properties: {Topic: !Ref Placed}}
  Pay:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.pay}
  Checkout:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {Pay: !GetAtt Pay.Arn}
      Definition:
        StartAt: Charge
        States:
          Charge:
            Type: Task
            Resource: "${Pay}"
            Retry: [{ErrorEquals: [Slow], IntervalSeconds: 1, MaxAttempts: 1}]
            Catch: [{ErrorEquals: [States.ALL], Next: Refund}]
            Next: Done
          Refund: {Type: Pass, Next: Failed}
          Failed: {Type: Fail, Error: NotPaid}
          Done: {Type: Succeed}
"""

HANDLERS = """
import decimal, json, os, time

class Slow(Exception):
    pass

def price(order):
    return decimal.Decimal(len(order))

def order(event, context):
    import boto3
    body = event["body"]
    price(body)
    boto3.client("dynamodb").put_item(
        TableName=os.environ["TABLE"], Item={"id": {"S": context.aws_request_id}, "what": {"S": body}})
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message=body)
    return {"statusCode": 202, "body": "placed"}

def pick(event, context):
    failed = []
    for record in event["Records"]:
        what = json.loads(record["body"])["Message"]
        print("picking", what)
        time.sleep(0.4)
        if what == "poison":
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}

def mail(event, context):
    time.sleep(0.3)
    print("mailed")

def pay(event, context):
    if event.get("slow"):
        raise Slow("the bank does not answer")
    return {"paid": True}
"""


def write(folder: Path) -> Path:
    """Write the market down; return its template."""
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "app.py").write_text(HANDLERS)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder / "template.yaml"


def open_market(folder: Path, *, orders: int = 8) -> Trace:
    """Run it: orders two a second and one that is poison, a payment that fails, one that does not."""
    text = {"content-type": "text/plain"}
    wares = ["tea", "poison", *["bread"] * (orders - 2)]
    calls = [
        HttpCall(number * SECOND // 2, "Shop", "POST", "/orders", headers=text, body=ware)
        for number, ware in enumerate(wares)
    ]
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:Checkout"
    for at, given in ((1, {}), (2, {"slow": True})):
        said = {"stateMachineArn": arn, "input": json.dumps(given)}
        calls.append(ApiCall(at * SECOND, "stepfunctions", "StartExecution", said))
    calls.append(Call(3 * SECOND, "Pay", '{"slow": 1}', "Teller"))
    return run(write(folder), sorted(calls, key=lambda call: call.at), seed=5).trace
