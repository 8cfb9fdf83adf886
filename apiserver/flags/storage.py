"""Where objects are stored, and in which form."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag


@dataclass(frozen=True)
class StorageOptions:
    SECTION = "Etcd"

    etcd_servers: tuple[str, ...] = flag((), "URLs of etcd members")
    etcd_cafile: str = flag("", "CA of the etcd members")
    etcd_certfile: str = flag("", "client certificate for etcd")
    etcd_keyfile: str = flag("", "key of the client certificate for etcd")
    etcd_namespace: str = flag("", "prefix of all keys in etcd", name="etcd-prefix")
    compact_every_seconds: float = flag(
        300.0, "how often history that nobody can ask for is dropped", name="etcd-compaction-interval", duration=True
    )
    encryption_provider_config: str = flag("", "EncryptionConfiguration: what is encrypted in the store")
    encryption_provider_config_automatic_reload: bool = flag(False, "follow that file while running")
