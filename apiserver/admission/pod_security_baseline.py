"""The checks of the level ``baseline``: nothing that is known to lead out of the pod.

Each takes a pod and gives a `Finding` or None. Reasons and details are Kubernetes' (pod-security-admission/policy).
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.pod_security_subject import (
    Finding,
    Subject,
    containers,
    context_of,
    distinct,
    plural,
    quoted,
    setters,
)

_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_CONFINED = ("RuntimeDefault", "Localhost")
_CAPABILITIES = frozenset(
    (
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    )
)
_SELINUX_TYPES = {0: ("", "container_t", "container_init_t", "container_kvm_t"), 31: ("container_engine_t",)}
_SYSCTLS = {
    0: (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    ),
    27: ("net.ipv4.ip_local_reserved_ports",),
    29: (
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ),
    32: ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
}


def _as_of(table: dict[int, tuple[str, ...]], minor: int) -> set[str]:
    """What a table that grows with the versions holds at one."""
    return {value for since, values in table.items() if since <= minor for value in values}


def app_armor_profile(pod: Subject) -> Finding | None:
    def unconfined(holder: Json) -> str:
        profile = context_of(holder).get("appArmorProfile")
        return str(profile.get("type")) if profile and profile.get("type") not in _CONFINED else ""

    annotations = {
        key: value
        for key, value in (pod.metadata.get("annotations") or {}).items()
        if key.startswith(_APPARMOR_ANNOTATION)
        and value not in ("", "runtime/default")
        and not value.startswith("localhost/")
    }
    names = pod.names(unconfined)
    if not (unconfined(pod.spec) or names or annotations):
        return None
    values = sorted({unconfined(holder) for holder in (pod.spec, *pod.containers)} - {""})
    values += [f'{key}="{value}"' for key, value in sorted(annotations.items())]
    said = [plural("annotation", len(annotations))] if annotations else []
    who = setters(bool(unconfined(pod.spec)), names, *said)
    reason = plural("forbidden AppArmor profile", len(values))
    return Finding(reason, f"{who} must not set AppArmor profile type to {quoted(values)}")


def capabilities(pod: Subject) -> Finding | None:
    def extra(container: Json) -> list[str]:
        added = (context_of(container).get("capabilities") or {}).get("add") or ()
        return [one for one in added if one not in _CAPABILITIES]

    names = pod.names(extra)
    if not names:
        return None
    found = distinct(one for container in pod.containers for one in extra(container))
    detail = f"{containers(names)} must not include {found} in securityContext.capabilities.add"
    return Finding("non-default capabilities", detail)


def host_namespaces(pod: Subject) -> Finding | None:
    found = [f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(name)]
    return Finding("host namespaces", ", ".join(found)) if found else None


def host_path_volumes(pod: Subject) -> Finding | None:
    names = [volume["name"] for volume in pod.spec.get("volumes") or () if volume.get("hostPath") is not None]
    return Finding("hostPath volumes", f"{plural('volume', len(names))} {quoted(names)}") if names else None


def host_ports(pod: Subject) -> Finding | None:
    def used(container: Json) -> list[str]:
        return [str(port["hostPort"]) for port in container.get("ports") or () if port.get("hostPort")]

    names = pod.names(used)
    if not names:
        return None
    ports = sorted({port for container in pod.containers for port in used(container)})
    verb = "uses" if len(names) == 1 else "use"
    return Finding("hostPort", f"{containers(names)} {verb} {plural('hostPort', len(ports))} {', '.join(ports)}")


def probe_hosts(pod: Subject) -> Finding | None:
    def hosts(container: Json) -> list[str]:
        lifecycle = container.get("lifecycle") or {}
        handlers: list[Any] = [container.get(name) for name in ("livenessProbe", "readinessProbe", "startupProbe")]
        handlers += [lifecycle.get("postStart"), lifecycle.get("preStop")]
        actions = [(one or {}).get(name) or {} for one in handlers for name in ("httpGet", "tcpSocket")]
        return [action["host"] for action in actions if action.get("host")]

    names = sorted(set(pod.names(hosts)))
    if not names:
        return None
    found = {host for container in pod.containers for host in hosts(container)}
    verb = "uses" if len(names) == 1 else "use"
    detail = f"{containers(names)} {verb} {plural('probe or lifecycle host', len(found))} {distinct(found)}"
    return Finding("probe or lifecycle host", detail)


def privileged(pod: Subject) -> Finding | None:
    names = pod.names(lambda container: context_of(container).get("privileged"))
    return Finding("privileged", f"{containers(names)} must not set securityContext.privileged=true") if names else None


def proc_mount(pod: Subject) -> Finding | None:
    """From 1.35, a pod with a user namespace may see the whole of /proc (but not in ``restricted``)."""
    return None if pod.minor >= 35 and pod.has_user_namespace else any_proc_mount(pod)


def any_proc_mount(pod: Subject) -> Finding | None:
    def unmasked(container: Json) -> str:
        mount = context_of(container).get("procMount")
        return str(mount) if mount not in (None, "Default") else ""

    names = pod.names(unmasked)
    if not names:
        return None
    found = distinct(unmasked(container) for container in pod.containers if unmasked(container))
    return Finding("procMount", f"{containers(names)} must not set securityContext.procMount to {found}")


def se_linux_options(pod: Subject) -> Finding | None:
    types = _as_of(_SELINUX_TYPES, pod.minor)

    def wrong(holder: Json) -> Json:
        options = context_of(holder).get("seLinuxOptions") or {}
        bad_type = options.get("type") if options.get("type", "") not in types else None
        found = {"type": bad_type, "user": options.get("user"), "role": options.get("role")}
        return {key: value for key, value in found.items() if value}

    names = pod.names(wrong)
    if not names and not wrong(pod.spec):
        return None
    found = [wrong(holder) for holder in (pod.spec, *pod.containers)]
    bad_types = {one["type"] for one in found if "type" in one}
    said = [f"{plural('type', len(bad_types))} {distinct(bad_types)}"] if bad_types else []
    said += [f"{key} may not be set" for key in ("user", "role") if any(key in one for one in found)]
    who = setters(bool(wrong(pod.spec)), names)
    return Finding("seLinuxOptions", f"{who} set forbidden securityContext.seLinuxOptions: {'; '.join(said)}")


def bad_seccomp(holder: Json) -> str:
    """The type of a seccomp profile that is set and does not confine; empty if there is none."""
    profile = context_of(holder).get("seccompProfile")
    return str(profile.get("type")) if profile and profile.get("type") not in _CONFINED else ""


def seccomp_profile(pod: Subject) -> Finding | None:
    names = pod.names(bad_seccomp)
    if not names and not bad_seccomp(pod.spec):
        return None
    values = distinct(value for value in map(bad_seccomp, (pod.spec, *pod.containers)) if value)
    who = setters(bool(bad_seccomp(pod.spec)), names)
    return Finding("seccompProfile", f"{who} must not set securityContext.seccompProfile.type to {values}")


def sysctls(pod: Subject) -> Finding | None:
    allowed = _as_of(_SYSCTLS, pod.minor)
    found = [one["name"] for one in pod.context.get("sysctls") or () if one["name"] not in allowed]
    return Finding("forbidden sysctls", ", ".join(found)) if found else None


def windows_host_process(pod: Subject) -> Finding | None:
    def asks(holder: Json) -> bool:
        return bool((context_of(holder).get("windowsOptions") or {}).get("hostProcess"))

    names = pod.names(asks)
    if not names and not asks(pod.spec):
        return None
    who = setters(asks(pod.spec), names)
    return Finding("hostProcess", f"{who} must not set securityContext.windowsOptions.hostProcess=true")
