"""EventRateLimit: events come no faster than the configuration says, from all, a namespace, a user or a source.

    apiVersion: eventratelimit.admission.k8s.io/v1alpha1
    kind: Configuration
    limits:
      - {type: Namespace, qps: 50, burst: 100, cacheSize: 2000}

Every limit counts every event, also one that another limit refuses. A limit by name keeps the buckets of as many
names as its cache holds, and forgets those not heard of for longest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pybernetes.api.errors import too_many_requests
from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.component.clock import Clock

_CACHE_SIZE = 4096


def _source_and_object(operation: Operation) -> str:
    event: Json = operation.obj or {}
    source = event.get("source") or event.get("deprecatedSource") or {}
    about = event.get("involvedObject") or event.get("regarding") or {}
    parts = [source.get("component"), source.get("host")]
    parts += [about.get(name) for name in ("kind", "namespace", "name", "uid", "apiVersion")]
    return "".join(part or "" for part in parts)


_KEYS: Mapping[str, Callable[[Operation], str]] = {
    "Server": lambda operation: "",
    "Namespace": lambda operation: operation.namespace,
    "User": lambda operation: operation.user.name,
    "SourceAndObject": _source_and_object,
}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float

    def take(self, now: float, qps: float, burst: float) -> bool:
        self.tokens = min(burst, self.tokens + (now - self.at) * qps)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class _Limit:
    def __init__(self, limit: Json):
        self.kind = str(limit["type"])
        self._qps, self._burst = float(limit["qps"]), float(limit["burst"])
        self._size = int(limit.get("cacheSize") or _CACHE_SIZE)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, operation: Operation, now: float) -> str | None:
        """None, or the key that has none left."""
        key = _KEYS[self.kind](operation)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return None if bucket.take(now, self._qps, self._burst) else key


class EventRateLimit(AdmissionPlugin):
    """Raises ValueError for a configuration that limits nothing."""

    def __init__(self, clock: Clock, configuration: Json | None = None):
        limits = (configuration or {}).get("limits") or []
        if not limits:
            raise ValueError("EventRateLimit: limits: Required value: must not be empty")
        for index, limit in enumerate(limits):
            _check(limit, f"limits[{index}]")
        self._clock = clock
        self._limits = [_Limit(limit) for limit in limits]

    def handles(self, operation: Operation) -> bool:
        return operation.resource.plural == "events" and operation.verb in (CREATE, UPDATE)

    async def validate(self, operation: Operation) -> None:
        """Raises 429."""
        if operation.dry_run:
            return
        now, refused = self._clock.monotonic(), ""
        for limit in self._limits:
            key = limit.take(operation, now)
            if key is not None:
                refused = f"limit reached on type {limit.kind} for key {key}"
        if refused:
            raise too_many_requests(f"Too many requests: {refused}", 0)


def _check(limit: Json, path: str) -> None:
    if limit.get("type") not in _KEYS:
        kinds = ", ".join(f'"{kind}"' for kind in sorted(_KEYS))
        raise ValueError(
            f'EventRateLimit: {path}.type: Unsupported value: "{limit.get("type") or ""}": supported values: {kinds}'
        )
    for field in ("burst", "qps"):
        if not isinstance(limit.get(field), int) or limit[field] <= 0:
            raise ValueError(
                f"EventRateLimit: {path}.{field}: Invalid value: {limit.get(field) or 0}: must be positive"
            )
    size = limit.get("cacheSize") or 0
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"EventRateLimit: {path}.cacheSize: Invalid value: {size}: must not be negative")
