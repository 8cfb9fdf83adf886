"""Who each component of a cluster is: kubeconfigs signed by the cluster's CA, and the kubelets' serving certificates.

Written anew at every start of the control plane: a certificate costs a millisecond, and none is ever near its end.

    <data_dir>/kubeconfigs/{admin,controller-manager,scheduler,dns}.conf
    <data_dir>/nodes/<node>/{kubelet,proxy}.conf  pki/kubelet.{crt,key}
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.ca import CertificateAuthority
from pybernetes.apiserver.pki.certificates import issue, kubelet_serving_profile
from pybernetes.apiserver.pki.control_plane import ensure_pki
from pybernetes.apiserver.pki.files import SECRET_MODE, write_file
from pybernetes.apiserver.pki.kubeconfig import component_kubeconfig
from pybernetes.launcher.plan import Node, Plan, read_plan, write_json

CONTROLLER_MANAGER = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
PROXY = "system:kube-proxy"
DNS = "system:kube-dns"


def server_options(plan: Plan) -> Options:
    """How the cluster's API server runs."""
    return Options(
        data_dir=plan.directory,
        store=plan.store,
        etcd_namespace=plan.etcd_prefix,
        secure_port=plan.port,
        advertise_address=plan.advertise_address,
        service_cluster_ip_range=plan.service_cidr,
    )


def write_credentials(plan: Plan, ca: CertificateAuthority) -> None:
    """Write everybody's credentials; the administrator's last. Raises OSError."""

    def kubeconfig(path: Path, server: str, user: str, groups: Iterable[str] = ()) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(path, component_kubeconfig(ca, server=server, user=user, groups=groups, now=datetime.now(UTC)))

    if plan.separate:
        kubeconfig(plan.kubeconfig("controller-manager"), plan.server, CONTROLLER_MANAGER)
        kubeconfig(plan.kubeconfig("scheduler"), plan.server, SCHEDULER)
    if plan.node_count:
        kubeconfig(plan.kubeconfig("dns"), plan.server, DNS)
    for node in plan.nodes:
        _write_serving_certificate(node, ca)
        kubeconfig(node.proxy_kubeconfig, plan.server_for_nodes, PROXY)
        kubeconfig(node.kubeconfig, plan.server_for_nodes, f"system:node:{node.name}", ["system:nodes"])
    kubeconfig(plan.kubeconfig("admin"), plan.server, "kubernetes-admin", ["system:masters"])


def _write_serving_certificate(node: Node, ca: CertificateAuthority) -> None:
    profile = kubelet_serving_profile(node.name, ip_addresses=[node.address, "127.0.0.1"])
    pair = issue(ca, profile, now=datetime.now(UTC))
    node.serving_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_file(node.serving_key, pair.key_pem, mode=SECRET_MODE)
    write_file(node.serving_certificate, pair.certificate_pem, mode=SECRET_MODE)


def main(data_dir: str) -> int:
    """``python -m pybernetes.launcher.credentials DATA_DIR``: for a control plane of separate processes."""
    plan = read_plan(Path(data_dir))
    if plan is None:
        print(f"{data_dir} is no cluster's directory", file=sys.stderr)
        return 1
    options = server_options(plan)
    pki = ensure_pki(
        options.data_dir / "pki",
        service_cluster_ip_range=options.service_cluster_ip_range,
        advertise_addresses=[options.advertise_address] if options.advertise_address else [],
    )
    write_credentials(plan, pki.ca)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
