"""``warmstart lambda``: invoke or serve any SAM application of the supported subset."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from warmstart.cli.live import need_terminal, printer, serve_on_stage, serve_printed
from warmstart.cli.options import SEED, pairs, port_option, together, trace_option
from warmstart.cli.output import write_text
from warmstart.text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warmstart.runtime.launch import Outcome, RunResult
    from warmstart.runtime.trace import Trace

_TEMPLATE = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUT = click.Path(path_type=Path, dir_okay=False)
_F = TypeVar("_F", bound="Callable[..., Any]")
_IMPORT_ERROR = "Runtime.ImportModuleError"


def _of_a_template(command: _F) -> _F:
    """Give a command ``--seed``, ``--parameter`` (as ``given``), ``--lenient`` and ``--trace``."""
    return together(
        click.option(
            "--seed", type=SEED, default=1, show_default=True, help="What chance draws from."
        ),
        click.option(
            "--parameter", "given", multiple=True, metavar="NAME=VALUE",
            help="Give a parameter of the template its value.",
        ),
        click.option("--lenient", is_flag=True, help="Warn of what is not supported, and go on."),
        trace_option,
    )(command)  # fmt: skip


def _overrides(given: tuple[str, ...]) -> dict[str, str]:
    """Return what ``--parameter NAME=VALUE`` overrides."""
    named = pairs("--parameter", "NAME=VALUE", given)
    return {f"Parameters.{name}": value for name, value in named}


@contextmanager
def _saying_how_to_go_on() -> Iterator[None]:
    """Tell whose template asks for too much that the rest of it can run."""
    from warmstart.errors import UnsupportedError

    try:
        yield
    except UnsupportedError as error:
        error.hint = f"{error.hint or ''} --lenient goes on without it.".strip()
        raise


@click.group("lambda")
def lambda_() -> None:
    """Run a SAM application: invoke a function, serve it all, or read a trace."""


# Invoke


@lambda_.command("invoke")
@click.argument("template", type=_TEMPLATE)
@click.argument("function")
@click.option(
    "--event", default="{}", metavar="FILE|JSON", help="The event; - reads it from input."
)
@click.option(
    "--real", is_flag=True, help="In real time; else in virtual time, with modelled costs."
)
@_of_a_template
@click.option("--json", "as_json", is_flag=True, help="Print answer and log as JSON.")
def invoke(
    template: Path,
    function: str,
    *,
    event: str,
    real: bool,
    seed: int,
    given: tuple[str, ...],
    lenient: bool,
    trace_file: Path | None,
    as_json: bool,
) -> None:
    """Invoke FUNCTION of TEMPLATE once: its answer on standard output, the log on standard error.

    What the invocation leads to (queues, events, other functions) runs to its end as well. The exit
    code is 0 when the function answered, 1 when it failed or Lambda refused the request or the
    template is wrong, 2 when the call is off, 4 when the run could not be carried out.
    """
    from warmstart.runtime import launch

    call = launch.Call(0, function, _event(event))
    with _saying_how_to_go_on():
        result = launch.run(
            template, [call], seed=seed, overrides=_overrides(given), real=real, lenient=lenient
        )
    if trace_file is not None:
        write_text(trace_file, result.trace.to_jsonl())
    (outcome,) = result.outcomes
    failed = outcome.status_code != 200 or outcome.function_error is not None  # noqa: PLR2004 — OK
    if as_json:
        click.echo(json.dumps(_answer_json(result, outcome), ensure_ascii=False, indent=2))
    else:
        for line in (*_warned(result), *_log(result, function), *_explained(result)):
            click.echo(safe(line), err=True)
        if measured := result.sidecar.invocations.get(outcome.request, {}).get("peak_mb"):
            text = f"[warmstart] Measured: {measured:.0f} MB at most; what REPORT says is modelled."
            click.echo(text, err=True)
        click.echo(safe(outcome.payload))
    sys.exit(int(failed))


def _event(given: str) -> str:
    """Return the event's JSON text: given as such, as a file's name, or on standard input."""
    from warmstart.errors import InputError, UsageError

    text, what = given, f"neither a file nor JSON: {given!r}"
    if given == "-":
        text, what = sys.stdin.read(), "not JSON: standard input"
    elif not given.lstrip().startswith(("{", "[", '"')) and Path(given).exists():
        try:
            text, what = Path(given).read_text(encoding="utf-8-sig"), f"not JSON: {given}"
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise InputError(f"The event cannot be read: {why}.", path=given) from error
    try:
        json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"The event is {what} ({error}).",
            hint="Write --event event.json, or --event '{\"key\": 1}'.",
        ) from error
    return text


def _warned(result: RunResult) -> Iterator[str]:
    """Yield what of the template was let pass."""
    for warning in result.warnings:
        yield f"[warmstart] {warning}"


def _explained(result: RunResult) -> Iterator[str]:
    """Yield where modules come from, if one is missing: nothing is installed on the way."""
    from warmstart.runtime.trace import InitEnded

    for event in result.trace:
        if isinstance(event, InitEnded) and event.error and event.error.error_type == _IMPORT_ERROR:
            missing = re.search(r"No module named '[^']+'", event.error.error_message)
            if missing:
                from warmstart.runtime.template import BUILD  # 50 ms that few invocations need

                yield (
                    f"[warmstart] {missing[0]}: modules come from CodeUri, from layers, and from"
                    f" Warmstart's own Python; requirements.txt is not installed. {BUILD}"
                )
                return


def _log(result: RunResult, function: str) -> Iterator[str]:
    """Yield the log's lines; those of other functions say whose they are."""
    from warmstart.runtime.trace import LogLine

    for event in result.trace:
        if isinstance(event, LogLine):
            own = event.environment.partition("/")[0] == function
            yield event.text if own else f"{event.environment}  {event.text}"


def _answer_json(result: RunResult, outcome: Outcome) -> dict[str, Any]:
    from warmstart.runtime.trace import LogLine

    try:
        payload = json.loads(outcome.payload)
    except ValueError:
        payload = outcome.payload
    return {
        "request": outcome.request,
        "status_code": outcome.status_code,
        "function_error": outcome.function_error,
        "payload": payload,
        "warnings": list(result.warnings),
        "measured": result.sidecar.invocations.get(outcome.request, {}),
        "log": [
            {"at": event.at, "environment": event.environment, "text": event.text}
            for event in result.trace
            if isinstance(event, LogLine)
        ],
    }


# Start


@lambda_.command("start")
@click.argument("template", type=_TEMPLATE)
@port_option
@_of_a_template
@click.option("--watch", is_flag=True, help="Show what happens on the stage that labs have.")
def start(
    template: Path, *, port: int | None, seed: int, given: tuple[str, ...], lenient: bool,
    trace_file: Path | None, watch: bool,
) -> None:  # fmt: skip
    """Serve TEMPLATE in real time on 127.0.0.1, until Ctrl-C, and show what happens.

    The lines that begin with `export` let boto3 and the AWS CLI of another shell talk to it, and to
    nothing else. APIs and function URLs have addresses of their own.
    """
    from warmstart.runtime import launch

    overrides = _overrides(given)
    serving = partial(
        launch.serve, template, seed=seed, port=port or 0, overrides=overrides, lenient=lenient
    )
    with _saying_how_to_go_on():
        if watch:
            from warmstart.runtime.template import load  # 50 ms; the host reads it by itself

            need_terminal()
            application = load(template, overrides, lenient=lenient)
            serve_on_stage(serving, str(template), application, trace_file=trace_file)
        else:
            serve_printed(serving, trace_file=trace_file)


# Trace


@lambda_.command("trace")
@click.argument("file", type=_TEMPLATE)
@click.option("--chrome", "chrome_file", type=_OUT, help="Write it for ui.perfetto.dev.")
@click.option("--spans", "what", flag_value="spans", help="Print what led to what, and how long.")
@click.option("--metrics", "what", flag_value="metrics", help="Print CloudWatch's metrics of it.")
@click.option("--bill", "what", flag_value="bill", help="Print what it would have cost.")
@click.option("--watch", "what", flag_value="watch", help="Play it on the screen.")
@click.option("--template", type=_TEMPLATE, help="For --watch: what it was a run of.")
def trace(file: Path, chrome_file: Path | None, what: str | None, template: Path | None) -> None:
    """Read a trace that another command has written to FILE: every event, a line each.

    With --watch it is played on the stage that labs have: who calls whom, environments, queues,
    state machines, requests, log, metrics and bill. The template adds what was never used.
    """
    from warmstart.errors import InputError
    from warmstart.runtime.trace import Trace

    try:
        found = Trace.from_jsonl(file.read_text(encoding="utf-8"))
        _check_whole(found)
    except InputError as error:
        error.path = file
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The trace cannot be read: {error}.", path=file) from error
    if chrome_file is not None:
        from warmstart.runtime.perfetto import to_chrome

        write_text(chrome_file, to_chrome(found))
        click.echo(f"Written to {chrome_file}; open it in ui.perfetto.dev or chrome://tracing.")
    elif what == "watch":
        _watch(found, file, template)
    elif what is None:
        show = printer()
        for event in found:
            show(event)
    else:
        prints: dict[str, Callable[[Trace], None]] = {
            "spans": _print_spans,
            "metrics": _print_metrics,
            "bill": _print_bill,
        }
        prints[what](found)


def _check_whole(found: Trace) -> None:
    """Refuse a trace without its beginning: what an environment is stands there, and its price."""
    from warmstart.errors import InputError
    from warmstart.runtime.trace import EnvironmentCreated

    known: set[str] = set()
    for number, event in enumerate(found, start=2):
        name = getattr(event, "environment", None)
        if isinstance(event, EnvironmentCreated):
            known.add(event.environment)
        elif name is not None and name not in known:
            raise InputError(
                f"The trace is not whole: nothing before this line creates {name}.",
                line=number,
                hint="Read the file as it was written; lines may not be left out.",
            )


def _watch(found: Trace, file: Path, template: Path | None) -> None:
    """Open the stage over a trace, until it is left."""
    from warmstart.cli.app import run_alone
    from warmstart.labs.stage import Stage
    from warmstart.runtime.template import load
    from warmstart.tui.screens.labs.trace_screen import TraceScreen

    need_terminal()
    application = None if template is None else load(template)
    run_alone(TraceScreen(Stage(found, application=application), file.name))


def _print_spans(found: Trace) -> None:
    from warmstart.runtime.spans import spans

    every = spans(found)
    known = {span.id for span in every}
    below: dict[str | None, list[Any]] = {}
    for span in every:
        below.setdefault(span.parent if span.parent in known else None, []).append(span)
    pending = [(span, 0) for span in reversed(below.get(None, []))]
    while pending:
        span, depth = pending.pop()
        end = found.end if span.end is None else span.end
        status = "" if span.status == "ok" else f"  {span.status}"
        name = fit(safe("  " * depth + f"{span.kind} {span.name}"), 50)
        click.echo(
            f"{span.start / 1_000:>12,.1f} ms  {name}{(end - span.start) / 1_000:>12,.1f} ms"
            + safe(status)
        )
        pending += [(child, depth + 1) for child in reversed(below.get(span.id, []))]


def _print_metrics(found: Trace) -> None:
    from warmstart.runtime.metrics import metrics

    for metric in metrics(found):
        whole = metric.whole
        name = fit(safe(f"{metric.namespace} {metric.resource} {metric.name}"), 60)
        click.echo(
            f"{name}  n {whole.count:>6,}  sum {whole.sum:>12,.1f}  "
            f"average {whole.average:>10,.1f}  max {whole.maximum:>10,.1f}  {metric.unit}"
        )


def _print_bill(found: Trace) -> None:
    from warmstart.runtime.pricing import PRICES, bill

    total = bill(found)
    for charge in total.charges:
        price = PRICES[charge.item]
        each = f"{price.amount} USD each {price.per:,}" if price.per > 1 else f"{price.amount} USD"
        click.echo(
            f"{fit(safe(charge.resource), 20)}{charge.item:<38}"
            f"{charge.quantity.normalize():>14f} {price.unit:<12}{charge.amount:>14.9f} USD"
        )
        click.echo(f"{'':<20}{each}, {price.as_of}, {price.source}")
    for what in total.unpriced:
        click.echo(f"Not on the bill: {safe(what)}.")
    click.echo(f"{'Total':<85}{total.amount:>14.9f} USD")
