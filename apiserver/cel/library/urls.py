"""URLs and their parts.

A URL is what Go takes as one: absolute, or an absolute path.

Counterparts: apiserver/pkg/cel/library/urls.go; Go's net/url, whose words are in the errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, unquote_plus, unquote_to_bytes

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import Functions, Overload, traverses
from pybernetes.apiserver.cel.types import BOOL, STRING, Type, list_of, map_of, struct

URL_TYPE = struct("kubernetes.URL")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!$&'()*+,;=:[]<>\"%")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_PATH_SAFE = "-_.~$&+,/:;=@!'()*"


class URLError(ValueError):
    """The text is no URL. Its message is Go's."""


@dataclass(frozen=True, slots=True)
class URL:
    scheme: str = ""
    host: str = ""
    path: str = ""
    query: str = ""
    text: str = ""
    cel_type: ClassVar[Type] = URL_TYPE
    equality_is_cheap: ClassVar[bool] = True

    def hostname(self) -> str:
        host = self.host.rpartition(":")[0] if self.port() or self.host.endswith(":") else self.host
        return host[1:-1] if host.startswith("[") and host.endswith("]") else host

    def port(self) -> str:
        rest = self.host[self.host.rfind("]") + 1 :]
        _, colon, port = rest.rpartition(":")
        return port if colon and port.isdigit() else ""

    def parameters(self) -> dict[str, list[str]]:
        result: dict[str, list[str]] = {}
        for part in self.query.split("&"):
            if not part or ";" in part:
                continue
            key, _, value = part.partition("=")
            if _bad_escape(key) or _bad_escape(value):
                continue
            result.setdefault(unquote_plus(key), []).append(unquote_plus(value))
        return result


def _bad_escape(text: str) -> str:
    """The first percent sign that begins no escape, with what follows; empty when there is none."""
    at = text.find("%")
    while at >= 0:
        if not _ESCAPE.match(text, at):
            return text[at : at + 3]
        at = text.find("%", at + 3)
    return ""


def _fails(text: str, what: str) -> URLError:
    return URLError(f"parse {json.dumps(text, ensure_ascii=False)}: {what}")


def parse_request_uri(text: str) -> URL:
    """What may stand in a request line; a fragment is part of the path. Raises `URLError`."""
    return _parse(text, via_request=True)


def parse_url(text: str) -> URL:
    """The same, with the fragment split off."""
    parse_request_uri(text)
    return _parse(text.partition("#")[0], via_request=False)


def _parse(text: str, *, via_request: bool) -> URL:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise _fails(text, "net/url: invalid control character in URL")
    if not text and via_request:
        raise _fails(text, "empty url")
    if text == "*":
        return URL(path="*", text=text)
    scheme, rest = _split_scheme(text)
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return URL(scheme=scheme, query=query, text=text)  # an opaque one: mailto:someone
        if via_request:
            raise _fails(text, "invalid URI for request")
    host = ""
    if rest.startswith("//") and (scheme or not via_request) and not rest.startswith("///"):
        authority, slash, path = rest[2:].partition("/")
        host, rest = _host(text, authority), slash + path
    bad = _bad_escape(rest)
    if bad:
        raise _fails(text, f"invalid URL escape {json.dumps(bad)}")
    return URL(scheme, host, rest, query, text)


def _split_scheme(text: str) -> tuple[str, str]:
    if text.startswith(":"):
        raise _fails(text, "missing protocol scheme")
    found = _SCHEME.match(text)
    if found is not None:
        return found[1].lower(), text[found.end() :]
    head = re.match(r"[0-9+.-]+[a-zA-Z0-9+.-]*:", text)
    if head is not None:
        raise _fails(text, "first path segment in URL cannot contain colon")
    return "", text


def _host(text: str, authority: str) -> str:
    user, at, host = authority.rpartition("@")
    if at and not _USER.fullmatch(user):
        raise _fails(text, "net/url: invalid userinfo")
    if host.startswith("["):
        end = host.rfind("]")
        if end < 0:
            raise _fails(text, "missing ']' in host")
        port = host[end + 1 :]
    else:
        # After the first colon for Go's host, the last for its port: a second one makes the port invalid.
        _, colon, after = host.partition(":")
        port = colon + after
    if port and (port[0] != ":" or not all("0" <= digit <= "9" for digit in port[1:])):
        raise _fails(text, f"invalid port {json.dumps(port)} after host")
    bad = next((one for one in host if ord(one) < 0x80 and one not in _HOST), None)
    if bad is not None:
        raise _fails(text, f"invalid character {json.dumps(bad)} in host name")
    return host


def _escaped_path(url: URL) -> str:
    """As it was written, where that is a valid spelling, else escaped anew."""
    path = url.path
    if all(character in _PATH_SAFE + "%[]" or (character.isascii() and character.isalnum()) for character in path):
        return path
    return quote(
        unquote_to_bytes(path),
        safe=_PATH_SAFE.replace("!", "").replace("'", "").replace("(", "").replace(")", "").replace("*", ""),
    )


def _url(text: str) -> URL:
    try:
        return parse_url(text)
    except URLError as error:
        raise EvaluationError(f"URL parse error during conversion from string: {error}") from error


def _is_url(text: str) -> bool:
    try:
        parse_request_uri(text)
    except URLError:
        return False
    return True


def _get(name: str, result: Type, run: Callable[[URL], object]) -> list[Overload]:
    return [Overload(name, (URL_TYPE,), result, run, member=True)]


URLS: Functions = {
    "url": [Overload("string_to_url", (STRING,), URL_TYPE, _url, cost=traverses(0))],
    "isURL": [Overload("is_url_string", (STRING,), BOOL, _is_url)],
    "getScheme": _get("url_get_scheme", STRING, lambda url: url.scheme),
    "getHost": _get("url_get_host", STRING, lambda url: url.host),
    "getHostname": _get("url_get_hostname", STRING, URL.hostname),
    "getPort": _get("url_get_port", STRING, URL.port),
    "getEscapedPath": _get("url_get_escaped_path", STRING, _escaped_path),
    "getQuery": _get("url_get_query", map_of(STRING, list_of(STRING)), URL.parameters),
}
