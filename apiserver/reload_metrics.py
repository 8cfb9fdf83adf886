"""What is counted of configuration files that are followed, under kube-apiserver's names.

One instance for each kind of file: authentication, authorization, encryption. The last hash tells whether several
servers go by the same file.

Counterpart: the metrics packages of authenticationconfig, authorizationconfig and encryptionconfig.
"""

from __future__ import annotations

import hashlib
import socket

from prometheus_client import Counter, Gauge

_SERVER = "sha256:" + hashlib.sha256(socket.gethostname().encode()).hexdigest()


class ReloadMetrics:
    """The metrics of one kind of file, ``authentication`` say."""

    def __init__(self, kind: str):
        start = f"apiserver_{kind}_config_controller_"
        labels = ["status", "apiserver_id_hash"]
        self._count = Counter(f"{start}automatic_reloads", f"Changes of the {kind} configuration taken up", labels)
        self._last = Gauge(
            f"{start}automatic_reload_last_timestamp_seconds",
            f"When the {kind} configuration was taken up last",
            labels,
        )
        self._info = Gauge(
            f"{start}last_config_info", f"The {kind} configuration in use", ["apiserver_id_hash", "hash"]
        )

    def used(self, content: bytes) -> None:
        """These are the bytes of the file in use, whenever it was read."""
        self._info.clear()
        self._info.labels(_SERVER, "sha256:" + hashlib.sha256(content).hexdigest()).set(1)

    def reloaded(self, content: bytes) -> None:
        """A changed file is in use."""
        self._seen("success")
        self.used(content)

    def failed(self) -> None:
        """A changed file could not be used."""
        self._seen("failure")

    def _seen(self, status: str) -> None:
        self._count.labels(status, _SERVER).inc()
        self._last.labels(status, _SERVER).set_to_current_time()


AUTHENTICATION = ReloadMetrics("authentication")
AUTHORIZATION = ReloadMetrics("authorization")
ENCRYPTION = ReloadMetrics("encryption")
