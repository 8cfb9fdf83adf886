"""The bare paths: health, version, discovery, OpenAPI, metrics and the keys of service-account tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import orjson
from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest

from pybernetes.api.errors import PageNotFound, method_not_allowed, path_not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.authn.discovery import CACHING, KEYS_CONTENT_TYPE, KEYS_PATH
from pybernetes.apiserver.discovery import Discovery, etag
from pybernetes.apiserver.http import JSON_TYPE, Answer, Request, Response
from pybernetes.apiserver.openapi.documents import OpenAPI
from pybernetes.apiserver.openapi.serving import answer_v2, answer_v3, answer_v3_index
from pybernetes.apiserver.rest.media import in_media, is_for_people
from pybernetes.apiserver.rest.negotiation import PLAIN
from pybernetes.apiserver.user import User
from pybernetes.apiserver.version import version_info
from pybernetes.apiserver.zpages import ZPages
from pybernetes.component.health_checks import Check, CheckResults, answer_all, answer_one

Document = Callable[[], Json]
Text = Callable[[], str]
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
_HEALTH = ("/healthz", "/livez", "/readyz")
_OF_ANY_METHOD = frozenset(("/", "/metrics", "/metrics/slis", "/statusz", "/flagz"))

disable_created_metrics()  # type: ignore[no-untyped-call]  # Kubernetes tells of no metric since when it counts


class WellKnown:
    """Answers every path that names no resource.

    `checks` are those of /healthz, /livez and /readyz; `documents` are the JSON documents on tokens, by path; `gauges`
    are this server's own metrics, beside the process's; `texts` are for people, by paths that are not listed.
    """

    def __init__(
        self,
        discovery: Discovery,
        openapi: OpenAPI,
        *,
        checks: Mapping[str, Mapping[str, Check]],
        zpages: ZPages,
        documents: Mapping[str, Document] | None = None,
        gauges: CollectorRegistry | None = None,
        texts: Mapping[str, Text] | None = None,
    ):
        self._zpages = zpages
        self._gauges = gauges or CollectorRegistry()
        self._discovery = discovery
        self._openapi = openapi
        self._checks = checks
        self._results = CheckResults()
        self._documents = documents or {}
        self._texts = texts or {}
        self._exact: dict[str, Callable[[Request], Awaitable[Answer]]] = {
            "/": self._index,
            "/version": self._version,
            "/metrics": self._metrics,
            "/metrics/slis": self._slis,
            "/statusz": self._statusz,
            "/flagz": self._flagz,
            "/openapi/v2": self._openapi_v2,
            "/openapi/v3": self._openapi_v3_index,
        }

    async def answer(self, request: Request, user: User) -> Answer:
        """Raises 404 for a path that nothing serves, 405 for a method other than GET and HEAD of what minds it."""
        path = request.path.rstrip("/") or "/"
        if path.startswith(_HEALTH) and (answer := await self._health(request, path)) is not None:
            return answer
        found = self._exact.get(path)
        if found is None:
            found = self._by_prefix(path)
        if found is None:
            raise PageNotFound()
        if request.method not in ("GET", "HEAD") and path not in _OF_ANY_METHOD:
            raise method_not_allowed()
        return await found(request)

    def _by_prefix(self, path: str) -> Callable[[Request], Awaitable[Answer]] | None:
        if path.startswith("/api"):
            return self._discover
        if path.startswith("/openapi/v3/"):
            return self._openapi_v3
        if path in self._documents:
            return self._document
        if path in self._texts:
            return self._text
        return None

    def paths(self) -> list[str]:
        """All paths that are served, but for what is below group versions."""
        paths = ["/api", "/api/v1", "/apis", "/apis/", "/version", "/openapi/v3/", *self._documents]
        paths += [path for path in self._exact if path not in ("/", "/version")]
        for group in self._discovery.group_names():
            paths.append(f"/apis/{group}")
            paths += [f"/apis/{group}/{version}" for version in self._discovery.versions(group)]
        for endpoint, checks in self._checks.items():
            paths += [f"/{endpoint}", *(f"/{endpoint}/{name}" for name in checks)]
        return sorted(paths)

    async def _index(self, request: Request) -> Answer:
        return _raw({"paths": self.paths()})

    async def _statusz(self, request: Request) -> Answer:
        return self._zpages.statusz(request)

    async def _flagz(self, request: Request) -> Answer:
        return self._zpages.flagz(request)

    async def _slis(self, request: Request) -> Answer:
        return Response(200, generate_latest(self._results.registry), _METRICS_TYPE)

    async def _version(self, request: Request) -> Answer:
        return _raw(version_info())

    async def _metrics(self, request: Request) -> Answer:
        return Response(200, generate_latest() + generate_latest(self._gauges), _METRICS_TYPE)

    async def _text(self, request: Request) -> Answer:
        return Response(200, self._texts[request.path.rstrip("/")]().encode(), "text/plain; charset=utf-8")

    async def _document(self, request: Request) -> Answer:
        path = request.path.rstrip("/")
        content_type = KEYS_CONTENT_TYPE if path == KEYS_PATH else JSON_TYPE
        return Response(200, orjson.dumps(self._documents[path]()), content_type, CACHING)

    async def _health(self, request: Request, path: str) -> Answer | None:
        """None for a check that there is not."""
        endpoint, _, only = path[1:].partition("/")
        checks = self._checks.get(endpoint)
        if checks is None or (only and only not in checks):
            return None
        if only:
            answered = await answer_one(checks[only])
        else:
            excluded, verbose = request.query_all("exclude"), "verbose" in request.query
            answered = await answer_all(endpoint, checks, verbose=verbose, exclude=excluded, results=self._results)
        headers = None if only and answered.status == 200 else {"x-content-type-options": "nosniff"}
        return Response(answered.status, answered.text.encode(), "text/plain; charset=utf-8", headers)

    async def _discover(self, request: Request) -> Answer:
        path = request.path.rstrip("/")
        accept = request.headers.get("accept", "")
        if path in ("/api", "/apis"):
            for version in ("v2", "v2beta1"):
                if _accepts_aggregated(accept, version):
                    kind = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
                    return _cacheable(request, self._discovery.aggregated(path, version), kind)
        document = self._discovery.document(path)
        if document is None:
            known = path.startswith("/api/") or self._discovery.document("/".join(path.split("/")[:3])) is not None
            raise path_not_found() if known else PageNotFound()
        return in_media(Response(200, document), PLAIN, pretty=is_for_people(request))

    async def _openapi_v2(self, request: Request) -> Answer:
        return answer_v2(request, self._openapi)

    async def _openapi_v3_index(self, request: Request) -> Answer:
        return answer_v3_index(self._openapi)

    async def _openapi_v3(self, request: Request) -> Answer:
        return answer_v3(request, self._openapi)


def _raw(value: Json) -> Response:
    """What Kubernetes writes without a serializer: indented for everybody, its last line unended."""
    return Response(200, orjson.dumps(value, option=orjson.OPT_INDENT_2))


def _accepts_aggregated(accept: str, version: str) -> bool:
    wanted = {"g=apidiscovery.k8s.io", f"v={version}", "as=APIGroupDiscoveryList"}
    return any(wanted <= {part.strip() for part in choice.split(";")} for choice in accept.split(","))


def _cacheable(request: Request, document: bytes, content_type: str) -> Response:
    """The document with its ETag, or 304 if the client has it already."""
    tag = etag(document)
    headers = {"etag": tag, "vary": "Accept", "cache-control": "public"}
    if request.headers.get("if-none-match") == tag:
        return Response(304, b"", content_type, headers)
    return Response(200, document, content_type, headers)
