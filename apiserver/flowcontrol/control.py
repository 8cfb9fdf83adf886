"""Flow control of one server: from a request to its seats, by the flow schemas and priority levels that there are.

    admit(attributes) → Pass → the request is served → Pass.close()

Which schema a request belongs to depends on who asks for what in which namespace, so it is found once for each of
these and remembered until a schema or a level changes. Levels keep their state when their objects change; one whose
object is gone serves those who are in it to the end. Two levels are there even without their objects: exempt and
catch-all.

Counterpart: apiserver/pkg/util/flowcontrol/apf_controller.go and server/filters/priority-and-fairness.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pybernetes.api.object import Json, name_of
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.bootstrap.flow_schemas import mandatory_levels, mandatory_schemas
from pybernetes.apiserver.flowcontrol.level import Level, Rejected
from pybernetes.apiserver.flowcontrol.matching import Schema, first_match, schemas_of
from pybernetes.apiserver.flowcontrol.shares import Demand, allocate, parts_of
from pybernetes.apiserver.flowcontrol.shuffle import flow_hash
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User

SCHEMAS = "flowschemas.flowcontrol.apiserver.k8s.io"
LEVELS = "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"
LEND_SECONDS = 10.0
WAIT_SECONDS = 15.0  # a quarter of the minute that a request has
_REMEMBERED = 10_000
_LONG_RUNNING = frozenset(("attach", "exec", "log", "portforward", "proxy"))

Width = Callable[[Attributes], int]


@dataclass(slots=True)
class Way:
    """Where requests of one kind go: a flow of a schema, in a level. `headers` tell the client of it."""

    schema: Schema
    level: Level
    flow: int
    headers: Mapping[str, str]


class Seat(Protocol):
    """What a request is served on, whoever gave it. `headers` tell the client of it."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def close(self) -> None:
        """Give it back."""


class Limits(Protocol):
    """What limits the requests of a server."""

    def controls(self, attributes: Attributes) -> bool:
        """Whether a request is limited at all."""

    def enter(self, attributes: Attributes) -> Seat | None:
        """A seat, if there is one at once."""

    async def wait(self, attributes: Attributes) -> Seat:
        """A seat, after a while. Raises `TooManyRequests`."""


class Pass:
    """The seats that a request has, until `close`."""

    __slots__ = ("_level", "_width", "headers")

    def __init__(self, headers: Mapping[str, str], level: Level, width: int):
        self.headers = headers
        self._level = level
        self._width = width

    def close(self) -> None:
        self._level.leave(self._width)


class TooManyRequests(Exception):
    """The request is refused for now. `headers` are what the answer tells of it."""

    def __init__(self, headers: Mapping[str, str]):
        super().__init__("too many requests")
        self.headers = headers


class FlowControl:
    """The flow control of one server with `server_seats` in all. `width` tells how many of them a request takes."""

    def __init__(self, reader: Reader, server_seats: int, width: Width):
        self._reader = reader
        self._server_seats = server_seats
        self._width = width
        self._levels: dict[str, Level] = {}
        self._schemas: list[Schema] = []
        self._ways: dict[User, dict[tuple[str, str, str, str, str], Way]] = {}
        self._remembered = 0
        self._stale = True
        self._specs: dict[str, Json] = {}
        for resource in (SCHEMAS, LEVELS):
            reader.subscribe(resource, lambda key, new, old: self._forget())

    def _forget(self) -> None:
        self._stale = True

    @staticmethod
    def controls(attributes: Attributes) -> bool:
        """Whether a request takes seats: streams that go on for as long as their readers like do not."""
        return attributes.subresource not in _LONG_RUNNING and attributes.verb != "proxy"

    def way_of(self, attributes: Attributes) -> Way:
        """Where a request goes."""
        if self._stale:
            self._rebuild()
        by_kind = self._ways.get(attributes.user)
        if by_kind is None:
            by_kind = self._ways[attributes.user] = {}
        target = attributes.resource or attributes.path
        key = (attributes.verb, attributes.group, target, attributes.subresource, attributes.namespace)
        way = by_kind.get(key)
        if way is None:
            if self._remembered >= _REMEMBERED:
                self._ways, self._remembered, by_kind = {attributes.user: {}}, 0, {}
            way = by_kind[key] = self._way(attributes)
            self._remembered += 1
        return way

    def _way(self, attributes: Attributes) -> Way:
        schema = first_match(self._schemas, attributes)
        assert schema is not None, "the catch-all schema matches every request"
        level = self._levels[schema.level]
        headers = {
            "X-Kubernetes-Pf-Flowschema-Uid": schema.uid,
            "X-Kubernetes-Pf-Prioritylevel-Uid": level.uid,
        }
        return Way(schema, level, flow_hash(schema.name, schema.flow_of(attributes)), headers)

    def enter(self, attributes: Attributes) -> Pass | None:
        """Seats for a request, if there are some at once."""
        way = self.way_of(attributes)
        width = self._width(attributes)
        if not way.level.enter(width):
            return None
        way.level.metrics.dispatched(way.schema.name)
        return Pass(way.headers, way.level, width)

    async def wait(self, attributes: Attributes) -> Pass:
        """Seats for a request that did not get them at once. Raises `TooManyRequests`."""
        way = self.way_of(attributes)
        width = self._width(attributes)
        try:
            await way.level.wait(way.schema.name, way.flow, width, WAIT_SECONDS)
        except Rejected as rejection:
            way.level.metrics.rejected(way.schema.name, rejection.reason)
            raise TooManyRequests(way.headers) from None
        way.level.metrics.dispatched(way.schema.name)
        return Pass(way.headers, way.level, width)

    def _rebuild(self) -> None:
        """Take over the objects as they are now."""
        self._stale = False
        self._ways, self._remembered = {}, 0
        levels = _with(self._reader.list(LEVELS), mandatory_levels())
        specs = {name: obj["spec"] for name, obj in levels.items()}
        parts = parts_of(specs, self._server_seats)
        kept: dict[str, Level] = {}
        for name, obj in levels.items():
            uid = obj["metadata"].get("uid", "")
            level = self._levels.get(name)
            if level is None:
                level = Level(name, uid, obj["spec"], max(1, parts[name].nominal))
            else:
                level.configure(uid, obj["spec"])
            kept[name] = level
        self._levels = kept
        self._schemas = [
            schema
            for schema in schemas_of(_with(self._reader.list(SCHEMAS), mandatory_schemas()).values())
            if schema.level in kept
        ]
        self._specs = specs
        self._divide({name: (level.seats, float(level.seats)) for name, level in kept.items()})

    async def lend(self) -> None:
        """Set every level's seats anew by what it asked for since the last time. To be called every LEND_SECONDS."""
        if self._stale:
            self._rebuild()
        self._divide({name: level.demand.close_period(level.in_use) for name, level in self._levels.items()})

    def _divide(self, asked: Mapping[str, tuple[int, float]]) -> None:
        parts = parts_of(self._specs, self._server_seats)
        names = [name for name, level in self._levels.items() if not level.exempt]
        demands = []
        for name in names:
            part, (highest, smoothed) = parts[name], asked[name]
            least = max(part.least, min(part.nominal, highest))
            demands.append(Demand(least, max(least, part.most), max(least, smoothed)))
        for name, seats in zip(names, allocate(self._server_seats, demands), strict=True):
            self._levels[name].resize(seats)
        for name, level in self._levels.items():
            part = parts[name]
            level.metrics.sized(
                seats=level.seats, nominal=part.nominal, least=part.least, most=part.most, in_use=level.in_use
            )

    def levels(self) -> list[Level]:
        """All levels, by name."""
        if self._stale:
            self._rebuild()
        return [self._levels[name] for name in sorted(self._levels)]

    def level(self, name: str) -> Level:
        """A level by its name. Raises KeyError."""
        if self._stale:
            self._rebuild()
        return self._levels[name]


def _with(objects: Iterable[Json], mandatory: tuple[Json, ...]) -> dict[str, Json]:
    """The objects by name, and those that are imagined where they are missing."""
    return {name_of(obj): obj for obj in (*mandatory, *objects)}
