"""HTTP GETs to containers, for probes and lifecycle hooks: no certificate is checked, redirects stay on the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from pybernetes.api.object import Json

MAX_BODY_BYTES = 10 * 1024
_MAX_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """`elsewhere` says that the last redirect led to another host and was not followed."""

    status: int
    body: str
    elsewhere: bool = False


class PortError(ValueError):
    """The port's name is not among the container's ports."""


class HTTPGetter:
    """One session for all; every request has a connection of its own, as each should test the server anew."""

    def __init__(self) -> None:
        connector = aiohttp.TCPConnector(ssl=False, force_close=True, limit=0)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, url: URL, headers: Sequence[tuple[str, str]], timeout_seconds: float) -> Answer:
        """Raises aiohttp.ClientError, OSError, TimeoutError."""
        first = url
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        for _ in range(_MAX_REDIRECTS):
            async with self._session.get(url, headers=headers, timeout=timeout, allow_redirects=False) as response:
                body = (await response.content.read(MAX_BODY_BYTES)).decode(errors="replace")
                location = response.headers.get("location")
                if response.status not in (301, 302, 303, 307, 308) or not location:
                    return Answer(response.status, body)
                url = url.join(URL(location))
                if url.host != first.host:
                    return Answer(response.status, body, elsewhere=True)
        raise aiohttp.ClientError(f"stopped after {_MAX_REDIRECTS} redirects")


def request_of(action: Json, container: Json, pod_ip: str) -> URL:
    """The URL of an httpGet action. Raises `PortError`."""
    host = action.get("host") or pod_ip
    shown = f"[{host}]" if ":" in host else host
    scheme = (action.get("scheme") or "HTTP").lower()
    path = action.get("path") or "/"
    path = path if path.startswith("/") else f"/{path}"
    return URL(f"{scheme}://{shown}:{port_number(action['port'], container)}{path}", encoded="%" in path)


def headers_of(action: Json, agent: str) -> list[tuple[str, str]]:
    """What the action names, and ours where it names none."""
    headers = [(each["name"], each.get("value") or "") for each in action.get("httpHeaders") or ()]
    named = {name.lower() for name, _ in headers}
    defaults: Mapping[str, str] = {"User-Agent": agent, "Accept": "*/*"}
    return [*headers, *((name, value) for name, value in defaults.items() if name.lower() not in named)]


def port_number(port: int | str, container: Json) -> int:
    """A port by number, numeric text or the name of one of the container's ports. Raises `PortError`."""
    if isinstance(port, int) or port.isdigit():
        return int(port)
    for each in container.get("ports") or ():
        if each.get("name") == port:
            return int(each["containerPort"])
    raise PortError(f'strconv.Atoi: parsing "{port}": invalid syntax')
