"""Where this server keeps what is its own. These are flags that kube-apiserver does not have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pybernetes.component.flag_set import flag

_DATA_DIR = Path("/var/lib/pybernetes")


@dataclass(frozen=True)
class PlaceOptions:
    """Paths of keys and certificates that are not given are made below `data_dir`."""

    SECTION = "Pybernetes"

    data_dir: Path = flag(_DATA_DIR, "where keys and the embedded store are kept")  # noqa: RUF009
    store: str = flag("sqlite", "sqlite, sqlite:PATH or etcd=URL[,URL...]; --etcd-servers alone says etcd too")
    kubeconfig_out: str = flag("", "write an admin kubeconfig with a bearer token to this file")
    tls_san: tuple[str, ...] = flag((), "further names and addresses in the serving certificate that is made")
    cluster_domain: str = flag("cluster.local", "domain of the cluster's DNS, for that certificate")
