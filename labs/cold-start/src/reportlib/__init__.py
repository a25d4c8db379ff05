"""A small PDF library. It stands for the large package that one rare feature needs.

It imports in a moment; what importing a large package would cost, part by part, is declared in the
template's Metadata, where the lab's knobs and the model can see it.
"""

from reportlib.charts import bars
from reportlib.fonts import width
from reportlib.pdf import document

__all__ = ["bars", "document", "width"]
