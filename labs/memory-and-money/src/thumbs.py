"""Thumbnails: a function that computes, and waits for nobody."""

SIDE = 8


def handler(event, context):
    """Answer a picture, rows of grey values from 0 to 255, with a smaller one of it."""
    rows = event["picture"]
    return {"name": event["name"], "thumbnail": shrink(rows)}


def shrink(rows: list[list[int]]) -> list[list[int]]:
    """Return the picture at most ``SIDE`` on each side: every cell is the mean of its part."""
    height, width = len(rows), len(rows[0])
    down, across = -(-height // SIDE), -(-width // SIDE)
    return [
        [mean(rows, top, left, down, across) for left in range(0, width, across)]
        for top in range(0, height, down)
    ]


def mean(rows: list[list[int]], top: int, left: int, down: int, across: int) -> int:
    """Return the mean of the grey values in one part of the picture."""
    part = [grey for row in rows[top : top + down] for grey in row[left : left + across]]
    return sum(part) // len(part)
