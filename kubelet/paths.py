"""Where the kubelet keeps what on disk: below its root directory, in Kubernetes' own layout.

<root>/pods/<uid>/volumes/<plugin>/<volume>          contents of volumes
<root>/pods/<uid>/volume-subpaths/<volume>/<container>/<n>
<root>/pods/<uid>/containers/<container>/<id>        what containers left to say when they ended
<root>/pods/<uid>/etc-hosts
<root>/seccomp/
<logs>/<namespace>_<name>_<uid>/<container>/<n>.log
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pybernetes.api.object import Json, name_of, namespace_of, uid_of

PLUGIN_PREFIX = "kubernetes.io~"


@dataclass(frozen=True, slots=True)
class Paths:
    """Builds paths; touches nothing."""

    root: Path
    logs: Path

    @property
    def pods(self) -> Path:
        return self.root / "pods"

    @property
    def seccomp(self) -> Path:
        return self.root / "seccomp"

    def pod(self, uid: str) -> Path:
        return self.pods / uid

    def volumes(self, uid: str) -> Path:
        return self.pod(uid) / "volumes"

    def volume(self, uid: str, plugin: str, name: str) -> Path:
        """`plugin` is the short name: ``empty-dir``, ``configmap``, …"""
        return self.volumes(uid) / f"{PLUGIN_PREFIX}{plugin}" / name

    def subpaths(self, uid: str) -> Path:
        return self.pod(uid) / "volume-subpaths"

    def etc_hosts(self, uid: str) -> Path:
        return self.pod(uid) / "etc-hosts"

    def container(self, uid: str, name: str) -> Path:
        return self.pod(uid) / "containers" / name

    def pod_logs(self, pod: Json) -> Path:
        return self.logs / f"{namespace_of(pod)}_{name_of(pod)}_{uid_of(pod)}"

    def container_log(self, pod: Json, container: str, attempt: int) -> Path:
        return self.pod_logs(pod) / container_log_name(container, attempt)


def container_log_name(container: str, attempt: int) -> Path:
    """A log's path below the pod's log directory."""
    return Path(container) / f"{attempt}.log"
