"""The services of others that an order needs: slow, as they are outside, and at times down."""

import os
import time

import boto3

dynamodb = boto3.resource("dynamodb")

SECONDS = {"mail": float(os.environ.get("MAIL_SECONDS", "0.8")), "stock": 0.2, "analytics": 0.4}


class Down(Exception):
    """The service does not answer; nothing was done."""


def send_mail(order: dict) -> None:
    """Have the mail provider send a confirmation."""
    _call("mail", order)


def reserve_stock(order: dict) -> None:
    """Have the warehouse put the goods aside."""
    _call("stock", order)


def count_sale(order: dict) -> None:
    """Have the sale counted in the reports."""
    _call("analytics", order)


def _call(service: str, order: dict) -> None:
    if "Item" in dynamodb.Table(os.environ["OUTAGES"]).get_item(Key={"service": service}):
        raise Down(f"order {order['order']}: {service} does not answer")
    time.sleep(SECONDS[service])
    dynamodb.Table(os.environ["DONE"]).put_item(Item={"order": order["order"], "what": service})
