"""What services share: who is called, what is still under way, ids that repeat."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError

if TYPE_CHECKING:
    from collections.abc import Coroutine

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CALLER = Caller("client", "root-1")


def account(seed: int = 1) -> Account:
    return Account(seed=seed, start=START, region="us-east-1", model=Model(), emit=lambda _: None)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


class Echo:
    name = "echo"

    @property
    def operations(self) -> dict[str, Any]:
        async def say(parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
            return {"Said": parameters["Say"], "By": caller.source}

        return {"Say": say}


class TestAccount:
    def test_operations_are_found_by_service_and_name(self) -> None:
        async def work() -> None:
            here = account()
            here.add(Echo())
            said = await here.call("echo", "Say", {"Say": "hi"}, CALLER)
            assert said == {"Said": "hi", "By": "client"}
            for service, operation in (("echo", "Shout"), ("ses", "SendEmail")):
                with pytest.raises(ServiceError, match=f"{service}:{operation} is not supported"):
                    await here.call(service, operation, {}, CALLER)

        run(work())

    def test_what_is_sent_to_an_arn_reaches_who_takes_it(self) -> None:
        async def work() -> list[str]:
            here, got = account(), list[str]()

            async def take(payload: str, caller: Caller) -> None:
                got.append(f"{caller.root}: {payload}")

            here.takes("arn:x", take)
            await here.deliver("arn:x", "{}", CALLER)
            with pytest.raises(ServiceError, match="Nothing takes events at arn:y"):
                await here.deliver("arn:y", "{}", CALLER)
            return got

        assert run(work()) == ["root-1: {}"]

    def test_ids_depend_on_the_seed_and_their_kind_alone(self) -> None:
        one, same, other = account(), account(), account(2)
        one.new_id("message")
        assert one.new_id("event") == same.new_id("event") != other.new_id("event")
        assert one.new_id("event") != same.new_id("message")

    def test_a_run_waits_for_what_it_has_set_going(self) -> None:
        async def work() -> tuple[datetime, bool]:
            here = account()

            async def later() -> None:
                await asyncio.sleep(90)
                here.spawn(asyncio.sleep(30))

            here.spawn(later())
            unwatched = here.spawn(asyncio.sleep(10_000), counts=False)
            await here.work.done()
            now = here.now()
            await here.close()
            return now, unwatched.cancelled()

        assert run(work()) == (START + timedelta(seconds=120), True)
