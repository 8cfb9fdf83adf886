"""The CNI configuration list that the container runtime reads on each node.

    podCIDRs, MTU -> conflist (pure) -> written beside and renamed into the runtime's directory

The runtime watches the directory: NetworkReady turns true when the file appears, and a changed file is used for the
next pod. Three plugins of the CNI project run in order:

- `bridge` puts the pod on a bridge of the node, which is the pod's gateway. It does not masquerade (`ipMasq` would
  per pod): masquerade.py does, with rules that know the whole cluster's range. Hairpin mode is on, so that a pod
  reaches itself through a Service.
- `host-local` hands out addresses of the node's pod CIDRs and keeps them in files.
- `portmap` serves hostPort. With `snat`, a hostPort is reachable from the node itself.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NETWORK_NAME = "pybernetes"
BRIDGE = "cni0"
# The runtime takes the first file by name; 10- is what every network add-on uses.
FILE_NAME = "10-pybernetes.conflist"
# Plugin versions that Debian 12 has speak 1.0.0; so do all later ones.
CNI_VERSION = "1.0.0"


def conflist(
    pod_cidrs: Sequence[str],
    mtu: int,
    *,
    bridge: str = BRIDGE,
    data_dir: str = "",
) -> dict[str, Any]:
    """The configuration list for a node with these pod CIDRs (one, or one of each IP family).

    `mtu` is the pods' (vxlan.pod_mtu). `data_dir` is where host-local keeps which address is taken; nodes that
    share a file system need one each ("" is the plugin's own, /var/lib/cni/networks). Raises ValueError for
    CIDRs that are none.
    """
    networks = [ipaddress.ip_network(cidr) for cidr in pod_cidrs]
    if not networks:
        raise ValueError("a node without pod CIDR has no pod network")
    everywhere = {4: "0.0.0.0/0", 6: "::/0"}
    ipam: dict[str, Any] = {
        "type": "host-local",
        "ranges": [[{"subnet": str(network)}] for network in networks],
        "routes": [{"dst": everywhere[version]} for version in sorted({each.version for each in networks})],
    }
    if data_dir:
        ipam["dataDir"] = data_dir
    return {
        "cniVersion": CNI_VERSION,
        "name": NETWORK_NAME,
        "plugins": [
            {
                "type": "bridge",
                "bridge": bridge,
                "isGateway": True,
                "forceAddress": True,
                "ipMasq": False,
                "hairpinMode": True,
                "mtu": mtu,
                "ipam": ipam,
            },
            {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}},
        ],
    }


def write_conflist(directory: Path, config: dict[str, Any]) -> bool:
    """Put the configuration where the runtime reads it, in one step; whether anything changed."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / FILE_NAME
    content = json.dumps(config, indent=2).encode() + b"\n"
    if path.exists() and path.read_bytes() == content:
        return False
    # The runtime reads *.conf, *.conflist and *.json: a half-written file must have none of these names.
    partial = directory / f"{FILE_NAME}.{os.getpid()}.partial"
    partial.write_bytes(content)
    partial.rename(path)
    return True
