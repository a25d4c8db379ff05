"""What comes before an order: the articles, a search among them, the basket."""

import json

import database
import partners


def browse(event, context):
    """Answer with all articles, the recommended ones first."""
    with database.session() as execute:
        names = [row["name"] for row in execute("SELECT name FROM articles ORDER BY name")]
        return _answer(partners.recommended(names))


def search(event, context):
    """Answer with the articles that a customer's words are part of."""
    words = event["queryStringParameters"]["words"]
    with database.session() as execute:
        pattern = f"%{partners.spelled(words)}%"
        rows = execute("SELECT name FROM articles WHERE name LIKE %s", (pattern,))
    return _answer([row["name"] for row in rows])


def basket(event, context):
    """Answer with what an article costs, and whether it can be delivered."""
    name = json.loads(event["body"])["article"]
    with database.session() as execute:
        rows = execute("SELECT name, cents FROM articles WHERE name = %s", (name,))
        return _answer([{**row, "deliverable": partners.deliverable(name)} for row in rows])


def _answer(body):
    return {"statusCode": 200, "body": json.dumps(body)}
