"""The import of reportlib stands inside the handler: the first PDF of each environment runs it."""

import base64

import receipts


def handler(event, context):
    """Answer an order with its receipt: as text, or as a PDF when asked for one."""
    text = receipts.render(event["order"])
    if event.get("format") != "pdf":
        return {"type": "text/plain", "body": text}

    import reportlib

    document = reportlib.document(text.splitlines())
    return {"type": "application/pdf", "body": base64.b64encode(document).decode()}
