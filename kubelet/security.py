"""What a pod's and a container's securityContext come to together, as CRI takes it. Pure.

The container's own settings win over the pod's. Counterparts: pkg/securitycontext, kuberuntime/security_context.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pybernetes.api.object import Json
from pybernetes.kubelet.environment import ConfigError
from pybernetes.kubelet.pod_spec import all_containers, describe, spec_of
from pybernetes.kubelet.runtime.types import (
    ContainerSecurity,
    Image,
    NamespaceMode,
    Namespaces,
    ProfileType,
    SandboxSecurity,
    SecurityProfile,
    SELinuxOptions,
    SupplementalGroupsPolicy,
)

MASKED_PATHS = (
    "/proc/asound",
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
)
READONLY_PATHS = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
_UNCONFINED = SecurityProfile(ProfileType.UNCONFINED)


@dataclass(frozen=True, slots=True)
class ImageUser:
    """Whom an image runs as when nobody says otherwise; both empty: root."""

    uid: int | None = None
    name: str = ""


NO_USER = ImageUser()


def image_user(image: Image | None) -> ImageUser:
    return ImageUser(image.uid, image.username) if image is not None else ImageUser()


def effective(pod: Json, container: Json, field: str) -> object:
    """A setting that both may have."""
    own = (container.get("securityContext") or {}).get(field)
    return own if own is not None else (spec_of(pod).get("securityContext") or {}).get(field)


def namespaces(pod: Json, target_id: str = "") -> Namespaces:
    """Which namespaces are the pod's own. `target_id`: the container an ephemeral one looks into."""
    spec = spec_of(pod)
    pid = NamespaceMode.CONTAINER
    if spec.get("hostPID"):
        pid = NamespaceMode.NODE
    elif target_id:
        pid = NamespaceMode.TARGET
    elif spec.get("shareProcessNamespace"):
        pid = NamespaceMode.POD
    return Namespaces(
        network=NamespaceMode.NODE if spec.get("hostNetwork") else NamespaceMode.POD,
        pid=pid,
        ipc=NamespaceMode.NODE if spec.get("hostIPC") else NamespaceMode.POD,
        target_id=target_id,
    )


def is_privileged(container: Json) -> bool:
    return bool((container.get("securityContext") or {}).get("privileged"))


def sandbox_security(pod: Json, seccomp_root: Path) -> SandboxSecurity:
    """The sandbox's own: the pod's settings, privileged if any of its containers is."""
    context = spec_of(pod).get("securityContext") or {}
    profile = context.get("seccompProfile")
    return SandboxSecurity(
        namespaces=namespaces(pod),
        run_as_user=context.get("runAsUser"),
        run_as_group=context.get("runAsGroup") if context.get("runAsUser") is not None else None,
        supplemental_groups=_groups(context, ()),
        supplemental_groups_policy=_groups_policy(context),
        privileged=any(is_privileged(container) for _, container in all_containers(pod)),
        seccomp=_profile(profile, seccomp_root) if profile else SecurityProfile(ProfileType.RUNTIME_DEFAULT),
        selinux=_selinux(context.get("seLinuxOptions")),
    )


def container_security(
    pod: Json,
    container: Json,
    seccomp_root: Path,
    user: ImageUser,
    *,
    target_id: str = "",
    extra_groups: Sequence[int] = (),
) -> ContainerSecurity:
    """One container's. Raises `ConfigError` when it must not run as root and would."""
    own = container.get("securityContext") or {}
    pod_context = spec_of(pod).get("securityContext") or {}
    run_as_user = effective(pod, container, "runAsUser")
    verify_not_root(pod, container, run_as_user, user)
    privileged = is_privileged(container)
    unmasked = privileged or own.get("procMount") == "Unmasked"
    capabilities = own.get("capabilities") or {}
    group = effective(pod, container, "runAsGroup")
    return ContainerSecurity(
        namespaces=namespaces(pod, target_id),
        add_capabilities=tuple(capabilities.get("add") or ()),
        drop_capabilities=tuple(capabilities.get("drop") or ()),
        privileged=privileged,
        run_as_user=_number(run_as_user if run_as_user is not None else _numeric_user(user)),
        run_as_group=_number(group),
        run_as_username=user.name if run_as_user is None and user.uid is None else "",
        supplemental_groups=_groups(pod_context, extra_groups),
        supplemental_groups_policy=_groups_policy(pod_context),
        readonly_rootfs=bool(own.get("readOnlyRootFilesystem")),
        no_new_privs=own.get("allowPrivilegeEscalation") is False,
        masked_paths=() if unmasked else MASKED_PATHS,
        readonly_paths=() if unmasked else READONLY_PATHS,
        seccomp=_profile(effective(pod, container, "seccompProfile"), seccomp_root),
        apparmor=_apparmor(effective(pod, container, "appArmorProfile")),
        selinux=_selinux(effective(pod, container, "seLinuxOptions")),
    )


def verify_not_root(pod: Json, container: Json, run_as_user: object, user: ImageUser) -> None:
    """Raises `ConfigError` when runAsNonRoot is set and the container would, or might, run as root."""
    if not effective(pod, container, "runAsNonRoot"):
        return
    where = f'(pod: "{describe(pod)}", container: {container["name"]})'
    if run_as_user is not None:
        if run_as_user == 0:
            raise ConfigError(f"container's runAsUser breaks non-root policy {where}")
        return
    if user.uid is None and user.name:
        raise ConfigError(
            f"container has runAsNonRoot and image has non-numeric user ({user.name}), "
            f"cannot verify user is non-root {where}"
        )
    if not user.uid:
        raise ConfigError(f"container has runAsNonRoot and image will run as root {where}")


def _numeric_user(user: ImageUser) -> int | None:
    return user.uid


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _groups(pod_context: Json, extra: Sequence[int]) -> tuple[int, ...]:
    groups = list(pod_context.get("supplementalGroups") or ())
    if pod_context.get("fsGroup") is not None:
        groups.append(pod_context["fsGroup"])
    return tuple(dict.fromkeys((*groups, *extra)))


def _groups_policy(pod_context: Json) -> SupplementalGroupsPolicy:
    strict = pod_context.get("supplementalGroupsPolicy") == "Strict"
    return SupplementalGroupsPolicy.STRICT if strict else SupplementalGroupsPolicy.MERGE


def _profile(profile: object, root: Path) -> SecurityProfile:
    """A seccompProfile; without one, containers are not confined."""
    if not isinstance(profile, dict):
        return _UNCONFINED
    match profile.get("type"):
        case "RuntimeDefault":
            return SecurityProfile(ProfileType.RUNTIME_DEFAULT)
        case "Localhost":
            return SecurityProfile(ProfileType.LOCALHOST, str(root / (profile.get("localhostProfile") or "")))
        case _:
            return _UNCONFINED


def _apparmor(profile: object) -> SecurityProfile | None:
    if not isinstance(profile, dict):
        return None
    match profile.get("type"):
        case "Unconfined":
            return _UNCONFINED
        case "Localhost":
            return SecurityProfile(ProfileType.LOCALHOST, profile.get("localhostProfile") or "")
        case _:
            return SecurityProfile(ProfileType.RUNTIME_DEFAULT)


def _selinux(options: object) -> SELinuxOptions | None:
    if not isinstance(options, dict) or not options:
        return None
    return SELinuxOptions(**{part: options.get(part) or "" for part in ("user", "role", "type", "level")})
