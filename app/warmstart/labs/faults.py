"""What can be wrong with a lab before it is run: its template, solution and narrative.

Each function looks at one part, and returns its faults with file and line. What only running shows
is ``examine.py``'s.
"""

from __future__ import annotations

import importlib.util
from threading import Lock
from typing import TYPE_CHECKING

from warmstart.errors import InputError, LabError, TemplateError
from warmstart.labs.definition import Knob
from warmstart.labs.load import NOT_CODE
from warmstart.labs.narrative import PREDICT, before_the_first_run
from warmstart.labs.scenario import Function, Http
from warmstart.labs.solution import differences, solution_files
from warmstart.labs.yaml_nodes import line_of, read_text, suggestion
from warmstart.notes.parse import parse_note
from warmstart.runtime.template import load, with_overrides
from warmstart.runtime.web_specs import WebSpec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from warmstart.labs.definition import Lab
    from warmstart.runtime.template import Application


def template_of(folder: Path) -> tuple[Application | None, list[InputError]]:
    """Read the template as a run would, and with cfn-lint where that is installed."""
    path = folder / "template.yaml"
    try:
        application = load(path)
    except TemplateError as error:
        return None, [error]
    return application, _linted(path)


def can_lint() -> bool:
    """Tell whether cfn-lint is installed."""
    return importlib.util.find_spec("cfnlint") is not None


_LINTING = Lock()
"""cfn-lint fills caches of its own while it works, which several threads should not."""


def _linted(path: Path) -> list[InputError]:
    if not can_lint():
        return []
    from cfnlint.api import lint_file

    with _LINTING:
        matches = lint_file(path)
    return [
        TemplateError(
            f"cfn-lint {found.rule.id}: {found.message}", path=path, line=found.linenumber
        )
        for found in matches
    ]


def wiring(lab: Lab, application: Application) -> list[InputError]:
    """See that knobs and steps fit the template; each value of each knob is put into it."""
    faults: list[InputError] = []
    for knob in lab.knobs:
        for value in knob.spread:
            targets, _ = lab.settings({knob.name: value})
            try:
                with_overrides(application, targets)
            except TemplateError as error:
                what = (
                    f"The template does not take {knob.name}={Knob.write(value)}: {error.message}"
                )
                faults.append(_in_yaml(lab, "knobs", knob.name, message=what, hint=error.hint))
                break
    apis = [
        name for name, resource in application.resources.items() if isinstance(resource, WebSpec)
    ]
    for step in lab.scenario.steps:
        match step.target:
            case Function(name):
                known, kind = list(application.functions), "function"
            case Http(name):
                known, kind = apis, "API"
            case _:
                continue
        if name not in known:
            hint = suggestion(name, known, "It has:") if known else "It has none."
            what = f"The template has no {kind} {name!r}."
            faults.append(_in_yaml(lab, "scenario", "steps", step.name, message=what, hint=hint))
    return faults


def solution(lab: Lab) -> list[InputError]:
    """See that the challenge has a solution, and that its files change something they may."""
    files = solution_files(lab) if lab.solution.is_dir() else []
    if lab.challenge is None:
        return [
            LabError(
                "There is a solution, and lab.yaml has no challenge.", path=lab.solution / file
            )
            for file in files[:1]
        ]
    if not files and not lab.challenge.solution:
        what = "The challenge has no solution."
        hint = "Give it solution: {KNOB: VALUE}, or put the changed files below solution/."
        return [_in_yaml(lab, "challenge", message=what, hint=hint)]
    try:
        changed = {difference.file for difference in differences(lab)}
    except LabError as error:
        return [error]
    faults: list[InputError] = []
    for file in files:
        path = lab.solution / file
        if str(file) in NOT_CODE:
            faults.append(LabError(f"A solution does not change {file}.", path=path))
        elif file not in changed:
            faults.append(LabError("This file is the same as the lab's own.", path=path))
    return faults


def narrative(folder: Path, *, predicts: bool) -> list[InputError]:
    """See that the narrative asks before it tells, and leaves something to recall."""
    path = folder / "README.md"
    try:
        text = read_text(path)
    except LabError as error:
        return [error]
    note = parse_note(text, name=folder.name)
    faults: list[InputError] = [
        LabError(problem.message, path=path, line=problem.line, hint=problem.hint)
        for problem in note.problems
    ]
    if note.front_matter.title is None:
        hint = "Begin the file with ---, title: …, and --- again."
        faults.append(LabError("The front matter has no title.", path=path, line=1, hint=hint))
    if predicts and before_the_first_run(text) == text:
        what = "No section shows the questions without the answers."
        hint = (
            f'Put what is to be predicted under "## {PREDICT.title()}", and what follows it under'
        )
        faults.append(LabError(what, path=path, line=1, hint=f"{hint} headings of that level."))
    if not note.cards:
        hint = "Write a question callout: > [!question]- What …?"
        faults.append(LabError("The narrative holds no card.", path=path, line=1, hint=hint))
    return faults


def _in_yaml(lab: Lab, *keys: str, message: str, hint: str | None = None) -> LabError:
    path = lab.folder / "lab.yaml"
    return LabError(message, path=path, line=line_of(path, *keys), hint=hint)


def ordered(faults: Iterable[InputError]) -> list[InputError]:
    """Return the faults in the order of files, lines and words, each once."""
    unique = {str(fault): fault for fault in faults}
    return sorted(
        unique.values(), key=lambda fault: (str(fault.path), fault.line or 0, fault.message)
    )
