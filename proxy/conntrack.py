"""Forgetting UDP flows that lead where nobody answers.

The kernel translates only the first packet of a flow and then remembers. A UDP client that keeps using one port
(resolvers do) would send to a pod that is gone for ever, or past a service that was not there when it began. So after
a write, the flows there are get compared with the endpoints there are; which also mends what happened while no proxy
ran. A terminated UDP flow costs its client nothing: the next packet makes a new one.

Counterpart: kube-proxy's conntrack.CleanStaleEntries.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pybernetes.proxy.backend import Target
from pybernetes.proxy.commands import Commands
from pybernetes.proxy.services import Family

log = logging.getLogger(__name__)

Address = tuple[str, int]
ANY_NODE_ADDRESS = ""
_MOST_DELETIONS = 1000  # commands in one pass, at about 2 ms each; what is left is found in the next pass
_FLOW = re.compile(
    r"src=(?P<src>\S+) dst=(?P<dst>\S+) sport=(?P<sport>\d+) dport=(?P<dport>\d+)"
    r".*?src=(?P<from>\S+) dst=\S+ sport=(?P<from_port>\d+) dport=\d+"
)


@dataclass(frozen=True, slots=True)
class Flow:
    """A UDP flow: where the client sends, and who answers. They differ when the flow is translated."""

    sent_to: Address
    answered_by: Address


def parse_flows(text: str) -> list[Flow]:
    """The distinct flows that ``conntrack -L -p udp`` printed."""
    found: dict[Flow, None] = {}
    for line in text.splitlines():
        match = _FLOW.search(line)
        if match:
            sent_to = (match["dst"], int(match["dport"]))
            found[Flow(sent_to, (match["from"], int(match["from_port"])))] = None
    return list(found)


def fronts_of(target: Target) -> list[Address]:
    """Every address that a service port is reached at; a node port has `ANY_NODE_ADDRESS`."""
    port = target.port
    addresses = (port.cluster_ip, *port.external_ips, *port.load_balancer_ips)
    fronts = [(address, port.port) for address in addresses]
    return [*fronts, (ANY_NODE_ADDRESS, port.node_port)] if port.node_port else fronts


def answers_by_front(targets: Iterable[Target]) -> dict[Address, frozenset[Address]]:
    """For each address of a UDP service port, who may answer."""
    result: dict[Address, frozenset[Address]] = {}
    for target in targets:
        if target.port.protocol == "udp":
            endpoints = (*target.routes.cluster, *target.routes.local)
            answers = frozenset((endpoint.host.ip, endpoint.port) for endpoint in endpoints)
            for front in fronts_of(target):
                result[front] = result.get(front, frozenset()) | answers
    return result


def stale_flows(
    flows: Iterable[Flow], answers: Mapping[Address, frozenset[Address]], node_addresses: frozenset[str]
) -> list[Flow]:
    """The flows to forget: translated to who does not answer any more, or not translated though someone would."""
    stale = []
    for flow in flows:
        translated = flow.answered_by != flow.sent_to
        allowed = answers.get(flow.sent_to)
        if allowed is None and (translated or flow.sent_to[0] in node_addresses):
            allowed = answers.get((ANY_NODE_ADDRESS, flow.sent_to[1]))
        if allowed is None or flow.answered_by in allowed:
            continue
        if translated or allowed:
            stale.append(flow)
    return stale


class FlowKeeper:
    """Remembers which addresses were served, so that flows to those that are gone are found too."""

    def __init__(self, family: Family, commands: Commands):
        self._family = family
        self._commands = commands
        self._served: set[Address] = set()
        self._told_missing = False

    async def forget_stale(self, targets: Iterable[Target], node_addresses: frozenset[str]) -> int:
        """Compare flows with targets and forget what is stale. Returns how many kinds of flow were."""
        answers = answers_by_front(targets)
        gone = self._served - answers.keys()
        self._served = set(answers)
        if not answers and not gone:
            return 0
        arguments = ("-f", "ipv4" if self._family == 4 else "ipv6", "-p", "udp")
        listed = await self._commands.run("conntrack", "-L", *arguments)
        if listed.code:
            self._complain(listed.errors, missing=listed.missing)
            return 0
        answers |= dict.fromkeys(gone, frozenset())
        stale = stale_flows(parse_flows(listed.output), answers, node_addresses)
        for flow in stale[:_MOST_DELETIONS]:
            (address, port), (source, source_port) = flow.sent_to, flow.answered_by
            to_front = ("--orig-dst", address, "--orig-port-dst", str(port))
            from_endpoint = ("--reply-src", source, "--reply-port-src", str(source_port))
            outcome = await self._commands.run("conntrack", "-D", *arguments, *to_front, *from_endpoint)
            if outcome.code and "0 flow entries" not in outcome.errors:
                log.warning("stale flow not deleted", extra={"flow": str(flow), "error": outcome.errors.strip()})
        return len(stale)

    def _complain(self, errors: str, *, missing: bool) -> None:
        if not (missing and self._told_missing):
            log.warning("flows cannot be listed, stale UDP flows stay", extra={"error": errors.strip()})
        self._told_missing = self._told_missing or missing
