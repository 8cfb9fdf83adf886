"""What limits the requests of a server, as its options ask for it."""

from __future__ import annotations

from functools import partial

from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.flowcontrol.control import FlowControl, Limits
from pybernetes.apiserver.flowcontrol.width import width_of
from pybernetes.apiserver.options import Options


def build_flow_control(options: Options, cache: WatchCache) -> FlowControl | None:
    """None where it is turned off."""
    if not options.priority_and_fairness:
        return None
    seats = options.max_requests_in_flight + options.max_mutating_requests_in_flight
    return FlowControl(cache, seats, partial(width_of, cache))


def build_limits(options: Options, flow_control: FlowControl | None) -> Limits:
    """Flow control, or the plain limits that there are without it."""
    if flow_control is not None:
        return flow_control
    from pybernetes.apiserver.flowcontrol.in_flight import InFlight

    return InFlight(options.max_requests_in_flight, options.max_mutating_requests_in_flight)
