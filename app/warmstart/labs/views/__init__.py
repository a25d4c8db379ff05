"""What each view of the stage shows at a moment: one model a view, read from the trace alone.

A model takes events in order (``take``), so that it serves a trace that still grows, and answers
for a cursor by bisection and sums made once: what it costs to draw a frame does not depend on the
length of the trace.
"""

from typing import Final, Literal

ViewName = Literal["topology", "lanes", "queues", "machine", "waterfall", "logs", "metrics", "bill"]

VIEWS: Final[tuple[ViewName, ...]] = (
    "topology", "lanes", "queues", "machine", "waterfall", "logs", "metrics", "bill",
)  # fmt: skip
"""All views, in the order of their keys: 1 is the first."""
