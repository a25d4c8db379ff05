"""An application that others can reach: addresses for its APIs, a key for the learner."""

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
    from warmstart.runtime.services.web import WebApi
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
    apis: Mapping[str, WebApi],
    port: int,
) -> AsyncIterator[Serving]:
    """Give each API an address, as long as the block lasts, and say where everything is.

    ``port`` is the endpoint's, and the APIs take those that follow; 0 takes any that are free.
    """
    servers = {name: WebServer(api, endpoint) for name, api in apis.items()}
    key = endpoint.grant("client", lambda: Caller("client", account.new_id("root")))
    try:
        for number, web in enumerate(servers.values(), start=1):
            await listen(web.server, port + number if port else 0)
        yield Serving(
            endpoint.server.url,
            key.access_key,
            key.secret,
            account.region,
            {name: web.url for name, web in servers.items()},
            application.warnings,
        )
    finally:
        for web in servers.values():
            await web.server.close()
