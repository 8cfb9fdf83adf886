"""Where a webhook is: a clientConfig, read once."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import urlsplit

from pybernetes.api.object import Json

_DEFAULT_PORT = 443


@dataclass(frozen=True, slots=True)
class Target:
    """`url` is what is asked for and shown, without query; `service` is (namespace, name, port) if that is where it is.

    `ca_pem` is empty where the system's own authorities are to be trusted.
    """

    url: str
    service: tuple[str, str, int] | None = None
    ca_pem: bytes = b""


def target_of(config: Json) -> Target:
    """The target of a clientConfig. Raises ValueError for one that leads nowhere."""
    ca_pem = _decoded(config.get("caBundle") or "")
    service = config.get("service")
    if service:
        namespace, name = service.get("namespace") or "", service.get("name") or ""
        port = int(service.get("port") or _DEFAULT_PORT)
        path = _cleaned(service.get("path") or "")
        return Target(f"https://{name}.{namespace}.svc:{port}{path}", (namespace, name, port), ca_pem)
    url = config.get("url")
    if not url:
        raise ValueError("webhook configuration must have either service or URL")
    parts = urlsplit(url)
    return Target(f"{parts.scheme}://{parts.netloc}{_cleaned(parts.path)}", None, ca_pem)


def _cleaned(path: str) -> str:
    """The path from the root, without doubled or closing slashes."""
    return "/" + "/".join(part for part in path.split("/") if part)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise ValueError(f"unable to load root certificates: {error}") from None
