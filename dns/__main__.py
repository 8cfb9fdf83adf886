"""``python -m pybernetes.dns``: the cluster's DNS server as a process. Counterpart: CoreDNS."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pybernetes.client.https import connect
from pybernetes.component.flags import component_parser, configure_logs
from pybernetes.component.process import run_component
from pybernetes.dns import agent
from pybernetes.dns.options import DNSOptions
from pybernetes.dns.resolv_conf import Upstream, parse_resolv_conf, parse_upstream


def parser() -> argparse.ArgumentParser:
    result = component_parser("dns", "Serve the names of Services and pods.")
    result.add_argument("--kubeconfig", required=True, help="file that says where the API server is and who we are")
    result.add_argument("--name", default=os.uname().nodename.lower(), help="tells this server from others")
    result.add_argument("--cluster-domain", default="cluster.local", help="the zone of the cluster")
    result.add_argument("--bind-address", action="append", default=[], help="where to listen; may be repeated")
    result.add_argument("--port", type=int, default=53)
    result.add_argument("--upstream", action="append", default=[], type=parse_upstream, help="whom to ask other names")
    result.add_argument("--resolv-conf", type=Path, help="file that names upstreams, when --upstream does not")
    result.add_argument("--pods", choices=("disabled", "insecure", "verified"), default="insecure")
    result.add_argument("--metrics-bind-address", default="0.0.0.0:9153", help="/health, /ready and /metrics")
    result.add_argument("--service", default="kube-system/kube-dns", help="the cluster's DNS Service")
    result.add_argument("--cluster-dns", default="10.96.0.10", help="the address of that Service")
    result.add_argument("--publish-address", default="", help="keep this address in that Service")
    result.add_argument("--node-name", default="", help="the Node that this server runs on")
    result.add_argument("--lameduck", type=float, default=0.0, help="seconds to serve on after leaving the Service")
    return result


def options_of(arguments: argparse.Namespace) -> DNSOptions:
    """Raises OSError when the resolv.conf cannot be read, ValueError for a Service without a namespace."""
    upstreams: list[Upstream] = list(arguments.upstream)
    if not upstreams and arguments.resolv_conf is not None:
        upstreams = parse_resolv_conf(arguments.resolv_conf.read_text())
    namespace, slash, service = arguments.service.partition("/")
    if not slash:
        raise ValueError(f"--service {arguments.service}: is not NAMESPACE/NAME")
    return DNSOptions(
        name=arguments.name,
        cluster_domain=arguments.cluster_domain.strip(".").lower(),
        bind_addresses=tuple(arguments.bind_address),
        port=arguments.port,
        upstreams=tuple(upstreams),
        pods=arguments.pods,
        metrics_bind_address=arguments.metrics_bind_address,
        service_namespace=namespace,
        service_name=service,
        cluster_dns=arguments.cluster_dns,
        publish_address=arguments.publish_address,
        node_name=arguments.node_name,
        lameduck_seconds=arguments.lameduck,
    )


async def _serve(kubeconfig: str, options: DNSOptions) -> None:
    async with connect(kubeconfig, user_agent="pybernetes-dns") as client:
        await agent.run(client, options)


def main(argv: list[str] | None = None) -> int:
    """Run until told to stop; returns the exit code."""
    arguments = parser().parse_args(argv)
    configure_logs(arguments)
    try:
        options = options_of(arguments)
    except (OSError, ValueError) as error:
        parser().error(str(error))
    return run_component("dns", _serve(arguments.kubeconfig, options))


if __name__ == "__main__":
    raise SystemExit(main())
