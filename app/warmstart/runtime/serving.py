"""An application that others can reach: addresses for its HTTP APIs, a key for the learner."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from warmstart.errors import UsageError
from warmstart.runtime.endpoint.web import WebServer
from warmstart.runtime.launch import Serving
from warmstart.runtime.services.base import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from warmstart.runtime.endpoint.aws import AwsEndpoint
    from warmstart.runtime.endpoint.http import HttpServer
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.http_api import HttpApi
    from warmstart.runtime.template import Application


async def listen(server: HttpServer, port: int) -> None:
    """Let a server listen; port 0 takes one that is free.

    Raises:
        UsageError: the port cannot be had.
    """
    try:
        await server.start(port)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Nothing can listen on port {port} of 127.0.0.1: {getattr(error, 'strerror', error)}.",
            hint="Name another one, or none: then one that is free is taken.",
        ) from error


@contextlib.asynccontextmanager
async def serving(
    application: Application,
    account: Account,
    endpoint: AwsEndpoint,
    apis: Mapping[str, HttpApi],
    port: int,
) -> AsyncIterator[Serving]:
    """Give each HTTP API an address, as long as the block lasts, and say where everything is.

    ``port`` is the endpoint's, and the APIs take those that follow; 0 takes any that are free.
    """
    servers = {name: WebServer(api).server for name, api in apis.items()}
    key = endpoint.grant("client", lambda: Caller("client", account.new_id("root")))
    try:
        for number, server in enumerate(servers.values(), start=1):
            await listen(server, port + number if port else 0)
        yield Serving(
            endpoint.server.url,
            key.access_key,
            key.secret,
            account.region,
            {name: server.url for name, server in servers.items()},
            application.warnings,
        )
    finally:
        for server in servers.values():
            await server.close()
