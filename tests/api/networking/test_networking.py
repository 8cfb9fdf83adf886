"""Networking: a minimal object of each kind with its defaults, every rule as a row, and what `get` prints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

INVALID, REQUIRED, DUPLICATE = "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate"
FORBIDDEN, UNSUPPORTED, TOO_LONG = "FieldValueForbidden", "FieldValueNotSupported", "FieldValueTooLong"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Change = Callable[[Json, str, Any], Json]

_META = {"name": "a", "namespace": "default"}
_BACKEND = {"service": {"name": "s", "port": {"number": 80}}}
_PATH = {"path": "/", "pathType": "Prefix", "backend": _BACKEND}
INGRESS: Json = {
    "metadata": _META,
    "spec": {"defaultBackend": _BACKEND, "rules": [{"host": "a.example", "http": {"paths": [_PATH]}}]},
}
POLICY: Json = {
    "metadata": _META,
    "spec": {
        "podSelector": {},
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 80}]}],
        "egress": [{"to": [{"podSelector": {}}]}],
    },
}
CLASS: Json = {
    "metadata": {"name": "a"},
    "spec": {"controller": "example.com/c", "parameters": {"kind": "P", "name": "p"}},
}
ADDRESS: Json = {
    "metadata": {"name": "10.0.0.1"},
    "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "s"}},
}
CIDR: Json = {"metadata": {"name": "a"}, "spec": {"cidrs": ["10.0.0.0/24"]}}
MINIMA = {
    "ingresses.networking.k8s.io": INGRESS,
    "networkpolicies.networking.k8s.io": POLICY,
    "ingressclasses.networking.k8s.io": CLASS,
    "ipaddresses.networking.k8s.io": ADDRESS,
    "servicecidrs.networking.k8s.io": CIDR,
}


@pytest.mark.parametrize("kind", MINIMA)
def test_what_is_right_is_let_through(server: Any, kind: str) -> None:
    assert server.create(kind, MINIMA[kind])[1] == []
    assert server.update(kind, server.create(kind, MINIMA[kind])[0], MINIMA[kind]) == []


def test_defaults(server: Any) -> None:
    made = server.create("networkpolicies.networking.k8s.io", POLICY)[0]
    assert made["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert made["spec"]["ingress"][0]["ports"] == [{"port": 80, "protocol": "TCP"}]
    bare = server.create("networkpolicies.networking.k8s.io", {"metadata": _META, "spec": {}})[0]
    assert bare["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    made = server.create("ingressclasses.networking.k8s.io", CLASS)[0]
    assert made["spec"]["parameters"]["scope"] == "Cluster"


_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_WILDCARD = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', "
    "regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_AT = "spec.rules[0].http.paths[0]"
ROWS: list[tuple[str, str, Any, tuple[str, str, str]]] = [
    (
        "ingresses",
        "spec",
        {},
        ("spec", INVALID, "Invalid value: null: either `defaultBackend` or `rules` must be specified"),
    ),
    (
        "ingresses",
        "spec/defaultBackend",
        {},
        ("spec.defaultBackend", INVALID, 'Invalid value: "": resource or service backend is required'),
    ),
    (
        "ingresses",
        "spec/defaultBackend/resource",
        {"kind": "K", "name": "n"},
        ("spec.defaultBackend", INVALID, 'Invalid value: "": cannot set both resource and service backends'),
    ),
    (
        "ingresses",
        "spec/defaultBackend",
        {"resource": {"kind": "", "name": "n"}},
        ("spec.defaultBackend.resource.kind", REQUIRED, "Required value"),
    ),
    (
        "ingresses",
        "spec/defaultBackend/service/name",
        "",
        ("spec.defaultBackend.service.name", REQUIRED, "Required value"),
    ),
    (
        "ingresses",
        "spec/defaultBackend/service/port",
        {},
        ("spec.defaultBackend", REQUIRED, "Required value: port name or number is required"),
    ),
    (
        "ingresses",
        "spec/defaultBackend/service/port/name",
        "http",
        ("spec.defaultBackend", INVALID, 'Invalid value: "": cannot set both port name & port number'),
    ),
    (
        "ingresses",
        "spec/defaultBackend/service/port/number",
        70000,
        (
            "spec.defaultBackend.service.port.number",
            INVALID,
            "Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
    ),
    ("ingresses", "spec/rules/0/host", "*", ("spec.rules[0].host", INVALID, f'Invalid value: "*": {_WILDCARD}')),
    (
        "ingresses",
        "spec/rules/0/host",
        "10.0.0.1",
        ("spec.rules[0].host", INVALID, 'Invalid value: "10.0.0.1": must be a DNS name, not an IP address'),
    ),
    ("ingresses", "spec/rules/0/http/paths", [], ("spec.rules[0].http.paths", REQUIRED, "Required value")),
    (
        "ingresses",
        "spec/rules/0/http/paths/0/pathType",
        ...,
        (f"{_AT}.pathType", REQUIRED, "Required value: pathType must be specified"),
    ),
    (
        "ingresses",
        "spec/rules/0/http/paths/0/pathType",
        "X",
        (
            f"{_AT}.pathType",
            UNSUPPORTED,
            'Unsupported value: "X": supported values: "Exact", "ImplementationSpecific", "Prefix"',
        ),
    ),
    (
        "ingresses",
        "spec/rules/0/http/paths/0/path",
        "a",
        (f"{_AT}.path", INVALID, 'Invalid value: "a": must be an absolute path'),
    ),
    (
        "ingresses",
        "spec/rules/0/http/paths/0/path",
        "/a//b",
        (f"{_AT}.path", INVALID, "Invalid value: \"/a//b\": must not contain '//'"),
    ),
    (
        "ingresses",
        "spec/rules/0/http/paths/0/path",
        "/a/..",
        (f"{_AT}.path", INVALID, "Invalid value: \"/a/..\": cannot end with '/..'"),
    ),
    (
        "ingresses",
        "spec/tls",
        [{"hosts": ["A"]}],
        ("spec.tls[0].hosts[0]", INVALID, f'Invalid value: "A": {_SUBDOMAIN}'),
    ),
    (
        "ingresses",
        "spec/tls",
        [{"secretName": "A"}],
        ("spec.tls[0].secretName", INVALID, f'Invalid value: "A": {_SUBDOMAIN}'),
    ),
    (
        "ingresses",
        "spec/ingressClassName",
        "A",
        ("spec.ingressClassName", INVALID, f'Invalid value: "A": {_SUBDOMAIN}'),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/ports/0/protocol",
        "X",
        (
            "spec.ingress[0].ports[0].protocol",
            UNSUPPORTED,
            'Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"',
        ),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/ports/0/port",
        0,
        ("spec.ingress[0].ports[0].port", INVALID, "Invalid value: 0: must be between 1 and 65535, inclusive"),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/ports/0/endPort",
        79,
        ("spec.ingress[0].ports[0].endPort", INVALID, "Invalid value: 79: must be greater than or equal to `port`"),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/ports/0",
        {"endPort": 79},
        (
            "spec.ingress[0].ports[0].endPort",
            INVALID,
            "Invalid value: 79: may not be specified when `port` is not specified",
        ),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/ports/0",
        {"port": "http", "endPort": 79},
        (
            "spec.ingress[0].ports[0].endPort",
            INVALID,
            "Invalid value: 79: may not be specified when `port` is non-numeric",
        ),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0",
        {},
        ("spec.ingress[0].from[0]", REQUIRED, "Required value: must specify a peer"),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0/podSelector",
        {},
        ("spec.ingress[0].from[0]", FORBIDDEN, "Forbidden: may not specify both ipBlock and another peer"),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0/ipBlock/cidr",
        "",
        ("spec.ingress[0].from[0].ipBlock.cidr", REQUIRED, "Required value"),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0/ipBlock/cidr",
        "x",
        (
            "spec.ingress[0].from[0].ipBlock.cidr",
            INVALID,
            'Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0/ipBlock/cidr",
        "10.1.0.0/8",
        (
            "spec.ingress[0].from[0].ipBlock.cidr",
            INVALID,
            'Invalid value: "10.1.0.0/8": must not have bits set beyond the prefix length',
        ),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0/ipBlock/cidr",
        "010.0.0.0/8",
        (
            "spec.ingress[0].from[0].ipBlock.cidr",
            INVALID,
            'Invalid value: "010.0.0.0/8": must not have leading 0s in IP or prefix length',
        ),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0/ipBlock/except",
        ["11.0.0.0/8"],
        (
            "spec.ingress[0].from[0].ipBlock.except[0]",
            INVALID,
            'Invalid value: "11.0.0.0/8": must be a strict subset of `cidr`',
        ),
    ),
    (
        "networkpolicies",
        "spec/ingress/0/from/0/ipBlock/except",
        ["10.0.0.0/8"],
        (
            "spec.ingress[0].from[0].ipBlock.except[0]",
            INVALID,
            'Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        ),
    ),
    (
        "networkpolicies",
        "spec/policyTypes",
        ["X"],
        ("spec.policyTypes[0]", UNSUPPORTED, 'Unsupported value: "X": supported values: "Ingress", "Egress"'),
    ),
    (
        "networkpolicies",
        "spec/policyTypes",
        ["Ingress"] * 3,
        (
            "spec.policyTypes",
            INVALID,
            'Invalid value: ["Ingress","Ingress","Ingress"]: may not specify more than two policyTypes',
        ),
    ),
    ("ingressclasses", "spec/controller", "", ("spec.controller", REQUIRED, "Required value")),
    (
        "ingressclasses",
        "spec/controller",
        "c",
        ("spec.controller", INVALID, 'Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")'),
    ),
    (
        "ingressclasses",
        "spec/controller",
        f"a.b/{'c' * 250}",
        ("spec.controller", TOO_LONG, "Too long: may not be more than 250 bytes"),
    ),
    ("ingressclasses", "spec/parameters/kind", "", ("spec.parameters.kind", REQUIRED, "Required value")),
    (
        "ingressclasses",
        "spec/parameters/name",
        "a/b",
        ("spec.parameters.name", INVALID, "Invalid value: \"a/b\": may not contain '/'"),
    ),
    (
        "ingressclasses",
        "spec/parameters/scope",
        "X",
        ("spec.parameters.scope", UNSUPPORTED, 'Unsupported value: "X": supported values: "Cluster", "Namespace"'),
    ),
    (
        "ingressclasses",
        "spec/parameters/scope",
        "Namespace",
        ("spec.parameters.namespace", REQUIRED, "Required value: `parameters.scope` is set to 'Namespace'"),
    ),
    (
        "ingressclasses",
        "spec/parameters/namespace",
        "n",
        ("spec.parameters.namespace", FORBIDDEN, "Forbidden: `parameters.scope` is set to 'Cluster'"),
    ),
    (
        "ipaddresses",
        "metadata/name",
        "a",
        ("metadata.name", INVALID, 'Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    ),
    (
        "ipaddresses",
        "metadata/name",
        "010.0.0.1",
        ("metadata.name", INVALID, 'Invalid value: "010.0.0.1": must not have leading 0s'),
    ),
    (
        "ipaddresses",
        "metadata/name",
        "FD00::1",
        ("metadata.name", INVALID, 'Invalid value: "FD00::1": must be in canonical form ("fd00::1")'),
    ),
    (
        "ipaddresses",
        "metadata/name",
        "::ffff:1.2.3.4",
        ("metadata.name", INVALID, 'Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address'),
    ),
    ("ipaddresses", "spec/parentRef", ..., ("spec.parentRef", REQUIRED, "Required value")),
    ("ipaddresses", "spec/parentRef/resource", "", ("spec.parentRef.resource", REQUIRED, "Required value")),
    (
        "ipaddresses",
        "spec/parentRef/name",
        "a%b",
        ("spec.parentRef.name", INVALID, "Invalid value: \"a%b\": may not contain '%'"),
    ),
    (
        "ipaddresses",
        "spec/parentRef/group",
        "A",
        ("spec.parentRef.group", INVALID, f'Invalid value: "A": {_SUBDOMAIN}'),
    ),
    ("servicecidrs", "spec/cidrs", [], ("spec.cidrs", REQUIRED, "Required value: at least one CIDR required")),
    (
        "servicecidrs",
        "spec/cidrs",
        ["10.0.0.0/24"] * 3,
        (
            "spec.cidrs",
            INVALID,
            'Invalid value: {"CIDRs":["10.0.0.0/24","10.0.0.0/24","10.0.0.0/24"]}: may only hold up to 2 values',
        ),
    ),
    (
        "servicecidrs",
        "spec/cidrs",
        ["10.0.0.1/24"],
        ("spec.cidrs[0]", INVALID, 'Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length'),
    ),
    (
        "servicecidrs",
        "spec/cidrs",
        ["FD00::/64"],
        ("spec.cidrs[0]", INVALID, 'Invalid value: "FD00::/64": must be in canonical form ("fd00::/64")'),
    ),
    (
        "servicecidrs",
        "spec/cidrs",
        ["10.0.0.0/24", "10.1.0.0/24"],
        (
            "spec.cidrs",
            INVALID,
            'Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, '
            "i.e 192.168.0.0/24 and 2001:db8::/64",
        ),
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "cause"), ROWS)
def test_every_rule(
    server: Any, changed: Change, kind: str, path: str, value: Any, cause: tuple[str, str, str]
) -> None:
    name = f"{kind}.networking.k8s.io"
    assert cause in server.create(name, changed(MINIMA[name], path, value))[1]


def test_the_two_ways_of_naming_a_class_agree(server: Any, changed: Change) -> None:
    given = changed(INGRESS, "spec/ingressClassName", "one")
    given["metadata"] = {**_META, "annotations": {"kubernetes.io/ingress.class": "other"}}
    assert server.create("ingresses.networking.k8s.io", given)[1] == [
        (
            "annotations.kubernetes.io/ingress.class",
            INVALID,
            'Invalid value: "other": must match `ingressClassName` when both are specified',
        )
    ]
    assert server.update("ingresses.networking.k8s.io", given, given) == []


UPDATES = [
    ("ingressclasses", "spec/controller", "example.com/d", ("spec.controller", '"example.com/d"')),
    ("servicecidrs", "spec/cidrs", ["10.1.0.0/24"], ("spec.cidrs[0]", '"10.1.0.0/24"')),
    ("servicecidrs", "spec/cidrs", ["10.1.0.0/24", "fd00::/64"], ("spec.cidrs[0]", '"10.1.0.0/24"')),
]


@pytest.mark.parametrize(("kind", "path", "value", "cause"), UPDATES)
def test_what_cannot_change(
    server: Any, changed: Change, kind: str, path: str, value: Any, cause: tuple[str, str]
) -> None:
    name = f"{kind}.networking.k8s.io"
    old = server.create(name, MINIMA[name])[0]
    field, shown = cause
    assert server.update(name, old, changed(old, path, value)) == [
        (field, INVALID, f"Invalid value: {shown}: field is immutable")
    ]


def test_a_range_of_the_other_family_may_be_added(server: Any, changed: Change) -> None:
    old = server.create("servicecidrs.networking.k8s.io", CIDR)[0]
    both = changed(old, "spec/cidrs", ["10.0.0.0/24", "fd00::/64"])
    assert server.update("servicecidrs.networking.k8s.io", old, both) == []


STATUS = [
    ({"ip": "x"}, "ip", '"x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    ({"hostname": "10.0.0.1"}, "hostname", '"10.0.0.1": must be a DNS name, not an IP address'),
    ({"hostname": "A"}, "hostname", f'"A": {_SUBDOMAIN}'),
]


@pytest.mark.parametrize(("entry", "field", "message"), STATUS)
def test_the_status_of_an_ingress(server: Any, changed: Change, entry: Json, field: str, message: str) -> None:
    old = server.create("ingresses.networking.k8s.io", INGRESS)[0]
    new = changed(old, "status/loadBalancer", {"ingress": [entry]})
    found = server.update("ingresses.networking.k8s.io", old, new, status=True)
    assert found == [(f"status.loadBalancer.ingress[0].{field}", INVALID, f"Invalid value: {message}")]


CELLS: list[tuple[str, Json, list[Any]]] = [
    ("ingresses", INGRESS, ["a", "<none>", "a.example", "", "80"]),
    (
        "ingresses",
        {
            "metadata": {"name": "b"},
            "spec": {"ingressClassName": "c", "rules": [{"host": h} for h in "pqrst"], "tls": [{}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.2"}, {"hostname": "h"}]}},
        },
        ["b", "c", "p,q,r + 2 more...", "10.0.0.2,h", "80, 443"],
    ),
    ("ingresses", {"metadata": {"name": "c"}, "spec": {"rules": [{}]}}, ["c", "<none>", "*", "", "80"]),
    ("networkpolicies", POLICY, ["a", "<none>"]),
    (
        "networkpolicies",
        {"metadata": {"name": "b"}, "spec": {"podSelector": {"matchLabels": {"a": "b"}}}},
        ["b", "a=b"],
    ),
    ("ingressclasses", CLASS, ["a", "example.com/c", "P/p"]),
    ("ipaddresses", ADDRESS, ["10.0.0.1", "services/default/s"]),
    ("servicecidrs", CIDR, ["a", "10.0.0.0/24"]),
]


@pytest.mark.parametrize(("kind", "obj", "cells"), CELLS)
def test_what_get_prints(kind: str, obj: Json, cells: list[Any]) -> None:
    columns = definition_of(resource(f"{kind}.networking.k8s.io")).columns
    assert [column.cell(obj, NOW) for column in columns[: len(cells)]] == cells
    assert columns[-1].name == "Age"
