"""Where a distributed Map's items come from, and where its results go: S3, through tasks.

Formats: developer guide, "ItemReader (Map)" and "ResultWriter (Map)".
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl.tasks import Call, Submitted
from warmstart.runtime.asl.values import RUNTIME, Json, StatesError, from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.asl.env import Env
    from warmstart.runtime.asl.machine import Execution
    from warmstart.runtime.asl.model import Map
    from warmstart.runtime.asl.resources import Resource

READER_FAILED = "States.ItemReaderFailed"
WRITER_FAILED = "States.ResultWriterFailed"


async def _call(run: Execution, state: Map, resource: Resource, given: Json) -> Json:
    event = len(run.history.events)
    answer = await run.world.tasks(
        Call(resource, given, state.name, run.identity.arn, event, attempt=0)
    )
    return await answer.done if isinstance(answer, Submitted) else answer


async def read_items(run: Execution, state: Map, env: Env) -> list[Json]:
    """Read a distributed Map's items.

    Raises:
        StatesError: States.ItemReaderFailed.
    """
    reader = state.reader
    assert reader is not None
    given = reader.parameters(env)
    config = reader.config
    try:
        answer = await _call(run, state, reader.resource, given)
        if reader.resource.action == "listObjectsV2":
            items: list[Json] = list(answer.get("Contents", []))
        else:
            items = _parse(_body(answer), config)
            if config.get("InputType") == "MANIFEST":
                items = await _inventory(run, state, items)
    except StatesError as error:
        if error.error == RUNTIME:
            raise
        raise StatesError(READER_FAILED, error.cause) from None
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise StatesError(READER_FAILED, f"The items cannot be read: {error}") from None
    most = config.get("MaxItems")
    return items[:most] if isinstance(most, int) and most > 0 else items


def _body(answer: Mapping[str, Any]) -> str:
    body = answer["Body"]
    return body.decode() if isinstance(body, bytes) else str(body)


def _parse(text: str, config: Mapping[str, Json]) -> list[Json]:
    kind = config.get("InputType", "JSON")
    if kind == "CSV":
        return _csv(text, config)
    if kind == "JSONL":
        return [from_text(line) for line in text.splitlines() if line.strip()]
    value = from_text(text)
    for step in str(config.get("ItemsPointer", "")).split("/")[1:]:
        value = value[step.replace("~1", "/").replace("~0", "~")]
    if kind == "MANIFEST":
        return [value]
    if not isinstance(value, list):
        raise StatesError(READER_FAILED, "Attempting to map over non-iterable node.")
    return value


_DELIMITERS = {
    "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t",
}  # fmt: skip


def _csv(text: str, config: Mapping[str, Json]) -> list[Json]:
    delimiter = _DELIMITERS[str(config.get("CSVDelimiter", "COMMA"))]
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation", "FIRST_ROW") == "GIVEN":
        header = list(config.get("CSVHeaders", []))
    else:
        header, rows = (rows[0] if rows else []), rows[1:]
    return [dict(zip(header, [*row, *[""] * len(header)], strict=False)) for row in rows]


async def _inventory(run: Execution, state: Map, manifests: list[Json]) -> list[Json]:
    """Read the objects that an S3 inventory's manifest lists."""
    from warmstart.runtime.asl.resources import read

    manifest = manifests[0]
    bucket = str(manifest["destinationBucket"]).removeprefix("arn:aws:s3:::")
    header = [name.strip() for name in str(manifest["fileSchema"]).split(",")]
    resource = read("arn:aws:states:::s3:getObject")
    items: list[Json] = []
    for file in manifest["files"]:
        answer = await _call(run, state, resource, {"Bucket": bucket, "Key": file["key"]})
        given = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": header}
        items += _csv(_body(answer), given)
    return items


async def write_results(
    run: Execution, state: Map, env: Env, arn: str, children: list[Execution]
) -> Json:
    """Write the children's results to S3 and return what the Map's result is then.

    Raises:
        StatesError: States.ResultWriterFailed.
    """
    writer = state.writer
    assert writer is not None
    place = writer.parameters(env)
    bucket, prefix = place.get("Bucket"), str(place.get("Prefix", "")).rstrip("/")
    folder = "/".join(part for part in (prefix, arn.rsplit(":", 1)[1]) if part)
    files: dict[str, list[Json]] = {"SUCCEEDED": [], "FAILED": []}
    try:
        for status, written in files.items():
            rows = [
                _row(child)
                for child in children
                if (child.status == "SUCCEEDED") is (status == "SUCCEEDED")
            ]
            if rows:
                key = f"{folder}/{status}_0.json"
                body = to_text(rows)
                await _call(
                    run, state, writer.resource, {"Bucket": bucket, "Key": key, "Body": body}
                )
                written.append({"Key": key, "Size": len(body.encode())})
        manifest = {"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files}
        key = f"{folder}/manifest.json"
        body = to_text(manifest)
        await _call(run, state, writer.resource, {"Bucket": bucket, "Key": key, "Body": body})
    except StatesError as error:
        raise StatesError(WRITER_FAILED, error.cause) from None
    return {"MapRunArn": arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


def _row(child: Execution) -> dict[str, Json]:
    row = {
        "ExecutionArn": child.identity.arn,
        "Input": child.input_text,
        "Name": child.identity.name,
        "StartDate": child.moment(child.started_at),
        "StateMachineArn": child.identity.machine_arn,
        "Status": child.status,
        "StopDate": child.moment(child.ended_at or 0.0),
    }
    if child.output is not None:
        row["Output"] = child.output
    if child.error is not None:
        row["Error"] = child.error
    if child.cause is not None:
        row["Cause"] = child.cause
    return row
