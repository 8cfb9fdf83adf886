"""From the words of an option to an open store.

sqlite                      the embedded store in state.db of the data directory
sqlite:PATH                 the embedded store in another file
etcd=URL[,URL...]           etcd v3, for instance etcd=https://10.0.0.1:2379,https://10.0.0.2:2379
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pybernetes.apiserver.storage.interface import Store
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from pybernetes.apiserver.storage.etcd_certificates import EtcdCertificates

_DEFAULT_FILE = "state.db"
_EXPECTED = "expected sqlite, sqlite:PATH or etcd=URL[,URL...]"


async def open_store(
    spec: str,
    *,
    data_dir: str | Path,
    clock: Clock = SYSTEM_CLOCK,
    etcd_certificates: EtcdCertificates | None = None,
    etcd_namespace: str = "",
) -> Store:
    """Open the store that `spec` names.

    The last two are for etcd: the files of a TLS connection (kube-apiserver's --etcd-cafile, --etcd-certfile and
    --etcd-keyfile), and a prefix that all keys get there, so that several clusters can share one etcd.
    Raises ValueError for a bad spec and `StoreUnavailable` when the store cannot be opened or reached.
    """
    make, separator, rest = _split(spec)
    if make == "sqlite":
        # Imported late: each make has its libraries.
        from pybernetes.apiserver.storage.sqlite import SQLiteStore

        return await SQLiteStore.open(rest if separator else Path(data_dir) / _DEFAULT_FILE, clock=clock)
    from pybernetes.apiserver.storage.etcd import EtcdStore

    return await EtcdStore.open(rest.split(","), clock=clock, certificates=etcd_certificates, namespace=etcd_namespace)


def embedded_file(spec: str, *, data_dir: Path) -> Path | None:
    """The file of the embedded store, if `spec` names that. Raises ValueError."""
    make, separator, rest = _split(spec)
    if make != "sqlite":
        return None
    return Path(rest) if separator else data_dir / _DEFAULT_FILE


def _split(spec: str) -> tuple[str, str, str]:
    """(make, separator, rest) of a spec that is well formed, or ValueError."""
    if spec == "sqlite":
        return "sqlite", "", ""
    if spec.startswith("sqlite:"):
        if spec == "sqlite:":
            raise ValueError(f"store {spec!r} names no file: {_EXPECTED}")
        return "sqlite", ":", spec.removeprefix("sqlite:")
    if spec.startswith("etcd="):
        urls = spec.removeprefix("etcd=").split(",")
        bad = [url for url in urls if not url.startswith(("http://", "https://")) or not url.split("//", 1)[1]]
        if bad:
            raise ValueError(f"store {spec!r}: {bad[0]!r} is not an http:// or https:// URL: {_EXPECTED}")
        return "etcd", "=", spec.removeprefix("etcd=")
    raise ValueError(f"unknown store {spec!r}: {_EXPECTED}")
