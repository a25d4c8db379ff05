"""``warmstart lab serve``: a lab in real time, for one's own boto3, AWS CLI or curl."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from warmstart.cli.completing import lab_names
from warmstart.cli.live import serve_on_stage, serve_printed
from warmstart.cli.opened import ask_for_trust, opened_labs
from warmstart.cli.options import of_a_run, port_option, settings_of, trace_option

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.launch import Serving


@click.command("serve")
@click.argument("name", shell_complete=lab_names)
@of_a_run
@port_option
@click.option("--print", "printed", is_flag=True, help="Print what happens; no stage.")
@trace_option
def serve_lab(
    name: str,
    *,
    seed: int | None,
    settings: tuple[str, ...],
    port: int | None,
    trust: bool,
    printed: bool,
    trace_file: Path | None,
) -> None:
    """Serve a lab in real time, on the stage.

    It listens on 127.0.0.1, and what is done to it shows as it happens.

    The lines that begin with `export` let boto3 and the AWS CLI of another shell talk to it, and to
    nothing else. The steps of its scenario can be sent from the stage. Code costs what it costs
    here: what the template says of costs is for virtual time.
    """
    from warmstart.labs.run import plan
    from warmstart.labs.served import examples, steps_of
    from warmstart.runtime import launch
    from warmstart.runtime.template import load

    with opened_labs() as labs:
        found = labs.find(name)
        ask_for_trust(labs, found.folder, trust=trust)
        labs.allow(found.folder)
        planned = plan(found, seed=seed, knobs=settings_of(found, settings))
    application = load(found.template, planned.overrides)
    steps = steps_of(planned)

    def commands(serving: Serving) -> list[str]:
        return examples(steps, application, serving)

    serving = partial(
        launch.serve,
        found.template,
        seed=planned.seed,
        port=port or 0,
        overrides=planned.overrides,
        steps={step.name: step.calls for step in steps},
    )
    if printed or not (sys.stdin.isatty() and sys.stdout.isatty()):
        serve_printed(serving, trace_file=trace_file, examples=commands)
    else:
        view = found.views[0] if found.views else "topology"
        serve_on_stage(
            serving, found.title, application, trace_file=trace_file, steps=steps,
            examples=commands, view=view,
        )  # fmt: skip
