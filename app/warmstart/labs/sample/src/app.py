"""Answer an order with its receipt."""


def charge_card(order):
    return f"paid {order}"


def handler(event, context):
    return {"receipt": charge_card(event["order"])}
