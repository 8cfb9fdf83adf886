"""What containerd is told: one node's settings, the configuration file made of them, and how it is run.

Apart from `containerd`, which talks to it, so that a node's init can start it without loading any of that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAUSE_IMAGE = "registry.k8s.io/pause:3.10"
CNI_BIN_DIR = Path("/usr/lib/cni")
# Plugins that no Kubernetes node needs: other snapshotters, tasks restarted by
# containerd itself, /opt installs, and telemetry.
UNUSED_PLUGINS = (
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.native",
    "io.containerd.snapshotter.v1.zfs",
    "io.containerd.internal.v1.restart",
    "io.containerd.internal.v1.opt",
    "io.containerd.internal.v1.tracing",
    "io.containerd.tracing.processor.v1.otlp",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What distinguishes one node's containerd from another's.

    `cni_conf_dir` is where pybernetes.network.cni writes its conflist. `oom_score_limited`: the machine does not
    let us protect processes from the OOM killer (`oom_score_limited()` finds out); then containerd raises the
    scores it is asked for to its own. `stream_port` 0 takes a free one; it is bound to `stream_address`, which
    must be reachable for the kubelet, and for nobody else.
    """

    directory: Path
    cni_conf_dir: Path
    cni_bin_dir: Path = CNI_BIN_DIR
    pause_image: str = PAUSE_IMAGE
    snapshotter: str = "overlayfs"
    stream_address: str = "127.0.0.1"
    stream_port: int = 0
    oom_score_limited: bool = False
    log_level: str = "warn"

    @property
    def socket(self) -> Path:
        return self.directory / "containerd.sock"

    @property
    def config_file(self) -> Path:
        return self.directory / "config.toml"

    @property
    def log_file(self) -> Path:
        return self.directory / "containerd.log"

    @property
    def registry_config_dir(self) -> Path:
        return self.directory / "certs.d"


def config_toml(settings: Settings) -> str:
    """containerd's configuration file. Pure."""
    # JSON's strings, numbers, booleans and lists of strings are TOML's too.
    text = json.dumps
    unused = [plugin for plugin in UNUSED_PLUGINS if not plugin.endswith(f".{settings.snapshotter}")]
    return f"""\
version = 2
root = {text(str(settings.directory / "root"))}
state = {text(str(settings.directory / "state"))}
disabled_plugins = {text(unused)}

[grpc]
  address = {text(str(settings.socket))}

[debug]
  level = {text(settings.log_level)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = {text(settings.pause_image)}
  stream_server_address = {text(settings.stream_address)}
  stream_server_port = {text(str(settings.stream_port))}
  restrict_oom_score_adj = {text(settings.oom_score_limited)}
  tolerate_missing_hugetlb_controller = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = {text(str(settings.cni_bin_dir))}
  conf_dir = {text(str(settings.cni_conf_dir))}

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = {text(str(settings.registry_config_dir))}

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = {text(settings.snapshotter)}
  default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
"""


def command_line(settings: Settings, prefix: Sequence[str] = ()) -> list[str]:
    """How to run it. `prefix` puts it elsewhere: ("nsenter", "--net=/run/netns/node-1"), for one.

    Not `ip netns exec`: that mounts /sys anew, without the cgroups, and then runc can start nothing.
    """
    return [*prefix, "containerd", "--config", str(settings.config_file)]


def oom_score_limited() -> bool:
    """Whether this machine refuses to lower a process's OOM score, as containers without CAP_SYS_RESOURCE do.

    Asked of the kernel by lowering our own by one and putting it back, since a capability in a user namespace
    of our own would be one in name only.
    """
    file = Path("/proc/self/oom_score_adj")
    score = int(file.read_text())
    if score <= -998:  # as low as any pod's already
        return False
    try:
        file.write_text(str(-998))
    except PermissionError:
        return True
    file.write_text(str(score))
    return False
