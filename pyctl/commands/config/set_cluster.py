"""`config set-cluster NAME`: change or add a cluster."""

from __future__ import annotations

import base64
from pathlib import Path

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.kubeconfig_editing import content, one_argument, put
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    values = session.values
    name = one_argument(session, "set-cluster")
    cluster = kubeconfig.find(content(session), "clusters", name) or {}
    for flag in ("server", "tls-server-name", "proxy-url"):
        if values.given(flag):
            cluster[flag] = values.text(flag)
    if values.given("insecure-skip-tls-verify"):
        cluster["insecure-skip-tls-verify"] = values.on("insecure-skip-tls-verify")
        if values.on("insecure-skip-tls-verify"):
            cluster.pop("certificate-authority", None)
            cluster.pop("certificate-authority-data", None)
    if values.text("certificate-authority"):
        path = Path(values.text("certificate-authority"))
        cluster.pop("certificate-authority", None)
        cluster.pop("certificate-authority-data", None)
        cluster.pop("insecure-skip-tls-verify", None)
        if values.on("embed-certs"):
            cluster["certificate-authority-data"] = base64.b64encode(path.read_bytes()).decode()
        else:
            cluster["certificate-authority"] = str(path.absolute())
    put(session, "clusters", name, cluster)
    session.write(f'Cluster "{name}" set.')
    return 0


COMMAND = Command(
    "config set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority]",
    "Set a cluster entry in kubeconfig",
    run,
    (
        Flag("embed-certs", "bool", False, help="Put the certificate into the file"),
        Flag("proxy-url", help="A proxy for this cluster"),
    ),
)
