"""The files of a TLS connection to etcd. In a file of its own so that naming them imports nothing of etcd."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EtcdCertificates:
    """PEM files: whom to trust (None: the system's list), and who we are (both or neither)."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
