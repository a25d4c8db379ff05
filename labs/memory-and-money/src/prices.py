"""The cheapest offer for a thing: a function that asks three shops in turn, and waits for each."""

import partners

SHOPS = ("north", "south", "west")


def handler(event, context):
    """Answer a thing's name with the shop that sells it for least, and its price in cents."""
    offers = {shop: partners.offer(shop, event["thing"]) for shop in SHOPS}
    shop = cheapest(offers)
    return {"shop": shop, "cents": offers[shop]}


def cheapest(offers: dict[str, int]) -> str:
    """Return the shop with the lowest offer."""
    return min(offers, key=offers.__getitem__)
