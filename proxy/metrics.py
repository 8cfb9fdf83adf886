"""What the proxy counts, under kube-proxy's names."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SYNC_SECONDS = tuple(0.001 * 2**power for power in range(15))
_PROGRAMMING_SECONDS = (0.25, 0.5, *map(float, range(1, 60)), *map(float, range(60, 121, 5)), 150.0, 300.0)

SYNC_SECONDS = Histogram(
    "kubeproxy_sync_proxy_rules_duration_seconds", "Time to write rules", ["ip_family"], buckets=_SYNC_SECONDS
)
FULL_SYNC_SECONDS = Histogram(
    "kubeproxy_sync_full_proxy_rules_duration_seconds", "Time to write all rules", ["ip_family"], buckets=_SYNC_SECONDS
)
PARTIAL_SYNC_SECONDS = Histogram(
    "kubeproxy_sync_partial_proxy_rules_duration_seconds",
    "Time to write changed rules",
    ["ip_family"],
    buckets=_SYNC_SECONDS,
)
PROGRAMMING_SECONDS = Histogram(
    "kubeproxy_network_programming_duration_seconds",
    "Time from the change of a pod or service to rules that know of it",
    ["ip_family"],
    buckets=_PROGRAMMING_SECONDS,
)
LAST_SYNC = Gauge("kubeproxy_sync_proxy_rules_last_timestamp_seconds", "When rules were last written", ["ip_family"])
LAST_QUEUED = Gauge(
    "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds", "When a write was last asked for", ["ip_family"]
)
RESTORE_FAILURES = Counter(
    "kubeproxy_sync_proxy_rules_iptables_restore_failures", "Failed writes of all rules", ["ip_family"]
)
PARTIAL_RESTORE_FAILURES = Counter(
    "kubeproxy_sync_proxy_rules_iptables_partial_restore_failures", "Failed writes of changed rules", ["ip_family"]
)
RULES = Gauge("kubeproxy_sync_proxy_rules_iptables_total", "Rules in force", ["table", "ip_family"])
SERVICE_CHANGES = Counter("kubeproxy_sync_proxy_rules_service_changes", "Changes of Services", ["ip_family"])
ENDPOINT_CHANGES = Counter("kubeproxy_sync_proxy_rules_endpoint_changes", "Changes of endpoints", ["ip_family"])
SERVICE_CHANGES_PENDING = Gauge(
    "kubeproxy_sync_proxy_rules_service_changes_pending", "Changes of Services not yet written", ["ip_family"]
)
ENDPOINT_CHANGES_PENDING = Gauge(
    "kubeproxy_sync_proxy_rules_endpoint_changes_pending", "Changes of endpoints not yet written", ["ip_family"]
)
NO_LOCAL_ENDPOINTS = Gauge(
    "kubeproxy_sync_proxy_rules_no_local_endpoints",
    "Service ports with a Local policy and no endpoint on this node",
    ["ip_family", "traffic_policy"],
)
HEALTHZ = Counter("kubeproxy_proxy_healthz", "Answers of /healthz", ["code"])
LIVEZ = Counter("kubeproxy_proxy_livez", "Answers of /livez", ["code"])
