"""From our values to CRI's messages: pure, one function a message."""

from __future__ import annotations

from typing import Any

from pybernetes.kubelet.runtime.cri import wire as cri
from pybernetes.kubelet.runtime.types import (
    ContainerConfig,
    ContainerSecurity,
    ImageAuth,
    Mount,
    Namespaces,
    Resources,
    SandboxConfig,
    SandboxSecurity,
    SecurityProfile,
    SELinuxOptions,
    UserNamespace,
)

# A protobuf message: the generated classes are made at run time, so a type checker knows none of them.
Message = Any


def sandbox_config(config: SandboxConfig) -> Message:
    """CRI: PodSandboxConfig."""
    return cri.PodSandboxConfig(
        metadata=cri.PodSandboxMetadata(
            name=config.name, uid=config.uid, namespace=config.namespace, attempt=config.attempt
        ),
        hostname=config.hostname,
        log_directory=config.log_directory,
        dns_config=None
        if config.dns is None
        else cri.DNSConfig(servers=config.dns.servers, searches=config.dns.searches, options=config.dns.options),
        port_mappings=[
            cri.PortMapping(
                protocol=int(port.protocol),
                container_port=port.container_port,
                host_port=port.host_port,
                host_ip=port.host_ip,
            )
            for port in config.port_mappings
        ],
        labels=dict(config.labels),
        annotations=dict(config.annotations),
        linux=cri.LinuxPodSandboxConfig(
            cgroup_parent=config.cgroup_parent,
            security_context=_sandbox_security(config.security),
            sysctls=dict(config.sysctls),
            overhead=None if config.overhead is None else resources(config.overhead),
            resources=None if config.resources is None else resources(config.resources),
        ),
    )


def container_config(config: ContainerConfig) -> Message:
    """CRI: ContainerConfig. Raises ValueError for a stop signal nobody knows."""
    return cri.ContainerConfig(
        metadata=cri.ContainerMetadata(name=config.name, attempt=config.attempt),
        image=cri.ImageSpec(image=config.image, user_specified_image=config.user_specified_image),
        command=config.command,
        args=config.args,
        working_dir=config.working_dir,
        envs=[cri.KeyValue(key=key, value=value) for key, value in config.envs],
        mounts=[_mount(mount) for mount in config.mounts],
        devices=[
            cri.Device(
                container_path=device.container_path,
                host_path=device.host_path,
                permissions=device.permissions,
            )
            for device in config.devices
        ],
        CDI_devices=[cri.CDIDevice(name=name) for name in config.cdi_devices],
        labels=dict(config.labels),
        annotations=dict(config.annotations),
        log_path=config.log_path,
        stdin=config.stdin,
        stdin_once=config.stdin_once,
        tty=config.tty,
        linux=cri.LinuxContainerConfig(
            resources=resources(config.resources), security_context=_container_security(config.security)
        ),
        stop_signal=signal_number(config.stop_signal),
    )


def resources(limits: Resources) -> Message:
    """CRI: LinuxContainerResources."""
    return cri.LinuxContainerResources(
        cpu_period=limits.cpu_period,
        cpu_quota=limits.cpu_quota,
        cpu_shares=limits.cpu_shares,
        memory_limit_in_bytes=limits.memory_limit_in_bytes,
        memory_swap_limit_in_bytes=limits.memory_swap_limit_in_bytes,
        oom_score_adj=limits.oom_score_adj,
        cpuset_cpus=limits.cpuset_cpus,
        cpuset_mems=limits.cpuset_mems,
        hugepage_limits=[
            cri.HugepageLimit(page_size=size, limit=limit) for size, limit in limits.hugepage_limits.items()
        ],
        unified=dict(limits.unified),
    )


def image_spec(image: str) -> Message:
    """CRI: ImageSpec of a reference or id."""
    return cri.ImageSpec(image=image)


def auth_config(auth: ImageAuth | None) -> Message:
    """CRI: AuthConfig, or None (no credentials)."""
    if auth is None:
        return None
    return cri.AuthConfig(
        username=auth.username,
        password=auth.password,
        auth=auth.auth,
        server_address=auth.server_address,
        identity_token=auth.identity_token,
        registry_token=auth.registry_token,
    )


def signal_number(name: str) -> int:
    """CRI's own number of a signal as a pod's spec spells it ("SIGRTMIN+3"); 0 for "". Raises ValueError."""
    if not name:
        return 0
    spelled = name.replace("+", "PLUS").replace("-", "MINUS")
    numbers: dict[str, int] = cri.Signal.DESCRIPTOR.values_by_name
    if spelled not in numbers:
        raise ValueError(f"unknown stop signal {name!r}")
    return int(cri.Signal.Value(spelled))


def _namespaces(namespaces: Namespaces) -> Message:
    return cri.NamespaceOption(
        network=int(namespaces.network),
        pid=int(namespaces.pid),
        ipc=int(namespaces.ipc),
        target_id=namespaces.target_id,
        userns_options=None if namespaces.user is None else _user_namespace(namespaces.user),
    )


def _user_namespace(user: UserNamespace) -> Message:
    def mapped(mappings: tuple[Any, ...]) -> list[Message]:
        return [
            cri.IDMapping(host_id=each.host_id, container_id=each.container_id, length=each.length) for each in mappings
        ]

    return cri.UserNamespace(mode=int(user.mode), uids=mapped(user.uids), gids=mapped(user.gids))


def _sandbox_security(security: SandboxSecurity) -> Message:
    return cri.LinuxSandboxSecurityContext(
        namespace_options=_namespaces(security.namespaces),
        selinux_options=_selinux(security.selinux),
        run_as_user=_optional(security.run_as_user),
        run_as_group=_optional(security.run_as_group),
        readonly_rootfs=security.readonly_rootfs,
        supplemental_groups=security.supplemental_groups,
        supplemental_groups_policy=int(security.supplemental_groups_policy),
        privileged=security.privileged,
        seccomp=_profile(security.seccomp),
        apparmor=_profile(security.apparmor),
    )


def _container_security(security: ContainerSecurity) -> Message:
    return cri.LinuxContainerSecurityContext(
        capabilities=cri.Capability(
            add_capabilities=security.add_capabilities, drop_capabilities=security.drop_capabilities
        ),
        privileged=security.privileged,
        namespace_options=_namespaces(security.namespaces),
        selinux_options=_selinux(security.selinux),
        run_as_user=_optional(security.run_as_user),
        run_as_group=_optional(security.run_as_group),
        run_as_username=security.run_as_username,
        readonly_rootfs=security.readonly_rootfs,
        supplemental_groups=security.supplemental_groups,
        supplemental_groups_policy=int(security.supplemental_groups_policy),
        no_new_privs=security.no_new_privs,
        masked_paths=security.masked_paths,
        readonly_paths=security.readonly_paths,
        seccomp=_profile(security.seccomp),
        apparmor=_profile(security.apparmor),
    )


def _mount(mount: Mount) -> Message:
    return cri.Mount(
        container_path=mount.container_path,
        host_path=mount.host_path,
        readonly=mount.readonly,
        recursive_read_only=mount.recursive_read_only,
        selinux_relabel=mount.selinux_relabel,
        propagation=int(mount.propagation),
        image=image_spec(mount.image) if mount.image else None,
        image_sub_path=mount.image_sub_path,
    )


def _optional(number: int | None) -> Message:
    return None if number is None else cri.Int64Value(value=number)


def _profile(profile: SecurityProfile | None) -> Message:
    if profile is None:
        return None
    return cri.SecurityProfile(profile_type=int(profile.profile_type), localhost_ref=profile.localhost_ref)


def _selinux(options: SELinuxOptions | None) -> Message:
    if options is None:
        return None
    return cri.SELinuxOption(user=options.user, role=options.role, type=options.type, level=options.level)
