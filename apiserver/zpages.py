"""/statusz and /flagz: what runs here since when, and how it was started, for people who look after it.

Text for whoever does not say more; an object of config.k8s.io for those who ask with all three of group, version and
kind. Values of flags that may be secret are not there: no flag of ours takes one.

Counterpart: component-base/zpages, apiserver/pkg/server/statusz and flagz.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from pybernetes.api.object import Json, format_time
from pybernetes.apiserver.http import Request, Response, json_response
from pybernetes.apiserver.version import MAJOR, MINOR, version_info
from pybernetes.component.clock import Clock

_COMPONENT = "kube-apiserver"
_GROUP = "config.k8s.io"
_VERSIONS = ("v1beta1", "v1alpha1")
_TEXT = "text/plain; charset=utf-8"
_WARNING = (
    "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is "
    "for debugging purposes only.\n"
)


class ZPages:
    """Both pages of one server."""

    def __init__(self, flags: Mapping[str, str], paths: Callable[[], Iterable[str]], clock: Clock):
        """`flags` as text, by name; `paths` are those that the server lists."""
        self._flags = dict(sorted(flags.items()))
        self._paths = paths
        self._clock = clock
        self._started = clock.now()

    def statusz(self, request: Request) -> Response:
        version = version_info()
        fields: Json = {
            "startTime": format_time(self._started),
            "uptimeSeconds": int((self._clock.now() - self._started).total_seconds()),
            "goVersion": version["goVersion"],
            "binaryVersion": version["gitVersion"].removeprefix("v").partition("+")[0],
            "emulationVersion": f"{MAJOR}.{MINOR}",
            "paths": sorted({f"/{path.split('/')[1]}" for path in self._paths() if not _is_api(path)}),
        }
        text = (
            f"Started: {_unix_date(self._started)}\n"
            f"Up: {_uptime(fields['uptimeSeconds'])}\n"
            f"Go version: {fields['goVersion']}\n"
            f"Binary version: {fields['binaryVersion']}\n"
            f"Emulation version: {fields['emulationVersion']}\n"
            f"Paths: {' '.join(fields['paths'])}\n"
        )
        return _answer(request, "Statusz", "statusz", fields, f"\n{text}")

    def flagz(self, request: Request) -> Response:
        text = "".join(f"{name}={value}\n" for name, value in self._flags.items())
        return _answer(request, "Flagz", "flags", {"flags": self._flags}, f"\n{text}")


def _answer(request: Request, kind: str, title: str, fields: Json, text: str) -> Response:
    """In the first form of the Accept header that there is; 406 where there is none."""
    for choice in request.headers.get("accept", "").split(","):
        media, *parameters = (part.strip() for part in choice.split(";"))
        said = dict(part.partition("=")[::2] for part in parameters)
        if media in ("", "*/*", "text/*", "text/plain"):
            return Response(200, f"\n{_COMPONENT} {title}\n{_WARNING}{text}".encode(), _TEXT)
        named = said.get("g") == _GROUP and said.get("as") == kind and said.get("v") in _VERSIONS
        if media in ("application/json", "application/*") and named:
            head = {"kind": kind, "apiVersion": f"{_GROUP}/{said['v']}", "metadata": {"name": _COMPONENT}}
            return json_response({**head, **fields})
    known = f"text/plain, application/json;g={_GROUP};v={_VERSIONS[0]};as={kind}"
    plain = {"x-content-type-options": "nosniff"}
    text = f"only the following media types are accepted: {known}\n"
    return Response(406, text.encode(), _TEXT, plain)


def _is_api(path: str) -> bool:
    return path.startswith(("/api", "/.well-known")) or path == "/"


def _unix_date(moment: datetime) -> str:
    """As Go's UnixDate: the day of the month is padded with a blank."""
    return f"{moment:%a %b} {moment.day:>2} {moment:%H:%M:%S} UTC {moment:%Y}"


def _uptime(seconds: int) -> str:
    return f"{seconds // 3600} hr {seconds // 60 % 60:02d} min {seconds % 60:02d} sec"
