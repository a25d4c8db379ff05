"""A small PDF library, of which only what is asked for is imported.

``reportlib.charts`` and ``reportlib.fonts`` are for reports with pictures: who needs them imports
them, and pays for it.
"""

from reportlib.pdf import document

__all__ = ["document"]
