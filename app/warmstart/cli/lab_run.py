"""``warmstart lab run``: a run and what came of it, without the screen."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from warmstart.cli.completing import lab_names
from warmstart.cli.opened import ask_for_trust, marked, opened_labs
from warmstart.cli.options import of_a_run, settings_of, trace_option
from warmstart.cli.output import write_text
from warmstart.text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from warmstart.labs.check import CheckResult
    from warmstart.labs.run import LabRun
    from warmstart.usecases.lab_run import RunProgress, RunReport

_WIDTH = 80
"""Cells of a line where no terminal says how wide it is."""
_LOG_LINES = 12
"""Lines of the log that are printed, the most telling ones."""
_REASONS = 8
"""Reasons for failed calls that are printed."""
_MEANING = (
    "░ INIT   █ running   ─ idle   ┤ shut down   ⋯ folded",
    "× throttled   ✗ error   T time-out",
)


@click.command("run")
@click.argument("name", shell_complete=lab_names)
@of_a_run
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@trace_option
def run_lab(
    name: str,
    *,
    seed: int | None,
    settings: tuple[str, ...],
    trust: bool,
    as_json: bool,
    trace_file: Path | None,
) -> None:
    """Run a lab, and print what happened.

    It is given by its name or its folder. Lanes, log, figures, checks and challenge are printed;
    what changed since the last run, too. The exit code is 1 when a check does not hold; the
    challenge is yours to meet, and does not count there.
    """
    with opened_labs() as labs:
        found = labs.find(name)
        ask_for_trust(labs, found.folder, trust=trust)
        knobs = settings_of(found, settings)
        with _progress(quiet=as_json) as progress:
            report = labs.run(found, seed=seed, knobs=knobs, on_progress=progress)
    if trace_file is not None:
        write_text(trace_file, report.run.trace.to_jsonl(), "The trace")
    if as_json:
        click.echo(json.dumps(_report_json(report), ensure_ascii=False, indent=2))
    else:
        _print_report(report, marked(labs, found))
    sys.exit(0 if report.run.passed else 1)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    """Show a bar while the lab runs, where a terminal can show one."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Running", file=sys.stderr) as bar:

        def show(progress: RunProgress) -> None:
            bar.length = progress.calls
            bar.update(progress.answered - bar.pos)

        yield show


def _report_json(report: RunReport) -> dict[str, Any]:
    from warmstart.labs.log import failures, warnings
    from warmstart.usecases.lab_history import outcome_json, standing_json

    run = report.run
    return {
        "lab": run.lab.name,
        "seed": run.seed,
        "knobs": run.knobs,
        "figures": run.figures.to_json(),
        "predictions": [outcome_json(outcome) for outcome in run.outcomes],
        "checks": [
            {
                "name": check.name,
                "title": check.title,
                "passed": check.passed,
                "sentence": check.sentence,
            }
            for check in run.checks
        ],
        "challenge": None if report.standing is None else standing_json(report.standing),
        "turned": report.turned,
        "changes": report.changes,
        "errors": failures(run.trace),
        "warnings": warnings(run.trace),
        "trace_sha256": run.digest,
    }


def _print_report(report: RunReport, title: str) -> None:
    run = report.run
    turned = "  ".join(f"{name}={value}" for name, value in run.knobs.items())
    click.echo(f"{title}, seed {run.seed}\n{_wrapped(turned, '  ')}\n")
    _print_lanes(run)
    click.echo()
    _print_log(run)
    _print_failures(run)
    _print_warnings(run)
    click.echo("\nFigures")
    _print_figures(run)
    click.echo("\nChecks")
    _print_checks(run.checks)
    _print_challenge(report)
    _print_changes(report)


def _width() -> int:
    return shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH


def _print_lanes(run: LabRun) -> None:
    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis

    stage = Stage.of(run)
    name_width = max((len(lane.name) for lane in stage.lanes), default=0) + 2
    axis = Axis(stage.folded, 0.0, stage.folded.length, max(_width() - name_width - 2, 20))
    for lane in stage.lanes:
        cells = "".join(state.shape for state in lane.cells(axis)).rstrip()
        click.echo(f"  {fit(safe(lane.name), name_width)}{cells}")
    line = [" "] * axis.width
    for cell, label in axis.ticks:
        line[cell : cell + len(label)] = label
    click.echo("  " + " " * name_width + "".join(line).rstrip())
    for meaning in _MEANING:
        click.echo("  " + " " * name_width + meaning)


def _print_log(run: LabRun) -> None:
    from warmstart.labs.log import brief, key_lines
    from warmstart.labs.timeline import stopwatch

    lines = key_lines(run.trace)
    for entry in lines[:_LOG_LINES]:
        line = f"  {stopwatch(entry.at)}  {entry.where}  {brief(entry.text)}"
        click.echo(fit(safe(line), _width()).rstrip())
    if len(lines) > _LOG_LINES:
        click.echo(f"  … and {len(lines) - _LOG_LINES} more; --trace FILE keeps everything.")


def _print_failures(run: LabRun) -> None:
    """Say in whole sentences why calls failed; the log above cuts its lines."""
    from warmstart.labs.log import failures

    found = failures(run.trace)
    if not found:
        return
    click.echo("\nErrors")
    for why, count in list(found.items())[:_REASONS]:
        click.echo(_wrapped(why, f"  {count:>4}× "))
    if len(found) > _REASONS:
        click.echo(f"  … and {len(found) - _REASONS} more kinds; --trace FILE keeps everything.")


def _print_warnings(run: LabRun) -> None:
    """Say what makes the run say less than it seems to; the log may have cut it."""
    from warmstart.labs.log import warnings

    found = warnings(run.trace)
    if found:
        click.echo("\nWarnings")
    for sentence in found:
        click.echo(_wrapped(sentence, "  "))


def _wrapped(text: str, first: str) -> str:
    """Return a text as lines that fit, behind ``first`` and below it."""
    return textwrap.fill(
        safe(text), _width(), initial_indent=first, subsequent_indent=" " * len(first),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _print_figures(run: LabRun) -> None:
    from warmstart.labs.figures import FIGURES

    for figure in FIGURES:
        click.echo(f"  {figure.label:<22}{run.figures.show(figure):>14}")


def _print_changes(report: RunReport) -> None:
    if report.before is None:
        return
    against = "; ".join(report.turned) or "the same seed and knobs"
    click.echo(f"\nAgainst the run before ({safe(against)})")
    for change in report.changes or ["No figure changed."]:
        click.echo(f"  {change}")


def _print_checks(checks: Iterable[CheckResult]) -> None:
    for check in checks:
        click.echo(f"  {'✓' if check.passed else '✗'} {safe(check.title)}")
        if not check.passed:
            click.echo(_wrapped(check.sentence, "      "))


def _print_challenge(report: RunReport) -> None:
    """Say how the run stands to the challenge, and what helps."""
    standing, asked = report.standing, report.run.lab.challenge
    if standing is None or asked is None:
        return
    from warmstart.notes.display import plain

    click.echo(f"\n{standing.sentence}")
    click.echo(_wrapped(plain(asked.goal), "  "))
    _print_checks(standing.checks)
    if report.due is not None:
        click.echo(f"  It comes due again on {report.due.astimezone():%Y-%m-%d}.")
    elif not standing.met and asked.hints:
        click.echo(f"  A hint: warmstart lab hint {shlex.quote(report.key)}")
