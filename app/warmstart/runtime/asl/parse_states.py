"""How each type of state is read: which fields it has in which query language, and what they hold.

Rules: Step Functions developer guide, the page of each state; Amazon States Language specification.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl import choices, model, resources
from warmstart.runtime.asl.env import NOTHING
from warmstart.runtime.asl.jsonata import is_expression
from warmstart.runtime.asl.templates import constant
from warmstart.runtime.asl.values import ALL

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.asl.model import Machine, Setting, State
    from warmstart.runtime.asl.reading import Fields

    Inner = Callable[[Fields], Machine]
    Read = Callable[[Fields, str, Inner], State]

_COMMON = ("Type", "Comment", "QueryLanguage")
_ONWARDS = ("Next", "End")
_PATHS = ("InputPath", "OutputPath")
_WORK_PATHS = (*_PATHS, "Parameters", "ResultSelector", "ResultPath")
_WORK_JSONATA = ("Arguments", "Output")


def _allow(
    fields: Fields, both: tuple[str, ...], paths: tuple[str, ...], jsonata: tuple[str, ...]
) -> None:
    kind = fields.values["Type"]
    mine, other = (paths, jsonata) if fields.language == "JSONPath" else (jsonata, paths)
    fields.only((*_COMMON, *both, *mine), f"in a {kind} state", other)


def _common(fields: Fields, name: str, *, onwards: bool = True) -> dict[str, Any]:
    """Return what all states have."""
    found: dict[str, Any] = {"name": name, "at": fields.at, "language": fields.language}
    if onwards:
        found["next"] = _next(fields)
    if fields.language == "JSONPath":
        found["input_path"] = fields.path("InputPath")
        found["output_path"] = fields.path("OutputPath")
    else:
        found["output"] = fields.template("Output")
    if "Assign" in fields.values:
        found["assign"] = fields.assign()
    found["comment"] = str(fields.values.get("Comment", ""))
    return found


def _next(fields: Fields) -> str | None:
    target = fields.take("Next", "a string")
    end = fields.take("End", "true or false", False)  # noqa: FBT003
    if target is not None and "End" in fields.values and end:
        fields.problem(
            "Next", "A state has either 'Next' or 'End', and this one both",
            "Remove one of them.",
        )  # fmt: skip
    if "Next" not in fields.values and not end:
        fields.problem(
            None, "The state has neither 'Next' nor 'End'", 'Add "End": true, or the next state.'
        )
    return None if target is None else str(target)


def _work(fields: Fields) -> dict[str, Any]:
    """Return what Task, Parallel and Map share."""
    found: dict[str, Any] = {"retry": _retry(fields), "catch": _catch(fields)}
    if fields.language == "JSONPath":
        found["result_selector"] = fields.template("ResultSelector")
        found["result_path"] = fields.reference("ResultPath")
    return found


def _errors(fields: Fields, *, last: bool) -> tuple[str, ...]:
    names = fields.need("ErrorEquals", "an array", [])
    if not all(isinstance(name, str) for name in names) or not names:
        fields.problem("ErrorEquals", "'ErrorEquals' is a list of error names")
        return ()
    if ALL in names and (len(names) > 1 or not last):
        fields.problem(
            "ErrorEquals",
            f"'{ALL}' must stand alone in its list, and in the last one",
            "Move it to an entry of its own at the end.",
        )
    return tuple(names)


def _entries(fields: Fields, key: str) -> list[Fields]:
    given = fields.take(key, "an array", [])
    found = []
    for at, entry in enumerate(given):
        if isinstance(entry, dict):
            found.append(fields.inner(entry, key, at))
        else:
            fields.problem(key, f"'{key}' is a list of objects")
    return found


def _retry(fields: Fields) -> tuple[model.Retrier, ...]:
    entries = _entries(fields, "Retry")
    found = []
    for at, entry in enumerate(entries):
        entry.only(
            ("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds",
             "JitterStrategy", "Comment"),
            "in a Retry",
        )  # fmt: skip
        for key, least, most in (
            ("IntervalSeconds", 1, 99_999_999), ("MaxAttempts", 0, 99_999_999),
            ("BackoffRate", 1.0, None), ("MaxDelaySeconds", 1, 31_622_400),
        ):  # fmt: skip
            value = entry.take(key, "a number" if most is None else "a whole number", least)
            if value < least or (most is not None and value > most):
                entry.problem(key, f"'{key}' must be from {least} on" + f" to {most}" * bool(most))
        if entry.values.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
            entry.problem("JitterStrategy", '\'JitterStrategy\' is "FULL" or "NONE"')
        most_delay = entry.take("MaxDelaySeconds", "a whole number")
        interval = int(entry.take("IntervalSeconds", "a whole number", 1))
        if most_delay is not None and most_delay <= interval:
            entry.problem("MaxDelaySeconds", "'MaxDelaySeconds' must exceed 'IntervalSeconds'")
        found.append(
            model.Retrier(
                errors=_errors(entry, last=at == len(entries) - 1),
                interval=interval,
                attempts=int(entry.take("MaxAttempts", "a whole number", 3)),
                backoff=float(entry.take("BackoffRate", "a number", 2.0)),
                most=most_delay,
                jitter=entry.values.get("JitterStrategy") == "FULL",
            )
        )
    return tuple(found)


def _catch(fields: Fields) -> tuple[model.Catcher, ...]:
    entries = _entries(fields, "Catch")
    found = []
    for at, entry in enumerate(entries):
        paths, jsonata = ("ResultPath",), ("Output",)
        mine, other = (paths, jsonata) if fields.language == "JSONPath" else (jsonata, paths)
        entry.only(("ErrorEquals", "Next", "Comment", "Assign", *mine), "in a Catch", other)
        found.append(
            model.Catcher(
                errors=_errors(entry, last=at == len(entries) - 1),
                next=entry.need("Next", "a string", ""),
                result_path=entry.reference("ResultPath"),
                output=entry.template("Output") if fields.language == "JSONata" else None,
                assign=entry.assign(),
            )
        )
    return tuple(found)


def _pass(fields: Fields, name: str, _inner: Inner) -> State:
    _allow(
        fields, (*_ONWARDS, "Assign"), (*_PATHS, "Parameters", "Result", "ResultPath"), ("Output",)
    )
    jsonpath = fields.language == "JSONPath"
    return model.Pass(
        **_common(fields, name),
        result=fields.values.get("Result", NOTHING),
        parameters=fields.template("Parameters") if jsonpath else None,
        result_path=fields.reference("ResultPath"),
    )


def _task(fields: Fields, name: str, _inner: Inner) -> State:
    _allow(
        fields,
        (*_ONWARDS, "Assign", "Resource", "Retry", "Catch", "TimeoutSeconds", "HeartbeatSeconds",
         "Credentials"),
        (*_WORK_PATHS, "TimeoutSecondsPath", "HeartbeatSecondsPath"),
        _WORK_JSONATA,
    )  # fmt: skip
    arn = fields.need("Resource", "a string", "arn:aws:states:::missing:missing")
    resource = resources.read(arn)
    if not resource.service and not is_expression(arn):
        fields.problem(
            "Resource", f"The resource '{arn}' cannot be read",
            "It is a function's ARN, or arn:aws:states:::service:action.",
        )  # fmt: skip
    timeout = fields.setting("TimeoutSeconds", "a whole number", least=1)
    heartbeat = fields.setting("HeartbeatSeconds", "a whole number", least=1)
    if (
        timeout is not None and heartbeat is not None
        and timeout.kind == heartbeat.kind == "literal"
        and int(heartbeat.text) >= int(timeout.text)
    ):  # fmt: skip
        fields.problem(
            "HeartbeatSeconds", "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'"
        )
    key = "Parameters" if fields.language == "JSONPath" else "Arguments"
    return model.Task(
        **_common(fields, name), **_work(fields), resource=resource, timeout=timeout,
        heartbeat=heartbeat, parameters=fields.template(key),
    )  # fmt: skip


def _choice(fields: Fields, name: str, _inner: Inner) -> State:
    _allow(fields, ("Choices", "Default", "Assign"), _PATHS, ("Output",))
    entries = _entries(fields, "Choices")
    if not entries:
        fields.problem(None, "A Choice needs at least one rule in 'Choices'", "Add a rule.")
    rules = []
    for at, entry in enumerate(entries):
        report = entry.reporter()
        if fields.language == "JSONata":
            entry.only(("Condition", "Next", "Output", "Assign", "Comment"), "in a Choice rule",
                       ("Variable", *choices.OPERATORS, *choices.COMPOSITES))  # fmt: skip
            field = f"Choices[{at}]/Condition"
            holds = choices.compile_condition(entry.values.get("Condition"), field, report)
        else:
            entry.only(
                ("Next", "Assign", "Comment", "Variable", *choices.OPERATORS, *choices.COMPOSITES),
                "in a Choice rule", ("Condition", "Output"),
            )  # fmt: skip
            holds = choices.compile_rule(entry.values, report)
        rules.append(
            model.Rule(
                holds=holds,
                next=entry.need("Next", "a string", ""),
                output=entry.template("Output") if fields.language == "JSONata" else None,
                assign=entry.assign(),
            )
        )
    return model.Choice(
        **_common(fields, name, onwards=False),
        next=fields.take("Default", "a string"),
        rules=tuple(rules),
    )


_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_LONGEST_WAIT = 99_999_999


def _wait(fields: Fields, name: str, _inner: Inner) -> State:
    _allow(
        fields, (*_ONWARDS, "Assign", "Seconds", "Timestamp"),
        (*_PATHS, "SecondsPath", "TimestampPath"), ("Output",),
    )  # fmt: skip
    found = [key for key in _WAITS if key in fields.values]
    if len(found) != 1:
        fields.problem(
            None, f"A Wait has exactly one of {', '.join(_WAITS)}, and this one {len(found)}"
        )
    until: Setting | None = None
    if any(key.startswith("Seconds") for key in found):
        until = fields.setting("Seconds", "a whole number", least=0)
        if until is not None and until.kind == "literal" and int(float(until.text)) > _LONGEST_WAIT:
            fields.problem("Seconds", f"'Seconds' must be at most {_LONGEST_WAIT}")
    elif found:
        until = fields.setting("Timestamp", "a string")
        literal = fields.values.get("Timestamp")
        if (
            until is not None and until.kind == "literal"
            and choices.timestamp(literal) is None
        ):  # fmt: skip
            fields.problem(
                "Timestamp", f"'{literal}' is no RFC 3339 timestamp",
                "As in 2026-03-14T01:59:00Z.",
            )  # fmt: skip
    nothing = model.Setting(field="Seconds", text="0", kind="literal", evaluate=constant(0))
    return model.Wait(**_common(fields, name), until=until or nothing)


def _succeed(fields: Fields, name: str, _inner: Inner) -> State:
    _allow(fields, (), _PATHS, ("Output",))
    return model.Succeed(**_common(fields, name, onwards=False))


def _fail(fields: Fields, name: str, _inner: Inner) -> State:
    _allow(fields, ("Error", "Cause"), ("ErrorPath", "CausePath"), ())
    return model.Fail(
        **_common(fields, name, onwards=False),
        error=fields.setting("Error", "a string"),
        cause=fields.setting("Cause", "a string"),
    )


def _parallel(fields: Fields, name: str, inner: Inner) -> State:
    _allow(fields, (*_ONWARDS, "Assign", "Branches", "Retry", "Catch"), _WORK_PATHS, _WORK_JSONATA)
    branches = _entries(fields, "Branches")
    if not branches:
        fields.problem(None, "A Parallel needs at least one branch in 'Branches'", "Add a branch.")
    key = "Parameters" if fields.language == "JSONPath" else "Arguments"
    return model.Parallel(
        **_common(fields, name), **_work(fields), parameters=fields.template(key),
        branches=tuple(inner(branch) for branch in branches),
    )  # fmt: skip


_MAP_BOTH = (
    *_ONWARDS, "Assign", "Retry", "Catch", "ItemProcessor", "Iterator", "ItemSelector",
    "MaxConcurrency", "ItemReader", "ItemBatcher", "ResultWriter", "Label",
    "ToleratedFailureCount", "ToleratedFailurePercentage",
)  # fmt: skip
_MAP_PATHS = (
    *_WORK_PATHS, "ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
)  # fmt: skip


def _map(fields: Fields, name: str, inner: Inner) -> State:
    _allow(fields, _MAP_BOTH, _MAP_PATHS, ("Output", "Items"))
    jsonpath = fields.language == "JSONPath"
    key = "ItemProcessor" if "ItemProcessor" in fields.values else "Iterator"
    processor = fields.need(key, "an object", {})
    if "ItemProcessor" in fields.values and "Iterator" in fields.values:
        fields.problem("Iterator", "A Map has 'ItemProcessor' or the older 'Iterator', not both")
    config = fields.inner(processor, key).take("ProcessorConfig", "an object", {})
    of_config = fields.inner(config, key, "ProcessorConfig")
    of_config.only(("Mode", "ExecutionType"), "in ProcessorConfig")
    if config.get("Mode", "INLINE") not in ("INLINE", "DISTRIBUTED"):
        of_config.problem("Mode", '\'Mode\' is "INLINE" or "DISTRIBUTED"')
    if config.get("ExecutionType", "STANDARD") not in ("STANDARD", "EXPRESS"):
        of_config.problem("ExecutionType", '\'ExecutionType\' is "STANDARD" or "EXPRESS"')
    distributed = config.get("Mode") == "DISTRIBUTED"
    if not distributed:
        for only in ("ItemReader", "ItemBatcher", "ResultWriter", "Label"):
            if only in fields.values:
                fields.problem(only, f"'{only}' needs a distributed Map",
                               'Set "Mode": "DISTRIBUTED" in ProcessorConfig.')  # fmt: skip
    if jsonpath and "Parameters" in fields.values and "ItemSelector" in fields.values:
        fields.problem("Parameters", "A Map has 'ItemSelector' or the older 'Parameters', not both")
    selector = "Parameters" if jsonpath and "Parameters" in fields.values else "ItemSelector"
    return model.Map(
        **_common(fields, name), **_work(fields),
        processor=inner(fields.inner(processor, key)),
        distributed=distributed,
        express=config.get("ExecutionType") == "EXPRESS",
        label=fields.take("Label", "a string"),
        items=_items(fields),
        item_selector=fields.template(selector),
        max_concurrency=fields.setting("MaxConcurrency", "a whole number", least=0),
        tolerated_count=fields.setting("ToleratedFailureCount", "a whole number", least=0),
        tolerated_percentage=fields.setting("ToleratedFailurePercentage", "a number", least=0),
        reader=_reader(fields), batcher=_batcher(fields), writer=_writer(fields),
    )  # fmt: skip


def _items(fields: Fields) -> Setting | None:
    if fields.language == "JSONPath":
        evaluate = fields.field_path("ItemsPath")
        text = str(fields.values.get("ItemsPath", "$"))
        if evaluate is None:
            return None
        return model.Setting(field="ItemsPath", text=text, kind="path", evaluate=evaluate)
    if "Items" not in fields.values:
        return None
    value = fields.values["Items"]
    if is_expression(value):
        return fields.expression("Items")
    evaluate = fields.template("Items")
    if not isinstance(value, (list, dict)) or evaluate is None:
        fields.problem("Items", "'Items' is an array, an object or a JSONata expression")
        return None
    return model.Setting(field="Items", text="", kind="literal", evaluate=evaluate)


def _part(fields: Fields, key: str, allowed: tuple[str, ...]) -> Fields | None:
    values = fields.take(key, "an object")
    if values is None:
        return None
    part = fields.inner(values, key)
    part.only(allowed, f"in {key}")
    return part


def _called(part: Fields) -> dict[str, Any]:
    key = "Parameters" if part.language == "JSONPath" else "Arguments"
    return {
        "resource": resources.read(part.need("Resource", "a string", "")),
        "parameters": part.template(key) or constant({}),
    }


def _reader(fields: Fields) -> model.Reader | None:
    part = _part(fields, "ItemReader", ("Resource", "Parameters", "Arguments", "ReaderConfig"))
    if part is None:
        return None
    config = part.inner(part.take("ReaderConfig", "an object", {}), "ReaderConfig")
    _one_of(config, "InputType", ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"))
    _one_of(config, "CSVDelimiter", ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"))
    _one_of(config, "CSVHeaderLocation", ("FIRST_ROW", "GIVEN"))
    return model.Reader(
        **_called(part),
        config=config.values,
        most_items=config.setting("MaxItems", "a whole number", least=0),
    )


def _writer(fields: Fields) -> model.Writer | None:
    part = _part(fields, "ResultWriter", ("Resource", "Parameters", "Arguments", "WriterConfig"))
    if part is None or not part.values:
        return None
    config = part.inner(part.take("WriterConfig", "an object", {}), "WriterConfig")
    _one_of(config, "Transformation", ("NONE", "COMPACT", "FLATTEN"))
    _one_of(config, "OutputType", ("JSON", "JSONL"))
    if "Resource" not in part.values and "WriterConfig" in part.values:
        return model.Writer(config=config.values)
    return model.Writer(**_called(part), config=config.values)


def _one_of(fields: Fields, key: str, values: tuple[str, ...]) -> None:
    if key in fields.values and fields.values[key] not in values:
        fields.problem(key, f"'{key}' is none of {', '.join(values)}", "")


def _batcher(fields: Fields) -> model.Batcher | None:
    part = _part(
        fields, "ItemBatcher",
        ("MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch",
         "MaxInputBytesPerBatchPath", "BatchInput"),
    )  # fmt: skip
    if part is None:
        return None
    return model.Batcher(
        most_items=part.setting("MaxItemsPerBatch", "a whole number", least=1),
        most_bytes=part.setting("MaxInputBytesPerBatch", "a whole number", least=1),
        batch_input=part.template("BatchInput"),
    )


STATE_TYPES: dict[str, Read] = {
    "Pass": _pass,
    "Task": _task,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}
