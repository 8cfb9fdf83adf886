"""How an API server is to run: kube-apiserver's flags, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from pybernetes.apiserver.authn.options import AuthenticationOptions
from pybernetes.apiserver.authz.options import AuthorizationOptions
from pybernetes.apiserver.flags.accepted import AcceptedOptions
from pybernetes.apiserver.flags.admission import AdmissionOptions
from pybernetes.apiserver.flags.auditing import AuditOptions
from pybernetes.apiserver.flags.cluster import ClusterOptions
from pybernetes.apiserver.flags.logging import LogOptions
from pybernetes.apiserver.flags.place import PlaceOptions
from pybernetes.apiserver.flags.requests import RequestOptions
from pybernetes.apiserver.flags.service_accounts import ServiceAccountOptions
from pybernetes.apiserver.flags.serving import ServingOptions
from pybernetes.apiserver.flags.storage import StorageOptions


@dataclass(frozen=True)
class Options(
    ClusterOptions,
    AdmissionOptions,
    ServiceAccountOptions,
    AuditOptions,
    ServingOptions,
    StorageOptions,
    RequestOptions,
    PlaceOptions,
):
    """All of it. The first field is `data_dir`."""

    authentication: AuthenticationOptions = field(default_factory=AuthenticationOptions)
    authorization: AuthorizationOptions = field(default_factory=AuthorizationOptions)
    logs: LogOptions = field(default_factory=LogOptions)
    accepted: AcceptedOptions = field(default_factory=AcceptedOptions)

    def __post_init__(self) -> None:
        """Raises ValueError."""
        ClusterOptions.__post_init__(self)
        RequestOptions.__post_init__(self)

    @property
    def store_spec(self) -> str:
        """The store as `storage.open` takes it."""
        return f"etcd={','.join(self.etcd_servers)}" if self.etcd_servers and self.store == "sqlite" else self.store
