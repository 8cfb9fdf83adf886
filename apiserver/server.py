"""One API server, put together.

    open the store → load the caches → authentication, authorization, admission → listen → bootstrap objects → ready

`run` is the whole life of a server. `APIServer.handler` answers requests of callers in the same process, with no
socket and no TLS between; it needs only `start`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import uuid
from pathlib import Path

import orjson

from pybernetes.api.errors import APIError, PageNotFound
from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES
from pybernetes.apiserver.addresses import advertised_address
from pybernetes.apiserver.admission.chain import AdmissionChain
from pybernetes.apiserver.admission.configuration import load_configurations
from pybernetes.apiserver.admission.plugins import Surroundings, admission_plugins
from pybernetes.apiserver.admission.policy.status import PolicyStatus
from pybernetes.apiserver.admission.role_escalation import RoleEscalation
from pybernetes.apiserver.aggregation.aggregator import Aggregator
from pybernetes.apiserver.around_handler import sending_away, with_strict_transport
from pybernetes.apiserver.audit.build import build_auditor
from pybernetes.apiserver.authn.discovery import json_web_keys, openid_configuration
from pybernetes.apiserver.authn.legacy_token_use import WRITE_EVERY_SECONDS
from pybernetes.apiserver.authn.token_request import TokenIssuer
from pybernetes.apiserver.authz.chain import AuthorizerChain, build_chain
from pybernetes.apiserver.authz.reload import AuthorizationReload
from pybernetes.apiserver.bootstrap.endpoint_lease import RENEW_EVERY_SECONDS as ENDPOINT_RENEWAL_SECONDS
from pybernetes.apiserver.bootstrap.endpoint_lease import EndpointLease
from pybernetes.apiserver.bootstrap.identity import LEASE_SECONDS, RENEW_EVERY_SECONDS, IdentityLease
from pybernetes.apiserver.bootstrap.service_cidr import publish_service_cidr
from pybernetes.apiserver.bootstrap.startup import bootstrap
from pybernetes.apiserver.bootstrap.trust import publish_trust, start_token_tracking
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.checks import Readiness, health_checks
from pybernetes.apiserver.customresources.registry import CustomResources
from pybernetes.apiserver.discovery import Discovery
from pybernetes.apiserver.encryption.encrypted_store import EncryptedStore
from pybernetes.apiserver.encryption.reload import EncryptionReload
from pybernetes.apiserver.flags.cluster import node_ports
from pybernetes.apiserver.flowcontrol.build import build_flow_control, build_limits
from pybernetes.apiserver.flowcontrol.control import LEND_SECONDS
from pybernetes.apiserver.flowcontrol.dump import PATH as LEVELS_PATH
from pybernetes.apiserver.flowcontrol.dump import dump_levels
from pybernetes.apiserver.flowcontrol.upkeep import Upkeep
from pybernetes.apiserver.front import Front, Handle
from pybernetes.apiserver.gauges import gauges_of
from pybernetes.apiserver.handler import Handler
from pybernetes.apiserver.http import JSON_TYPE, Request, Response
from pybernetes.apiserver.kubelet_connection import ADDRESS_PREFERENCE, Kubelets
from pybernetes.apiserver.openapi.documents import OpenAPI
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.periodic import Compactor, every
from pybernetes.apiserver.pki.control_plane import Pki
from pybernetes.apiserver.pki.kubeconfig import admin_kubeconfig, ensure_token
from pybernetes.apiserver.pki.rotation import keep_fresh
from pybernetes.apiserver.resources import component_statuses
from pybernetes.apiserver.resources.kubernetes_service import publish_addresses, publish_service
from pybernetes.apiserver.resources.reviews import review_hooks
from pybernetes.apiserver.resources.services import ServiceAllocator
from pybernetes.apiserver.resources.table import hooks_by_resource
from pybernetes.apiserver.state import State
from pybernetes.apiserver.storage.interface import Store, StoreError
from pybernetes.apiserver.storage.open import embedded_file
from pybernetes.apiserver.trust import (
    authentication_of,
    ca_reloads,
    cluster_trust,
    further_keys,
    serving_context,
    token_file,
)
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, MASTERS_GROUP, User
from pybernetes.apiserver.webhooks.client import WebhookClient
from pybernetes.apiserver.wellknown import WellKnown
from pybernetes.apiserver.zpages import ZPages
from pybernetes.component.clock import Clock
from pybernetes.component.flag_set import written
from pybernetes.component.health_checks import Check

log = logging.getLogger(__name__)

LOOPBACK = User("system:apiserver", (MASTERS_GROUP, AUTHENTICATED_GROUP))
# What it writes itself is owned by the manager of this name.
_OWN_HEADERS = {"content-type": "application/json", "user-agent": "kube-apiserver/v1.36.0"}
_REPAIR_SECONDS = 180.0
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
            event_ttl_seconds=int(options.event_ttl_seconds),
            min_watch_seconds=options.min_request_timeout_seconds,
        )
        if isinstance(store, EncryptedStore):
            self.state.is_stale = store.is_stale
        self.state.extensions[component_statuses.EXTENSION] = component_statuses.component_checks(store.check)
        self.state.extensions["services"] = ServiceAllocator(
            self.state, options.service_cluster_ip_range, node_ports(options.service_node_port_range)
        )
        self.authorizer: AuthorizerChain = build_chain(options.authorization, self.state.cache, clock=clock)
        self.state.extensions["authorizer"] = self.authorizer
        self._webhooks = self.state.extensions["webhooks"] = WebhookClient(self.state.cache)
        around = Surroundings(
            self.authorizer,
            self.state.cache,
            self._webhooks,
            lambda: self.state.admission.reconsider(),
            (options.default_not_ready_toleration_seconds, options.default_unreachable_toleration_seconds),
            self.submit,
            clock,
            load_configurations(options.admission_control_config_file),
        )
        plugins = admission_plugins(around, options.disabled_admission, enabled=options.enabled_admission)
        plugins.append(RoleEscalation(self.authorizer))
        self.state.admission = AdmissionChain(plugins)
        self._authentication = authentication_of(options, pki, self.state.cache, clock)
        self.authenticator = self._authentication.authenticator
        self.state.hooks |= review_hooks(self.authenticator, self.authorizer)
        signing = pki.service_account_key.verifying
        keys = [signing, *(key for key in further_keys(options) if key.key_id != signing.key_id)]
        self.state.extensions["token issuer"] = TokenIssuer(
            pki.service_account_key,
            options.service_account_issuer,
            self.authenticator.api_audiences,
            self.state.cache,
            max_lifetime_seconds=int(options.authentication.service_account_max_token_expiration_seconds),
            extend=options.authentication.service_account_extend_token_expiration,
            clock=clock,
        )
        self._kubelets = Kubelets(
            self.state.cache,
            pki.kubelet_client,
            options.kubelet_certificate_authority,
            options.kubelet_preferred_address_types or ADDRESS_PREFERENCE,
        )
        self.state.extensions["kubelets"] = self._kubelets
        self._bootstrapped = asyncio.Event()
        self._readiness = Readiness()
        discovery, openapi = Discovery(resources), OpenAPI(resources)
        self._discovery = discovery
        self._aggregator = Aggregator(self.state, self.submit, pki.front_proxy_client, discovery, openapi)
        shown = (discovery, openapi, self.state.admission, self._aggregator)
        self._custom_resources = CustomResources(self.state, self.submit, LOOPBACK, resources, shown)
        flow_control = self.flow_control = build_flow_control(options, self.state.cache)
        levels = {} if flow_control is None else {LEVELS_PATH: lambda: dump_levels(flow_control.levels())}
        well_known = WellKnown(
            discovery,
            openapi,
            checks=health_checks(
                self._readiness,
                store=store.check,
                registered=self._aggregator.check_registered,
                further=_plugin_checks(store),
            ),
            zpages=ZPages(written(options), lambda: well_known.paths(), clock),
            gauges=gauges_of(self.state.cache, embedded_file(options.store_spec, data_dir=options.data_dir)),
            texts=levels,
            documents={
                "/.well-known/openid-configuration": lambda: openid_configuration(
                    options.service_account_issuer, keys, keys_uri=self._keys_uri()
                ),
                "/openid/v1/jwks": lambda: json_web_keys(keys),
            },
        )
        self.auditor = build_auditor(options, clock)
        self.handler = Handler(
            self.state,
            self.authenticator,
            self.authorizer,
            well_known,
            build_limits(options, self.flow_control),
            self.auditor,
            self._aggregator,
            request_seconds=options.request_timeout_seconds,
        )
        self._identity = IdentityLease(self.submit, clock, host=socket.gethostname(), holder=str(uuid.uuid4()))
        self._endpoint = EndpointLease(store, self._advertised(), holder=str(uuid.uuid4()))
        self._front: Front | None = None
        self.port = 0

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
        serving = self._serving = serving_context(options, self.pki, self._clock)
        handle: Handle = self.handler.handle
        if options.strict_transport_security_directives:
            handle = with_strict_transport(handle, options.strict_transport_security_directives)
        self._front = Front(handle, shown=self._authentication.intermediates.show)
        self.port = await self._front.listen(
            options.bind_address, options.secure_port, serving.context, share_port=options.permit_port_sharing
        )
        self._discovery.reached_at(f"{self._advertised()}:{self.port}")
        log.info("serving", extra={"address": options.bind_address, "port": self.port})

    async def run(self) -> None:
        """Follow the store, listen, make what every cluster has, and look after it until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.state.cache.run(), name="watch cache")
            for backend in self.auditor.backends if self.auditor is not None else ():
                group.create_task(backend.run(), name="audit events")
            await self.state.cache.wait_loaded()
            self._readiness.loaded = True
            await self._custom_resources.load()
            if self.options.secure_port >= 0:
                await self.listen()
                group.create_task(self._serving.run(), name="serving certificates")
                self._write_kubeconfig()
            await bootstrap(self.submit)
            ip_range = self.options.service_cluster_ip_range
            await publish_service_cidr(self.submit, ip_range, self.state.timestamp())
            await publish_service(self.submit, ip_range)
            await self._publish_address()
            await self._publish_trust()
            await start_token_tracking(self.submit, self._clock.now())
            await self._identity.renew()
            self._bootstrapped.set()
            self._readiness.bootstrapped = True
            group.create_task(self._maintain(), name="maintenance")
            group.create_task(self._authentication.run(self._clock), name="authentication configuration")
            for reload in ca_reloads(self.options, self._authentication, self._publish_trust, self._clock):
                group.create_task(reload.run(), name="CAs of clients")
            if config := self.options.authorization.config:
                follow = AuthorizationReload(config, self.authorizer, self.state.cache, self._clock)
                group.create_task(follow.run(), name="authorization configuration")
            group.create_task(self._custom_resources.run(), name="custom resources")
            group.create_task(self._aggregator.run(), name="aggregation")
            group.create_task(PolicyStatus(self.state, self.submit).run(), name="status of policies")
            if self.flow_control is not None:
                lend = self.flow_control.lend
                group.create_task(every(self._clock, LEND_SECONDS, lend), name="lending of seats")
                upkeep = Upkeep(self.state.cache, self.submit, self.state.timestamp)
                group.create_task(upkeep.run(), name="upkeep of flow schemas")
            renewal = keep_fresh(self.pki.kubelet_client, self._kubelets.reload, clock=self._clock)
            group.create_task(renewal, name="renewal of the certificate for kubelets")
            renewal = keep_fresh(self.pki.front_proxy_client, self._aggregator.connections.reload, clock=self._clock)
            group.create_task(renewal, name="renewal of the front proxy's certificate")
            if isinstance(store := self.state.store, EncryptedStore):
                group.create_task(store.run_plugins(), name="KMS plugins")
                if self.options.encryption_provider_config_automatic_reload:
                    encryption = EncryptionReload(Path(self.options.encryption_provider_config), store)
                    group.create_task(encryption.run(self._clock), name="encryption configuration")
            try:
                await asyncio.Event().wait()
            finally:
                await self._leave()

    async def _publish_address(self) -> None:
        """Say that this server runs, and have the Service ``kubernetes`` lead to all that do."""
        if self._is_reachable():
            await self._endpoint.renew()
        await self._publish_addresses()

    async def _publish_addresses(self) -> None:
        if self._is_reachable():
            await publish_addresses(self.submit, await self._endpoint.addresses(), self.port)

    def _is_reachable(self) -> bool:
        """Whether this server listens where a pod could reach it."""
        return bool(self.port) and not ipaddress.ip_address(self._advertised()).is_loopback

    async def _publish_trust(self) -> None:
        await publish_trust(self.submit, cluster_trust(self.options, self.pki), self._clock.now())

    async def _leave(self) -> None:
        """Take our address out of the Service ``kubernetes``, while the caches still run, and serve on for a while.

        Once that is over, who comes anew may be sent away until those who came before are done.
        """
        self._readiness.leaving = True
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._endpoint.release()
                await self._publish_addresses()
        except (TimeoutError, APIError, StoreError) as error:
            log.warning("could not withdraw this server's address", extra={"error": str(error)})
        await self._clock.sleep(self.options.shutdown_delay_seconds)
        if self._front is None:
            return
        if self.options.shutdown_send_retry_after:
            self._front.handle = sending_away(self._front.handle)
        await self._front.close()  # while the caches run: a write under way waits for them

    async def _maintain(self) -> None:
        """Free addresses that crashed writes left behind, and history that nobody can ask for any more."""
        allocator: ServiceAllocator = self.state.extensions["services"]
        compactor = Compactor(self.state.store)
        use = self._authentication.legacy_token_use

        async def write_use() -> None:
            await use.write(self.submit)

        async with asyncio.TaskGroup() as group:
            group.create_task(every(self._clock, WRITE_EVERY_SECONDS, write_use), name="use of tokens in secrets")
            group.create_task(every(self._clock, _REPAIR_SECONDS, allocator.repair), name="address repair")
            group.create_task(every(self._clock, RENEW_EVERY_SECONDS, self._identity.renew), name="identity")
            publish = self._publish_address
            group.create_task(every(self._clock, ENDPOINT_RENEWAL_SECONDS, publish), name="address of this server")
            forget = self._identity.forget_others
            group.create_task(every(self._clock, LEASE_SECONDS, forget), name="leases of servers that are gone")
            group.create_task(every(self._clock, self.options.compact_every_seconds, compactor.step), name="compaction")

    def _advertised(self) -> str:
        return self.options.advertise_address or advertised_address(self.options.bind_address)

    def _keys_uri(self) -> str:
        """Where others find the keys of our tokens."""
        given = self.options.authentication.service_account_jwks_uri
        return given or f"https://{self._advertised()}:{self.port}/openid/v1/jwks"

    def _write_kubeconfig(self) -> None:
        if not self.options.kubeconfig_out:
            return
        token = ensure_token(token_file(self.options))
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
        """Stop listening if that was not done yet, and close the store and what else is open."""
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


def _plugin_checks(store: Store) -> dict[str, Check]:
    """The check of KMS plugins, where a configuration may have some."""
    return {"kms-providers": store.check_plugins} if isinstance(store, EncryptedStore) else {}
