"""Flags of kube-apiserver that have nothing to change here.

They are taken, so that a command line that was made for kube-apiserver works as it is. What each is about is either
always so here, or is not there at all. One that asks for something is named in the log at the start.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from pybernetes.component.flag_set import flag

_ALWAYS = "always so here"
_AT_ONCE = "events are in the file before the request is answered"
_NOTHING = "about a part that this server does not have"
_MOST_GOAWAYS = 0.02
_LOGS_HANDLER = "This flag will be removed in v1.19"


@dataclass(frozen=True)
class AcceptedOptions:
    SECTION = "Accepted"

    admission_control: tuple[str, ...] = flag((), _NOTHING, deprecated="Use --enable-admission-plugins instead.")
    aggregator_reject_forwarding_redirects: bool = flag(True, _ALWAYS)
    allow_metric_labels: tuple[str, ...] = flag((), _NOTHING, whole=True)
    allow_metric_labels_manifest: str = flag("", _NOTHING)
    allow_privileged: bool = flag(True, _ALWAYS)
    apiserver_count: int = flag(1, _NOTHING, deprecated="apiserver-count is deprecated and will be removed")
    audit_log_batch_buffer_size: int = flag(10_000, _AT_ONCE)
    audit_log_batch_max_size: int = flag(1, _AT_ONCE)
    audit_log_batch_max_wait: float = flag(0.0, _AT_ONCE, duration=True)
    audit_log_batch_throttle_burst: int = flag(0, _AT_ONCE)
    audit_log_batch_throttle_enable: bool = flag(False, _AT_ONCE)
    audit_log_batch_throttle_qps: float = flag(0.0, _AT_ONCE)
    audit_log_compress: bool = flag(False, _NOTHING)
    audit_log_format: str = flag("json", _ALWAYS)
    audit_log_mode: str = flag("blocking", _AT_ONCE)
    audit_log_truncate_max_batch_size: int = flag(10_485_760, _AT_ONCE)
    audit_log_version: str = flag("audit.k8s.io/v1", _ALWAYS)
    audit_webhook_batch_throttle_burst: int = flag(15, _NOTHING)
    audit_webhook_batch_throttle_enable: bool = flag(True, _NOTHING)
    audit_webhook_batch_throttle_qps: float = flag(10.0, _NOTHING)
    audit_webhook_mode: str = flag("batch", _ALWAYS)
    audit_webhook_truncate_max_batch_size: int = flag(10_485_760, _NOTHING)
    audit_webhook_version: str = flag("audit.k8s.io/v1", _ALWAYS)
    cert_dir: str = flag("", "see --data-dir")
    contention_profiling: bool = flag(False, _NOTHING)
    coordinated_leadership_lease_duration: float = flag(15.0, _NOTHING, duration=True)
    coordinated_leadership_renew_deadline: float = flag(10.0, _NOTHING, duration=True)
    coordinated_leadership_retry_period: float = flag(2.0, _NOTHING, duration=True)
    cors_allowed_origins: tuple[str, ...] = flag((), _NOTHING)
    debug_socket_path: str = flag("", _NOTHING)
    default_watch_cache_size: int = flag(100, _NOTHING)
    delete_collection_workers: int = flag(1, _NOTHING)
    disable_http2_serving: bool = flag(False, _ALWAYS)
    disabled_metrics: tuple[str, ...] = flag((), _NOTHING)
    egress_selector_config_file: str = flag("", _NOTHING)
    emulated_version: tuple[str, ...] = flag((), _NOTHING)
    emulation_forward_compatible: bool = flag(False, _NOTHING)
    enable_aggregator_routing: bool = flag(False, _NOTHING)
    enable_garbage_collector: bool = flag(True, _ALWAYS)
    enable_logs_handler: bool = flag(False, _NOTHING, deprecated=_LOGS_HANDLER)
    endpoint_reconciler_type: str = flag("lease", _ALWAYS)
    etcd_count_metric_poll_period: float = flag(60.0, _NOTHING, duration=True)
    etcd_db_metric_poll_interval: float = flag(30.0, _NOTHING, duration=True)
    etcd_healthcheck_timeout: float = flag(2.0, _NOTHING, duration=True)
    etcd_readycheck_timeout: float = flag(2.0, _NOTHING, duration=True)
    etcd_servers_overrides: tuple[str, ...] = flag((), _NOTHING)
    external_hostname: str = flag("", _NOTHING)
    feature_gates: tuple[str, ...] = flag((), _NOTHING)
    goaway_chance: float = flag(0.0, "about HTTP/2, which this server does not speak")
    http2_max_streams_per_connection: int = flag(0, _NOTHING)
    kubelet_port: int = flag(10250, _NOTHING, deprecated="kubelet-port is deprecated and will be removed.")
    kubelet_read_only_port: int = flag(10255, _NOTHING, deprecated="kubelet-read-only-port is deprecated.")
    kubelet_timeout: float = flag(5.0, _NOTHING, duration=True)
    kubernetes_service_node_port: int = flag(0, _NOTHING)
    lease_reuse_duration_seconds: int = flag(60, _NOTHING)
    livez_grace_period: float = flag(0.0, _NOTHING, duration=True)
    log_flush_frequency: float = flag(5.0, _NOTHING, duration=True)
    log_json_info_buffer_size: str = flag("0", _NOTHING)
    log_json_split_stream: bool = flag(False, _NOTHING)
    log_text_info_buffer_size: str = flag("0", _NOTHING)
    log_text_split_stream: bool = flag(False, _NOTHING)
    max_connection_bytes_per_sec: int = flag(0, _NOTHING)
    min_compatibility_version: tuple[str, ...] = flag((), _NOTHING)
    peer_advertise_ip: str = flag("", _NOTHING)
    peer_advertise_port: str = flag("", _NOTHING)
    peer_ca_file: str = flag("", _NOTHING)
    permit_address_sharing: bool = flag(False, _ALWAYS)
    profiling: bool = flag(True, _NOTHING)
    runtime_config: tuple[str, ...] = flag((), _NOTHING)
    runtime_config_emulation_forward_compatible: bool = flag(False, _NOTHING)
    service_account_lookup: bool = flag(True, _ALWAYS)
    service_account_signing_endpoint: str = flag("", _NOTHING)
    show_hidden_metrics_for_version: str = flag("", _NOTHING)
    shutdown_watch_termination_grace_period: float = flag(0.0, _NOTHING, duration=True)
    storage_backend: str = flag("", "see --store")
    storage_initialization_timeout: float = flag(60.0, _NOTHING, duration=True)
    storage_media_type: str = flag("application/vnd.kubernetes.protobuf", _NOTHING)
    tls_curve_preferences: tuple[str, ...] = flag((), _NOTHING)
    tracing_config_file: str = flag("", _NOTHING)
    vmodule: tuple[str, ...] = flag((), _NOTHING)
    watch_cache: bool = flag(True, _ALWAYS)
    watch_cache_sizes: tuple[str, ...] = flag((), _NOTHING)

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if not 0 <= self.goaway_chance <= _MOST_GOAWAYS:
            raise ValueError("--goaway-chance can not be less than 0 or greater than 0.02")


def without_effect(options: AcceptedOptions) -> list[str]:
    """The flags that ask for something that this server does not do."""
    asked = (one.name for one in fields(AcceptedOptions) if getattr(options, one.name) != one.default)
    return [f"--{name.replace('_', '-')}" for name in asked]
