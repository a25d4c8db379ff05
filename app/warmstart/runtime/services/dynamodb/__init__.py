"""Amazon DynamoDB: tables, items, and the expressions that conditions and updates are written in.

``values`` knows attribute values, ``syntax`` what all expressions share; ``conditions``,
``key_conditions``, ``updates`` and ``projections`` each read and carry out one kind; ``table``
holds items; ``reads``, ``writes``, ``transactions`` and ``control`` are the operations.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from warmstart.runtime.services.dynamodb import control, reads, writes
from warmstart.runtime.services.dynamodb.tables import Tables
from warmstart.runtime.services.dynamodb.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Account, Operation
    from warmstart.runtime.specs import TableSpec


class DynamoDb:
    """The service."""

    name = "dynamodb"

    def __init__(self, account: Account, specs: Iterable[TableSpec]) -> None:
        tables = Tables(account, specs)
        transactions = Transactions(tables)
        operations = {
            "CreateTable": control.create_table,
            "DescribeTable": control.describe_table,
            "ListTables": control.list_tables,
            "DeleteTable": control.delete_table,
            "UpdateTimeToLive": control.update_ttl,
            "DescribeTimeToLive": control.describe_ttl,
            "PutItem": writes.put_item,
            "UpdateItem": writes.update_item,
            "DeleteItem": writes.delete_item,
            "BatchWriteItem": writes.batch_write_item,
            "GetItem": reads.get_item,
            "BatchGetItem": reads.batch_get_item,
            "Query": reads.query,
            "Scan": reads.scan,
            "TransactWriteItems": transactions.write,
            "TransactGetItems": transactions.get,
        }
        self._operations: Mapping[str, Operation] = {
            name: functools.partial(operation, tables) for name, operation in operations.items()
        }

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return self._operations
