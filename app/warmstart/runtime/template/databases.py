"""RDS in a template: instances of MySQL or MariaDB, parameter groups, proxies.

An instance, its parameter group, a proxy and its target group are resources of their own that name
one another; they are gathered in ``Databases`` and put together at the end.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from warmstart.runtime.specs import DatabaseProxySpec, DatabaseSpec, Resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.runtime.template.cfn import Reader

_INSTANCE: Final = (
    "DBInstanceIdentifier", "DBInstanceClass", "Engine", "EngineVersion", "AllocatedStorage",
    "StorageType", "StorageEncrypted", "DBName", "MasterUsername", "MasterUserPassword",
    "ManageMasterUserPassword", "EnableIAMDatabaseAuthentication", "DBParameterGroupName",
    "DBSubnetGroupName", "VPCSecurityGroups", "Port", "MultiAZ", "PubliclyAccessible",
    "BackupRetentionPeriod", "CopyTagsToSnapshot", "DeletionProtection", "Tags",
)  # fmt: skip
_PROXY: Final = (
    "DBProxyName", "EngineFamily", "Auth", "RoleArn", "VpcSubnetIds", "VpcSecurityGroupIds",
    "RequireTLS", "IdleClientTimeout", "DebugLogging", "Tags",
)  # fmt: skip
_TARGETS: Final = (
    "DBProxyName", "TargetGroupName", "DBInstanceIdentifiers", "ConnectionPoolConfigurationInfo",
)  # fmt: skip
_POOL: Final = (
    "MaxConnectionsPercent", "MaxIdleConnectionsPercent", "ConnectionBorrowTimeout",
)  # fmt: skip
_MAX_CONNECTIONS: Final = (1, 100_000)
_WAIT_TIMEOUT: Final = (1, 31_536_000)
_MOST_SCHEMA: Final = 1_000_000
_WHY: Final = (
    "By default RDS computes it from the memory that it leaves to the database, which it does not "
    "publish: set max_connections in an AWS::RDS::DBParameterGroup."
)


class Databases:
    """The databases of one template."""

    def __init__(self) -> None:
        self._instances: dict[str, tuple[Reader, Reader, str]] = {}
        """By name: the properties, what the model reads, and the logical id."""
        self._groups: dict[str, Reader] = {}
        """The parameters of each group."""
        self._proxies: dict[str, tuple[Reader, str]] = {}
        self._targets: dict[str, Reader] = {}
        """By the proxy's name."""

    def read(self, kind: object, resource: Reader, logical_id: str) -> bool:
        """Take a resource, if it is one of RDS; return whether it is."""
        read = _READERS.get(str(kind))
        if read is not None:
            read(self, resource, logical_id)
        return read is not None

    def specs(self) -> dict[str, Resource]:
        """Return the instances and proxies, by logical id.

        Raises:
            TemplateError: one names another that is not there.
        """
        found: dict[str, Resource] = {}
        for name, (properties, model, logical_id) in self._instances.items():
            found[logical_id] = self._instance_spec(name, properties, model, logical_id)
        for name, (properties, logical_id) in self._proxies.items():
            found[logical_id] = self._proxy_spec(name, properties, logical_id)
        for name, targets in self._targets.items():
            if name not in self._proxies:
                raise targets.error("DBProxyName", f"There is no proxy {name!r}.")
        return found

    # -- reading ----------------------------------------------------------------------------------

    def _instance(self, resource: Reader, logical_id: str) -> None:
        properties = resource.section("Properties")
        properties.only(_INSTANCE)
        properties.choice("Engine", "", ("mysql", "mariadb"))
        model = resource.section("Metadata").section("Warmstart")
        model.only(("schema", "connect_ms", "query_ms"))
        name = properties.take("DBInstanceIdentifier", str, logical_id)
        self._instances[name] = properties, model, logical_id

    def _group(self, resource: Reader, logical_id: str) -> None:
        properties = resource.section("Properties")
        properties.only(("DBParameterGroupName", "Family", "Description", "Parameters", "Tags"))
        name = properties.take("DBParameterGroupName", str, logical_id)
        self._groups[name] = properties.section("Parameters")

    def _proxy(self, resource: Reader, logical_id: str) -> None:
        properties = resource.section("Properties")
        properties.only(_PROXY)
        properties.choice("EngineFamily", "", ("MYSQL",))
        name = properties.take("DBProxyName", str, logical_id)
        self._proxies[name] = properties, logical_id

    def _target_group(self, resource: Reader, logical_id: str) -> None:
        del logical_id
        properties = resource.section("Properties")
        properties.only(_TARGETS)
        properties.choice("TargetGroupName", "", ("default",))
        self._targets[properties.take("DBProxyName", str, "")] = properties

    # -- putting together -------------------------------------------------------------------------

    def _instance_spec(
        self, name: str, properties: Reader, model: Reader, logical_id: str
    ) -> DatabaseSpec:
        group = properties.take("DBParameterGroupName", str, "")
        if group not in self._groups:
            raise properties.error(
                "DBParameterGroupName",
                f"There is no parameter group {group!r}."
                if group
                else f"{logical_id} has no max_connections.",
                _WHY,
            )
        parameters = self._groups[group]
        if "max_connections" not in parameters.values:
            raise parameters.error(
                "max_connections", f"The parameters of {logical_id} lack max_connections.", _WHY
            )
        return DatabaseSpec(
            logical_id=logical_id,
            name=name,
            max_connections=parameters.within("max_connections", 1, _MAX_CONNECTIONS),
            wait_timeout=parameters.within("wait_timeout", 28_800, _WAIT_TIMEOUT, "s"),
            schema=_schema(model),
            connect_ms=model.amount("connect_ms", None),
            query_ms=model.amount("query_ms", None),
        )

    def _proxy_spec(self, name: str, properties: Reader, logical_id: str) -> DatabaseProxySpec:
        targets = self._targets.get(name)
        if targets is None:
            raise properties.error(
                "DBProxyName",
                f"{logical_id} has no target.",
                "An AWS::RDS::DBProxyTargetGroup names the proxy and the instance behind it.",
            )
        instances = targets.texts("DBInstanceIdentifiers")
        if len(instances) != 1 or instances[0] not in self._instances:
            known = ", ".join(self._instances) or "none"
            raise targets.error(
                "DBInstanceIdentifiers", "It is a list of one DBInstance.", f"There are: {known}."
            )
        pool = targets.section("ConnectionPoolConfigurationInfo")
        pool.only(_POOL)
        most = pool.within("MaxConnectionsPercent", 100, (1, 100))
        return DatabaseProxySpec(
            logical_id=logical_id,
            name=name,
            database=instances[0],
            max_connections_percent=most,
            max_idle_percent=pool.within("MaxIdleConnectionsPercent", most // 2, (0, most)),
            borrow_timeout=pool.within("ConnectionBorrowTimeout", 120, (0, 300), "s"),
            idle_client_timeout=properties.within("IdleClientTimeout", 1_800, (1, 28_800), "s"),
        )


def _schema(model: Reader) -> str:
    """Return the SQL that makes an instance's tables, tried."""
    name = model.take("schema", str, "")
    if not name:
        return ""
    path: Path = model.path.parent / name
    try:
        if path.stat().st_size > _MOST_SCHEMA:
            raise model.error("schema", f"{name} is larger than 1 MB.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise model.error("schema", f"{name} cannot be read: {error}.") from error
    try:
        sqlite3.connect(":memory:").executescript(text)
    except (sqlite3.Error, ValueError) as error:
        raise model.error(
            "schema", f"{name} is not right: {error}.", "Statements are executed by SQLite."
        ) from error
    return text


_READERS: Final[dict[str, Callable[[Databases, Reader, str], None]]] = {
    "AWS::RDS::DBInstance": Databases._instance,  # noqa: SLF001 — the table is its own
    "AWS::RDS::DBParameterGroup": Databases._group,  # noqa: SLF001
    "AWS::RDS::DBProxy": Databases._proxy,  # noqa: SLF001
    "AWS::RDS::DBProxyTargetGroup": Databases._target_group,  # noqa: SLF001
}
TYPES: Final = tuple(_READERS)
