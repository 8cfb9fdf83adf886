"""How an API server is to run: kube-apiserver's flags, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pybernetes.apiserver.authn.options import AuthenticationOptions
from pybernetes.apiserver.authz.options import AuthorizationOptions


@dataclass(frozen=True)
class Options:
    """Paths that are not given are made below `data_dir`. `store` is as `storage.open` takes it.

    `advertise_address` is where pods and nodes reach this server; `secure_port` 0 takes any free port, and -1
    listens on none (everything then goes through the in-process transport).
    """

    data_dir: Path
    store: str = "sqlite"
    etcd_cafile: str = ""
    etcd_certfile: str = ""
    etcd_keyfile: str = ""
    etcd_namespace: str = ""
    bind_address: str = "0.0.0.0"
    secure_port: int = 6443
    advertise_address: str = ""
    tls_cert_file: str = ""
    tls_private_key_file: str = ""
    tls_san: tuple[str, ...] = ()
    client_ca_file: str = ""
    kubelet_certificate_authority: str = ""
    token_auth_file: str = ""
    authorization: AuthorizationOptions = field(default_factory=AuthorizationOptions)
    anonymous_auth: bool = True
    service_cluster_ip_range: str = "10.96.0.0/16"
    cluster_domain: str = "cluster.local"
    service_account_issuer: str = "https://kubernetes.default.svc.cluster.local"
    service_account_further_issuers: tuple[str, ...] = ()
    service_account_key_files: tuple[str, ...] = ()
    service_account_signing_key_file: str = ""
    api_audiences: tuple[str, ...] = ()
    authentication: AuthenticationOptions = field(default_factory=AuthenticationOptions)
    encryption_provider_config: str = ""
    encryption_provider_config_automatic_reload: bool = False
    kubeconfig_out: str = ""
    event_ttl_seconds: int = 3600
    audit_policy_file: str = ""
    audit_log_path: str = ""
    audit_log_max_megabytes: int = 0
    audit_log_max_backups: int = 0
    audit_log_max_age_days: int = 0
    audit_webhook_config_file: str = ""
    audit_webhook_batch_max_wait_seconds: float = 30.0
    priority_and_fairness: bool = True
    max_requests_in_flight: int = 400
    max_mutating_requests_in_flight: int = 200
    disabled_admission: tuple[str, ...] = ()
    compact_every_seconds: float = 300.0
