"""An application's services, built from what its template describes, and tied to its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.runtime.services.dynamodb import DynamoDb
from warmstart.runtime.services.eventbridge import EventBridge
from warmstart.runtime.services.function_url import FunctionUrl
from warmstart.runtime.services.http_api import HttpApi
from warmstart.runtime.services.queue_source import QueueMapping
from warmstart.runtime.services.rest_api import RestApi
from warmstart.runtime.services.s3 import S3
from warmstart.runtime.services.sns import Sns
from warmstart.runtime.services.sqs import Sqs
from warmstart.runtime.services.stepfunctions import StepFunctions
from warmstart.runtime.specs import (
    ArchiveSpec,
    BucketSpec,
    BusSpec,
    QueueSpec,
    RuleSpec,
    StateMachineSpec,
    TableSpec,
    TopicSpec,
)
from warmstart.runtime.web_specs import FunctionUrlSpec, HttpApiSpec, RestApiSpec

if TYPE_CHECKING:
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.queue_source import Invoke
    from warmstart.runtime.services.web import WebApi
    from warmstart.runtime.template import Application


def build(account: Account, application: Application, invoke: Invoke) -> dict[str, WebApi]:
    """Add the services to the account, set the event sources going, and return the APIs.

    ``invoke`` invokes a function synchronously, for the sources that wait for its answer. The APIs
    stand by their names: they are called by requests, and not as services of the account.
    """
    sqs = Sqs(account, application.all(QueueSpec))
    account.add(sqs)
    account.add(Sns(account, application.all(TopicSpec)))
    events = EventBridge(
        account,
        application.all(BusSpec),
        application.all(RuleSpec),
        application.all(ArchiveSpec),
    )
    account.add(events)
    events.start()
    account.add(DynamoDb(account, application.all(TableSpec)))
    account.add(S3(account, application.all(BucketSpec)))
    account.add(StepFunctions(account, application.all(StateMachineSpec), invoke))
    for function in application.functions.values():
        for source in function.sources:
            QueueMapping(account, sqs.queue(source.queue), source, invoke).start()
    apis: list[WebApi] = [HttpApi(account, spec, invoke) for spec in application.all(HttpApiSpec)]
    apis += [RestApi(account, spec, invoke) for spec in application.all(RestApiSpec)]
    apis += [FunctionUrl(account, spec, invoke) for spec in application.all(FunctionUrlSpec)]
    return {api.name: api for api in apis}
