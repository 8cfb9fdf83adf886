"""``python -m pybernetes.apiserver``: the API server as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pybernetes.apiserver.authn.options import add_authentication_flags, authentication_options
from pybernetes.apiserver.authz.options import add_authorization_flags, authorization_options
from pybernetes.apiserver.options import Options
from pybernetes.component.duration import duration_seconds
from pybernetes.component.flags import component_parser, configure_logs
from pybernetes.component.process import run_component


def parser() -> argparse.ArgumentParser:
    """The flags, named as kube-apiserver's where it has them."""
    flags = component_parser("apiserver", "Serves the Kubernetes API from a store.")
    add = flags.add_argument
    add("--bind-address", default="0.0.0.0", help="address to listen on")
    add("--secure-port", type=int, default=6443, help="port to serve HTTPS on; 0 takes any free one")
    add("--advertise-address", default="", help="address under which nodes and pods reach this server")
    add("--store", default="", help="sqlite, sqlite:PATH or etcd=URL[,URL...]; sqlite if --etcd-servers is not given")
    add("--data-dir", default="/var/lib/pybernetes", help="where keys and the embedded store are kept")
    add("--etcd-servers", default="", help="comma-separated URLs of etcd members")
    add("--etcd-cafile", default="", help="CA of the etcd members")
    add("--etcd-certfile", default="", help="client certificate for etcd")
    add("--etcd-keyfile", default="", help="key of the client certificate for etcd")
    add("--etcd-prefix", default="", help="prefix of all keys in etcd")
    add("--service-cluster-ip-range", default="10.96.0.0/16", help="range of the addresses of services")
    issuers = "issuer of tokens; repeatable: the first issues, tokens of all are taken"
    add("--service-account-issuer", action="append", default=[], help=issuers)
    add("--service-account-key-file", action="append", default=[], help="key that tokens may be signed by; repeatable")
    add("--service-account-signing-key-file", default="", help="key to sign tokens with")
    add("--api-audiences", default="", help="comma-separated audiences of the API; the issuer if not given")
    add("--token-auth-file", default="", help="CSV of static tokens: token,user,uid,groups")
    add_authorization_flags(add)
    add("--anonymous-auth", type=_boolean, default=True, help="let requests without credentials in as anonymous")
    add_authentication_flags(add, _words, _boolean)
    add("--tls-cert-file", default="", help="certificate to serve with; made if not given")
    add("--tls-private-key-file", default="", help="key of the serving certificate")
    add("--tls-san", action="append", default=[], help="further name or address in the serving certificate; repeatable")
    add("--client-ca-file", default="", help="CA that client certificates must be signed by")
    add("--kubelet-certificate-authority", default="", help="CA of the kubelets' serving certificates")
    add("--disable-admission-plugins", default="", help="comma-separated admission plugins to leave out")
    add("--audit-policy-file", default="", help="audit.k8s.io/v1 Policy; without one nothing is audited")
    add("--audit-log-path", default="", help="file of audit events, - for standard output")
    add("--audit-log-maxsize", type=int, default=0, help="megabytes at which the file is turned over; 0 for 100")
    add("--audit-log-maxbackup", type=int, default=0, help="old audit files to keep; 0 for all")
    add("--audit-log-maxage", type=int, default=0, help="days to keep old audit files for; 0 for ever")
    add("--audit-webhook-config-file", default="", help="kubeconfig of a webhook that audit events are sent to")
    add("--audit-webhook-batch-max-wait", type=float, default=30.0, help="seconds that an event may wait for its batch")
    add("--enable-priority-and-fairness", type=_boolean, default=True, help="limit requests by flow schemas and levels")
    add("--max-requests-inflight", type=int, default=400, help="seats for requests that only read")
    add("--max-mutating-requests-inflight", type=int, default=200, help="seats for requests that write")
    add("--event-ttl", type=float, default=3600.0, help="seconds that events are kept")
    add("--encryption-provider-config", default="", help="EncryptionConfiguration: what is encrypted in the store")
    add("--encryption-provider-config-automatic-reload", type=_boolean, default=False, help="follow that file")
    add("--kubeconfig-out", default="", help="write an admin kubeconfig with a bearer token to this file")
    return flags


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def options_from(flags: argparse.Namespace) -> Options:
    """The options that the flags say."""
    store = flags.store or (f"etcd={flags.etcd_servers}" if flags.etcd_servers else "sqlite")
    issuers = flags.service_account_issuer or [Options.service_account_issuer]
    return Options(
        data_dir=Path(flags.data_dir),
        store=store,
        etcd_cafile=flags.etcd_cafile,
        etcd_certfile=flags.etcd_certfile,
        etcd_keyfile=flags.etcd_keyfile,
        etcd_namespace=flags.etcd_prefix,
        bind_address=flags.bind_address,
        secure_port=flags.secure_port,
        advertise_address=flags.advertise_address,
        tls_cert_file=flags.tls_cert_file,
        tls_private_key_file=flags.tls_private_key_file,
        tls_san=tuple(flags.tls_san),
        client_ca_file=flags.client_ca_file,
        token_auth_file=flags.token_auth_file,
        authorization=authorization_options(flags, _words, duration_seconds),
        anonymous_auth=flags.anonymous_auth,
        service_cluster_ip_range=flags.service_cluster_ip_range,
        service_account_issuer=issuers[0],
        service_account_further_issuers=tuple(issuers[1:]),
        service_account_key_files=tuple(flags.service_account_key_file),
        service_account_signing_key_file=flags.service_account_signing_key_file,
        api_audiences=_words(flags.api_audiences),
        authentication=authentication_options(flags, duration_seconds),
        encryption_provider_config=flags.encryption_provider_config,
        encryption_provider_config_automatic_reload=flags.encryption_provider_config_automatic_reload,
        kubeconfig_out=flags.kubeconfig_out,
        event_ttl_seconds=int(flags.event_ttl),
        audit_policy_file=flags.audit_policy_file,
        audit_log_path=flags.audit_log_path,
        audit_log_max_megabytes=flags.audit_log_maxsize,
        audit_log_max_backups=flags.audit_log_maxbackup,
        audit_log_max_age_days=flags.audit_log_maxage,
        audit_webhook_config_file=flags.audit_webhook_config_file,
        audit_webhook_batch_max_wait_seconds=flags.audit_webhook_batch_max_wait,
        priority_and_fairness=flags.enable_priority_and_fairness,
        max_requests_in_flight=flags.max_requests_inflight,
        max_mutating_requests_in_flight=flags.max_mutating_requests_inflight,
        kubelet_certificate_authority=flags.kubelet_certificate_authority,
        disabled_admission=_words(flags.disable_admission_plugins),
    )


async def serve(options: Options) -> None:
    from pybernetes.apiserver.opening import open_server

    server = await open_server(options)
    try:
        await server.run()
    finally:
        await server.close()


def main(arguments: list[str] | None = None) -> int:
    flags = parser().parse_args(arguments)
    configure_logs(flags)
    return run_component("apiserver", serve(options_from(flags)))


if __name__ == "__main__":
    sys.exit(main())
