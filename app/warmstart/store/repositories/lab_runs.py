"""Lab runs: what was run, how it was set, and what came of it.

The trace is not kept: seed and knobs give it again, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from warmstart.store.tables import lab_run
from warmstart.store.times import from_ms, to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping


@dataclass(frozen=True, slots=True)
class LabRunRow:
    """One run of a lab; the mappings hold only what JSON can."""

    lab: str
    at: datetime
    seed: int
    knobs: dict[str, Any]
    figures: dict[str, Any]
    predictions: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    digest: str
    """SHA-256 of the trace's JSON Lines, in hexadecimal."""
    challenge: dict[str, Any] | None = None
    """How it stands to the lab's challenge; None where it has none."""


class LabRuns:
    """The lab runs, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: LabRunRow) -> int:
        """Append a run and return its id."""
        values = {name: getattr(row, name) for name in LabRunRow.__slots__}
        values["at"] = to_ms(row.at)
        inserted = self._connection.execute(insert(lab_run), values).inserted_primary_key
        assert inserted is not None
        return int(inserted[0])

    def of(self, lab: str, most: int = 20) -> list[LabRunRow]:
        """Return up to ``most`` runs of a lab, the newest first."""
        query = (
            select(lab_run).where(lab_run.c.lab == lab).order_by(lab_run.c.id.desc()).limit(most)
        )
        return [_run(row) for row in self._connection.execute(query).mappings()]

    def last(self) -> dict[str, LabRunRow]:
        """Return the newest run of every lab that was ever run."""
        newest = select(func.max(lab_run.c.id)).group_by(lab_run.c.lab)
        query = select(lab_run).where(lab_run.c.id.in_(newest))
        return {row["lab"]: _run(row) for row in self._connection.execute(query).mappings()}


def _run(row: RowMapping) -> LabRunRow:
    values = {name: row[name] for name in LabRunRow.__slots__}
    return LabRunRow(**(values | {"at": from_ms(row["at"])}))
