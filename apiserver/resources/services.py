"""Services: their cluster IPs and node ports, which no two may share, whichever server gives them out.

An address is taken by creating its IPAddress object, a node port by creating its key: the store lets only one
writer win, so several API servers need no other agreement. What a failed write took is given back at once; what a
crash left behind is found by `repair`, which frees what no service has.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Awaitable, Callable
from functools import partial

import orjson

from pybernetes.api.addresses import Network, parse_cidr
from pybernetes.api.errors import APIError, invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_metadata
from pybernetes.api.object import Json, is_condition_true, is_deleting, key_of, name_of, namespace_of
from pybernetes.apiserver.cache.entry import encode
from pybernetes.apiserver.resources.hooks import Hooks, Undo
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.metadata import fill_new
from pybernetes.apiserver.state import State
from pybernetes.apiserver.storage.interface import KeyExists, KeyNotFound, RevisionMismatch

_SERVICE_CIDRS = "servicecidrs.networking.k8s.io"
IP_KEY = "/registry/ipaddresses.networking.k8s.io/"
PORT_KEY = "/allocations/nodeports/"
NODE_PORTS = range(30000, 32768)
_TRIES = 256
_WITH_NODE_PORT = ("NodePort", "LoadBalancer")


class ServiceAllocator:
    """Gives out addresses, and node ports.

    The first range is the server's own; the others are ServiceCIDRs that say that they are ready and are not going.
    """

    def __init__(self, state: State, cluster_ip_range: str, node_ports: range = NODE_PORTS):
        self._state = state
        self.node_ports = node_ports
        self.network = ipaddress.ip_network(cluster_ip_range)
        self._suspects: dict[str, int] = {}  # keys that no service had at the last repair, with their revisions

    def networks(self) -> list[Network]:
        """The ranges of the server's own family, its own first."""
        found: list[Network] = [self.network]
        for cidr in self._state.cache.list(_SERVICE_CIDRS):
            if is_deleting(cidr) or not is_condition_true(cidr, "Ready"):
                continue
            parsed = (parse_cidr(text) for text in (cidr.get("spec") or {}).get("cidrs") or ())
            found += [one for one in parsed if one is not None and one.version == self.network.version]
        return list(dict.fromkeys(found))

    @property
    def family(self) -> str:
        return f"IPv{self.network.version}"

    async def take_address(self, address: str, service: Json) -> bool:
        """Reserve an address for a service; False if another has it."""
        obj: Json = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IPAddress",
            "metadata": {
                "name": address,
                "labels": {
                    "ipaddress.kubernetes.io/ip-family": self.family,
                    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
                },
            },
            "spec": {
                "parentRef": {
                    "resource": "services",
                    "namespace": namespace_of(service),
                    "name": name_of(service),
                }
            },
        }
        fill_new(obj["metadata"], self._state.timestamp(), has_generation=False)
        return await self._create(IP_KEY + address, encode(obj))

    async def next_address(self, service: Json) -> str:
        """Reserve any free address, the upper part of the range first. Raises 500 if there is none."""
        for network in self.networks():
            static = _static_part(network)
            total = network.num_addresses - (2 if network.version == 4 else 1)
            for low, high in ((min(static, total), total), (1, min(static, total))):
                for offset in _some(range(max(low, 1), high + 1)):
                    address = str(network[offset])
                    if await self.take_address(address, service):
                        return address
        raise _exhausted("failed to allocate a serviceIP: range is full")

    async def take_port(self, port: int, service: Json) -> bool:
        return await self._create(f"{PORT_KEY}{port}", key_of(service).encode())

    async def next_port(self, service: Json) -> int:
        """Reserve any free node port. Raises 500 if there is none."""
        for port in _some(self.node_ports):
            if await self.take_port(port, service):
                return port
        raise _exhausted("failed to allocate a nodePort: range is full")

    async def _create(self, key: str, value: bytes) -> bool:
        try:
            await self._state.store.create(key, value)
        except KeyExists:
            return False
        return True

    async def free_address(self, address: str) -> None:
        await self._free(IP_KEY + address)

    async def free_port(self, port: int) -> None:
        await self._free(f"{PORT_KEY}{port}")

    async def _free(self, key: str) -> None:
        held = await self._state.store.get(key)
        if held is not None:
            await self._free_at(key, held.revision)

    async def _free_at(self, key: str, revision: int) -> None:
        try:
            await self._state.store.delete(key, expected_revision=revision)
        except (KeyNotFound, RevisionMismatch):
            return  # somebody else freed it, and perhaps took it again: it is no longer ours to free

    async def repair(self) -> None:
        """Reserve what services have and nothing reserves; free what is reserved and no service has.

        A service whose creation is under way, here or at another server, has its address before it is seen. So what no
        service has is freed only if it was so at the repair before this one too, minutes ago.
        """
        services = {key_of(service): service for service in self._state.cache.list("services")}
        addresses = {ip: service for service in services.values() for ip in addresses_of(service)}
        ports = {port: service for service in services.values() for port in ports_of(service)}
        held = await self._state.store.list(IP_KEY)
        reserved = {item.key.removeprefix(IP_KEY): item for item in held.items}
        suspects = {
            item.key: item.revision
            for address, item in reserved.items()
            if address not in addresses and _is_of_a_service(item.value)
        }
        for address, service in addresses.items():
            if address not in reserved:
                await self.take_address(address, service)
        held = await self._state.store.list(PORT_KEY)
        taken = {int(item.key.removeprefix(PORT_KEY)): item for item in held.items}
        suspects |= {item.key: item.revision for port, item in taken.items() if port not in ports}
        for port in ports.keys() - taken.keys():
            await self.take_port(port, ports[port])
        for key, revision in suspects.items():
            if self._suspects.get(key) == revision:
                await self._free_at(key, revision)
        self._suspects = suspects


def _is_of_a_service(address: bytes) -> bool:
    owner = (orjson.loads(address).get("spec") or {}).get("parentRef") or {}
    return bool(owner.get("resource") == "services")


def _static_part(network: Network) -> int:
    """The lower part is for addresses that people choose: as much as a sixteenth, between 16 and 256."""
    return min(max(16, network.num_addresses // 16), 256)


def _some(choices: range) -> list[int]:
    """All of a small range in random order, or a good many of a large one."""
    return random.sample(choices, min(len(choices), 4096))


def _exhausted(message: str) -> APIError:
    from pybernetes.api.errors import internal_error

    return internal_error(message)


def addresses_of(service: Json) -> list[str]:
    """The cluster IPs that a service holds."""
    spec = service.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return []
    return [
        address for address in spec.get("clusterIPs") or [spec.get("clusterIP")] if address not in (None, "", "None")
    ]


def ports_of(service: Json) -> list[int]:
    """The node ports that a service holds."""
    spec = service.get("spec") or {}
    ports = {int(port["nodePort"]) for port in spec.get("ports") or () if port.get("nodePort")}
    if spec.get("healthCheckNodePort"):
        ports.add(int(spec["healthCheckNodePort"]))
    return sorted(ports)


class _Taken:
    """What one write has reserved, to be given back if it fails."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], Awaitable[None]]] = []

    def add(self, undo: Callable[[], Awaitable[None]]) -> None:
        self._undo.append(undo)

    async def give_back(self) -> None:
        while self._undo:
            await self._undo.pop()()


def _allocator(context: Context) -> ServiceAllocator:
    allocator: ServiceAllocator = context.state.extensions["services"]
    return allocator


async def before_create(context: Context, service: Json) -> Undo | None:
    """Give the service its addresses and ports. Raises 422 for one that is taken or not in the range.

    A service with a wrong name is refused before anything is given to it, and without a look at the rest.
    """
    errors = ErrorList()
    validate_metadata(service, context.definition, errors)
    if errors:
        raise invalid("Service", name_of(service), errors.causes)
    return await _settle(context, service, None)


async def before_update(context: Context, new: Json, old: Json) -> Undo | None:
    """Keep what the service had unless the new state says otherwise, and give it what it newly needs."""
    spec, before = new["spec"], old["spec"]
    if spec.get("type") != "ExternalName" and before.get("type") != "ExternalName":
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if field in before and not spec.get(field):
                spec[field] = before[field]
    if spec.get("type") in _WITH_NODE_PORT:
        _keep_ports(spec, before)
    elif before.get("type") in _WITH_NODE_PORT:
        for port, was in zip(spec.get("ports") or (), before.get("ports") or (), strict=False):
            if port.get("nodePort") == was.get("nodePort"):
                port.pop("nodePort", None)
    return await _settle(context, new, old)


def _keep_ports(spec: Json, before: Json) -> None:
    """A port that says no node port keeps the one that its protocol and port had."""
    had = {(port.get("protocol"), port.get("port")): port.get("nodePort") for port in before.get("ports") or ()}
    used = {port.get("nodePort") for port in spec.get("ports") or ()}
    for port in spec.get("ports") or ():
        kept = had.get((port.get("protocol"), port.get("port")))
        if not port.get("nodePort") and kept and kept not in used:
            port["nodePort"] = kept


async def _settle(context: Context, service: Json, old: Json | None) -> Undo | None:
    taken, errors = _Taken(), ErrorList()
    try:
        await _settle_addresses(_allocator(context), service, old, taken, errors)
        await _settle_ports(_allocator(context), service, old, taken, errors)
    except BaseException:
        await taken.give_back()
        raise
    if errors:
        await taken.give_back()
        raise invalid("Service", name_of(service), errors.causes)
    return taken.give_back


async def _settle_addresses(
    allocator: ServiceAllocator, service: Json, old: Json | None, taken: _Taken, errors: ErrorList
) -> None:
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return
    spec.setdefault("ipFamilies", [allocator.family])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    wanted = spec.get("clusterIP") or ((spec.get("clusterIPs") or [""])[0])
    if wanted == "None":
        spec["clusterIP"], spec["clusterIPs"] = "None", ["None"]
        return
    if wanted and old is not None and old["spec"].get("type") != "ExternalName":
        return  # it has one: whether that may be another is for validation to say
    if wanted:
        await _take_chosen(allocator, service, wanted, taken, errors)
    else:
        wanted = await allocator.next_address(service)
        taken.add(partial(allocator.free_address, wanted))
    spec["clusterIP"] = wanted
    spec["clusterIPs"] = spec.get("clusterIPs") or [wanted]


async def _take_chosen(
    allocator: ServiceAllocator, service: Json, address: str, taken: _Taken, errors: ErrorList
) -> None:
    """An address that the service asks for by itself."""
    try:
        parsed, networks = ipaddress.ip_address(address), allocator.networks()
    except ValueError:
        return  # validation says what is wrong with it
    if not any(parsed in network for network in networks):
        why = f"the provided IP ({address}) is not in the valid range. The range of valid IPs is {allocator.network}"
        errors.invalid("spec.clusterIPs", [address], f"failed to allocate IP {address}: {why}")
    elif await allocator.take_address(address, service):
        taken.add(partial(allocator.free_address, address))
    else:
        errors.invalid(
            "spec.clusterIPs", [address], f"failed to allocate IP {address}: provided IP is already allocated"
        )


async def _settle_ports(
    allocator: ServiceAllocator, service: Json, old: Json | None, taken: _Taken, errors: ErrorList
) -> None:
    spec = service["spec"]
    wants = spec.get("type") in _WITH_NODE_PORT and spec.get("allocateLoadBalancerNodePorts", True) is not False
    had = set(ports_of(old)) if old is not None else set()
    chosen: dict[int, str] = {}
    for index, port in enumerate(spec.get("ports") or ()):
        number = port.get("nodePort")
        if number:
            await _take_chosen_port(
                allocator, service, f"spec.ports[{index}].nodePort", number, had | set(chosen), taken, errors
            )
            chosen[number] = port.get("protocol", "TCP")
        elif wants:
            number = port["nodePort"] = await allocator.next_port(service)
            taken.add(partial(allocator.free_port, number))
    local = spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"
    if local and not spec.get("healthCheckNodePort"):
        number = spec["healthCheckNodePort"] = await allocator.next_port(service)
        taken.add(partial(allocator.free_port, number))


async def _take_chosen_port(
    allocator: ServiceAllocator, service: Json, path: str, number: int, held: set[int], taken: _Taken, errors: ErrorList
) -> None:
    if number in held or service["spec"].get("type") not in _WITH_NODE_PORT:
        return
    allowed = allocator.node_ports
    if number not in allowed:
        ports = f"{allowed.start}-{allowed.stop - 1}"
        errors.invalid(path, number, f"provided port is not in the valid range. The range of valid ports is {ports}")
    elif await allocator.take_port(number, service):
        taken.add(partial(allocator.free_port, number))
    else:
        errors.invalid(path, number, "provided port is already allocated")


async def after_update(context: Context, new: Json, old: Json) -> None:
    """Free what the service had and no longer has."""
    if not context.dry_run:
        await _free(_allocator(context), old, new)


async def after_delete(context: Context, service: Json) -> None:
    await _free(_allocator(context), service, None)


async def _free(allocator: ServiceAllocator, old: Json, new: Json | None) -> None:
    for address in set(addresses_of(old)) - set(addresses_of(new) if new else ()):
        await allocator.free_address(address)
    for port in set(ports_of(old)) - set(ports_of(new) if new else ()):
        await allocator.free_port(port)


HOOKS = Hooks(
    before_create=before_create,
    before_update=before_update,
    after_update=after_update,
    after_delete=after_delete,
)
