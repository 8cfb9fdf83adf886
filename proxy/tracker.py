"""The present targets, kept up to date from events, and which of them changed since someone last looked.

Only the compact form of each object is kept. Events may come doubled, late or in any order between resources; what
counts is what is known when `take` is called. Nothing here waits or does I/O.
"""

from __future__ import annotations

from pybernetes.api.object import Json, key_of
from pybernetes.proxy.backend import Target
from pybernetes.proxy.endpoints import Place, Slice, endpoints_of, routes_of, slice_of
from pybernetes.proxy.services import Family, ServicePort, service_ports


class Tracker:
    """Services, slices and the place of one node, in one address family."""

    def __init__(self, family: Family, place: Place):
        self.family = family
        self.place = place
        self.targets: dict[str, Target] = {}
        self._ports: dict[str, tuple[ServicePort, ...]] = {}
        self._slices: dict[str, Slice] = {}
        self._slices_of: dict[str, set[str]] = {}
        self._written: dict[str, list[str]] = {}
        self._dirty: set[str] = set()

    @property
    def dirty(self) -> bool:
        """Whether `take` would have anything to look at."""
        return bool(self._dirty)

    def service_is(self, key: str, service: Json | None) -> bool:
        """A Service is now so, or gone (None). Whether that matters to the rules."""
        ports = service_ports(service, self.family) if service is not None else ()
        if ports == self._ports.get(key, ()):
            return False
        if ports:
            self._ports[key] = ports
        else:
            self._ports.pop(key, None)
        self._dirty.add(key)
        return True

    def slice_is(self, key: str, obj: Json | None) -> bool:
        """An EndpointSlice is now so, or gone (None). Whether that matters to the rules."""
        new = slice_of(obj, self.family) if obj is not None else None
        old = self._slices.get(key)
        if new == old:
            return False
        if old is not None:
            del self._slices[key]
            self._slices_of[old.service].discard(key)
            if not self._slices_of[old.service]:
                del self._slices_of[old.service]
            self._dirty.add(old.service)
        if new is not None:
            self._slices[key] = new
            self._slices_of.setdefault(new.service, set()).add(key)
            self._dirty.add(new.service)
        return True

    def replace_services(self, services: list[Json]) -> None:
        """These are all Services there are."""
        listed = {key_of(service): service for service in services}
        for key in [key for key in self._ports if key not in listed]:
            self.service_is(key, None)
        for key, service in listed.items():
            self.service_is(key, service)

    def replace_slices(self, slices: list[Json]) -> None:
        """These are all EndpointSlices there are."""
        listed = {key_of(obj): obj for obj in slices}
        for key in [key for key in self._slices if key not in listed]:
            self.slice_is(key, None)
        for key, obj in listed.items():
            self.slice_is(key, obj)

    def place_is(self, place: Place) -> None:
        """This node is in another zone than was thought."""
        if place != self.place:
            self.place = place
            self._dirty.update(self._ports)

    def take(self) -> dict[str, Target | None]:
        """What differs in `targets` since the last call, which this brings up to date."""
        changes: dict[str, Target | None] = {}
        for service in sorted(self._dirty):
            changes.update(self._renew(service))
        self._dirty.clear()
        return changes

    def _renew(self, service: str) -> dict[str, Target | None]:
        changes: dict[str, Target | None] = {}
        slices = [self._slices[key] for key in self._slices_of.get(service, ())]
        ports = self._ports.get(service, ())
        names = [port.name for port in ports]
        for name in self._written.pop(service, ()):
            if name not in names:
                del self.targets[name]
                changes[name] = None
        for port in ports:
            target = Target(port, routes_of(endpoints_of(port, slices), self.place))
            if self.targets.get(port.name) != target:
                self.targets[port.name] = changes[port.name] = target
        if names:
            self._written[service] = names
        return changes

    def local_endpoints(self, service: str) -> int:
        """How many addresses on this node a Service has (what a load balancer's health check asks)."""
        ports = self._ports.get(service, ())
        return len({e.host.ip for p in ports if p.name in self.targets for e in self.targets[p.name].routes.local})
