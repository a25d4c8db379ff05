"""What Lambda's API sets aside for a function, and how it retries: concurrency, event settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.specs import LATEST, AsyncConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.fleet import Fleet
    from warmstart.runtime.provisioned import Provisioned
    from warmstart.runtime.services.base import Account, Caller, Operation
    from warmstart.runtime.versions import Function, Functions, Version


class Settings:
    """These operations of the service ``lambda``."""

    def __init__(self, account: Account, functions: Functions, fleet: Fleet) -> None:
        self._account = account
        self._functions = functions
        self._fleet = fleet

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "PutFunctionConcurrency": self._put_concurrency,
            "GetFunctionConcurrency": self.get_concurrency,
            "DeleteFunctionConcurrency": self._delete_concurrency,
            "PutProvisionedConcurrencyConfig": self._put_provisioned,
            "GetProvisionedConcurrencyConfig": self._get_provisioned,
            "DeleteProvisionedConcurrencyConfig": self._delete_provisioned,
            "PutFunctionEventInvokeConfig": self._put_event_config,
            "UpdateFunctionEventInvokeConfig": self._update_event_config,
            "GetFunctionEventInvokeConfig": self._get_event_config,
            "DeleteFunctionEventInvokeConfig": self._delete_event_config,
        }

    # -- concurrency ------------------------------------------------------------------------------

    async def _put_concurrency(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        count = int(asked["ReservedConcurrentExecutions"])
        self._fleet.reserve(self._name(asked), count)
        return {"ReservedConcurrentExecutions": count}

    async def get_concurrency(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        """Return a function's reserved concurrency, if there is any."""
        reserved = self._fleet.reserved(self._name(asked))
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    async def _delete_concurrency(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._fleet.reserve(self._name(asked), None)
        return {}

    async def _put_provisioned(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        count = int(asked["ProvisionedConcurrentExecutions"])
        if count < 1:
            raise _invalid("ProvisionedConcurrentExecutions must be at least 1.")
        own = self._fleet.provision(self._published(asked), count)
        self._account.spawn(own.allocate())
        return self._shown_provisioned(own)

    async def _get_provisioned(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        own = self._fleet.provisioned(self._published(asked))
        if own is None:
            raise ServiceError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function", 404, {"Type": "User"},
            )  # fmt: skip
        return self._shown_provisioned(own)

    async def _delete_provisioned(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._fleet.deprovision(self._published(asked))
        return {}

    def _published(self, asked: dict[str, Any]) -> Version:
        """Return the version that provisioned concurrency is for: an alias's first, or its own."""
        function, qualifier = self._functions.get(asked["FunctionName"]), str(asked["Qualifier"])
        alias = function.aliases.get(qualifier)
        number = qualifier if alias is None else alias.version
        if number == LATEST:
            raise _invalid(
                "Provisioned Concurrency Configs cannot be applied to unpublished function "
                "versions."
            )
        if number not in function.versions:
            raise ServiceError(
                "ResourceNotFoundException",
                f"Function not found: {self._arn(function, qualifier)}", 404, {"Type": "User"},
            )  # fmt: skip
        return function.versions[number]

    def _shown_provisioned(self, own: Provisioned) -> dict[str, Any]:
        return {
            "RequestedProvisionedConcurrentExecutions": own.requested,
            "AvailableProvisionedConcurrentExecutions": own.allocated,
            "AllocatedProvisionedConcurrentExecutions": own.allocated,
            "Status": own.status,
            **({"StatusReason": own.reason} if own.reason else {}),
            "LastModified": f"{self._account.now():%Y-%m-%dT%H:%M:%S}+0000",
        }

    def _name(self, asked: dict[str, Any]) -> str:
        return self._functions.get(asked["FunctionName"]).latest.spec.name

    # -- asynchronous invocation ------------------------------------------------------------------

    async def _put_event_config(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        return self._set_event_config(asked, AsyncConfig())

    async def _update_event_config(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        return self._set_event_config(asked, self._event_config(asked))

    async def _get_event_config(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        return self._shown_event_config(asked, self._event_config(asked))

    async def _delete_event_config(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._event_config(asked)
        del self._functions.get(asked["FunctionName"]).configs[asked.get("Qualifier") or LATEST]
        return {}

    def _event_config(self, asked: dict[str, Any]) -> AsyncConfig:
        function = self._functions.get(asked["FunctionName"])
        found = function.configs.get(asked.get("Qualifier") or LATEST)
        if found is None:
            raise ServiceError(
                "ResourceNotFoundException",
                f"The function {self._arn(function, asked.get('Qualifier') or LATEST)} doesn't "
                "have an EventInvokeConfig", 404, {"Type": "User"},
            )  # fmt: skip
        return found

    def _set_event_config(self, asked: dict[str, Any], config: AsyncConfig) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for parameter, name, least, most in (
            ("MaximumRetryAttempts", "maximum_retry_attempts", 0, 2),
            ("MaximumEventAgeInSeconds", "maximum_event_age", 60, 21_600),
        ):
            if asked.get(parameter) is not None:
                changes[name] = int(asked[parameter])
                if not least <= changes[name] <= most:
                    raise _invalid(f"{parameter} must lie between {least} and {most}.")
        for side, name in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
            told = (asked.get("DestinationConfig") or {}).get(side)
            if told is not None:
                changes[name] = told.get("Destination")
        config = replace(config, **changes)
        function = self._functions.get(asked["FunctionName"])
        function.configs[asked.get("Qualifier") or LATEST] = config
        return self._shown_event_config(asked, config)

    def _shown_event_config(self, asked: dict[str, Any], config: AsyncConfig) -> dict[str, Any]:
        function = self._functions.get(asked["FunctionName"])
        return {
            "LastModified": self._account.now(),
            "FunctionArn": self._arn(function, asked.get("Qualifier") or LATEST),
            "MaximumRetryAttempts": config.maximum_retry_attempts,
            "MaximumEventAgeInSeconds": config.maximum_event_age,
            "DestinationConfig": {
                "OnSuccess": {"Destination": config.on_success} if config.on_success else {},
                "OnFailure": {"Destination": config.on_failure} if config.on_failure else {},
            },
        }

    def _arn(self, function: Function, qualifier: str) -> str:
        return self._functions.arn(function.latest.spec.name, qualifier)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)
