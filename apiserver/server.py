"""One API server, put together.

    open the store → load the caches → authentication, authorization, admission → listen → bootstrap objects → ready

`run` is the whole life of a server. `APIServer.handler` answers requests of callers in the same process, with no
socket and no TLS between; it needs only `start`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import ssl
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import orjson

from pybernetes.api.errors import APIError, PageNotFound
from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES
from pybernetes.apiserver.addresses import advertised_address
from pybernetes.apiserver.admission.chain import AdmissionChain
from pybernetes.apiserver.admission.plugins import Surroundings, admission_plugins
from pybernetes.apiserver.admission.policy.status import PolicyStatus
from pybernetes.apiserver.admission.role_escalation import RoleEscalation
from pybernetes.apiserver.aggregation.aggregator import Aggregator
from pybernetes.apiserver.audit.build import build_auditor
from pybernetes.apiserver.authn.build import Authentication, build_authenticator
from pybernetes.apiserver.authn.discovery import json_web_keys, openid_configuration
from pybernetes.apiserver.authn.static_tokens import load_tokens
from pybernetes.apiserver.authn.token_request import TokenIssuer
from pybernetes.apiserver.authz.chain import AuthorizerChain, build_chain
from pybernetes.apiserver.authz.reload import AuthorizationReload
from pybernetes.apiserver.bootstrap.identity import LEASE_SECONDS, RENEW_EVERY_SECONDS, IdentityLease
from pybernetes.apiserver.bootstrap.service_cidr import publish_service_cidr
from pybernetes.apiserver.bootstrap.startup import bootstrap
from pybernetes.apiserver.bootstrap.trust import ClusterTrust, publish_trust, start_token_tracking
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.customresources.registry import CustomResources
from pybernetes.apiserver.discovery import Discovery
from pybernetes.apiserver.encryption.configuration import load_configuration
from pybernetes.apiserver.encryption.encrypted_store import EncryptedStore
from pybernetes.apiserver.encryption.reload import EncryptionReload
from pybernetes.apiserver.flowcontrol.control import LEND_SECONDS, FlowControl
from pybernetes.apiserver.flowcontrol.upkeep import Upkeep
from pybernetes.apiserver.flowcontrol.width import width_of
from pybernetes.apiserver.front import Front
from pybernetes.apiserver.gauges import gauges_of
from pybernetes.apiserver.handler import Handler
from pybernetes.apiserver.http import JSON_TYPE, Request, Response
from pybernetes.apiserver.kubelet_connection import Kubelets
from pybernetes.apiserver.openapi.documents import OpenAPI
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.control_plane import FRONT_PROXY_CLIENT, Pki, ensure_pki
from pybernetes.apiserver.pki.kubeconfig import admin_kubeconfig, ensure_token
from pybernetes.apiserver.pki.rotation import RotatingServerContext, keep_fresh
from pybernetes.apiserver.pki.service_account_keys import VerifyingKey, load_signing_key, load_verifying_key
from pybernetes.apiserver.resources import component_statuses
from pybernetes.apiserver.resources.kubernetes_service import publish_endpoint, withdraw_endpoint
from pybernetes.apiserver.resources.reviews import review_hooks
from pybernetes.apiserver.resources.services import ServiceAllocator
from pybernetes.apiserver.resources.table import hooks_by_resource
from pybernetes.apiserver.state import State
from pybernetes.apiserver.storage.etcd_certificates import EtcdCertificates
from pybernetes.apiserver.storage.interface import Store
from pybernetes.apiserver.storage.open import open_store
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, MASTERS_GROUP, User
from pybernetes.apiserver.webhooks.client import WebhookClient
from pybernetes.apiserver.wellknown import WellKnown, version_info
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

LOOPBACK = User("system:apiserver", (MASTERS_GROUP, AUTHENTICATED_GROUP))
# What it writes itself is owned by the manager of this name.
_OWN_HEADERS = {"content-type": "application/json", "user-agent": "kube-apiserver/v1.36.0"}
_REPAIR_SECONDS = 180.0
# What kube-apiserver's checks call the work that has to be done before a server is of use.
_START_HOOKS = (
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-producer",
    "crd-informer-synced",
    "start-system-namespaces-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "bootstrap-controller",
)
_LEAVE_SECONDS = 2.0


class APIServer:
    """One server. `start` makes it answer in-process, `listen` over the network; `run` keeps it going."""

    def __init__(self, options: Options, store: Store, pki: Pki, clock: Clock):
        self.options = options
        self.pki = pki
        self._clock = clock
        resources = RESOURCES
        self.state = State(
            store=store,
            cache=WatchCache(store, resources, clock=clock),
            admission=AdmissionChain(()),
            hooks=hooks_by_resource(),
            clock=clock,
            event_ttl_seconds=options.event_ttl_seconds,
        )
        if isinstance(store, EncryptedStore):
            self.state.is_stale = store.is_stale
        self.state.extensions[component_statuses.EXTENSION] = component_statuses.component_checks(store.check)
        self.state.extensions["services"] = ServiceAllocator(self.state, options.service_cluster_ip_range)
        self.authorizer: AuthorizerChain = build_chain(options.authorization, self.state.cache, clock=clock)
        self.state.extensions["authorizer"] = self.authorizer
        self._webhooks = self.state.extensions["webhooks"] = WebhookClient(self.state.cache)
        around = Surroundings(
            self.authorizer, self.state.cache, self._webhooks, lambda: self.state.admission.reconsider()
        )
        plugins = [*admission_plugins(around, options.disabled_admission), RoleEscalation(self.authorizer)]
        self.state.admission = AdmissionChain(plugins)
        self._authentication = _authentication(options, pki, self.state.cache, clock)
        self.authenticator = self._authentication.authenticator
        self.state.hooks |= review_hooks(self.authenticator, self.authorizer)
        keys = [pki.service_account_key.verifying, *_further_keys(options)]
        self.state.extensions["token issuer"] = TokenIssuer(
            pki.service_account_key,
            options.service_account_issuer,
            self.authenticator.api_audiences,
            self.state.cache,
            max_lifetime_seconds=options.authentication.service_account_max_token_expiration_seconds,
            extend=options.authentication.service_account_extend_token_expiration,
            clock=clock,
        )
        self._kubelets = Kubelets(self.state.cache, pki.kubelet_client, options.kubelet_certificate_authority)
        self.state.extensions["kubelets"] = self._kubelets
        self._bootstrapped = asyncio.Event()
        self._leaving = False
        discovery, openapi = Discovery(resources), OpenAPI(resources)
        self._discovery = discovery
        self._aggregator = Aggregator(self.state, self.submit, pki.front_proxy_client, discovery, openapi)
        shown = (discovery, openapi, self.state.admission, self._aggregator)
        self._custom_resources = CustomResources(self.state, self.submit, LOOPBACK, resources, shown)
        well_known = WellKnown(
            discovery,
            openapi,
            live={
                "ping": _always_well,
                "log": _always_well,
                "etcd": store.check,
                **dict.fromkeys((f"poststarthook/{name}" for name in _START_HOOKS), self._check_bootstrapped),
            },
            ready={
                "informer-sync": self._check_loaded,
                "autoregister-completion": self._aggregator.check_registered,
                "shutdown": self._check_staying,
            },
            gauges=gauges_of(self.state.cache, _build_info()),
            documents={
                "/.well-known/openid-configuration": lambda: openid_configuration(
                    options.service_account_issuer, keys, keys_uri=self._keys_uri()
                ),
                "/openid/v1/jwks": lambda: json_web_keys(keys),
            },
        )
        self.flow_control = _flow_control(options, self.state)
        self.auditor = build_auditor(options, clock)
        self.handler = Handler(
            self.state,
            self.authenticator,
            self.authorizer,
            well_known,
            self.flow_control,
            self.auditor,
            self._aggregator,
        )
        self._identity = IdentityLease(self.submit, clock, host=socket.gethostname(), holder=str(uuid.uuid4()))
        self._front: Front | None = None
        self.port = 0

    async def _check_loaded(self) -> None:
        if not self.state.cache.is_loaded:
            raise RuntimeError("the caches are not loaded yet")

    async def _check_bootstrapped(self) -> None:
        if not self._bootstrapped.is_set():
            raise RuntimeError("not finished")

    async def _check_staying(self) -> None:
        if self._leaving:
            raise RuntimeError("process is shutting down")

    async def wait_ready(self) -> None:
        """Until the objects that every cluster has are there."""
        await self._bootstrapped.wait()
        await self._aggregator.registration.completed.wait()

    @property
    def url(self) -> str:
        address = self.options.bind_address
        return f"https://{'127.0.0.1' if address in ('0.0.0.0', '::', '') else address}:{self.port}"

    async def listen(self) -> None:
        """Serve over TLS. Raises OSError if the address cannot be had."""
        options = self.options
        rotating: RotatingServerContext | None = None
        if options.tls_cert_file:
            context = _given_context(options, self.pki)
        else:
            rotating = RotatingServerContext(self.pki.server, _client_cas(options, self.pki), clock=self._clock)
            context = rotating.context
        self._rotating = rotating
        self._front = Front(self.handler.handle)
        self.port = await self._front.listen(options.bind_address, options.secure_port, context)
        self._discovery.reached_at(f"{self._advertised()}:{self.port}")
        log.info("serving", extra={"address": options.bind_address, "port": self.port})

    async def run(self) -> None:
        """Follow the store, listen, make what every cluster has, and look after it until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.state.cache.run(), name="watch cache")
            for backend in self.auditor.backends if self.auditor is not None else ():
                group.create_task(backend.run(), name="audit events")
            await self.state.cache.wait_loaded()
            await self._custom_resources.load()
            if self.options.secure_port >= 0:
                await self.listen()
                if self._rotating is not None:
                    group.create_task(self._rotating.run(), name="certificate renewal")
                self._write_kubeconfig()
            await bootstrap(self.submit)
            ip_range = self.options.service_cluster_ip_range
            await publish_service_cidr(self.submit, ip_range, self.state.timestamp())
            await publish_endpoint(self.submit, self._advertised(), self.port, self.options.service_cluster_ip_range)
            await publish_trust(self.submit, self._trust(), self._clock.now())
            await start_token_tracking(self.submit, self._clock.now())
            await self._identity.renew()
            self._bootstrapped.set()
            group.create_task(self._maintain(), name="maintenance")
            group.create_task(self._authentication.run(self._clock), name="authentication configuration")
            if config := self.options.authorization.config:
                follow = AuthorizationReload(config, self.authorizer, self.state.cache, self._clock)
                group.create_task(follow.run(), name="authorization configuration")
            group.create_task(self._custom_resources.run(), name="custom resources")
            group.create_task(self._aggregator.run(), name="aggregation")
            group.create_task(PolicyStatus(self.state, self.submit).run(), name="status of policies")
            if self.flow_control is not None:
                lend = self.flow_control.lend
                group.create_task(_every(self._clock, LEND_SECONDS, lend), name="lending of seats")
                upkeep = Upkeep(self.state.cache, self.submit, self.state.timestamp)
                group.create_task(upkeep.run(), name="upkeep of flow schemas")
            renewal = keep_fresh(self.pki.kubelet_client, self._kubelets.reload, clock=self._clock)
            group.create_task(renewal, name="renewal of the certificate for kubelets")
            renewal = keep_fresh(self.pki.front_proxy_client, self._aggregator.connections.reload, clock=self._clock)
            group.create_task(renewal, name="renewal of the front proxy's certificate")
            if (
                isinstance(store := self.state.store, EncryptedStore)
                and self.options.encryption_provider_config_automatic_reload
            ):
                reload = EncryptionReload(Path(self.options.encryption_provider_config), store)
                group.create_task(reload.run(self._clock), name="encryption configuration")
            try:
                await asyncio.Event().wait()
            finally:
                await self._leave()

    async def _leave(self) -> None:
        """Take our address out of the Service ``kubernetes``, while the caches still run."""
        self._leaving = True
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await withdraw_endpoint(self.submit, self._advertised())
        except (TimeoutError, APIError) as error:
            log.warning("could not withdraw this server's address", extra={"error": str(error)})

    async def _maintain(self) -> None:
        """Free addresses that crashed writes left behind, and history that nobody can ask for any more."""
        allocator: ServiceAllocator = self.state.extensions["services"]
        compactor = Compactor(self.state.store)
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(self._clock, _REPAIR_SECONDS, allocator.repair), name="address repair")
            group.create_task(_every(self._clock, RENEW_EVERY_SECONDS, self._identity.renew), name="identity")
            forget = self._identity.forget_others
            group.create_task(_every(self._clock, LEASE_SECONDS, forget), name="leases of servers that are gone")
            group.create_task(
                _every(self._clock, self.options.compact_every_seconds, compactor.step), name="compaction"
            )

    def _trust(self) -> ClusterTrust:
        """Whom this server believes, for others to read."""
        given, (users, proxies) = self.options.authentication, _client_cas(self.options, self.pki)
        own = () if given.requestheader_client_ca_file else (FRONT_PROXY_CLIENT,)
        return ClusterTrust(
            users.decode(),
            proxies.decode(),
            own if given.requestheader_allowed_names is None else given.requestheader_allowed_names,
            given.requestheader_username_headers,
            given.requestheader_uid_headers,
            given.requestheader_group_headers,
            given.requestheader_extra_headers_prefix,
        )

    def _advertised(self) -> str:
        return self.options.advertise_address or advertised_address(self.options.bind_address)

    def _keys_uri(self) -> str:
        """Where others find the keys of our tokens."""
        given = self.options.authentication.service_account_jwks_uri
        return given or f"https://{self._advertised()}:{self.port}/openid/v1/jwks"

    def _write_kubeconfig(self) -> None:
        if not self.options.kubeconfig_out:
            return
        token = ensure_token(_token_file(self.options))
        config = admin_kubeconfig(server=self.url, ca_pem=self.pki.ca.certificate_pem, token=token)
        path = Path(self.options.kubeconfig_out)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(config, option=orjson.OPT_INDENT_2))

    async def submit(self, method: str, path: str, obj: Json | None = None) -> Json:
        """A request of the server to itself. Raises `APIError`."""
        body = orjson.dumps(obj) if obj is not None else b""
        request = Request(method, path, {}, _OWN_HEADERS, body, user=LOOPBACK)
        answer = await self.handler.handle(request)
        assert isinstance(answer, Response), "the server asks itself for whole answers only"
        if answer.status == 404 and answer.content_type != JSON_TYPE:
            raise PageNotFound()
        result: Json = orjson.loads(answer.body)
        if answer.status >= 400:
            raise APIError(result)
        return result

    async def close(self) -> None:
        """Stop listening, finish what is under way, close the store."""
        if self._front is not None:
            await self._front.close()
        await self._kubelets.close()
        for backend in self.auditor.backends if self.auditor is not None else ():
            await backend.close()
        await self._webhooks.close()
        await self._authentication.close()
        await self._aggregator.close()
        await self.authorizer.close()
        await self.state.store.close()


def _build_info() -> dict[str, str]:
    """The version as the metric kubernetes_build_info has it."""
    names = (
        "major",
        "minor",
        "gitVersion",
        "gitCommit",
        "gitTreeState",
        "buildDate",
        "goVersion",
        "compiler",
        "platform",
    )
    version = version_info()
    return {re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", name): version[name] for name in names}


async def _always_well() -> None:
    """Answering at all is the check."""


async def _every(clock: Clock, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work again and again. A failure is logged; the next turn tries again."""
    while True:
        await clock.sleep(seconds)
        try:
            await work()
        except Exception:
            log.exception("maintenance failed")


class Compactor:
    """Keeps about one to two periods of history: each step forgets what the step before it saw."""

    def __init__(self, store: Store):
        self._store = store
        self._previous = 0

    async def step(self) -> None:
        current = await self._store.current_revision()
        if self._previous:
            await self._store.compact(self._previous)
        self._previous = current


def _token_file(options: Options) -> Path:
    return Path(options.token_auth_file) if options.token_auth_file else options.data_dir / "pki" / "tokens.csv"


def _client_cas(options: Options, pki: Pki) -> list[bytes]:
    """The CAs that TLS takes client certificates of: those of users, and the front proxy's (who is no user)."""
    users = Path(options.client_ca_file).read_bytes() if options.client_ca_file else pki.ca.certificate_pem
    proxies = options.authentication.requestheader_client_ca_file
    return [users, Path(proxies).read_bytes() if proxies else pki.front_proxy_ca.certificate_pem]


def _given_context(options: Options, pki: Pki) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert_file, options.tls_private_key_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    for pem in _client_cas(options, pki):
        context.load_verify_locations(cadata=pem.decode())
    return context


def _further_keys(options: Options) -> list[VerifyingKey]:
    """Keys besides our own that service account tokens may be signed by. Raises PkiError, OSError."""
    return [load_verifying_key(Path(path)) for path in options.service_account_key_files]


def _authentication(options: Options, pki: Pki, cache: WatchCache, clock: Clock) -> Authentication:
    if options.kubeconfig_out or not options.token_auth_file:
        ensure_token(_token_file(options))
    return build_authenticator(
        pki,
        cache,
        static_tokens=load_tokens(_token_file(options)),
        options=options.authentication,
        service_account_keys=_further_keys(options),
        issuers=(options.service_account_issuer, *options.service_account_further_issuers),
        api_audiences=options.api_audiences,
        client_ca_pem=Path(options.client_ca_file).read_bytes() if options.client_ca_file else b"",
        anonymous=options.anonymous_auth,
        clock=clock,
    )


def _flow_control(options: Options, state: State) -> FlowControl | None:
    if not options.priority_and_fairness:
        return None
    seats = options.max_requests_in_flight + options.max_mutating_requests_in_flight
    return FlowControl(state.cache, seats, partial(width_of, state.cache))


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
