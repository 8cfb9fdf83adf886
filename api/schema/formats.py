"""The string formats of OpenAPI that custom resources may ask for. A format not named here is not checked.

Counterpart: kube-openapi/pkg/validation/strfmt.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import urlsplit

_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_HOSTNAME = re.compile(
    r"[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?)*"
)
_MAC = re.compile(r"[0-9A-Fa-f]{2}(([:-])[0-9A-Fa-f]{2}){5}")
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_HEX_COLOR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)")
_DURATION = re.compile(r"[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w))+)")
_HOSTNAME_MAX_CHARACTERS = 255
_DURATION_MAX_CHARACTERS = 256  # the expression goes back over digits, so long texts would be slow


def _accepts(read: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether `read` takes the text without a ValueError."""

    def check(text: str) -> bool:
        try:
            read(text)
        except (ValueError, binascii.Error):
            return False
        return True

    return check


def _date_time(text: str) -> bool:
    if not _DATE_TIME.fullmatch(text):
        return False
    whole = re.sub(r"\.\d+", "", text.upper()).replace("Z", "+00:00")
    return _accepts(datetime.fromisoformat)(whole)


def _uuid_of(version: int) -> Callable[[str], bool]:
    return lambda text: _accepts(uuid.UUID)(text) and (not version or uuid.UUID(text).version == version)


def _uri(text: str) -> bool:
    return _accepts(urlsplit)(text) and (bool(urlsplit(text).scheme) or text.startswith("/"))


def _hostname(text: str) -> bool:
    return len(text) <= _HOSTNAME_MAX_CHARACTERS and _HOSTNAME.fullmatch(text) is not None


def _cidr(text: str) -> bool:
    return "/" in text and _accepts(ipaddress.ip_interface)(text)


_CHECKS: dict[str, Callable[[str], bool]] = {
    "bsonobjectid": lambda text: _OBJECT_ID.fullmatch(text) is not None,
    "byte": _accepts(lambda text: base64.b64decode(text, validate=True)),
    "cidr": _cidr,
    "date": lambda text: len(text) == 10 and _accepts(date.fromisoformat)(text),
    "date-time": _date_time,
    "datetime": _date_time,
    "duration": lambda text: len(text) <= _DURATION_MAX_CHARACTERS and _DURATION.fullmatch(text) is not None,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "hexcolor": lambda text: _HEX_COLOR.fullmatch(text) is not None,
    "hostname": _hostname,
    "ipv4": _accepts(ipaddress.IPv4Address),
    "ipv6": _accepts(ipaddress.IPv6Address),
    "mac": lambda text: _MAC.fullmatch(text) is not None,
    "uri": _uri,
    "uuid": _uuid_of(0),
    "uuid3": _uuid_of(3),
    "uuid4": _uuid_of(4),
    "uuid5": _uuid_of(5),
}


def fits_format(text: str, name: str) -> bool:
    """Whether a string is of a format."""
    check = _CHECKS.get(name)
    return check is None or check(text)
