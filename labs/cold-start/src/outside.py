"""The import of reportlib stands outside the handler: INIT runs it, in every environment."""

import base64

import receipts
import reportlib


def handler(event, context):
    """Answer an order with its receipt: as text, or as a PDF when asked for one."""
    text = receipts.render(event["order"])
    if event.get("format") != "pdf":
        return {"type": "text/plain", "body": text}

    document = reportlib.document(text.splitlines())
    return {"type": "application/pdf", "body": base64.b64encode(document).decode()}
