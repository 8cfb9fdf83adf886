"""What CRI is told of pods and containers: DNS, names, security, resources, admission, images."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybernetes.api.object import Json
from pybernetes.kubelet.admission import admit
from pybernetes.kubelet.container_config import NodeLimits, Prepared, container_config, file_mounts, sandbox_config
from pybernetes.kubelet.container_killer import grace_seconds
from pybernetes.kubelet.container_resources import container_resources, pod_cgroup_limits
from pybernetes.kubelet.dns import ClusterDNS, parse_resolv_conf, pod_dns
from pybernetes.kubelet.environment import ConfigError
from pybernetes.kubelet.hosts_file import hosts_file, sandbox_hostname
from pybernetes.kubelet.paths import Paths
from pybernetes.kubelet.pod_actions import KillReason
from pybernetes.kubelet.runtime.types import (
    DNSConfig,
    Mount,
    NamespaceMode,
    PortMapping,
    ProfileType,
    Protocol,
)
from pybernetes.kubelet.security import ImageUser, container_security, namespaces
from tests.kubelet.pod_values import pod_of

PATHS = Paths(Path("/var/lib/kubelet"), Path("/var/log/pods"))
HOST_DNS = parse_resolv_conf("# x\nnameserver 1.1.1.1\nsearch example.org corp.\noptions ndots:2 timeout:1\n")
CLUSTER = ClusterDNS(["10.96.0.10"], "cluster.local", HOST_DNS)
SEARCHES = ("default.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.org", "corp")


def test_resolv_conf() -> None:
    assert DNSConfig(("1.1.1.1",), ("example.org", "corp"), ("ndots:2", "timeout:1")) == HOST_DNS


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, DNSConfig(("10.96.0.10",), SEARCHES, ("ndots:5",))),
        ({"hostNetwork": True}, HOST_DNS),
        (
            {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
            DNSConfig(("10.96.0.10",), SEARCHES, ("ndots:5",)),
        ),
        ({"dnsPolicy": "Default"}, HOST_DNS),
        (
            {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["9.9.9.9"], "options": [{"name": "use-vc"}]}},
            DNSConfig(("9.9.9.9",), (), ("use-vc",)),
        ),
        (
            {"dnsConfig": {"searches": ["x.y"], "options": [{"name": "ndots", "value": "2"}]}},
            DNSConfig(("10.96.0.10",), (*SEARCHES, "x.y"), ("ndots:2",)),
        ),
    ],
)
def test_dns_policies(spec: Json, expected: DNSConfig) -> None:
    assert pod_dns(pod_of("a", **spec), CLUSTER) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, "web"),
        ({"hostname": "h"}, "h"),
        ({"hostNetwork": True}, ""),
        ({"hostname": "h", "subdomain": "s"}, "h"),
        ({"hostname": "h", "subdomain": "s", "setHostnameAsFQDN": True}, "h.s.default.svc.cluster.local"),
    ],
)
def test_host_names(spec: Json, expected: str) -> None:
    assert sandbox_hostname(pod_of("a", **spec), "cluster.local") == expected


def test_a_host_name_that_is_too_long_is_refused() -> None:
    pod = pod_of("a", hostname="h" * 40, subdomain="s" * 10, setHostnameAsFQDN=True)
    with pytest.raises(ValueError, match="is too long"):
        sandbox_hostname(pod, "cluster.local")


def test_hosts_files() -> None:
    aliases = [{"ip": "1.2.3.4", "hostnames": ["x", "y"]}]
    pod = pod_of("a", hostname="h", subdomain="s", hostAliases=aliases)
    text = hosts_file(pod, ["10.0.0.5"], "cluster.local", "")
    assert text.startswith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n")
    assert "10.0.0.5\th.s.default.svc.cluster.local\th\n" in text
    assert text.endswith("\n# Entries added by HostAliases.\n1.2.3.4\tx\ty\n")
    assert hosts_file(pod_of("a", hostNetwork=True), [], "c", "1.1.1.1 z\n") == (
        "# Kubernetes-managed hosts file (host network).\n1.1.1.1 z\n"
    )


def test_a_sandbox() -> None:
    port = {"containerPort": 80, "hostPort": 8080, "protocol": "UDP", "hostIP": "127.0.0.1"}
    spec = {"name": "a", "ports": [port, {"containerPort": 81}]}
    context = {"sysctls": [{"name": "net/ipv4/tcp_syncookies", "value": "1"}]}
    config = sandbox_config(pod_of(spec, securityContext=context), 3, PATHS, CLUSTER, "/kubepods/podu1")
    assert (config.name, config.uid, config.attempt, config.hostname) == ("web", "u1", 3, "web")
    assert config.log_directory == "/var/log/pods/default_web_u1"
    assert config.port_mappings == (PortMapping(80, 8080, Protocol.UDP, "127.0.0.1"),)
    assert config.sysctls == {"net.ipv4.tcp_syncookies": "1"}
    assert config.labels["io.kubernetes.pod.uid"] == "u1"


def test_a_container() -> None:
    spec = {"name": "a", "image": "busybox", "command": ["$(X)"], "args": ["$(NO)"], "tty": True, "workingDir": "/w"}
    prepared = Prepared("sha256:1", [("X", "run")], [Mount("/m", "/h")])
    config = container_config(pod_of(spec), spec, 2, prepared, PATHS, NodeLimits(1 << 30, 1))
    assert config.command == ("run",)
    assert config.args == ("$(NO)",)
    assert (config.attempt, config.log_path, config.tty) == (2, "a/2.log", True)
    assert config.annotations["io.kubernetes.container.restartCount"] == "2"


def test_files_give_way_to_volumes() -> None:
    container = {"name": "a", "volumeMounts": [{"name": "v", "mountPath": "/etc/hosts"}]}
    mounts = file_mounts(container, Path("/h"), Path("/t"))
    assert mounts == [Mount("/dev/termination-log", "/t")]


@pytest.mark.parametrize(
    ("spec", "target", "expected"),
    [
        ({}, "", NamespaceMode.CONTAINER),
        ({"shareProcessNamespace": True}, "", NamespaceMode.POD),
        ({"hostPID": True}, "", NamespaceMode.NODE),
        ({}, "c1", NamespaceMode.TARGET),
    ],
)
def test_process_namespaces(spec: Json, target: str, expected: NamespaceMode) -> None:
    assert namespaces(pod_of("a", **spec), target).pid is expected


def test_a_containers_own_security_wins() -> None:
    pod = pod_of(
        "a", securityContext={"runAsUser": 1, "runAsGroup": 2, "fsGroup": 3, "seccompProfile": {"type": "Unconfined"}}
    )
    own = {
        "runAsUser": 7,
        "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"},
    }
    made = container_security(pod, {"name": "a", "securityContext": own}, Path("/sec"), ImageUser())
    assert (made.run_as_user, made.run_as_group, made.supplemental_groups) == (7, 2, (3,))
    assert (made.add_capabilities, made.drop_capabilities) == (("NET_ADMIN",), ("ALL",))
    assert made.no_new_privs and made.readonly_rootfs and made.masked_paths
    assert made.seccomp is not None
    assert (made.seccomp.profile_type, made.seccomp.localhost_ref) == (ProfileType.LOCALHOST, "/sec/p.json")
    privileged = container_security(pod, {"name": "a", "securityContext": {"privileged": True}}, Path("/"), ImageUser())
    assert privileged.privileged and not privileged.masked_paths


@pytest.mark.parametrize(
    ("run_as", "user", "message"),
    [
        (0, ImageUser(), "container's runAsUser breaks non-root policy"),
        (None, ImageUser(), "container has runAsNonRoot and image will run as root"),
        (None, ImageUser(0), "container has runAsNonRoot and image will run as root"),
        (None, ImageUser(None, "nobody"), "container has runAsNonRoot and image has non-numeric user (nobody)"),
        (5, ImageUser(), ""),
        (None, ImageUser(5), ""),
    ],
)
def test_non_root(run_as: int | None, user: ImageUser, message: str) -> None:
    context = {"runAsNonRoot": True, **({"runAsUser": run_as} if run_as is not None else {})}
    container = {"name": "a", "securityContext": context}
    if not message:
        container_security(pod_of(container), container, Path("/"), user)
        return
    with pytest.raises(ConfigError) as caught:
        container_security(pod_of(container), container, Path("/"), user)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("resources", "shares", "quota", "memory"),
    [
        ({}, 2, 0, 0),
        ({"requests": {"cpu": "500m"}}, 512, 0, 0),
        ({"limits": {"cpu": "1", "memory": "64Mi"}}, 1024, 100_000, 64 << 20),
        ({"requests": {"cpu": "100m"}, "limits": {"cpu": "2"}}, 102, 200_000, 0),
    ],
)
def test_resources(resources: Json, shares: int, quota: int, memory: int) -> None:
    spec = {"name": "a", "resources": resources}
    made = container_resources(pod_of(spec), spec, 1 << 30, 1)
    assert (made.cpu_shares, made.cpu_quota, made.memory_limit_in_bytes) == (shares, quota, memory)


def test_a_pods_limits_need_every_containers() -> None:
    limited = {"name": "a", "resources": {"limits": {"cpu": "1", "memory": "1Mi"}}}
    both = pod_cgroup_limits(pod_of(limited, {**limited, "name": "b"}), None)
    assert (both.cpu_quota_microseconds, both.memory_bytes) == (200_000, 2 << 20)
    one = pod_cgroup_limits(pod_of(limited, "b"), 100)
    assert (one.cpu_quota_microseconds, one.memory_bytes, one.pids) == (None, None, 100)


@pytest.mark.parametrize(
    ("metadata", "container", "reason", "expected"),
    [
        ({}, {}, None, 30),
        ({"deletionTimestamp": "x", "deletionGracePeriodSeconds": 5}, {}, None, 5),
        ({}, {"livenessProbe": {"terminationGracePeriodSeconds": 3}}, KillReason.LIVENESS, 3),
        ({}, {"livenessProbe": {"terminationGracePeriodSeconds": 3}}, KillReason.STARTUP, 30),
        ({"deletionTimestamp": "x", "deletionGracePeriodSeconds": 0}, {}, None, 0),
    ],
)
def test_grace_periods(metadata: Json, container: Json, reason: KillReason | None, expected: int) -> None:
    pod = pod_of({"name": "a", **container})
    pod["metadata"] |= metadata
    assert grace_seconds(pod, {"name": "a", **container}, reason) == expected


NODE = {
    "metadata": {"name": "node-1", "labels": {"disk": "ssd"}},
    "spec": {"taints": [{"key": "gone", "effect": "NoExecute"}]},
    "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "3"}},
}
TOLERANT = {"tolerations": [{"operator": "Exists"}]}


def asking(cpu: str, **spec: object) -> Json:
    return pod_of({"name": "a", "resources": {"requests": {"cpu": cpu}}}, **TOLERANT, **spec)


def port(number: int, address: str = "") -> Json:
    ports = [{"containerPort": 1, "hostPort": number, "hostIP": address}]
    return pod_of({"name": "a", "ports": ports}, **TOLERANT)


@pytest.mark.parametrize(
    ("pod", "others", "reason"),
    [
        (asking("2"), [], None),
        (asking("1"), [asking("1500m")], "OutOfcpu"),
        (asking("0"), [asking("1")] * 3, "OutOfpods"),
        (pod_of("a"), [], "TaintToleration"),
        (asking("1", nodeSelector={"disk": "hdd"}), [], "NodeAffinity"),
        (port(80), [port(81)], None),
        (port(80), [port(80)], "NodePorts"),
        (port(80, "10.0.0.1"), [port(80, "10.0.0.2")], None),
        (port(80, "10.0.0.1"), [port(80)], "NodePorts"),
        (asking("1", os={"name": "windows"}), [], "PodOSNotSupported"),
        (asking("1", securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}), [], "SysctlForbidden"),
        (asking("1", securityContext={"sysctls": [{"name": "net.core.x", "value": "1"}]}), [], None),
    ],
)
def test_admission(pod: Json, others: list[Json], reason: str | None) -> None:
    rejection = admit(pod, others, NODE, frozenset(("net.core.*",)))
    assert (rejection.reason if rejection is not None else None) == reason
