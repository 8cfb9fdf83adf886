"""Which strings may be names, labels, ports and the like, with the reasons Kubernetes gives when they may not.

A check takes the string and returns what is wrong with it, one sentence each; an empty list means nothing is.
Counterpart: k8s.io/apimachinery/pkg/util/validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable

NameCheck = Callable[[str], list[str]]

DNS_LABEL_MAX_LENGTH = 63
DNS_SUBDOMAIN_MAX_LENGTH = 253
LABEL_VALUE_MAX_LENGTH = 63
QUALIFIED_NAME_MAX_LENGTH = 63
PORT_NAME_MAX_LENGTH = 15

_LABEL_1123 = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN_1123 = _LABEL_1123 + r"(\." + _LABEL_1123 + ")*"
_LABEL_1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = f"({_QUALIFIED})?"
_C_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"
_CONFIG_KEY = r"[-._a-zA-Z0-9]+"
_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"

_label_1123 = re.compile(_LABEL_1123)
_subdomain_1123 = re.compile(_SUBDOMAIN_1123)
_label_1035 = re.compile(_LABEL_1035)
_qualified = re.compile(_QUALIFIED)
_label_value = re.compile(_LABEL_VALUE)
_config_key = re.compile(_CONFIG_KEY)
_http_path = re.compile(_HTTP_PATH)


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def _regex(message: str, pattern: str, *examples: str) -> str:
    if not examples:
        return f"{message} (regex used for validation is '{pattern}')"
    shown = " or ".join(f"'{example}', " for example in examples)  # two spaces before "or", as Kubernetes has it
    return f"{message} (e.g. {shown}regex used for validation is '{pattern}')"


_LABEL_1123_MESSAGE = _regex(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character",
    _LABEL_1123,
    "my-name",
    "123-abc",
)
_SUBDOMAIN_1123_MESSAGE = _regex(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character",
    _SUBDOMAIN_1123.replace(r"\.", "\\."),
    "example.com",
)
_LABEL_1035_MESSAGE = _regex(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character",
    _LABEL_1035,
    "my-name",
    "abc-123",
)
_QUALIFIED_MESSAGE = _regex(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    _QUALIFIED,
    "MyName",
    "my.name",
    "123-abc",
)
_LABEL_VALUE_MESSAGE = _regex(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character",
    _LABEL_VALUE,
    "MyValue",
    "my_value",
    "12345",
)


def dns_label(value: str) -> list[str]:
    """RFC 1123 label: containers, namespaces, ports of a pod's host name."""
    wrong = [_too_long(DNS_LABEL_MAX_LENGTH)] if len(value) > DNS_LABEL_MAX_LENGTH else []
    if _label_1123.fullmatch(value):
        return wrong
    return [*wrong, "must not contain dots" if _subdomain_1123.fullmatch(value) else _LABEL_1123_MESSAGE]


def dns_subdomain(value: str) -> list[str]:
    """RFC 1123 subdomain: the names of most objects."""
    wrong = [_too_long(DNS_SUBDOMAIN_MAX_LENGTH)] if len(value) > DNS_SUBDOMAIN_MAX_LENGTH else []
    return wrong if _subdomain_1123.fullmatch(value) else [*wrong, _SUBDOMAIN_1123_MESSAGE]


def dns_label_1035(value: str) -> list[str]:
    """RFC 1035 label: services."""
    wrong = [_too_long(DNS_LABEL_MAX_LENGTH)] if len(value) > DNS_LABEL_MAX_LENGTH else []
    return wrong if _label_1035.fullmatch(value) else [*wrong, _LABEL_1035_MESSAGE]


def path_segment(value: str) -> list[str]:
    """Anything that can stand between slashes in a URL: roles and their bindings."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{character}'" for character in "/%" if character in value]


def label_value(value: str) -> list[str]:
    wrong = [_too_long(LABEL_VALUE_MAX_LENGTH)] if len(value) > LABEL_VALUE_MAX_LENGTH else []
    return wrong if _label_value.fullmatch(value) else [*wrong, _LABEL_VALUE_MESSAGE]


def qualified_name(value: str) -> list[str]:
    """``name`` or ``prefix.example.com/name``: label and annotation keys, resource and finalizer names."""
    parts = value.split("/")
    if len(parts) > 2:
        message = _QUALIFIED_MESSAGE.replace("must consist", "a qualified name must consist", 1)
        return [message + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    wrong: list[str] = []
    if len(parts) == 2:
        prefix = parts[0]
        wrong += (
            ["prefix part must be non-empty"] if not prefix else [f"prefix part {w}" for w in dns_subdomain(prefix)]
        )
    name = parts[-1]
    if not name:
        wrong.append("name part must be non-empty")
    elif len(name) > QUALIFIED_NAME_MAX_LENGTH:
        wrong.append(f"name part {_too_long(QUALIFIED_NAME_MAX_LENGTH)}")
    if not _qualified.fullmatch(name):
        wrong.append(f"name part {_QUALIFIED_MESSAGE}")
    return wrong


def http_path(value: str) -> list[str]:
    """What follows the domain in names such as ``acme.io/foo``."""
    return [] if _http_path.fullmatch(value) else [_regex("Invalid path", _HTTP_PATH)]


def config_key(value: str) -> list[str]:
    """Keys of config maps and secrets: what can be a file's name."""
    wrong = [_too_long(DNS_SUBDOMAIN_MAX_LENGTH)] if len(value) > DNS_SUBDOMAIN_MAX_LENGTH else []
    if not _config_key.fullmatch(value):
        message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        wrong.append(_regex(message, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    if value in (".", ".."):
        wrong.append(f"must not be '{value}'")
    elif value.startswith(".."):
        wrong.append("must not start with '..'")
    return wrong


def env_var_name(value: str) -> list[str]:
    """Any printable ASCII but '=': names of environment variables."""
    if not value:
        return ["environment variable name must be non-empty"]
    if all(" " <= character <= "~" and character != "=" for character in value):
        return []
    return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]


def port_name(value: str) -> list[str]:
    """IANA service name: names of a container's ports."""
    wrong = []
    if len(value) > PORT_NAME_MAX_LENGTH:
        wrong.append(_too_long(PORT_NAME_MAX_LENGTH))
    if not re.fullmatch(r"[-a-z0-9]+", value):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search(r"[a-z]", value):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in value:
        wrong.append("must not contain consecutive hyphens")
    if value and (value[0] == "-" or value[-1] == "-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong


def port_number(value: int) -> list[str]:
    return [] if 1 <= value <= 65535 else ["must be between 1 and 65535, inclusive"]


_WILDCARD_SUBDOMAIN = r"\*\." + _SUBDOMAIN_1123
_wildcard_subdomain = re.compile(_WILDCARD_SUBDOMAIN)
_WILDCARD_MESSAGE = _regex(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    _WILDCARD_SUBDOMAIN,
    "*.example.com",
)


def wildcard_subdomain(value: str) -> list[str]:
    """``*.example.com``: hosts of ingresses."""
    wrong = [_too_long(DNS_SUBDOMAIN_MAX_LENGTH)] if len(value) > DNS_SUBDOMAIN_MAX_LENGTH else []
    return wrong if _wildcard_subdomain.fullmatch(value) else [*wrong, _WILDCARD_MESSAGE]


def fully_qualified_name(value: str) -> list[str]:
    """A domain of at least three parts: names of webhooks. An empty one is for the caller to refuse."""
    wrong = dns_subdomain(value)
    if not wrong and value.count(".") < 2:
        wrong.append("should be a domain with at least three segments separated by dots")
    return wrong
