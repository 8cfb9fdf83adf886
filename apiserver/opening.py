"""From options to a server that is ready to run: keys made or read, store open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pybernetes.apiserver.addresses import advertised_address
from pybernetes.apiserver.encryption.configuration import load_configuration
from pybernetes.apiserver.encryption.encrypted_store import EncryptedStore
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.control_plane import ensure_pki
from pybernetes.apiserver.pki.service_account_keys import load_signing_key
from pybernetes.apiserver.server import APIServer
from pybernetes.apiserver.storage.etcd_certificates import EtcdCertificates
from pybernetes.apiserver.storage.open import open_store
from pybernetes.component.clock import SYSTEM_CLOCK, Clock


def _etcd_certificates(options: Options) -> EtcdCertificates | None:
    """Who to trust as etcd and who we are there; None for the system's trust and no certificate."""
    given = (options.etcd_cafile, options.etcd_certfile, options.etcd_keyfile)
    files = [Path(name) if name else None for name in given]
    return EtcdCertificates(*files) if any(files) else None


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
    if options.service_account_signing_key_file:
        key = load_signing_key(Path(options.service_account_signing_key_file))
        pki = replace(pki, service_account_key=key)
    store = await open_store(
        options.store,
        data_dir=options.data_dir,
        clock=clock,
        etcd_certificates=_etcd_certificates(options),
        etcd_namespace=options.etcd_namespace,
    )
    if options.encryption_provider_config:
        store = EncryptedStore(store, load_configuration(Path(options.encryption_provider_config)))
    return APIServer(options, store, pki, clock)
