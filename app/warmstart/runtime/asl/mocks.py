"""Answers for Tasks out of a file, so that a machine can be run without its services.

The file is a JSON object: each state's name with a list of answers, one an attempt, the last of
which is given again. An answer is ``{"result": …}``, or ``{"error": …, "cause": …}``; either may
take ``"after"`` seconds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl.tasks import Call, TaskError, Tokens, UnknownToken

if TYPE_CHECKING:
    from warmstart.runtime.asl.values import Json


class Mocks:
    """Answers tasks from a table."""

    def __init__(self, answers: Json, tokens: Tokens) -> None:
        """Take the table.

        Raises:
            ValueError: it is none; the message says where.
        """
        if not isinstance(answers, dict):
            raise ValueError("It must be an object of states and their answers.")  # noqa: TRY004
        for state, given in answers.items():
            if not isinstance(given, list) or not given:
                raise ValueError(f"'{state}' needs a list of answers.")
            for answer in given:
                if not isinstance(answer, dict) or not {"result", "error"} & answer.keys():
                    raise ValueError(f'\'{state}\': an answer has "result" or "error".')
        self._answers = answers
        self._tokens = tokens
        self._used: dict[str, int] = {}

    async def __call__(self, call: Call) -> Json:
        """Answer one attempt. Raises TaskError."""
        given = self._answers.get(call.state)
        if given is None:
            raise TaskError(
                "States.TaskFailed",
                f"Nothing answers for the task '{call.state}' ({call.resource.arn}): give its "
                "answers in the file that --mock names.",
            )
        used = self._used.get(call.state, 0)
        self._used[call.state] = used + 1
        answer: dict[str, Any] = given[min(used, len(given) - 1)]
        if call.taken is not None:
            call.taken(None)
        if call.token is not None:
            asyncio.get_running_loop().call_later(
                answer.get("after", 0), self._answer, call.token, answer
            )
            return {}
        if answer.get("after"):
            await asyncio.sleep(answer["after"])
        if "error" in answer:
            raise TaskError(answer["error"], answer.get("cause"))
        return answer["result"]

    def _answer(self, token: str, answer: dict[str, Any]) -> None:
        try:
            if "error" in answer:
                self._tokens.fail(token, answer["error"], answer.get("cause"))
            else:
                self._tokens.succeed(token, answer["result"])
        except UnknownToken:
            return  # It came too late: the task has timed out.
