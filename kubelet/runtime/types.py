"""What goes into the container runtime and what comes out of it, as plain values.

Each class is the CRI message of its name with the wrappers unwrapped: metadata and Linux sub-messages are
flattened into the object they describe, optional numbers are `int | None`, times are nanoseconds since 1970
(`_ns`), sizes are bytes. Zero and "" mean "not specified" wherever CRI says so. All are immutable, so that a
listing can be compared with the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from pybernetes.api.object import Json

Labels = Mapping[str, str]


class SandboxState(IntEnum):
    """Whether the pod's namespaces stand (CRI: PodSandboxState)."""

    READY = 0
    NOT_READY = 1


class ContainerState(IntEnum):
    """CRI: ContainerState. UNKNOWN is what the runtime could not read back after its own restart."""

    CREATED = 0
    RUNNING = 1
    EXITED = 2
    UNKNOWN = 3


class NamespaceMode(IntEnum):
    """Who shares a namespace: the pod's containers, nobody, the whole node, or one target container."""

    POD = 0
    CONTAINER = 1
    NODE = 2
    TARGET = 3


class Protocol(IntEnum):
    TCP = 0
    UDP = 1
    SCTP = 2


class MountPropagation(IntEnum):
    PRIVATE = 0
    HOST_TO_CONTAINER = 1
    BIDIRECTIONAL = 2


class ProfileType(IntEnum):
    RUNTIME_DEFAULT = 0
    UNCONFINED = 1
    LOCALHOST = 2


class SupplementalGroupsPolicy(IntEnum):
    MERGE = 0
    STRICT = 1


# ---- what is asked for


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits of one container (CRI: LinuxContainerResources). CPU times are microseconds."""

    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_shares: int = 0
    memory_limit_in_bytes: int = 0
    memory_swap_limit_in_bytes: int = 0
    oom_score_adj: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    hugepage_limits: Mapping[str, int] = field(default_factory=dict)  # page size ("2MB") to bytes
    unified: Labels = field(default_factory=dict)  # cgroup v2 file to content


@dataclass(frozen=True, slots=True)
class IDMapping:
    host_id: int
    container_id: int
    length: int


@dataclass(frozen=True, slots=True)
class UserNamespace:
    """Only POD and NODE are meant by CRI here."""

    mode: NamespaceMode = NamespaceMode.POD
    uids: tuple[IDMapping, ...] = ()
    gids: tuple[IDMapping, ...] = ()


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Namespaces of a sandbox or container (CRI: NamespaceOption).

    The defaults are those of a pod's spec, not CRI's: every container has a PID namespace of its own.
    """

    network: NamespaceMode = NamespaceMode.POD
    pid: NamespaceMode = NamespaceMode.CONTAINER
    ipc: NamespaceMode = NamespaceMode.POD
    target_id: str = ""
    user: UserNamespace | None = None


@dataclass(frozen=True, slots=True)
class SecurityProfile:
    """A seccomp or AppArmor profile; `localhost_ref` is a path (seccomp) or a profile name (AppArmor)."""

    profile_type: ProfileType = ProfileType.RUNTIME_DEFAULT
    localhost_ref: str = ""


@dataclass(frozen=True, slots=True)
class SELinuxOptions:
    user: str = ""
    role: str = ""
    type: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class SandboxSecurity:
    """CRI: LinuxSandboxSecurityContext. run_as_group needs run_as_user; `privileged` if any container is."""

    namespaces: Namespaces = Namespaces()
    run_as_user: int | None = None
    run_as_group: int | None = None
    supplemental_groups: tuple[int, ...] = ()
    supplemental_groups_policy: SupplementalGroupsPolicy = SupplementalGroupsPolicy.MERGE
    readonly_rootfs: bool = False
    privileged: bool = False
    seccomp: SecurityProfile | None = None
    apparmor: SecurityProfile | None = None
    selinux: SELinuxOptions | None = None


@dataclass(frozen=True, slots=True)
class DNSConfig:
    """What is written into the pod's resolv.conf."""

    servers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortMapping:
    """A container port published on the node; host_port 0 publishes nothing."""

    container_port: int
    host_port: int = 0
    protocol: Protocol = Protocol.TCP
    host_ip: str = ""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """A pod's sandbox (CRI: PodSandboxConfig).

    `hostname` must be empty for a pod on the host's network (containerd sets the node's own otherwise and
    fails). `log_directory` is an absolute path; containers' `log_path` is relative to it. `cgroup_parent` is
    what Cgroups.create_pod returned. `attempt` counts the sandboxes made for one pod uid: name, namespace,
    uid and attempt together must be unique on the node.
    """

    name: str
    uid: str
    namespace: str
    attempt: int = 0
    hostname: str = ""
    log_directory: str = ""
    dns: DNSConfig | None = None
    port_mappings: tuple[PortMapping, ...] = ()
    labels: Labels = field(default_factory=dict)
    annotations: Labels = field(default_factory=dict)
    cgroup_parent: str = ""
    sysctls: Labels = field(default_factory=dict)
    security: SandboxSecurity = SandboxSecurity()
    overhead: Resources | None = None
    resources: Resources | None = None


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory or file of the node inside a container, or an image (`image`, then no host_path)."""

    container_path: str
    host_path: str = ""
    readonly: bool = False
    recursive_read_only: bool = False
    propagation: MountPropagation = MountPropagation.PRIVATE
    selinux_relabel: bool = False
    image: str = ""
    image_sub_path: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    container_path: str
    host_path: str
    permissions: str = "rwm"


@dataclass(frozen=True, slots=True)
class ContainerSecurity:
    """CRI: LinuxContainerSecurityContext. Capabilities are without CAP_. run_as_user or run_as_username."""

    namespaces: Namespaces = Namespaces()
    add_capabilities: tuple[str, ...] = ()
    drop_capabilities: tuple[str, ...] = ()
    privileged: bool = False
    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_username: str = ""
    supplemental_groups: tuple[int, ...] = ()
    supplemental_groups_policy: SupplementalGroupsPolicy = SupplementalGroupsPolicy.MERGE
    readonly_rootfs: bool = False
    no_new_privs: bool = False
    masked_paths: tuple[str, ...] = ()
    readonly_paths: tuple[str, ...] = ()
    seccomp: SecurityProfile | None = None
    apparmor: SecurityProfile | None = None
    selinux: SELinuxOptions | None = None


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """A container to be made (CRI: ContainerConfig).

    `image` is the reference that pull_image returned (or an image id), `user_specified_image` what the pod's
    spec says. `command` replaces the image's entry point and `args` its command; both empty keep them.
    `envs` is ordered. `stop_signal` is a signal's name ("SIGUSR1", "SIGRTMIN+3") or "" for the image's own.
    """

    name: str
    image: str
    attempt: int = 0
    user_specified_image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    envs: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    devices: tuple[Device, ...] = ()
    cdi_devices: tuple[str, ...] = ()
    labels: Labels = field(default_factory=dict)
    annotations: Labels = field(default_factory=dict)
    log_path: str = ""
    stdin: bool = False
    stdin_once: bool = False
    tty: bool = False
    resources: Resources = Resources()
    security: ContainerSecurity = ContainerSecurity()
    stop_signal: str = ""


@dataclass(frozen=True, slots=True)
class ImageAuth:
    """Credentials for a registry (CRI: AuthConfig): user and password, `auth` (their base64), or a token."""

    username: str = ""
    password: str = field(default="", repr=False)
    auth: str = field(default="", repr=False)
    server_address: str = ""
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)


# ---- what is answered


@dataclass(frozen=True, slots=True)
class Version:
    name: str
    version: str
    api_version: str


@dataclass(frozen=True, slots=True)
class RuntimeCondition:
    """RuntimeReady and NetworkReady decide whether the node is Ready."""

    type: str
    status: bool
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class RuntimeHandler:
    name: str
    recursive_read_only_mounts: bool = False
    user_namespaces: bool = False


@dataclass(frozen=True, slots=True)
class RuntimeStatus:
    """`info` is what the runtime tells of its configuration, decoded (only if asked for)."""

    conditions: tuple[RuntimeCondition, ...]
    handlers: tuple[RuntimeHandler, ...] = ()
    supplemental_groups_policy: bool = False
    info: Json = field(default_factory=dict)

    def condition(self, condition_type: str) -> RuntimeCondition | None:
        """The condition of a type, or None where the runtime has none such."""
        return next((each for each in self.conditions if each.type == condition_type), None)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox in a listing. `annotations` are the pod's."""

    id: str
    name: str
    namespace: str
    uid: str
    attempt: int
    state: SandboxState
    created_at_ns: int
    labels: Labels
    annotations: Labels
    runtime_handler: str = ""


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """One sandbox in full. `ips` is empty on the host's network and once the sandbox is not ready."""

    sandbox: Sandbox
    ips: tuple[str, ...]
    namespaces: Namespaces
    info: Json = field(default_factory=dict)
    containers: tuple[ContainerStatus, ...] = ()  # only runtimes with container events fill it


@dataclass(frozen=True, slots=True)
class Container:
    """A container in a listing: enough for the pod lifecycle generator to see what changed."""

    id: str
    sandbox_id: str
    name: str
    attempt: int
    image: str
    image_ref: str
    image_id: str
    state: ContainerState
    created_at_ns: int
    labels: Labels
    annotations: Labels


@dataclass(frozen=True, slots=True)
class ContainerUser:
    uid: int
    gid: int
    supplemental_groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerStatus:
    """One container in full. Times are 0 until they happen; `reason` is OOMKilled, Completed, Error, ..."""

    id: str
    name: str
    attempt: int
    state: ContainerState
    created_at_ns: int
    started_at_ns: int
    finished_at_ns: int
    exit_code: int
    image: str
    image_ref: str
    image_id: str
    reason: str
    message: str
    labels: Labels
    annotations: Labels
    mounts: tuple[Mount, ...]
    log_path: str
    resources: Resources | None = None
    user: ContainerUser | None = None
    stop_signal: str = ""
    info: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExecResult:
    stdout: bytes
    stderr: bytes
    exit_code: int


@dataclass(frozen=True, slots=True)
class CpuUsage:
    """`nano_cores` (a rate) is None where the runtime does not compute it: containerd 1.6 does not."""

    timestamp_ns: int
    core_nano_seconds: int
    nano_cores: int | None = None


@dataclass(frozen=True, slots=True)
class MemoryUsage:
    timestamp_ns: int
    working_set_bytes: int
    available_bytes: int | None = None
    usage_bytes: int | None = None
    rss_bytes: int | None = None
    page_faults: int | None = None
    major_page_faults: int | None = None


@dataclass(frozen=True, slots=True)
class FilesystemUsage:
    timestamp_ns: int
    mountpoint: str
    used_bytes: int
    inodes_used: int | None = None


@dataclass(frozen=True, slots=True)
class ContainerStats:
    """Usage of one running container; a part is None where the runtime did not measure it yet."""

    id: str
    name: str
    attempt: int
    labels: Labels
    annotations: Labels
    cpu: CpuUsage | None
    memory: MemoryUsage | None
    writable_layer: FilesystemUsage | None


@dataclass(frozen=True, slots=True)
class InterfaceUsage:
    name: str
    rx_bytes: int
    rx_errors: int
    tx_bytes: int
    tx_errors: int


@dataclass(frozen=True, slots=True)
class SandboxStats:
    """Usage of a pod: its own cgroup, its network and its containers."""

    id: str
    name: str
    namespace: str
    uid: str
    labels: Labels
    annotations: Labels
    cpu: CpuUsage | None
    memory: MemoryUsage | None
    default_interface: InterfaceUsage | None
    interfaces: tuple[InterfaceUsage, ...]
    process_count: int | None
    containers: tuple[ContainerStats, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """`id` is the digest of the image's config; `uid` or `username` is whom it runs as by default."""

    id: str
    repo_tags: tuple[str, ...]
    repo_digests: tuple[str, ...]
    size_bytes: int
    uid: int | None = None
    username: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class ImageFilesystems:
    images: tuple[FilesystemUsage, ...]
    containers: tuple[FilesystemUsage, ...] = ()


class ContainerEventType(IntEnum):
    CREATED = 0
    STARTED = 1
    STOPPED = 2
    DELETED = 3


@dataclass(frozen=True, slots=True)
class ContainerEvent:
    """Something happened to a container (or sandbox: then `container_id` is its id)."""

    container_id: str
    type: ContainerEventType
    created_at_ns: int
    sandbox: SandboxStatus | None
    containers: tuple[ContainerStatus, ...]
