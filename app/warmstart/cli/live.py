"""What ``lambda start`` and ``lab serve`` share: serving until told to stop, and showing it."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from warmstart.text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from warmstart.labs.served import ServedStep
    from warmstart.labs.views import ViewName
    from warmstart.runtime.launch import Serving
    from warmstart.runtime.template import Application
    from warmstart.runtime.trace import TraceEvent

_COLOURS: dict[str, dict[str, Any]] = {
    "quiet": {"dim": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
}
_WHERE = 22
_ID = r"\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_STAMP = rf"\d{{4}}-\d\d-\d\dT[\d:.]+Z\s+{_ID}\s+"


def serve_printed(
    serving: Callable[..., None],
    *,
    trace_file: Path | None,
    examples: Callable[[Serving], list[str]] = lambda _serving: [],
) -> None:
    """Serve until Ctrl-C, or until whoever reads what is printed has left; print what happens.

    Args:
        serving: ``launch.serve`` with all but its callbacks.
        trace_file: what the trace is written to, if anything.
        examples: gives commands for another shell.
    """

    def say(where: Serving) -> None:
        _print_serving(where, examples(where))

    with _kept(serving, trace_file) as serve, _stopping() as stopped:
        serve(
            on_serving=say,
            on_event=printer(),
            cancelled=lambda: stopped() or unread(sys.stdout),
        )


def serve_on_stage(
    serving: Callable[..., None],
    name: str,
    application: Application,
    *,
    trace_file: Path | None,
    steps: Sequence[ServedStep] = (),
    examples: Callable[[Serving], list[str]] = lambda _serving: [],
    view: ViewName = "topology",
) -> None:
    """Serve until the stage is left that shows what happens; see ``serve_printed``.

    ``steps`` can be sent from there.
    """
    from warmstart.cli.app import run_alone
    from warmstart.tui.screens.labs.live_screen import LiveScreen

    with _kept(serving, trace_file) as serve:
        run_alone(
            LiveScreen(
                serve, name, application=application, view=view, steps=steps, examples=examples
            )
        )


@contextmanager
def _kept(serving: Callable[..., None], trace_file: Path | None) -> Iterator[Callable[..., None]]:
    """Give what serves, and writes the trace down beside."""
    from warmstart.runtime.trace import event_to_json

    with _writing(trace_file) as write:

        def serve(*, on_event: Callable[[TraceEvent], None], **others: Any) -> None:
            def keep(event: TraceEvent) -> None:
                write(event_to_json(event))
                on_event(event)

            serving(on_header=lambda head: write(head.to_json()), on_event=keep, **others)

        yield serve


def need_terminal() -> None:
    """See that there is a terminal to show a stage on.

    Raises:
        UsageError: there is none.
    """
    from warmstart.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("--watch needs a terminal.", hint="Without it the events are printed.")


def unread(file: TextIO) -> bool:
    """Say whether a file is a pipe, or the like, at whose other end nobody reads any more.

    Writing to it would tell as well, but there may be nothing to write for hours.
    """
    try:
        asked = select.poll()
        asked.register(file, 0)  # What no event stands for is told all the same.
        return bool(asked.poll(0))
    except (OSError, ValueError, AttributeError):
        return False  # It has no descriptor; or this is Windows, which cannot ask.


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C and SIGTERM ask for an end, in order; a second Ctrl-C does not wait for it."""
    asked = False

    def ask(number: int, _frame: object) -> None:
        nonlocal asked
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _writing(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Give what writes a line to the file, if there is one."""
    from warmstart.errors import InputError

    if path is None:
        yield lambda _line: None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"The trace cannot be written: {error.strerror}.", path=path) from error
    with file:
        yield lambda line: print(line, file=file, flush=True)


def _print_serving(serving: Serving, examples: list[str]) -> None:
    for warning in serving.warnings:
        click.echo(f"# {safe(warning)}", err=True)
    for name, url in serving.apis.items():
        click.echo(f"# API {safe(name)}: {url}")
    for line in serving.exports():
        click.echo(line)
    for line in examples:
        click.echo(f"# {safe(line)}")
    click.echo("# Ready. Ctrl-C ends it.")
    sys.stdout.flush()


def brief(said: str) -> str:
    """Return a line without what would push out of 80 columns what it has to say.

    That is the rest of each request's id, and what ``logging`` puts before a message: its time
    stands at the beginning of the line, and one environment has one request at a time.
    """
    from warmstart.labs.log import untimed

    return re.sub(_ID, r"\1", re.sub(_STAMP, "", untimed(said)))


def printer() -> Callable[[TraceEvent], None]:
    """Return what prints an event's line: in colours and brief on a terminal.

    There a line is cut to the width, but for what a function itself says: who reads a traceback
    wants all of it.
    """
    from warmstart.runtime.telling import told
    from warmstart.runtime.trace import LogLine

    live = sys.stdout.isatty()
    coloured = live and not os.environ.get("NO_COLOR")

    def show(event: TraceEvent) -> None:
        line = told(event)
        if line is None:
            return
        text = f"{event.at / 1_000_000:>10.3f} s  {fit(safe(line.where), _WHERE)}  "
        said = safe(line.text).replace("\n", " ").replace("\t", "  ")
        if live:
            said = brief(said)
            if not (isinstance(event, LogLine) and event.source == "function"):
                room = shutil.get_terminal_size().columns - len(text) - 1
                said = fit(said, max(20, room)).rstrip()
        if coloured:
            said = click.style(said, **_COLOURS.get(line.tone, {}))
        click.echo(text + said)
        sys.stdout.flush()

    return show
