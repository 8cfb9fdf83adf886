"""Kernel settings that service traffic needs. Only what differs is written, and limits are only ever raised."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

PROC_SYS = Path("/proc/sys")
_CONNTRACK_PER_CORE = 32768
_CONNTRACK_LEAST = 131072


@dataclass(frozen=True, slots=True)
class Setting:
    """A kernel setting by its path under /proc/sys. `at_least`: a larger value that is there is left alone."""

    path: str
    value: int
    at_least: bool = False


def wanted_settings(*, route_localnet: bool, cores: int) -> list[Setting]:
    """What the proxy asks of the kernel (kube-proxy's defaults)."""
    settings = [
        Setting("net/bridge/bridge-nf-call-iptables", 1),
        Setting("net/netfilter/nf_conntrack_max", max(_CONNTRACK_LEAST, cores * _CONNTRACK_PER_CORE), at_least=True),
        Setting("net/netfilter/nf_conntrack_tcp_timeout_established", 86400),
        Setting("net/netfilter/nf_conntrack_tcp_timeout_close_wait", 3600),
    ]
    if route_localnet:
        settings.append(Setting("net/ipv4/conf/all/route_localnet", 1))
    return settings


def apply_settings(settings: list[Setting], root: Path = PROC_SYS) -> list[str]:
    """Write what differs; returns the paths written. What the kernel lacks or refuses is logged, and goes without."""
    written = []
    for setting in settings:
        file = root / setting.path
        try:
            present = int(file.read_text())
            if present == setting.value or (setting.at_least and present > setting.value):
                continue
            file.write_text(str(setting.value))
        except FileNotFoundError:
            log.debug("kernel has no such setting", extra={"setting": setting.path})
        except (OSError, ValueError) as error:
            log.warning("kernel setting stays as it is", extra={"setting": setting.path, "error": str(error)})
        else:
            written.append(setting.path)
    return written


def cores() -> int:
    return os.cpu_count() or 1
