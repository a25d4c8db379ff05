"""State machines against moto's interpreter: same machines, same inputs, parsing included.

moto runs an execution in a thread of its own and gives its result through boto3; its time is from
StartExecution's call to the end it records itself, with CreateStateMachine's, so that polling costs
it nothing. Both take turns in one run, so that a busy machine slows both.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from statistics import median
from typing import Any

from warmstart.runtime.asl.machine import Execution, Identity, World
from warmstart.runtime.asl.parse import parse
from warmstart.runtime.clock import VirtualTimeLoop

CHAIN = 300
LOOPS = 1_000
ITEMS = 10_000


def chain(count: int) -> dict[str, Any]:
    """Return Pass, Choice and Wait 0 in turns."""
    states: dict[str, Any] = {}
    for at in range(count):
        following = f"S{at + 1}"
        kinds: list[dict[str, Any]] = [
            {"Type": "Pass", "Parameters": {"v.$": "$.v"}, "ResultPath": "$.r", "Next": following},
            {
                "Type": "Choice",
                "Choices": [{"Variable": "$.v", "NumericGreaterThan": 100, "Next": following}],
                "Default": following,
            },
            {"Type": "Wait", "Seconds": 0, "Next": following},
        ]
        states[f"S{at}"] = kinds[at % 3]
    states[f"S{count}"] = {"Type": "Succeed"}
    return {"StartAt": "S0", "States": states}


def loop(count: int) -> dict[str, Any]:
    """Return a machine that counts."""
    rule = {"Variable": "$.n", "NumericLessThan": count, "Next": "Add"}
    return {
        "StartAt": "Add",
        "States": {
            "Add": {
                "Type": "Pass",
                "Parameters": {"n.$": "States.MathAdd($.n, 1)"},
                "Next": "More",
            },
            "More": {"Type": "Choice", "Choices": [rule], "Default": "End"},
            "End": {"Type": "Succeed"},
        },
    }


def settle() -> None:
    """Leave behind what has been loaded so far: nobody's collections need look at it."""
    gc.collect()
    gc.freeze()


def ours(definition: str, data: str) -> tuple[float, Execution]:
    """Return the seconds that we take, and the execution."""

    async def work() -> Execution:
        execution = Execution(parse(definition), data, Identity(), World())
        await execution.run()
        return execution

    settle()
    begin = time.perf_counter()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        execution = runner.run(work())
    return time.perf_counter() - begin, execution


def peers(definition: str, data: str) -> float:
    """Return the seconds that moto takes."""
    import boto3
    from moto import mock_aws

    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client(
            "stepfunctions", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        role = "arn:aws:iam::123456789012:role/r"
        settle()
        begin = time.perf_counter()
        arn = client.create_state_machine(name="m", definition=definition, roleArn=role)
        started = client.start_execution(stateMachineArn=arn["stateMachineArn"], input=data)
        pause = 0.002
        while True:
            found = client.describe_execution(executionArn=started["executionArn"])
            if found["status"] != "RUNNING":
                break
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
        took = time.perf_counter() - begin
        if found["status"] != "SUCCEEDED":
            raise RuntimeError(found)
        return took


def mapped() -> dict[str, Any]:
    """Return a distributed Map whose children do next to nothing."""
    state = {
        "Type": "Map",
        "End": True,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P",
            "States": {"P": {"Type": "Pass", "End": True}},
        },
    }
    return {"StartAt": "M", "States": {"M": state}}


def paired(machine: dict[str, Any], data: Any, rounds: int) -> tuple[float, float]:
    """Return our seconds and how many times as long moto takes, medians of rounds one by one.

    We run five times in each: a few milliseconds alone tell more of what else the machine does.
    """
    definition, given = json.dumps(machine), json.dumps(data)
    took = [
        (median(ours(definition, given)[0] for _ in range(5)), peers(definition, given))
        for _ in range(rounds)
    ]
    return median(mine for mine, _ in took), median(peer / mine for mine, peer in took)


def main() -> None:
    """Print the figures."""
    for name, machine, data in (
        ("chain of Pass, Choice, Wait 0", chain(CHAIN), {"v": 1}),
        ("counting loop", loop(LOOPS), {"n": 0}),
    ):
        execution = ours(json.dumps(machine), json.dumps(data))[1]
        count = sum(event["type"].endswith("Entered") for event in execution.history.events)
        mine, times = paired(machine, data, 3)
        print(
            f"  {name}: {count / mine:,.0f} transitions/s, {times:.0f} times moto's "
            f"{count / mine / times:,.0f}"
        )
    mine, times = paired(mapped(), list(range(ITEMS)), 1)
    print(
        f"  Map over {ITEMS:,} items: {mine:.2f} s (at most 2), {times:.0f} times as fast as moto"
    )


if __name__ == "__main__":
    main()
