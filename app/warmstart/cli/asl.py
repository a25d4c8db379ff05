"""``warmstart asl``: run, test, check and draw state machines."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warmstart.errors import InputError, UsageError
from warmstart.text import meant, safe

if TYPE_CHECKING:
    from warmstart.runtime.asl.machine import Execution, Identity, World
    from warmstart.runtime.asl.model import Machine
    from warmstart.runtime.trace import ExecutionEvent


@click.group()
def asl() -> None:
    """Run and check state machines in the Amazon States Language, without AWS."""


_INPUT = click.option("--input", "given", default="{}", help="The input: JSON, or a file of it.")
_MOCK = click.option("--mock", type=click.Path(path_type=Path), help="A file with Tasks' answers.")
_SEED = click.option("--seed", default=0, show_default=True, help="What random values come from.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_FILE = click.argument("file", type=click.Path(path_type=Path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", path=path) from error
    except UnicodeDecodeError as error:
        raise InputError("It is not UTF-8 text.", path=path) from error


def _machine(path: Path) -> Machine:
    from warmstart.runtime.asl.document import line_of, lines
    from warmstart.runtime.asl.parse import parse
    from warmstart.runtime.asl.reading import DefinitionError

    text = _read(path)
    try:
        return parse(text)
    except DefinitionError as error:
        first = error.problems[0]
        where: dict[tuple[str | int, ...], int] = {(): 1}
        if first.code != "INVALID_JSON_DESCRIPTION":
            where = lines(text)
        more = len(error.problems) - 1
        raise InputError(
            f"{first.message.rstrip('.')} at {first.place}."
            + (f" There is more wrong ({more}); see warmstart asl check." if more else ""),
            path=path,
            line=line_of(first.at, where),
            hint=first.fix or None,
        ) from error


def _input(given: str) -> str:
    from warmstart.runtime.asl.values import from_text

    text = given
    if not given.lstrip().startswith(("{", "[", '"')) and Path(given).is_file():
        text = _read(Path(given))
    try:
        from_text(text)
    except ValueError as error:
        raise UsageError(
            f"The input is neither a file nor JSON: {error}.", hint="""As in --input '{"n": 1}'."""
        ) from error
    return text


def _world(mock: Path | None, seed: int, start: Any = None) -> World:
    from warmstart.runtime.asl.machine import EPOCH, World
    from warmstart.runtime.asl.mocks import Mocks
    from warmstart.runtime.asl.tasks import Tokens
    from warmstart.runtime.asl.values import from_text

    tokens = Tokens()
    try:
        tasks = Mocks({} if mock is None else from_text(_read(mock)), tokens)
    except ValueError as error:
        raise InputError(str(error), path=mock) from error
    return World(start=start or EPOCH, tasks=tasks, tokens=tokens, seed=str(seed))


@asl.command()
@_FILE
@_INPUT
@_MOCK
@_SEED
@click.option("--express", is_flag=True, help="Run it as an Express execution.")
@click.option("--real", is_flag=True, help="Wait in real time, with the real clock.")
@click.option("--watch", is_flag=True, help="Step through it on the screen once it has ended.")
@_JSON
def run(
    file: Path, given: str, mock: Path | None, *, seed: int, express: bool, real: bool,
    watch: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run FILE to its end and print how it went.

    Time is virtual: a Wait of a year takes none. The exit code is 0 if the execution succeeded.
    """
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta

    from warmstart.runtime.asl.machine import Execution, Identity
    from warmstart.runtime.clock import VirtualTimeLoop

    if watch and (as_json or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise UsageError("--watch needs a terminal, and prints no JSON.", hint="Leave it out.")
    machine, text = _machine(file), _input(given)
    events: list[ExecutionEvent] = []

    async def work() -> tuple[Execution, World]:
        now = None
        if real:
            elapsed = timedelta(seconds=asyncio.get_running_loop().time())
            now = datetime.now(UTC) - elapsed
        world = _world(mock, seed, now)
        if watch:
            begun = round(asyncio.get_running_loop().time() * 1_000_000)
            world = replace(world, watch=partial(_keep, events, begun))
        execution = Execution(machine, text, Identity(machine=file.stem, express=express), world)
        await execution.run()
        return execution, world

    factory = None if real else VirtualTimeLoop
    with asyncio.Runner(loop_factory=factory) as runner:
        execution, world = runner.run(work())
    if watch:
        _watch(machine, execution, events)
        _print_end(execution)
    elif as_json:
        _print_json(execution, world)
    else:
        _print(execution)
    if execution.status != "SUCCEEDED":
        sys.exit(1)


def _keep(events: list[ExecutionEvent], begun: int, identity: Identity, event: Any) -> None:
    """Keep an event as a trace has it, with the time since the execution began."""
    from dataclasses import replace

    from warmstart.runtime.asl.history import traced

    found = traced(event, identity, identity.name)
    events.append(replace(found, at=found.at - begun))


def _watch(machine: Machine, execution: Execution, events: list[ExecutionEvent]) -> None:
    """Open the step view, until it is left."""
    from warmstart.cli.app import run_alone
    from warmstart.labs.machine import Play
    from warmstart.tui.screens.labs.machine_screen import MachineScreen

    name = execution.identity.name
    run_alone(MachineScreen(Play(machine, name, events, execution.identity.machine)))


def _print_json(execution: Execution, world: World) -> None:
    events = execution.history.shown(world.start)
    answer: dict[str, Any] = {
        "status": execution.status,
        "output": execution.result if execution.output is not None else None,
        "error": execution.error,
        "cause": execution.cause,
        "events": [{**event, "timestamp": event["timestamp"].isoformat()} for event in events],
    }
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _print(execution: Execution) -> None:
    for event in execution.history.events:
        details: dict[str, Any] = next((v for v in event.values() if isinstance(v, dict)), {})
        at = event["timestamp"] - execution.started_at
        name = details.get("name") or details.get("resource") or ""
        index = f" [{details['index']}]" if "index" in details else ""
        click.echo(f"{at:>12.3f} s  {event['id']:>5}  {event['type']:<24} {safe(name)}{index}")
    click.echo("")
    _print_end(execution)


def _print_end(execution: Execution) -> None:
    click.echo(execution.status)
    if execution.output is not None:
        click.echo(safe(execution.output))
    if execution.error is not None or execution.cause is not None:
        click.echo(f"{safe(execution.error or '')}: {safe(execution.cause or '')}")


@asl.command()
@_FILE
@click.argument("state")
@_INPUT
@_MOCK
@_SEED
@_JSON
def test(
    file: Path, state: str, given: str, mock: Path | None, *, seed: int, as_json: bool
) -> None:
    """Run one STATE of FILE and show each stage of its data."""
    from warmstart.runtime.asl.parse import machines
    from warmstart.runtime.asl.trial import find, try_state
    from warmstart.runtime.clock import VirtualTimeLoop

    machine = _machine(file)
    found = find(machine, state)
    if found is None:
        names = [name for inner in machines(machine) for name in inner.states]
        raise UsageError(
            f"There is no state {state!r} in {file}.",
            hint=f"{meant(state, names)}It has: {', '.join(names)}.",
        )
    text = _input(given)

    async def work() -> dict[str, Any]:
        return await try_state(found, text, _world(mock, seed))

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        stages = runner.run(work())
    if as_json:
        click.echo(json.dumps(stages, ensure_ascii=False, indent=2))
    else:
        for name, value in stages.items():
            shown = value if name in _WORDS else json.dumps(value, ensure_ascii=False)
            click.echo(f"{name:<20} {safe(str(shown))}")
    if stages["status"] != "SUCCEEDED":
        sys.exit(1)


_WORDS = ("status", "nextState", "error", "cause")


@asl.command()
@_FILE
@_JSON
def check(file: Path, as_json: bool) -> None:
    """Check FILE: every problem with its place, line and fix.

    The exit code is 1 if AWS would refuse the definition; warnings alone leave it at 0.
    """
    from dataclasses import asdict

    from warmstart.runtime.asl.lint import check as findings

    found = findings(_read(file))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
    else:
        for each in found:
            click.echo(
                f"{file}:{each.line}: {each.severity}: {safe(each.message)} ({safe(each.place)})"
                + (f"\n    {safe(each.fix)}" if each.fix else "")
            )
        if not found:
            click.echo("Nothing is wrong with it.")
    if any(each.severity == "error" for each in found):
        sys.exit(1)


@asl.command()
@_FILE
@click.option("--mermaid", "as_mermaid", is_flag=True, help="Print Mermaid alone.")
def graph(file: Path, as_mermaid: bool) -> None:
    """Draw FILE as text and as Mermaid."""
    from warmstart.runtime.asl.drawing import legend, text
    from warmstart.runtime.asl.graph import mermaid
    from warmstart.runtime.asl.layout import lay_out

    machine = _machine(file)
    if not as_mermaid:
        layout = lay_out(machine)
        click.echo(f"{text(layout)}\n\n{legend(layout)}\n")
    click.echo(safe(mermaid(machine)))
