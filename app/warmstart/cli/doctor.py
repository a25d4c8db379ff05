"""``warmstart doctor``: whether all is well with the store, and making it so."""

from __future__ import annotations

import json
import sys

import click

from warmstart.text import safe


@click.command()
@click.option("--repair", is_flag=True, help="Put right what can be, after a backup.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(repair: bool, as_json: bool) -> None:
    """Check the store: file, references, log, index; also where it cannot be opened.

    The exit code is 0 when all is well, or was made so, and 1 when something is wrong still.
    """
    from warmstart.paths import home
    from warmstart.usecases.clock import utc_now
    from warmstart.usecases.doctor import examine

    report = examine(home(), utc_now, repair=repair)
    if as_json:
        found = {
            "sound": report.sound,
            "findings": [
                {"check": f.check, "wrong": f.wrong, "repairable": f.mend is not None}
                for f in report.findings
            ],
            "repairs": list(report.repairs),
            "backup": None if report.before is None else str(report.before),
        }
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for finding in report.findings:
            mark = "✓" if finding.wrong is None else "✗"
            click.echo(safe(f"{mark} {finding.check:<16} {finding.wrong or ''}".rstrip()))
        if report.before is not None:
            click.echo(
                safe(f"\nBefore anything was changed, the store was copied to {report.before}.")
            )
        for sentence in report.repairs:
            click.echo(safe(sentence))
        if any(f.wrong is not None and f.mend is not None for f in report.findings) and not repair:
            click.echo("\n`warmstart doctor --repair` puts right what can be, after a backup.")
    sys.exit(0 if report.sound else 1)
