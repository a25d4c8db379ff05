"""Shipping: books a parcel with a carrier, and cancels it. Both may be repeated."""

import os

import boto3

shipments = boto3.resource("dynamodb").Table(os.environ["SHIPMENTS"])

CARRIERS = {"DE": "Eilpost", "FR": "Vitesse", "KR": "Hangang"}


class NoCarrier(Exception):
    pass


def book(order, context):
    carrier = CARRIERS.get(order["country"])
    if carrier is None:
        raise NoCarrier(f"Nobody carries parcels to {order['country']}.")
    shipments.put_item(Item={"order": order["order"], "carrier": carrier})
    print(f"{order['order']}: goes with {carrier}")
    return {"carrier": carrier}


def cancel(order, context):
    shipments.delete_item(Key={"order": order["order"]})
    print(f"{order['order']}: no parcel")
    return {"cancelled": True}
