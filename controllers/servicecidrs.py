"""Ranges that cluster IPs are taken from: each says that it is ready, and goes only when nobody has an address of it.

A range that is going says so, and keeps its finalizer while one of its addresses is in use that no other range has.
Counterpart: pkg/controller/servicecidrs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pybernetes.api.addresses import parse_cidr, parse_ip
from pybernetes.api.object import (
    Json,
    condition_of,
    format_time,
    is_condition_true,
    is_deleting,
    key_of,
    name_of,
    parse_time,
)
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced

FINALIZER = "networking.k8s.io/service-cidr-finalizer"
SERVICE_CIDRS = "servicecidrs.networking.k8s.io"
IP_ADDRESSES = "ipaddresses.networking.k8s.io"
_COMPONENT = "service-cidrs-controller"
_READY = "Kubernetes Service CIDR is ready"
_IN_USE = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"
_GRACE_SECONDS = 10.0  # an address may have been given out by a server that had not heard yet that the range goes


def contains(cidr: Json, address: str) -> bool:
    """Whether an address is in one of the ranges."""
    parsed = parse_ip(address)
    networks = (parse_cidr(text) for text in (cidr.get("spec") or {}).get("cidrs") or ())
    return parsed is not None and any(net is not None and parsed in net for net in networks)


def is_needed(cidr: Json, others: Sequence[Json], addresses: Iterable[str]) -> bool:
    """Whether an address in use would be in no range any more without this one."""
    rest = [one for one in others if name_of(one) != name_of(cidr) and not is_deleting(one)]
    return any(contains(cidr, one) and not any(contains(other, one) for other in rest) for one in addresses)


def _condition(status: str, reason: str, message: str, now: str) -> Json:
    return {"type": "Ready", "status": status, "reason": reason, "message": message, "lastTransitionTime": now}


class ServiceCIDRController:
    """Keys are ServiceCIDRs."""

    def __init__(self, context: Context):
        self._client, self._clock = context.client, context.clock
        self._queue = context.queue("ipaddresses")
        self._cidrs, self._addresses = (context.informers.informer(kind) for kind in (SERVICE_CIDRS, IP_ADDRESSES))
        self._cidrs.add_handler(self._changed, lambda new, old: self._changed(new), self._changed)
        self._addresses.add_handler(lambda new: None, lambda new, old: None, self._address_gone)

    async def run(self) -> None:
        await wait_synced(self._cidrs, self._addresses)
        await run_workers(_COMPONENT, self._queue, self.reconcile)

    def _changed(self, cidr: Json) -> None:
        """Another range may be freed by this one, or be needed without it."""
        self._queue.add(key_of(cidr))
        for other in self._cidrs.items():
            if is_deleting(other):
                self._queue.add(key_of(other))

    def _address_gone(self, address: Json) -> None:
        for cidr in self._cidrs.items():
            if is_deleting(cidr) and contains(cidr, name_of(address)):
                self._queue.add(key_of(cidr))

    async def reconcile(self, key: str) -> float | None:
        cidr = self._cidrs.get(key)
        if cidr is None:
            return None
        if is_deleting(cidr):
            return await self._let_go(cidr)
        held = list(cidr["metadata"].get("finalizers") or ())
        if FINALIZER not in held:
            await self._client.update(SERVICE_CIDRS, _with_finalizers(cidr, [*held, FINALIZER]))
        elif not is_condition_true(cidr, "Ready"):
            await self._say(cidr, "True", "", _READY)
        return None

    async def _let_go(self, cidr: Json) -> float | None:
        held = list(cidr["metadata"].get("finalizers") or ())
        if FINALIZER not in held:
            return None
        if is_needed(cidr, self._cidrs.items(), (name_of(one) for one in self._addresses.items())):
            if not is_condition_false(cidr):
                await self._say(cidr, "False", "Terminating", _IN_USE)
            return None
        waited = self._clock.now().timestamp() - _deleted_at(cidr)
        if waited < _GRACE_SECONDS:
            return _GRACE_SECONDS - waited
        held.remove(FINALIZER)
        await self._client.update(SERVICE_CIDRS, _with_finalizers(cidr, held))
        return None

    async def _say(self, cidr: Json, status: str, reason: str, message: str) -> None:
        condition = _condition(status, reason, message, format_time(self._clock.now()))
        wanted = {**(cidr.get("status") or {}), "conditions": [condition]}
        await self._client.update_status(SERVICE_CIDRS, {**cidr, "status": wanted})


def is_condition_false(cidr: Json) -> bool:
    return (condition_of(cidr, "Ready") or {}).get("status") == "False"


def _deleted_at(cidr: Json) -> float:
    return parse_time(cidr["metadata"]["deletionTimestamp"]).timestamp()


def _with_finalizers(cidr: Json, finalizers: list[str]) -> Json:
    return {**cidr, "metadata": {**cidr["metadata"], "finalizers": finalizers}}


def service_cidrs(context: Context) -> ServiceCIDRController:
    return ServiceCIDRController(context)
