"""The conditions that every query means by the same words, as SQL; it imports next to nothing."""

from __future__ import annotations

from typing import Final

ACTIVE = "retired_at IS NULL AND suspended_at IS NULL AND paused = 0"
"""What makes a card one that is studied. The partial indexes have the very same words: SQLite uses
one only for the condition it was made with."""
IN_LEARNING: Final = f"phase IN (1, 3) AND {ACTIVE}"
"""What makes it one in learning or relearning, of which there are few: they have an index too."""

STANDS: Final = (
    "log.id NOT IN (SELECT entry FROM log AS undo WHERE entry IS NOT NULL AND id NOT IN"
    " (SELECT entry FROM log AS redo WHERE entry IS NOT NULL))"
)
"""The entries that were not undone, or were done again. An undo that was itself undone does not
count; what undoes an undo is never undone itself, because undoing once more appends an undo of the
entry. Sets made once, not a look for every row: undone entries are few, reviews are many."""
COUNTS: Final = f"log.kind = 'reviewed' AND {STANDS}"
"""The reviews that were not undone."""
IN_FORCE: Final = (
    f"SELECT * FROM log WHERE kind = 'parameters' AND {STANDS} ORDER BY id DESC LIMIT 1"
)
"""The entry that says which parameters are in force."""
ANSWER_TIMES: Final = (
    "SELECT before, count(*), avg(duration) FROM (SELECT before, duration FROM log"
    " WHERE kind = 'reviewed' ORDER BY id DESC LIMIT 500) WHERE before IS NOT NULL GROUP BY before"
)
"""How many of the last 500 answers there are to cards of each phase, and their mean time (ms)."""
