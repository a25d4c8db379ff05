"""DynamoDB: what expressions mean, what is refused in which words, order, pages, transactions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.dynamodb import DynamoDb
from warmstart.runtime.services.dynamodb.values import checked
from warmstart.runtime.specs import IndexSpec, TableSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from warmstart.runtime.trace import TraceEvent

CALLER = Caller("client", "root-1")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ORDERS = TableSpec(
    "Orders", "orders", {"pk": "S", "sk": "N", "status": "S", "city": "S"}, "pk", "sk",
    (
        IndexSpec("by-status", "status", "sk"),
        IndexSpec("by-city", "pk", "city", "KEYS_ONLY", local=True),
    ),
    ttl_attribute="expires",
)  # fmt: skip
USERS = TableSpec("Users", "users", {"id": "S"}, "id")


def ddb(value: Any) -> Any:
    return TypeSerializer().serialize(value)


def item(**values: Any) -> dict[str, Any]:
    return {name: ddb(value) for name, value in values.items()}


def plain(found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {name: TypeDeserializer().deserialize(value) for name, value in found.items()}


class Desk:
    """An account with two tables; operations by name, values as boto3's resources take them."""

    def __init__(self, *specs: TableSpec) -> None:
        self.events: list[TraceEvent] = []
        self.account = Account(
            seed=1, start=START, region="us-east-1", model=Model(), emit=self.events.append
        )
        self.service = DynamoDb(self.account, specs or (ORDERS, USERS))

    def __getattr__(self, operation: str) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
        async def call(table: str = "", **parameters: Any) -> dict[str, Any]:
            if table:
                parameters["TableName"] = table
            return await self.service.operations[operation](parameters, CALLER)

        return call

    async def put(self, table: str = "users", **values: Any) -> None:
        await self.PutItem(table, Item=item(**values))

    async def get(self, table: str = "users", **key: Any) -> dict[str, Any] | None:
        return plain((await self.GetItem(table, Key=item(**key))).get("Item"))

    async def update(self, expression: str, wanted: str = "ALL_NEW", **values: Any) -> Any:
        said = {f":{name}": ddb(value) for name, value in values.items()}
        found = await self.UpdateItem(
            "users", Key=item(id="a"), UpdateExpression=expression, ReturnValues=wanted,
            **({"ExpressionAttributeValues": said} if said else {}),
        )  # fmt: skip
        return plain(found.get("Attributes"))

    async def meets(self, condition: str, **values: Any) -> bool:
        """Whether the users' item ``a`` meets a condition."""
        said = {f":{name}": ddb(value) for name, value in values.items()}
        try:
            await self.UpdateItem(
                "users", Key=item(id="a"), ConditionExpression=condition,
                **({"ExpressionAttributeValues": said} if said else {}),
            )  # fmt: skip
        except ServiceError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            return False
        return True

    async def query(self, condition: str, values: dict[str, Any], **parameters: Any) -> Any:
        said = {f":{name}": ddb(value) for name, value in values.items()}
        return await self.Query(
            "orders", KeyConditionExpression=condition, ExpressionAttributeValues=said, **parameters
        )


def run(work: Callable[[Desk], Coroutine[Any, Any, Any]], *specs: TableSpec) -> Any:
    async def with_desk() -> Any:
        return await work(Desk(*specs))

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(with_desk())


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "values", "met"),
        [
            ("n = :v", {"v": 5}, True),
            ("n = :v", {"v": Decimal("5.00")}, True),
            ("n = :v", {"v": "5"}, False),
            ("n <> :v", {"v": "5"}, True),
            ("gone <> :v", {"v": 1}, True),
            ("gone = :v", {"v": 1}, False),
            ("gone < :v", {"v": 1}, False),
            ("n < :v", {"v": 10}, True),  # As numbers; as text "10" comes before "5".
            ("n BETWEEN :a AND :b", {"a": 5, "b": 6}, True),
            ("NOT n BETWEEN :a AND :b", {"a": 6, "b": 7}, True),
            ("n IN (:a, :b)", {"a": 4, "b": 5}, True),
            ("attribute_exists(m.k.z)", {}, True),
            ("attribute_not_exists(m.k.y)", {}, True),
            ("attribute_exists(l[1])", {}, True),
            ("attribute_exists(l[3])", {}, False),
            ("attribute_type(l, :t)", {"t": "L"}, True),
            ("begins_with(s, :p)", {"p": "нет"}, True),
            ("contains(s, :p)", {"p": "о"}, True),
            ("contains(l, :p)", {"p": "two"}, True),
            ("contains(ss, :p)", {"p": "b"}, True),
            ("contains(ss, :p)", {"p": "c"}, False),
            ("size(s) = :n", {"n": 5}, True),
            ("size(l) > :n AND size(m) = :o", {"n": 1, "o": 1}, True),
            ("size(n) = :n", {"n": 1}, False),
            ("n = :v OR n = :w AND s = :w", {"v": 5, "w": 1}, True),  # AND binds tighter.
            ("(n = :v OR n = :w) AND s = :w", {"v": 5, "w": 1}, False),
            ("not n = :v and n = :w", {"v": 1, "w": 5}, True),  # Keywords in any case.
            ("n > m.k.z", {}, True),
        ],
    )
    def test_what_is_met(self, condition: str, values: dict[str, Any], met: bool) -> None:
        async def work(desk: Desk) -> bool:
            await desk.put(
                id="a", n=5, s="нетто", l=[1, "two"], m={"k": {"z": 1}}, ss={"a", "b"}
            )  # fmt: skip
            return await desk.meets(condition, **values)

        assert run(work) is met

    @pytest.mark.parametrize(
        ("condition", "values", "message"),
        [
            ("n =", {}, 'Syntax error; token: "<EOF>", near: "="'),
            ("n ! :v", {"v": 1}, 'Syntax error; token: "!", near: "n !"'),
            (
                "status = :v",
                {"v": 1},
                "Attribute name is a reserved keyword; reserved keyword: status",
            ),
            ("#s = :v", {"v": 1}, "not defined; attribute name: #s"),
            ("n = :w", {"v": 1}, "not defined; attribute value: :w"),
            ("n = :v", {"v": 1, "w": 2}, "unused in expressions: keys: {:w}"),
            ("  ", {}, "The expression can not be empty;"),
            ("foo(n)", {}, "Invalid function name; function: foo"),
            ("size(n)", {}, "Syntax error"),
            ("size(n, m) = :v", {"v": 1}, "operator or function: size, number of operands: 2"),
            ("begins_with(n, :v)", {"v": 1}, "function: begins_with, operand type: N"),
            ("n < :v", {"v": True}, "operator or function: <, operand type: BOOL"),
            ("n = n", {}, "operator: =, first operand: [n]"),
            ("attribute_type(n, :v)", {"v": "Z"}, "Invalid attribute type name found; type: Z"),
            ("n BETWEEN :b AND :a", {"a": 1, "b": 2}, "upper bound to be greater than or equal"),
            ("((n = :v))", {"v": 1}, "The expression has redundant parentheses;"),
            ("NOT " * 1000 + "n = :v", {"v": 1}, "nested deeper"),
            ("n = :v " + "OR n = :v " * 500, {"v": 1}, "exceeded the maximum allowed size"),
        ],
    )
    def test_what_is_refused(self, condition: str, values: dict[str, Any], message: str) -> None:
        async def work(desk: Desk) -> None:
            with pytest.raises(ServiceError) as caught:
                await desk.meets(condition, **values)
            assert caught.value.code == "ValidationException"
            assert message in caught.value.message

        run(work)

    def test_a_failed_condition_can_tell_what_stood_in_its_way(self) -> None:
        async def work(desk: Desk) -> None:
            await desk.put(id="a", n=1)
            with pytest.raises(ServiceError) as caught:
                await desk.PutItem(
                    "users", Item=item(id="a"), ConditionExpression="attribute_not_exists(id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )  # fmt: skip
            assert plain(caught.value.fields["Item"]) == {"id": "a", "n": 1}
            assert desk.events[-1].kind == "ConditionFailed"

        run(work)


class TestUpdates:
    @pytest.mark.parametrize(
        ("expression", "values", "changed"),
        [
            ("SET n = n + :v", {"v": 2}, {"n": 3}),
            ("SET n = :v - n, o = n", {"v": 2}, {"n": 1, "o": 1}),
            ("SET x = if_not_exists(x, :z) + :v", {"z": 10, "v": 1}, {"x": 11}),
            ("SET l = list_append(:v, l)", {"v": [0]}, {"l": [0, 1, 2, 3]}),
            ("SET l[1] = :v, l[9] = :v, l[7] = n", {"v": "x"}, {"l": [1, "x", 3, 1, "x"]}),
            ("SET m.k = :v REMOVE n", {"v": "x"}, {"m": {"k": "x", "o": 2}, "n": None}),
            ("REMOVE l[0], l[1]", {}, {"l": [3]}),
            ("ADD n :v, c :v", {"v": 5}, {"n": 6, "c": 5}),
            ("ADD ss :v", {"v": {"b", "c"}}, {"ss": {"a", "b", "c"}}),
            ("DELETE ss :v", {"v": {"b"}}, {"ss": {"a"}}),
            ("DELETE ss :v", {"v": {"a", "b"}}, {"ss": None}),  # An empty set is none.
            ("DELETE gone :v", {"v": {"a"}}, {}),
            ("remove gone set n = (n + :v)", {"v": 1}, {"n": 2}),
        ],
    )
    def test_what_they_make(self, expression: str, values: Any, changed: Any) -> None:
        before = {"id": "a", "n": 1, "l": [1, 2, 3], "m": {"k": 1, "o": 2}, "ss": {"a", "b"}}

        async def work(desk: Desk) -> None:
            await desk.put(**before)
            after = await desk.update(expression, **values)
            assert after == {k: v for k, v in (before | changed).items() if v is not None}
            assert await desk.get(id="a") == after

        run(work)

    @pytest.mark.parametrize(
        ("expression", "values", "message"),
        [
            ("SET id = :v", {"v": "b"}, "Cannot update attribute id. This attribute is part of"),
            ("SET n = :v SET o = :v", {"v": 1}, 'The "SET" section can only be used once'),
            ("SET m = :v, m.k = :v", {"v": 1}, "one of these paths; path one: [m], path two: [m, k]"),
            ("SET m.k = :v, m[0] = :v", {"v": 1}, "conflict with each other"),
            ("SET x.y = :v", {"v": 1}, "document path provided in the update expression is invalid"),
            ("SET x = y", {}, "refers to an attribute that does not exist in the item"),
            ("SET x = s + :v", {"v": 1}, "An operand in the update expression has an incorrect data"),
            ("SET x = n + :v", {"v": "1"}, "operator or function: +, operand type: S"),
            ("ADD n :v", {"v": "x"}, "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD"),
            ("DELETE n :v", {"v": 1}, "operator: DELETE, operand type: NUMBER"),
            ("SET x = list_append(n, :v)", {"v": [1]}, "incorrect data type"),
            ("SET x = size(n)", {}, "The function is not allowed in an update expression"),
            ("PUT x = :v", {"v": 1}, 'Syntax error; token: "PUT", near: "PUT x"'),
            ("SET n = n + :v", {"v": Decimal("1E-40")}, "more than 38 significant digits"),
            ("SET x = " + "if_not_exists(x, " * 100 + ":v" + ")" * 100, {"v": 1}, "nested deeper"),
        ],
    )  # fmt: skip
    def test_what_is_refused_changes_nothing(
        self, expression: str, values: Any, message: str
    ) -> None:
        async def work(desk: Desk) -> None:
            before = {"id": "a", "n": 1, "s": "x", "m": {"k": 1}}
            await desk.put(**before)
            with pytest.raises(ServiceError) as caught:
                await desk.update(expression, **values)
            assert caught.value.code == "ValidationException"
            assert message in caught.value.message
            assert await desk.get(id="a") == before

        run(work)

    def test_what_is_returned(self) -> None:
        async def work(desk: Desk) -> None:
            assert await desk.update("SET n = :v", "ALL_OLD", v=1) is None
            assert await desk.update("SET n = :v", "UPDATED_OLD", v=2) == {"n": 1}
            assert await desk.update("SET m = :v, n = :w", "UPDATED_NEW", v={"a": 1, "b": 2}, w=3) == {
                "m": {"a": 1, "b": 2}, "n": 3,
            }  # fmt: skip
            assert await desk.update("SET m.a = :v", "UPDATED_NEW", v=9) == {"m": {"a": 9}}
            assert await desk.update("SET n = :v", "NONE", v=9) is None

        run(work)


class TestValues:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({}, "must contain exactly one of the supported datatypes"),
            ({"S": "x", "N": "1"}, "more than one datatypes set"),
            ({"N": "one"}, "cannot be converted to a numeric value: one"),
            ({"N": "1E126"}, "Number overflow"),
            ({"N": "-1e99999999999"}, "Number overflow"),
            ({"N": "1E-131"}, "Number underflow"),
            ({"N": "1e-99999999999"}, "Number underflow"),
            ({"N": "1" * 39}, "more than 38 significant digits"),
            ({"SS": []}, "An string set  may not be empty"),
            ({"SS": ["a", "a"]}, "Input collection [a, a] contains duplicates."),
            ({"NS": ["1", "1.0"]}, "contains duplicates."),
            ({"NULL": False}, "Null attribute value types must have the value of true"),
        ],
    )  # fmt: skip
    def test_what_is_none(self, value: Any, message: str) -> None:
        with pytest.raises(ServiceError) as caught:
            checked(value)
        assert message in caught.value.message

    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("1.50", "1.5"), ("1E2", "100"), ("-0", "0"), ("007", "7"), ("1.0", "1"),
            ("-" + "9" * 38 + "E88", "-" + "9" * 38 + "0" * 88),  # The most there may be.
        ],
    )  # fmt: skip
    def test_numbers_lose_what_says_nothing(self, said: str, kept: str) -> None:
        assert checked({"N": said}) == {"N": kept}

    def test_an_item_of_400_kb_and_no_byte_more(self) -> None:
        async def work(desk: Desk) -> None:
            room = 409_600 - len("id") - 1 - len("s")
            await desk.put(id="a", s="x" * room)
            with pytest.raises(ServiceError, match="Item size has exceeded the maximum allowed"):
                await desk.put(id="a", s="x" * (room + 1))
            with pytest.raises(ServiceError, match="Item size to update has exceeded"):
                await desk.update("SET t = :v", v="")

        run(work)

    def test_keys_have_their_types(self) -> None:
        async def work(desk: Desk) -> None:
            for said, message in (
                ({"pk": ddb("a")}, "Missing the key sk in the item"),
                (item(pk="a", sk="1"), "Type mismatch for key sk expected: N actual: S"),
                (item(pk="", sk=1), "cannot contain an empty string value. Key: pk"),
                (item(pk="a", sk=1, status=1), "Type mismatch for Index Key status Expected: S"),
                (item(pk="a" * 2049, sk=1), "Size of hashkey has exceeded"),
            ):
                with pytest.raises(ServiceError) as caught:
                    await desk.PutItem("orders", Item=said)
                assert message in caught.value.message
            for key in (item(pk="a"), item(pk="a", sk=1, x=1), item(pk=1, sk=1)):
                with pytest.raises(ServiceError) as caught:
                    await desk.GetItem("orders", Key=key)
                assert caught.value.code == "ValidationException"
            with pytest.raises(ServiceError, match="Requested resource not found"):
                await desk.GetItem("nothing", Key=item(id="a"))
            with pytest.raises(ServiceError, match="The legacy parameter Expected is not"):
                await desk.PutItem("users", Item=item(id="a"), Expected={})

        run(work)


class TestQueries:
    async def fill(self, desk: Desk) -> None:
        for pk, sk, status, city in (
            ("a", 10, "new", "Seoul"), ("a", 9, "old", "Busan"), ("a", -1, "new", "Ulsan"),
            ("b", 1, "new", None), ("a", 100, None, "Jeju"),
        ):  # fmt: skip
            values = {"pk": pk, "sk": sk, "status": status, "city": city}
            await desk.put("orders", **{k: v for k, v in values.items() if v is not None})

    def found(self, result: dict[str, Any]) -> list[int]:
        return [int(one["sk"]["N"]) for one in result["Items"]]

    @pytest.mark.parametrize(
        ("condition", "values", "keys"),
        [
            ("pk = :p", {}, [-1, 9, 10, 100]),
            ("pk = :p AND sk > :n", {"n": 9}, [10, 100]),
            ("sk <= :n AND pk = :p", {"n": 9}, [-1, 9]),
            ("(pk = :p) AND (sk BETWEEN :n AND :m)", {"n": 9, "m": 99}, [9, 10]),
        ],
    )
    def test_items_come_in_the_order_of_numbers(
        self, condition: str, values: Any, keys: Any
    ) -> None:
        async def work(desk: Desk) -> None:
            await self.fill(desk)
            said = {"p": "a", **values}
            assert self.found(await desk.query(condition, said)) == keys
            back = await desk.query(condition, said, ScanIndexForward=False)
            assert self.found(back) == keys[::-1]

        run(work)

    @pytest.mark.parametrize(
        ("condition", "values", "message"),
        [
            ("sk = :v", {"v": 1}, "Query condition missed key schema element: pk"),
            ("pk > :v", {"v": "a"}, "Query key condition not supported"),
            ("pk = :v AND x = :v", {"v": "a"}, "Query condition missed key schema element: sk"),
            (
                "pk = :v OR pk = :v",
                {"v": "a"},
                "Invalid operator used in KeyConditionExpression: OR",
            ),
            ("pk = :v AND pk = :v", {"v": "a"}, "must only contain one condition per key"),
            (
                "pk = :v AND attribute_exists(sk)",
                {"v": "a"},
                "KeyConditionExpression: attribute_exists",
            ),
            ("pk = :v", {"v": 1}, "Condition parameter type does not match schema type"),
        ],
    )
    def test_what_is_no_key_condition(self, condition: str, values: Any, message: str) -> None:
        async def work(desk: Desk) -> None:
            with pytest.raises(ServiceError) as caught:
                await desk.query(condition, values)
            assert message in caught.value.message

        run(work)

    def test_pages_go_on_where_the_last_one_ended(self) -> None:
        async def work(desk: Desk) -> None:
            await self.fill(desk)
            for forward in (True, False):
                pages, after = [], {}
                while True:
                    page = await desk.query(
                        "pk = :p", {"p": "a", "x": "new"}, Limit=2, ScanIndexForward=forward,
                        FilterExpression="#s = :x", ExpressionAttributeNames={"#s": "status"}, **after,
                    )  # fmt: skip
                    pages.append((self.found(page), page["ScannedCount"]))
                    if "LastEvaluatedKey" not in page:
                        break
                    after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
                want = (
                    [([-1], 2), ([10], 2), ([], 0)] if forward else [([10], 2), ([-1], 2), ([], 0)]
                )
                assert pages == want

        run(work)

    def test_a_global_index_follows_in_order_and_a_local_one_is_there_at_once(self) -> None:
        async def work(desk: Desk) -> None:
            async def seen(index: str) -> list[Any]:
                return [plain(one) for one in (await desk.Scan("orders", IndexName=index))["Items"]]

            whole = {"pk": "a", "sk": 1, "status": "new", "city": "Seoul"}
            await desk.put("orders", **whole)
            assert len(await seen("by-city")) == 1
            assert await seen("by-status") == []
            await asyncio.sleep(0.1)
            assert await seen("by-status") == [whole]
            for status in ("paid", "sent"):
                await desk.put("orders", **{**whole, "status": status})
            await desk.DeleteItem("orders", Key=item(pk="a", sk=1))
            assert await seen("by-status") == [whole]
            states: list[str] = []
            for _ in range(300):
                await asyncio.sleep(0.001)
                states += [one["status"] for one in await seen("by-status")] or ["none"]
            assert list(dict.fromkeys(states)) in (
                ["new", "paid", "sent", "none"], ["new", "sent", "none"],
                ["new", "paid", "none"], ["new", "none"],
            )  # fmt: skip

        run(work)

    def test_indexes_hold_what_has_their_key(self) -> None:
        async def work(desk: Desk) -> None:
            await self.fill(desk)
            await asyncio.sleep(1)
            new = await desk.query(
                "#s = :s", {"s": "new"}, IndexName="by-status",
                ExpressionAttributeNames={"#s": "status"}, Limit=1, ReturnConsumedCapacity="INDEXES",
            )  # fmt: skip
            assert plain(new["LastEvaluatedKey"]) == {"pk": "a", "sk": -1, "status": "new"}
            assert new["ConsumedCapacity"]["GlobalSecondaryIndexes"] == {
                "by-status": {"CapacityUnits": 0.5}
            }
            cities = await desk.query("pk = :p", {"p": "a"}, IndexName="by-city")
            assert [one["city"]["S"] for one in cities["Items"]] == [
                "Busan",
                "Jeju",
                "Seoul",
                "Ulsan",
            ]
            assert set(cities["Items"][0]) == {"pk", "sk", "city"}  # Its projection is KEYS_ONLY.
            with pytest.raises(ServiceError, match="not supported on global secondary indexes"):
                await desk.query("pk = :p", {"p": "a"}, IndexName="by-status", ConsistentRead=True)
            await desk.DeleteItem("orders", Key=item(pk="a", sk=9))
            left = await desk.Scan("orders", IndexName="by-city")
            assert left["Count"] == 3

        run(work)

    def test_segments_share_a_scan_among_them(self) -> None:
        async def work(desk: Desk) -> None:
            for n in range(40):
                await desk.put(id=str(n))
            whole = [one["id"]["S"] for one in (await desk.Scan("users"))["Items"]]
            parts = [
                [
                    one["id"]["S"]
                    for one in (await desk.Scan("users", Segment=n, TotalSegments=3))["Items"]
                ]
                for n in range(3)
            ]
            assert [one for part in parts for one in part] == whole
            assert sorted(whole, key=int) == [str(n) for n in range(40)] != whole

        run(work)

    def test_a_page_holds_a_megabyte(self) -> None:
        async def work(desk: Desk) -> None:
            for n in range(5):
                await desk.put("orders", pk="a", sk=n, text="x" * 300_000)
            page = await desk.query("pk = :p", {"p": "a"}, ReturnConsumedCapacity="TOTAL")
            assert self.found(page) == [0, 1, 2]
            assert page["ConsumedCapacity"]["CapacityUnits"] == 110.0
            rest = await desk.query(
                "pk = :p", {"p": "a"}, ExclusiveStartKey=page["LastEvaluatedKey"],
                ProjectionExpression="sk",
            )  # fmt: skip
            assert rest["Items"] == [item(sk=3), item(sk=4)]
            assert "LastEvaluatedKey" not in rest

        run(work)


class TestTransactions:
    def test_all_or_nothing(self) -> None:
        async def work(desk: Desk) -> None:
            await desk.put(id="a", n=1)
            put = {"Put": {"TableName": "orders", "Item": item(pk="o", sk=1)}}
            take = {
                "Update": {
                    "TableName": "users", "Key": item(id="a"), "UpdateExpression": "SET n = n - :o",
                    "ConditionExpression": "n >= :o", "ExpressionAttributeValues": {":o": ddb(1)},
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }  # fmt: skip
            await desk.TransactWriteItems(TransactItems=[put, take])
            assert await desk.get("orders", pk="o", sk=1) is not None
            again = {"Put": {"TableName": "orders", "Item": item(pk="o", sk=2)}}
            with pytest.raises(ServiceError) as caught:
                await desk.TransactWriteItems(TransactItems=[again, take])
            assert caught.value.code == "TransactionCanceledException"
            assert caught.value.message == (
                "Transaction cancelled, please refer cancellation reasons for specific reasons"
                " [None, ConditionalCheckFailed]"
            )
            assert caught.value.fields["CancellationReasons"] == [
                {"Code": "None"},
                {
                    "Code": "ConditionalCheckFailed",
                    "Message": "The conditional request failed",
                    "Item": item(id="a", n=0),
                },
            ]
            assert await desk.get("orders", pk="o", sk=2) is None
            read = await desk.TransactGetItems(
                TransactItems=[
                    {"Get": {"TableName": "users", "Key": item(id=name)}} for name in "ab"
                ]
            )
            assert read["Responses"] == [{"Item": item(id="a", n=0)}, {}]

        run(work)

    def test_who_comes_in_between_is_refused(self) -> None:
        async def work(desk: Desk) -> None:
            put = {"Put": {"TableName": "users", "Item": item(id="a")}}
            first = asyncio.create_task(desk.TransactWriteItems(TransactItems=[put]))
            await asyncio.sleep(0.005)
            with pytest.raises(ServiceError) as caught:
                await desk.put(id="a")
            assert caught.value.code == "TransactionConflictException"
            with pytest.raises(ServiceError) as caught:
                await desk.TransactWriteItems(TransactItems=[put])
            assert caught.value.fields["CancellationReasons"] == [
                {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
            ]
            batch = await desk.BatchWriteItem(
                RequestItems={"users": [{"PutRequest": {"Item": item(id="a")}}]}
            )
            assert len(batch["UnprocessedItems"]["users"]) == 1
            assert await desk.get(id="a") is None  # Others read what was there before.
            await first
            await desk.put(id="a")

        run(work)

    def test_a_token_makes_a_retry_harmless_for_ten_minutes(self) -> None:
        async def work(desk: Desk) -> None:
            def adds(count: int) -> dict[str, Any]:
                return {
                    "ClientRequestToken": "token",
                    "TransactItems": [
                        {
                            "Update": {
                                "TableName": "users", "Key": item(id="a"),
                                "UpdateExpression": "ADD n :c",
                                "ExpressionAttributeValues": {":c": ddb(count)},
                            }
                        }
                    ],
                }  # fmt: skip

            for _ in range(2):
                await desk.TransactWriteItems(**adds(1))
            assert await desk.get(id="a") == {"id": "a", "n": 1}
            with pytest.raises(ServiceError) as caught:
                await desk.TransactWriteItems(**adds(2))
            assert caught.value.code == "IdempotentParameterMismatchException"
            await asyncio.sleep(600)
            await desk.TransactWriteItems(**adds(1))
            assert await desk.get(id="a") == {"id": "a", "n": 2}

        run(work)

    def test_no_item_twice_and_no_more_than_a_hundred(self) -> None:
        async def work(desk: Desk) -> None:
            def puts(*ids: str) -> list[Any]:
                return [{"Put": {"TableName": "users", "Item": item(id=i)}} for i in ids]

            with pytest.raises(ServiceError, match="multiple operations on one item"):
                await desk.TransactWriteItems(TransactItems=puts("a", "a"))
            with pytest.raises(ServiceError, match="length less than or equal to 100"):
                await desk.TransactWriteItems(TransactItems=puts(*map(str, range(101))))
            await desk.TransactWriteItems(TransactItems=puts(*map(str, range(100))))

        run(work)


class TestExpiry:
    def test_items_go_some_time_after_they_expire(self) -> None:
        async def work(desk: Desk) -> None:
            now = int(START.timestamp())
            await desk.put("orders", pk="a", sk=1, expires=now + 60)
            await desk.put("orders", pk="a", sk=2, expires=now + 60)
            await desk.put("orders", pk="a", sk=3, expires="soon")
            await desk.put("orders", pk="a", sk=4, expires=now - 10 * 365 * 86_400)
            await asyncio.sleep(90)
            assert len((await desk.Scan("orders"))["Items"]) == 4  # Expired, and still there.
            await desk.put("orders", pk="a", sk=2, expires=now + 20 * 86_400)  # It lives on.
            await desk.account.work.done()  # Nothing for a run to wait for.
            await asyncio.sleep(3 * 86_400)
            left = await desk.query("pk = :p", {"p": "a"})
            assert [one["sk"]["N"] for one in left["Items"]] == ["2", "3", "4"]
            (gone,) = [event for event in desk.events if event.kind == "ItemExpired"]
            assert 120 * 1_000_000 <= gone.at <= (60 + 172_800) * 1_000_000

        run(work)

    def test_it_can_be_turned_on_and_off(self) -> None:
        async def work(desk: Desk) -> None:
            await desk.put(id="a", until=int(START.timestamp()) + 1)
            said = {"Enabled": True, "AttributeName": "until"}
            await desk.UpdateTimeToLive("users", TimeToLiveSpecification=said)
            told = await desk.DescribeTimeToLive("users")
            assert told["TimeToLiveDescription"] == {
                "TimeToLiveStatus": "ENABLED", "AttributeName": "until",
            }  # fmt: skip
            await asyncio.sleep(3 * 86_400)
            assert await desk.get(id="a") is None

        run(work)


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.binary(max_size=5)
    | st.integers(-(10**20), 10**20).map(Decimal)
    | st.sets(st.text(min_size=1, max_size=3), min_size=1, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


class TestProperties:
    @settings(max_examples=40, deadline=None)
    @given(VALUES)
    def test_what_is_put_is_got(self, value: Any) -> None:
        async def work(desk: Desk) -> None:
            await desk.PutItem("users", Item={"id": ddb("a"), "v": ddb(value)})
            found = (await desk.GetItem("users", Key=item(id="a")))["Item"]["v"]
            assert found == checked(ddb(value))
            assert await desk.meets("v = :v", v=value)

        run(work)

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("abc"), st.integers(-20, 20), st.booleans()), max_size=40
        ),
        st.integers(1, 5),
    )
    def test_pages_together_are_the_table_in_order(self, writes: Any, limit: int) -> None:
        async def work(desk: Desk) -> None:
            left = set()
            for pk, sk, kept in writes:
                if kept:
                    await desk.put("orders", pk=pk, sk=sk, status="x")
                    left.add((pk, sk))
                else:
                    await desk.DeleteItem("orders", Key=item(pk=pk, sk=sk))
                    left.discard((pk, sk))
            await asyncio.sleep(1)
            for index in ({}, {"IndexName": "by-status"}):
                got, after = [], {}
                while True:
                    page = await desk.Scan("orders", Limit=limit, **index, **after)
                    got += [(one["pk"]["S"], int(one["sk"]["N"])) for one in page["Items"]]
                    if "LastEvaluatedKey" not in page:
                        break
                    after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
                assert len(got) == len(set(got))
                assert set(got) == left
            for pk in "abc":
                found = (await desk.query("pk = :p", {"p": pk}))["Items"]
                keys = [int(one["sk"]["N"]) for one in found]
                assert keys == sorted(sk for p, sk in left if p == pk)

        run(work)

    @settings(max_examples=150, deadline=None)
    @given(st.text("ab_:#[]().,=<> +-0ANDORSETnsize", max_size=30))
    def test_no_expression_is_more_than_refused(self, text: str) -> None:
        async def work(desk: Desk) -> None:
            await desk.put(id="a", n=1)
            for parameters in ({"ConditionExpression": text}, {"UpdateExpression": text}):
                try:
                    await desk.UpdateItem("users", Key=item(id="a"), **parameters)
                except ServiceError as error:
                    if error.code not in {"ValidationException", "ConditionalCheckFailedException"}:
                        raise

        run(work)
