"""One DynamoDB table: its items in order, its indexes, and when items expire.

Partitions stand in the order of a hash of their keys, as on AWS, so a scan is no list in the order
of writing; within a partition items are ordered by the sort key's type (HowItWorks.CoreComponents).
A global secondary index follows its table after a while, by the model (GSI.html: "within a fraction
of a second"), each change behind the one before it; a local one is part of the write.
"""

from __future__ import annotations

import asyncio
import bisect
import hashlib
import heapq
import json
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.dynamodb.values import (
    Item,
    Value,
    invalid,
    invalid_value,
    item_size,
    kind,
    order,
)
from warmstart.runtime.specs import IndexSpec, TableSpec, arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.runtime.services.base import Account

Position = tuple[Any, ...]
"""Where an item stands in a table or index: (hash, sort key), and in an index the table's two."""
Units = dict[str, float]
"""Capacity units by index, the table's own under no name."""
_FIVE_YEARS: Final = timedelta(days=5 * 365)
"""How far in the past an expiry may lie and still count (time-to-live-ttl-before-you-start)."""
_KEY_LIMITS: Final = {"hash": 2_048, "range": 1_024}
"""Bytes of the partition key and the sort key (ServiceQuotas)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of a key's attributes."""

    hash: str
    range: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Them both, or the one."""
        return (self.hash,) if self.range is None else (self.hash, self.range)

    def of(self, item: Item) -> Item:
        """Return an item's key."""
        return {name: item[name] for name in self.names}

    def position(self, item: Item) -> Position:
        """Return where an item with this key stands."""
        after = 0 if self.range is None else order(item[self.range])
        return digest(item[self.hash]), after


def digest(value: Value) -> bytes:
    """Return what orders partitions."""
    return hashlib.md5(repr(value).encode(errors="surrogatepass"), usedforsecurity=False).digest()


class View:
    """Items in the order of a key: a table's own, or an index's."""

    def __init__(self, keys: Keys, primary: Keys, index: IndexSpec | None = None) -> None:
        self.keys = keys
        self.index = index
        self.primary = primary
        self._order: list[Position] = []
        self._items: dict[Position, Item] = {}
        self._coming: deque[tuple[Item | None, Item | None]] = deque()
        self._due = 0

    def __len__(self) -> int:
        return len(self._order)

    def holds(self, item: Item) -> bool:
        """Whether an item is in it: an index leaves out what lacks its key."""
        return all(name in item for name in self.keys.names)

    def position(self, item: Item) -> Position:
        """Return where an item, or its whole key, stands."""
        own = self.keys.position(item)
        return own if self.index is None else own + self.primary.position(item)

    def get(self, key: Item) -> Item | None:
        """Return the item with a key of the table's."""
        return self._items.get(self.position(key))

    def put(self, item: Item) -> None:
        """Add an item, or replace the one with its key."""
        position = self.position(item)
        if position not in self._items:
            bisect.insort(self._order, position)
        self._items[position] = item

    def remove(self, item: Item) -> None:
        """Take an item out."""
        position = self.position(item)
        del self._items[position]
        del self._order[bisect.bisect_left(self._order, position)]

    def change(self, old: Item | None, new: Item | None) -> None:
        """Put an item in the place of what stood there; None for nothing on either side."""
        if old is not None and self.holds(old):
            self.remove(old)
        if new is not None and self.holds(new):
            self.put(new)

    def change_later(self, old: Item | None, new: Item | None, delay: int) -> None:
        """Do so after so many microseconds, and after every change that was asked for before."""
        self._coming.append((old, new))
        now = clock.now_us()
        self._due = max(self._due, now + delay)
        # A timer alone: nothing under way, so a run does not wait for it.
        asyncio.get_running_loop().call_later((self._due - now) / 1_000_000, self._follow)

    def _follow(self) -> None:
        self.change(*self._coming.popleft())

    def walk(
        self, partition: Value | None, after: Item | None, *, backward: bool = False
    ) -> Iterator[Item]:
        """Go through a partition, or all of them, beginning behind a key."""
        low, high = 0, len(self._order)
        if partition is not None:
            low = bisect.bisect_left(self._order, (digest(partition),))
            high = bisect.bisect_left(self._order, (digest(partition) + b"\0",))
        if after is not None:
            start = self.position(after)
            if backward:
                high = min(high, bisect.bisect_left(self._order, start))
            else:
                low = max(low, bisect.bisect_right(self._order, start))
        places = range(low, high)
        for place in reversed(places) if backward else places:
            yield self._items[self._order[place]]


class Table:
    """One table."""

    def __init__(self, account: Account, spec: TableSpec) -> None:
        self.spec = spec
        self.arn = arn(TableSpec, spec.name, account.region)
        self.id = account.new_id("table")
        self.created = account.now()
        self.keys = Keys(spec.hash_key, spec.range_key)
        self.items = View(self.keys, self.keys)
        self.indexes = {
            index.name: View(Keys(index.hash_key, index.range_key), self.keys, index)
            for index in spec.indexes
        }
        self.bytes = 0
        self.locked: set[Position] = set()
        """What transactions under way hold."""
        self.ttl = spec.ttl_attribute
        self._account = account
        self._expiring: list[tuple[int, int, Item]] = []
        """A heap of (when, a count, the item as it was written)."""
        self._counted = 0
        self._changes = 0
        self._timer: asyncio.TimerHandle | None = None

    # -- keys -------------------------------------------------------------------------------------

    def check_item(self, item: Item) -> None:
        """Refuse an item that lacks a key attribute, or has one of a wrong type."""
        for name in self.keys.names:
            if name not in item:
                raise invalid_value(f"Missing the key {name} in the item")
            self._check_type(name, item[name])
            self._check_key_value(name, item[name])
        for index in self.indexes.values():
            for name in index.keys.names:
                if name not in item or name in self.keys.names:
                    continue
                wanted, found = self.spec.attributes[name], kind(item[name])
                where = f"IndexName: {index.index.name}" if index.index else ""
                if found != wanted:
                    raise invalid_value(
                        f"Type mismatch for Index Key {name} Expected: {wanted} Actual: {found}"
                        f" {where}"
                    )
                if not item[name][found]:
                    raise invalid(
                        "One or more parameter values are not valid. A value specified for a"
                        " secondary index key is not supported. The AttributeValue for a key"
                        f" attribute cannot contain an empty {_EMPTY[found]} value. {where},"
                        f" IndexKey: {name}"
                    )

    def check_key(self, key: Item) -> None:
        """Refuse a key that is not just the table's key attributes with their types."""
        names = set(self.keys.names)
        if set(key) != names or any(kind(key[n]) != self.spec.attributes[n] for n in names):
            raise invalid("The provided key element does not match the schema")
        for name in self.keys.names:
            self._check_key_value(name, key[name])

    def _check_type(self, name: str, value: Value) -> None:
        wanted = self.spec.attributes[name]
        if kind(value) != wanted:
            raise invalid_value(
                f"Type mismatch for key {name} expected: {wanted} actual: {kind(value)}"
            )

    def _check_key_value(self, name: str, value: Value) -> None:
        found = kind(value)
        if not value[found]:
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute"
                f" cannot contain an empty {_EMPTY[found]} value. Key: {name}"
            )
        which = "hash" if name == self.keys.hash else "range"
        limit = _KEY_LIMITS[which]
        if found != "N" and len(order(value)) > limit:
            said = "hashkey" if which == "hash" else "rangekey"
            raise invalid_value(
                f"Size of {said} has exceeded the maximum size limit of {limit} bytes"
            )

    # -- items ------------------------------------------------------------------------------------

    def store(self, key: Item, item: Item | None) -> Units:
        """Put an item in the place of a key, or (None) take away what is there.

        Returns the write capacity units it takes: 1 for each KB that is written, at least 1; and
        the same for each index that it changes (CapacityUnitCalculations).
        """
        old = self.items.get(key)
        units = {"": write_units(max(item_size(one) if one else 0 for one in (old, item)))}
        for name, view in self.indexes.items():
            units[name] = self._rewritten(view, old, item)
        self._replace(old, item)
        if item is not None:
            self._expect(item)
        return units

    def _replace(self, old: Item | None, item: Item | None) -> None:
        self.items.change(old, item)
        self.bytes += (item_size(item) if item else 0) - (item_size(old) if old else 0)
        for name, view in self.indexes.items():
            if not any(one is not None and view.holds(one) for one in (old, item)):
                continue
            delay = self._delay(name)
            if delay and view.index is not None and not view.index.local:
                view.change_later(old, item, delay)
            else:
                view.change(old, item)

    def _delay(self, index: str) -> int:
        """Return how many microseconds an index is behind this write, by the model."""
        model = self._account.model
        if not model.index_max_ms:
            return 0
        self._changes += 1
        draw = self._account.draw("index", self.spec.name, index, self._changes)
        return round(1_000 * draw.uniform(model.index_min_ms, model.index_max_ms))

    def seen(self, view: View, item: Item) -> Item:
        """Return an item as an index, or the table, holds it."""
        index = view.index
        if index is None or index.projection == "ALL":
            return item
        kept = {*self.keys.names, *view.keys.names, *index.included}
        return {name: value for name, value in item.items() if name in kept}

    def _rewritten(self, view: View, old: Item | None, new: Item | None) -> float:
        """Return the write capacity units that an index takes: a change of key is two writes."""
        before, after = (
            self.seen(view, one) if one is not None and view.holds(one) else None
            for one in (old, new)
        )
        if before is not None and after is not None:
            if view.position(before) != view.position(after):
                return write_units(item_size(before)) + write_units(item_size(after))
            return 0.0 if before == after else write_units(max(item_size(before), item_size(after)))
        one = before or after
        return 0.0 if one is None else write_units(item_size(one))

    # -- expiry -----------------------------------------------------------------------------------

    def set_ttl(self, attribute: str | None) -> None:
        """Let items expire by an attribute, or no longer."""
        self.ttl = attribute
        self._expiring.clear()
        for item in self.items.walk(None, None):
            self._expect(item)

    def _expect(self, item: Item) -> None:
        """Note when an item will be deleted: its time, and then a delay by the model."""
        at = self.expiry(item)
        now = self._account.now()
        if at is None or at < (now - _FIVE_YEARS).timestamp():
            return
        self._counted += 1
        model = self._account.model
        delay = self._account.draw("ttl", self.spec.name, self._counted).uniform(
            model.ttl_min_s, model.ttl_max_s
        )
        from_start = at - self._account.start.timestamp()
        due = max(clock.now_us(), round(from_start * 1_000_000)) + round(delay * 1_000_000)
        if due < clock.MAX_SECONDS * 1_000_000:
            heapq.heappush(self._expiring, (due, self._counted, item))
            self._wake()

    def expiry(self, item: Item) -> int | None:
        """Return the second of the epoch at which an item expires, if it does."""
        value = item.get(self.ttl) if self.ttl else None
        if value is None or "N" not in value:
            return None
        seconds = int(float(value["N"]))
        return seconds if 0 < seconds < 10**11 else None

    def _wake(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # A timer alone: nothing under way, so a run does not wait for it.
        wait = max(0, self._expiring[0][0] - clock.now_us()) / 1_000_000
        self._timer = asyncio.get_running_loop().call_later(wait, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = clock.now_us()
        while self._expiring and self._expiring[0][0] <= now:
            _, _, item = heapq.heappop(self._expiring)
            if self.items.get(item) is item:  # Else it was written again since.
                self.store(item, None)
                key = shown(self.keys.of(item))
                self._account.emit(t.ItemExpired(now, self.spec.name, key, self.expiry(item) or 0))
        if self._expiring:
            self._wake()

    def close(self) -> None:
        """Let nothing expire any more."""
        if self._timer is not None:
            self._timer.cancel()


_EMPTY: Final = {"S": "string", "B": "binary", "N": "number"}


def write_units(size: int) -> float:
    """Return the write capacity units for so many bytes."""
    return float(max(1, -(-size // 1_024)))


def read_units(size: int, *, consistent: bool) -> float:
    """Return the read capacity units for so many bytes: 1 for each 4 KB, or half of that."""
    return max(1, -(-size // 4_096)) * (1.0 if consistent else 0.5)


def shown(key: Item) -> str:
    """Return a key as the trace shows it: JSON text."""
    plain = {name: value[kind(value)] for name, value in key.items()}
    return json.dumps(plain, default=lambda raw: raw.hex(), ensure_ascii=False)
