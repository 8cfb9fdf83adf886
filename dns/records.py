"""What the API says, by name: an index of Services, EndpointSlices, Namespaces and (if wanted) pods.

`Index` takes objects as they come and go and keeps of them only what names resolve to. `Index.lookup` answers a name
of the cluster by the Kubernetes DNS specification, version 1.1:

    SERVICE.NS.svc.ZONE               A/AAAA: cluster IPs, or the ready endpoints of a headless one; CNAME: ExternalName
    ENDPOINT.SERVICE.NS.svc.ZONE      A/AAAA: endpoints with that hostname, or that address with dashes
    _PORT._PROTO.SERVICE.NS.svc.ZONE  SRV: the port, with targets' addresses beside it
    1-2-3-4.NS.pod.ZONE               A/AAAA: the address in the name
    4.3.2.1.in-addr.arpa              PTR: the Service or endpoint that has the address
    dns-version.ZONE                  TXT

A name that exists without records of the type is NOERROR with the zone's SOA; one that does not exist, NXDOMAIN with
it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from pybernetes.api.object import Json, key_of, name_of
from pybernetes.dns import wire
from pybernetes.dns.entries import (
    ServiceEntry,
    SliceEntry,
    canonical_address,
    pod_addresses,
    service_entry,
    slice_entry,
    undashed,
)
from pybernetes.dns.wire import NXDOMAIN, Answer

TTL_SECONDS = 5  # CoreDNS's: short enough that a change is seen soon, long enough to spare the server
SPECIFICATION_VERSION = "1.1.0"
PodMode = Literal["disabled", "insecure", "verified"]
Key = TypeVar("Key")

_SRV_WEIGHTS = 100  # divided among the records of an answer, as CoreDNS does


@dataclass(frozen=True, slots=True)
class Alias:
    """The answer is what another name has; `record` is the CNAME that says so."""

    target: bytes
    record: bytes


class Index:
    """The names of one cluster. Every method is plain and quick; `generation` counts the changes."""

    def __init__(self, zone: str = "cluster.local", *, pods: PodMode = "insecure"):
        self.zone = zone
        self.zone_labels = zone.split(".")
        self.zone_name = wire.encode_name(zone)
        self.pods = pods
        self.generation = 0
        self.server_addresses: tuple[str, ...] = ()
        self._services: dict[str, ServiceEntry] = {}
        self._slices: dict[str, SliceEntry] = {}
        self._slices_of: dict[str, set[str]] = {}
        self._namespaces: set[str] = set()
        self._pods: dict[str, tuple[str, ...]] = {}
        self._pod_addresses: dict[tuple[str, str], int] = {}
        self._names_of: dict[str, dict[str, int]] = {}

    # what there is

    def service_is(self, key: str, service: Json | None) -> bool:
        """A Service is now so, or gone (None). Whether any name changed."""
        new = service_entry(service) if service is not None else None
        old = self._services.get(key)
        if new == old:
            return False
        name = self._service_name(key)
        for address in old.addresses if old is not None else ():
            self._forget_name(address, name)
        if new is None:
            del self._services[key]
        else:
            self._services[key] = new
            for address in new.addresses:
                self._learn_name(address, name)
        self.generation += 1
        return True

    def slice_is(self, key: str, obj: Json | None) -> bool:
        """An EndpointSlice is now so, or gone (None). Whether any name changed."""
        new = slice_entry(obj) if obj is not None else None
        old = self._slices.get(key)
        if new == old:
            return False
        if old is not None:
            del self._slices[key]
            self._slices_of[old.service].discard(key)
            if not self._slices_of[old.service]:
                del self._slices_of[old.service]
            for endpoint, address in old.endpoints:
                self._forget_name(address, f"{endpoint}.{self._service_name(old.service)}")
        if new is not None:
            self._slices[key] = new
            self._slices_of.setdefault(new.service, set()).add(key)
            for endpoint, address in new.endpoints:
                self._learn_name(address, f"{endpoint}.{self._service_name(new.service)}")
        self.generation += 1
        return True

    def namespace_is(self, key: str, namespace: Json | None) -> bool:
        """A Namespace is there, or gone (None)."""
        if (namespace is not None) == (key in self._namespaces):
            return False
        (self._namespaces.add if namespace is not None else self._namespaces.discard)(key)
        self.generation += 1
        return True

    def pod_is(self, key: str, pod: Json | None) -> bool:
        """A pod has these addresses, or is gone (None). Needed only when pods are verified."""
        new = pod_addresses(pod) if pod is not None else ()
        old = self._pods.get(key, ())
        if new == old:
            return False
        namespace = key.split("/", 1)[0]
        for address in old:
            _count(self._pod_addresses, (namespace, address), -1)
        for address in new:
            _count(self._pod_addresses, (namespace, address), 1)
        if new:
            self._pods[key] = new
        else:
            self._pods.pop(key, None)
        self.generation += 1
        return True

    def replace_services(self, services: list[Json]) -> None:
        listed = {key_of(service): service for service in services}
        for key in [key for key in self._services if key not in listed]:
            self.service_is(key, None)
        for key, service in listed.items():
            self.service_is(key, service)

    def replace_slices(self, slices: list[Json]) -> None:
        listed = {key_of(obj): obj for obj in slices}
        for key in [key for key in self._slices if key not in listed]:
            self.slice_is(key, None)
        for key, obj in listed.items():
            self.slice_is(key, obj)

    def replace_namespaces(self, namespaces: list[Json]) -> None:
        listed = {name_of(namespace) for namespace in namespaces}
        if listed != self._namespaces:
            self._namespaces = listed
            self.generation += 1

    def replace_pods(self, pods: list[Json]) -> None:
        listed = {key_of(pod): pod for pod in pods}
        for key in [key for key in self._pods if key not in listed]:
            self.pod_is(key, None)
        for key, pod in listed.items():
            self.pod_is(key, pod)

    def _service_name(self, key: str) -> str:
        namespace, name = key.split("/", 1)
        return f"{name}.{namespace}.svc.{self.zone}"

    def _learn_name(self, address: str, name: str) -> None:
        _count(self._names_of.setdefault(address, {}), name, 1)

    def _forget_name(self, address: str, name: str) -> None:
        names = self._names_of[address]
        _count(names, name, -1)
        if not names:
            del self._names_of[address]

    # what it answers

    def lookup(self, labels: list[str], type_: int) -> Answer | Alias | None:
        """What a name in lower case has of a type; None when it is not a name of this cluster."""
        if labels[-len(self.zone_labels) :] == self.zone_labels:
            return self._in_zone(labels[: -len(self.zone_labels)], type_)
        if labels[-1:] == ["arpa"]:
            return self._reverse(labels, type_)
        return None

    def _in_zone(self, labels: list[str], type_: int) -> Answer | Alias:
        match labels:
            case []:
                return self._apex(type_)
            case ["dns-version"]:
                text = SPECIFICATION_VERSION.encode()
                return self._found([wire.record(wire.TXT, bytes((len(text),)) + text, TTL_SECONDS)], type_, wire.TXT)
            case ["ns", "dns"]:
                return self._addresses(self.server_addresses, type_)
            case ["dns" | "svc"]:
                return self._no_data()
            case ["pod"] if self.pods != "disabled":
                return self._no_data()
            case [namespace, "svc"]:
                return self._no_data() if namespace in self._namespaces else self._no_name()
            case [namespace, "pod"] if self.pods != "disabled":
                return self._no_data() if namespace in self._namespaces else self._no_name()
            case [pod, namespace, "pod"]:
                return self._pod(pod, namespace, type_)
            case [*rest, name, namespace, "svc"]:
                return self._service(rest, f"{namespace}/{name}", type_)
        return self._no_name()

    def _apex(self, type_: int) -> Answer:
        if type_ == wire.SOA:
            return Answer(answers=(self._soa(),), authoritative=True)
        if type_ == wire.NS:
            server = wire.encode_name(f"ns.dns.{self.zone}")
            extra = [wire.address_record(address, TTL_SECONDS, server) for address in self.server_addresses]
            answers = (wire.record(wire.NS, server, TTL_SECONDS),)
            return Answer(answers=answers, additional=tuple(extra), authoritative=True)
        return self._no_data()

    def _pod(self, label: str, namespace: str, type_: int) -> Answer:
        address = undashed(label)
        if self.pods == "disabled" or not address or namespace not in self._namespaces:
            return self._no_name()
        if self.pods == "verified" and (namespace, address) not in self._pod_addresses:
            return self._no_name()
        return self._addresses((address,), type_)

    def _service(self, rest: list[str], key: str, type_: int) -> Answer | Alias:
        service = self._services.get(key)
        if service is None:
            return self._no_name()
        match rest:
            case []:
                if service.external_name:
                    return self._alias(service.external_name)
                if type_ == wire.SRV:
                    return self._srv(key, service, None, None)
                return self._addresses(self._service_addresses(key, service), type_)
            case [port, protocol] if port.startswith("_") and protocol.startswith("_"):
                if not self._has_port(key, service, port[1:], protocol[1:]):
                    return self._no_name()
                if type_ == wire.SRV:
                    return self._srv(key, service, port[1:], protocol[1:])
                return self._addresses(self._service_addresses(key, service), type_)
            case [protocol] if protocol.startswith("_"):
                return self._no_data() if self._has_port(key, service, None, protocol[1:]) else self._no_name()
            case [endpoint]:
                found = [address for name, address in self._endpoints(key) if name == endpoint]
                return self._addresses(found, type_) if found else self._no_name()
        return self._no_name()

    def _service_addresses(self, key: str, service: ServiceEntry) -> Iterable[str]:
        return [address for _, address in self._endpoints(key)] if service.headless else service.addresses

    def _endpoints(self, key: str) -> list[tuple[str, str]]:
        """(name, address) of every ready endpoint of a Service, each once."""
        slices = (self._slices[name] for name in sorted(self._slices_of.get(key, ())))
        return list(dict.fromkeys(endpoint for each in slices for endpoint in each.endpoints))

    def _ports(self, key: str, service: ServiceEntry) -> Iterable[tuple[str, str, int]]:
        """A headless Service's ports are those of its endpoints, which need not be in its spec."""
        if not service.headless:
            return service.ports
        return dict.fromkeys(port for name in self._slices_of.get(key, ()) for port in self._slices[name].ports)

    def _has_port(self, key: str, service: ServiceEntry, port: str | None, protocol: str) -> bool:
        return any(
            found_protocol == protocol and name and port in (None, name)
            for name, found_protocol, _ in self._ports(key, service)
        )

    def _srv(self, key: str, service: ServiceEntry, port: str | None, protocol: str | None) -> Answer:
        """SRV records of one port, or of all, with the addresses of their targets."""
        targets: list[tuple[int, str]] = []
        addresses: dict[tuple[str, str], None] = {}
        own_name = self._service_name(key)
        if service.headless:
            for each in (self._slices[name] for name in sorted(self._slices_of.get(key, ()))):
                numbers = [n for name, proto, n in each.ports if port in (None, name) and protocol in (None, proto)]
                for endpoint, address in each.endpoints if numbers else ():
                    targets += [(number, f"{endpoint}.{own_name}") for number in numbers]
                    addresses[f"{endpoint}.{own_name}", address] = None
        else:
            for name, proto, number in service.ports:
                if port in (None, name) and protocol in (None, proto):
                    targets.append((number, own_name))
                    addresses |= dict.fromkeys((own_name, address) for address in service.addresses)
        targets = list(dict.fromkeys(targets))
        if not targets:
            return self._no_data()
        weight = max(1, _SRV_WEIGHTS // len(targets))
        records = [wire.srv_record(0, weight, n, wire.encode_name(target), TTL_SECONDS) for n, target in targets]
        extra = [wire.address_record(a, TTL_SECONDS, wire.encode_name(target)) for target, a in addresses]
        return Answer(answers=tuple(records), additional=tuple(extra), authoritative=True)

    def _reverse(self, labels: list[str], type_: int) -> Answer | None:
        """PTR of an address of this cluster; other addresses are for upstream to know."""
        names = self._names_of.get(reverse_address(labels))
        if not names:
            return None
        records = [wire.record(wire.PTR, wire.encode_name(name), TTL_SECONDS) for name in sorted(names)]
        if type_ != wire.PTR:
            return self._no_data()
        return Answer(answers=tuple(records), authoritative=True)

    def _alias(self, target: str) -> Alias | Answer:
        try:
            name = wire.encode_name(target.lower())
        except (wire.WireError, UnicodeError):
            return Answer(wire.SERVFAIL)
        return Alias(name, wire.record(wire.CNAME, name, TTL_SECONDS))

    def _addresses(self, addresses: Iterable[str], type_: int) -> Answer:
        """The records of one family; the name exists, so without any it is just empty."""
        if type_ not in (wire.A, wire.AAAA):
            return self._no_data()
        wanted = [address for address in addresses if (":" in address) == (type_ == wire.AAAA)]
        return self._found([wire.address_record(a, TTL_SECONDS) for a in dict.fromkeys(wanted)], type_, type_)

    def _found(self, records: list[bytes], type_: int, has: int) -> Answer:
        if type_ != has or not records:
            return self._no_data()
        return Answer(answers=tuple(records), authoritative=True)

    def _no_data(self) -> Answer:
        return Answer(authority=(self._soa(),), authoritative=True)

    def _no_name(self) -> Answer:
        return Answer(NXDOMAIN, authority=(self._soa(),), authoritative=True)

    def _soa(self) -> bytes:
        server = wire.encode_name(f"ns.dns.{self.zone}")
        mailbox = wire.encode_name(f"hostmaster.{self.zone}")
        serial = self.generation & 0xFFFFFFFF
        return wire.soa_record(self.zone_name, server, mailbox, serial, TTL_SECONDS, TTL_SECONDS)


def reverse_address(labels: list[str]) -> str:
    """The address that a name under in-addr.arpa or ip6.arpa stands for, or nothing."""
    digits = labels[-3::-1]
    if labels[-2:] == ["in-addr", "arpa"] and len(digits) == 4:
        return canonical_address(".".join(digits))
    if labels[-2:] == ["ip6", "arpa"] and len(digits) == 32 and all(len(digit) == 1 for digit in digits):
        text = "".join(digits)
        return canonical_address(":".join(text[at : at + 4] for at in range(0, 32, 4)))
    return ""


def _count(counts: dict[Key, int], key: Key, change: int) -> None:
    """Add to a count; a key whose count is zero is not there."""
    counts[key] = counts.get(key, 0) + change
    if not counts[key]:
        del counts[key]
