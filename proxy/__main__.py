"""``python -m pybernetes.proxy``: the proxy of this node as a process. Counterpart: kube-proxy."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os

from pybernetes.client.https import connect
from pybernetes.component.flags import component_parser, configure_logs
from pybernetes.component.process import run_component
from pybernetes.proxy import agent
from pybernetes.proxy.backend import BackendError
from pybernetes.proxy.options import ProxyOptions

log = logging.getLogger(__name__)

_UNITS_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """A duration as Kubernetes writes it (``30s``, ``500ms``, ``1m``), or plain seconds."""
    for unit in sorted(_UNITS_SECONDS, key=len, reverse=True):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * _UNITS_SECONDS[unit]
    return float(text)


def parser() -> argparse.ArgumentParser:
    """kube-proxy's flags, those that mean something here."""
    result = component_parser("proxy", "Make Services reachable on this node.")
    result.add_argument("--kubeconfig", default="", help="file that says where the API server is and who we are")
    result.add_argument("--hostname-override", "--node-name", dest="node_name", default=os.uname().nodename.lower())
    result.add_argument("--cluster-cidr", default="", help="pods' networks; what comes from elsewhere is masqueraded")
    result.add_argument("--proxy-mode", choices=("iptables",), default="iptables")
    result.add_argument("--nodeport-addresses", default="", help="CIDRs, or primary: where node ports are served")
    result.add_argument("--metrics-bind-address", default="127.0.0.1:10249")
    result.add_argument("--healthz-bind-address", default="0.0.0.0:10256")
    result.add_argument("--iptables-sync-period", type=seconds, default=30.0, help="how often to look after the rules")
    result.add_argument("--iptables-min-sync-period", type=seconds, default=1.0, help="least time between writes")
    result.add_argument("--masquerade-all", action=argparse.BooleanOptionalAction, default=False)
    result.add_argument(
        "--iptables-localhost-nodeports",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="serve node ports on 127.0.0.1 too",
    )
    result.add_argument("--cleanup", action="store_true", help="take out all rules and exit")
    return result


def options_of(arguments: argparse.Namespace) -> ProxyOptions:
    return ProxyOptions(
        node_name=arguments.node_name,
        cluster_cidr=arguments.cluster_cidr,
        proxy_mode=arguments.proxy_mode,
        nodeport_addresses=tuple(text for text in arguments.nodeport_addresses.split(",") if text),
        metrics_bind_address=arguments.metrics_bind_address,
        healthz_bind_address=arguments.healthz_bind_address,
        sync_period_seconds=arguments.iptables_sync_period,
        min_sync_period_seconds=arguments.iptables_min_sync_period,
        masquerade_all=arguments.masquerade_all,
        localhost_nodeports=arguments.iptables_localhost_nodeports,
    )


async def _serve(kubeconfig: str, options: ProxyOptions) -> None:
    async with connect(kubeconfig, user_agent="pybernetes-proxy") as client:
        await agent.run(client, options)


def main(argv: list[str] | None = None) -> int:
    """Run until told to stop; returns the exit code."""
    arguments = parser().parse_args(argv)
    configure_logs(arguments)
    options = options_of(arguments)
    if arguments.cleanup:
        try:
            asyncio.run(agent.cleanup(options))
        except BackendError:
            log.exception("cleanup failed")
            return 1
        return 0
    if not arguments.kubeconfig:
        parser().error("--kubeconfig is required")
    return run_component("proxy", _serve(arguments.kubeconfig, options))


if __name__ == "__main__":
    raise SystemExit(main())
