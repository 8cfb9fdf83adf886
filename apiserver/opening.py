"""From options to a server that is ready to run: keys made or read, store open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pybernetes.apiserver.addresses import advertised_address
from pybernetes.apiserver.encryption.configuration import load_configuration
from pybernetes.apiserver.encryption.encrypted_store import EncryptedStore
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.control_plane import Credential, Pki, ensure_pki
from pybernetes.apiserver.server import APIServer
from pybernetes.apiserver.storage.etcd_certificates import EtcdCertificates
from pybernetes.apiserver.storage.open import open_store
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.component.signing_keys import load_signing_key


def _etcd_certificates(options: Options) -> EtcdCertificates | None:
    """Who to trust as etcd and who we are there; None for the system's trust and no certificate."""
    given = (options.etcd_cafile, options.etcd_certfile, options.etcd_keyfile)
    files = [Path(name) if name else None for name in given]
    return EtcdCertificates(*files) if any(files) else None


def _with_given(pki: Pki, options: Options) -> Pki:
    """The control plane's keys, but for those that the options give. Raises PkiError, OSError."""
    if options.service_account_signing_key_file:
        pki = replace(pki, service_account_key=load_signing_key(Path(options.service_account_signing_key_file)))
    if options.tls_cert_file:
        pki = replace(pki, server=_given(options.tls_cert_file, options.tls_private_key_file))
    if options.kubelet_client_certificate:
        given = _given(options.kubelet_client_certificate, options.kubelet_client_key)
        pki = replace(pki, kubelet_client=given)
    if options.proxy_client_cert_file:
        pki = replace(pki, front_proxy_client=_given(options.proxy_client_cert_file, options.proxy_client_key_file))
    return pki


def _given(certificate: str, key: str) -> Credential:
    return Credential(Path(certificate), Path(key))


async def open_server(options: Options, *, clock: Clock = SYSTEM_CLOCK) -> APIServer:
    """A server that is ready to `run`: keys made, store open. Raises OSError, ValueError, StoreUnavailable."""
    options.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    pki = ensure_pki(
        options.data_dir / "pki",
        service_cluster_ip_range=options.service_cluster_ip_range,
        advertise_addresses=[options.advertise_address or advertised_address(options.bind_address)],
        extra_sans=options.tls_san,
        cluster_domain=options.cluster_domain,
    )
    pki = _with_given(pki, options)
    store = await open_store(
        options.store_spec,
        data_dir=options.data_dir,
        clock=clock,
        etcd_certificates=_etcd_certificates(options),
        etcd_namespace=options.etcd_namespace,
    )
    if options.encryption_provider_config:
        configuration = load_configuration(Path(options.encryption_provider_config))
        await configuration.poll()
        store = EncryptedStore(store, configuration)
    return APIServer(options, store, pki, clock)
