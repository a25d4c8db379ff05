"""Functions, their published versions and aliases: which code and settings a call is for.

Rules are those of the Lambda developer guide (configuration-versions, configuration-aliases): a
version is the function as it was when it was published; publishing it unchanged gives the version
there is; an alias names a version, and may send a share of its requests to a second one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.specs import ACCOUNT, LATEST, Alias, AsyncConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.specs import FunctionSpec

_ARN: Final = re.compile(
    r"(?:arn:aws:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?([A-Za-z0-9_-]+)(?::([$\w-]+))?"
)


@dataclass(frozen=True, slots=True)
class Version:
    """A function as it is now (``$LATEST``) or was when it was published."""

    spec: FunctionSpec
    number: str = LATEST


@dataclass(frozen=True, slots=True)
class Target:
    """What a call is for: a version, under the name it was called by."""

    version: Version
    arn: str
    """As it was invoked: with the alias or version, if one was given."""
    qualifier: str
    """The version's number or the alias's name: what settings of invocations belong to."""


@dataclass(slots=True)
class Function:
    """A function with all that was published of it."""

    latest: Version
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    configs: dict[str, AsyncConfig] = field(default_factory=dict)
    """By qualifier: how asynchronous invocations are retried."""
    next_number: int = 1

    def publish(self) -> Version:
        """Publish what is there; unchanged since the last time, the last version is given again."""
        last = self.versions.get(str(self.next_number - 1))
        if last is not None and last.spec == self.latest.spec:
            return last
        version = Version(self.latest.spec, str(self.next_number))
        self.versions[version.number] = version
        self.next_number += 1
        return version


class Functions:
    """The functions of one account."""

    def __init__(self, account: Account, specs: Iterable[FunctionSpec]) -> None:
        self._account = account
        self._all: dict[str, Function] = {}
        self._logical: dict[str, str] = {}
        self._draws = 0
        for spec in specs:
            self._logical[spec.logical_id] = spec.name
            function = self._all[spec.name] = Function(Version(spec))
            if spec.published or any(alias.version != LATEST for alias in spec.aliases):
                function.publish()
            for alias in spec.aliases:
                function.aliases[alias.name] = alias
            # SAM's EventInvokeConfig belongs to the alias where it makes one.
            named = spec.aliases[0].name if spec.aliases else LATEST
            function.configs[named] = spec.invoke_config

    def __iter__(self) -> Iterator[Function]:
        return iter(self._all.values())

    def name(self, function: str) -> str:
        """Return a function's name, given that, its logical id, or an ARN of it."""
        match = _ARN.fullmatch(function)
        name = match[1] if match else function
        return name if function.startswith("arn:") else self._logical.get(name, name)

    def get(self, function: str, qualifier: str | None = None) -> Function:
        """Return a function by its name or ARN.

        Raises:
            ServiceError: there is none.
        """
        found = self._all.get(self.name(function))
        if found is None:
            raise self._missing(function, qualifier)
        return found

    def resolve(self, function: str, qualifier: str | None = None) -> Target:
        """Return what a call is for; an alias with weights draws.

        Raises:
            ServiceError: no such function, version or alias.
        """
        found = self.get(function, qualifier)
        name = found.latest.spec.name
        match = _ARN.fullmatch(function)
        own = match[2] if match else None
        if own and qualifier and own != qualifier:
            raise ServiceError(
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified "
                "qualifier.",
            )
        wanted = qualifier or own
        if wanted is None or wanted == LATEST:
            return Target(found.latest, self.arn(name, wanted), LATEST)
        alias = found.aliases.get(wanted)
        number = wanted if alias is None else self._routed(name, alias)
        if number == LATEST:
            return Target(found.latest, self.arn(name, wanted), wanted)
        if number not in found.versions:
            raise self._missing(name, wanted)
        return Target(found.versions[number], self.arn(name, wanted), wanted)

    def arn(self, name: str, qualifier: str | None = None) -> str:
        """Return a function's ARN."""
        end = "" if qualifier is None else f":{qualifier}"
        return f"arn:aws:lambda:{self._account.region}:{ACCOUNT}:function:{name}{end}"

    def config(self, target: Target) -> AsyncConfig:
        """Return how the target's asynchronous invocations are retried."""
        function = self._all[target.version.spec.name]
        return function.configs.get(target.qualifier, AsyncConfig())

    def _routed(self, name: str, alias: Alias) -> str:
        if alias.weights:
            self._draws += 1
            drawn = self._account.draw("route", name, alias.name, self._draws).random()
            for number, share in alias.weights.items():
                if drawn < share:
                    return number
                drawn -= share
        return alias.version

    def _missing(self, function: str, qualifier: str | None) -> ServiceError:
        arn = self.arn(self.name(function), qualifier)
        return ServiceError(
            "ResourceNotFoundException", f"Function not found: {arn}", 404, {"Type": "User"}
        )
