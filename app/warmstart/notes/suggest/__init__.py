"""Cards found in ordinary notes by rules, without any model, for the learner to accept or dismiss.

``suggest(text, name=…)`` gives them; ``RULES`` are the rules, each with a name that stays and an
example that shows what it does.
"""

from __future__ import annotations

from warmstart.notes.suggest.find import RULES, rule_named, suggest
from warmstart.notes.suggest.model import MAX_BACK, MAX_FRONT, Example, Mark, Rule, Suggestion

__all__ = [
    "MAX_BACK",
    "MAX_FRONT",
    "RULES",
    "Example",
    "Mark",
    "Rule",
    "Suggestion",
    "rule_named",
    "suggest",
]
