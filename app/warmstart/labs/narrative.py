"""How much of a lab's narrative may be read before its first run, and how hard it says it is.

A narrative leads through predicting, running and explaining, so what it says after its predictions
are asked are the answers. Whoever reads those first has nothing left to predict.
"""

from __future__ import annotations

import math
from typing import Final

from warmstart.notes.frontmatter import read_front_matter
from warmstart.notes.scan import scan

PREDICT: Final = "predict"
"""The title, in any case, of the section after which the answers begin."""

_SECTION: Final = 2
"""The level of its heading, and of the one that ends it; the narrative's own title is level 1."""


def difficulty(narrative: str) -> float:
    """Return the difficulty that the front matter names, 1 to 10; infinity where it names none."""
    found = scan(narrative)
    if found.front is None:
        return math.inf
    front, _ = read_front_matter(found.lines, *found.front)
    try:
        return float(front.difficulty or math.inf)
    except ValueError:
        return math.inf


def before_the_first_run(narrative: str) -> str:
    """Return the markdown up to the second-level heading after the one titled "Predict".

    All of it where there is no such section, or nothing follows it.
    """
    found = scan(narrative)
    sections = [item for item in found.headings if item.level == _SECTION and not item.depth]
    titles = [section.text.strip().casefold() for section in sections]
    if PREDICT not in titles[:-1]:
        return narrative
    end = sections[titles.index(PREDICT) + 1].line
    return "\n".join(found.lines[:end])
