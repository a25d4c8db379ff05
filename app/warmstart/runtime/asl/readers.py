"""Where a distributed Map's items come from, and where its results go: S3, through tasks.

Formats: developer guide, "ItemReader (Map)" and "ResultWriter (Map)".
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl import resources, settings
from warmstart.runtime.asl.tasks import Call, Submitted
from warmstart.runtime.asl.values import RUNTIME, Json, StatesError, from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.asl.env import Env
    from warmstart.runtime.asl.machine import Execution
    from warmstart.runtime.asl.model import Map, Writer
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
    most = settings.count(reader.most_items, env)
    try:
        if reader.resource.action == "listObjectsV2":
            items = await _listed(run, state, reader.resource, given, most)
        else:
            answer = await _call(run, state, reader.resource, given)
            items = _parse(_body(answer), reader.config)
            if reader.config.get("InputType") == "MANIFEST":
                items = await _inventory(run, state, items[0])
    except StatesError as error:
        if error.error == RUNTIME:
            raise
        raise StatesError(READER_FAILED, error.cause) from None
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise StatesError(READER_FAILED, f"The items cannot be read: {error}") from None
    return items[:most] if most else items


async def _listed(
    run: Execution, state: Map, resource: Resource, given: Json, most: int | None
) -> list[Json]:
    """List objects, page by page; each item is what the guide shows of an object."""
    items: list[Json] = []
    page: Mapping[str, Any] = {}
    while not items or (page.get("NextContinuationToken") and not (most and len(items) >= most)):
        token = page.get("NextContinuationToken")
        more = {} if token is None else {"ContinuationToken": token}
        page = await _call(run, state, resource, {**given, **more})
        items += [
            {
                "Etag": each["ETag"],
                "Key": each["Key"],
                "LastModified": int(datetime.fromisoformat(each["LastModified"]).timestamp()),
                "Size": each["Size"],
                "StorageClass": each.get("StorageClass", "STANDARD"),
            }
            for each in page.get("Contents", [])
        ]
        if not page.get("Contents"):
            break
    return items


def _body(answer: Mapping[str, Any]) -> str:
    body = answer["Body"]
    return body.decode() if isinstance(body, bytes) else str(body)


def _parse(text: str, config: Mapping[str, Json]) -> list[Json]:
    kind = config.get("InputType", "JSON")
    if kind == "PARQUET" or config.get("ManifestType", "S3_INVENTORY") != "S3_INVENTORY":
        named = "PARQUET" if kind == "PARQUET" else config["ManifestType"]
        raise StatesError(READER_FAILED, f"{named} is not supported here.")
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


async def _inventory(run: Execution, state: Map, manifest: Json) -> list[Json]:
    """Read the objects that an S3 inventory's manifest lists."""
    bucket = str(manifest["destinationBucket"]).removeprefix("arn:aws:s3:::")
    header = [name.strip() for name in str(manifest["fileSchema"]).split(",")]
    resource = resources.read("arn:aws:states:::s3:getObject")
    items: list[Json] = []
    for file in manifest["files"]:
        answer = await _call(run, state, resource, {"Bucket": bucket, "Key": file["key"]})
        given = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": header}
        items += _csv(_body(answer), given)
    return items


def gathered(writer: Writer, children: list[Execution]) -> list[Json]:
    """Return the results of a map run as its ResultWriter wants them (guide: "ResultWriter").

    A child that has failed is shown with all that is known of it.
    """
    form = writer.config.get("Transformation", "NONE")
    found: list[Json] = []
    for child in children:
        if form == "NONE" or child.status != "SUCCEEDED":
            found.append(_row(child))
        elif form == "FLATTEN" and isinstance(child.result, list):
            found += child.result
        else:
            found.append(child.result)
    return found


async def write_results(
    run: Execution, state: Map, env: Env, arn: str, children: list[Execution]
) -> Json:
    """Write the children's results to S3 and return what the Map's result is then.

    Raises:
        StatesError: States.ResultWriterFailed.
    """
    writer = state.writer
    assert writer is not None
    resource = writer.resource
    if resource is None or writer.parameters is None:
        return gathered(writer, children)
    place = writer.parameters(env)
    bucket, prefix = place.get("Bucket"), str(place.get("Prefix", "")).rstrip("/")
    folder = "/".join(part for part in (prefix, arn.rsplit(":", 1)[1]) if part)
    files: dict[str, list[Json]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    lines = writer.config.get("OutputType") == "JSONL"

    async def put(name: str, body: str) -> dict[str, Json]:
        key = f"{folder}/{name}"
        given = {"Bucket": bucket, "Key": key, "Body": body}
        await _call(run, state, resource, given)
        return {"Key": key, "Size": len(body.encode(errors="surrogatepass"))}

    try:
        for status in ("FAILED", "SUCCEEDED"):
            rows = gathered(
                writer,
                [each for each in children if (each.status == "SUCCEEDED") is (status != "FAILED")],
            )
            if rows:
                body = "".join(f"{to_text(row)}\n" for row in rows) if lines else to_text(rows)
                files[status].append(await put(f"{status}_0.json{'l' * lines}", body))
        manifest = {"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files}
        written = await put("manifest.json", to_text(manifest))
    except StatesError as error:
        raise StatesError(WRITER_FAILED, error.cause) from None
    return {"MapRunArn": arn, "ResultWriterDetails": {"Bucket": bucket, "Key": written["Key"]}}


def _row(child: Execution) -> dict[str, Json]:
    row = {
        "ExecutionArn": child.identity.arn,
        "Input": child.input_text,
        "InputDetails": {"Included": True},
        "Name": child.identity.name,
        "StartDate": child.moment(child.started_at),
        "StateMachineArn": child.identity.machine_arn,
        "Status": child.status,
        "StopDate": child.moment(child.ended_at or 0.0),
    }
    if child.output is not None:
        row |= {"Output": child.output, "OutputDetails": {"Included": True}}
    if child.error is not None:
        row["Error"] = child.error
    if child.cause is not None:
        row["Cause"] = child.cause
    return row
