"""Certificate signing requests: every rule as a row, and what each way of writing the status may change."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pybernetes.api.certificates.validation import validate_status
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

KIND = "certificatesigningrequests.certificates.k8s.io"
_BLOCK = ("spec.request", "FieldValueInvalid", 'Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST')
_REQUIRED, _INVALID, _FORBIDDEN = "FieldValueRequired", "FieldValueInvalid", "FieldValueForbidden"
_ANY = (
    'supported values: "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", '
    '"data encipherment", "decipher only", "digital signature", "email protection", "encipher only", '
    '"ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", '
    '"netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"'
)
Causes = list[tuple[str, str, str]]


def asked(**spec: Any) -> Json:
    base = {"request": "eA==", "signerName": "example.com/a", "usages": ["client auth"]}
    return {"metadata": {"name": "any:name"}, "spec": {**base, **spec}}


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        ({}, []),
        (
            {"usages": [], "expirationSeconds": 599},
            [
                ("spec.usages", _REQUIRED, "Required value"),
                (
                    "spec.expirationSeconds",
                    _INVALID,
                    "Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)",
                ),
            ],
        ),
        (
            {"usages": ["x", "any", "any"]},
            [
                ("spec.usages[0]", "FieldValueNotSupported", f'Unsupported value: "x": {_ANY}'),
                ("spec.usages[2]", "FieldValueDuplicate", 'Duplicate value: "any"'),
            ],
        ),
        (
            {"signerName": "kubernetes.io/legacy-unknown"},
            [
                (
                    "spec.signerName",
                    _INVALID,
                    'Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API '
                    "version",
                )
            ],
        ),
        ({"signerName": ""}, [("spec.signerName", _REQUIRED, "Required value")]),
        (
            {"signerName": "a"},
            [
                (
                    "spec.signerName",
                    _INVALID,
                    'Invalid value: "a": must be a fully qualified domain and path of the form '
                    "'example.com/signer-name'",
                )
            ],
        ),
    ],
)
def test_every_rule(server: Any, spec: Json, causes: Causes) -> None:
    assert server.create(KIND, asked(**spec))[1] == [_BLOCK, *causes]


def condition(kind: str, status: str = "True", **more: str) -> Json:
    return {"type": kind, "status": status, **more}


_PEM = base64.b64encode(b"-----BEGIN X-----\nAA==\n-----END X-----\n").decode()
_AT = "status.conditions"


@pytest.mark.parametrize(
    ("before", "after", "approves", "causes"),
    [
        ({}, {"conditions": [condition("Approved")]}, True, []),
        (
            {},
            {"conditions": [condition("Approved")]},
            False,
            [(_AT, _FORBIDDEN, 'Forbidden: updates may not add a condition of type "Approved"')],
        ),
        (
            {"conditions": [condition("Denied")]},
            {"conditions": []},
            True,
            [(_AT, _FORBIDDEN, 'Forbidden: updates may not remove a condition of type "Denied"')],
        ),
        (
            {"conditions": [condition("Approved")]},
            {"conditions": [condition("Approved", reason="r")]},
            False,
            [
                (
                    _AT,
                    _FORBIDDEN,
                    'Forbidden: updates may not modify a condition of type "Approved"\n'
                    "@@ -2,7 +2,7 @@\n"
                    "  {\n"
                    '   "Type": "Approved",\n'
                    '   "Status": "True",\n'
                    '-  "Reason": "",\n'
                    '+  "Reason": "r",\n'
                    '   "Message": "",\n'
                    '   "LastUpdateTime": null,\n'
                    '   "LastTransitionTime": null\n',
                )
            ],
        ),
        (
            {},
            {"conditions": [condition("Approved"), condition("Denied")]},
            True,
            [(_AT, _INVALID, 'Invalid value: "Denied": Approved and Denied conditions are mutually exclusive')],
        ),
        (
            {},
            {"conditions": [condition("", ""), condition("Failed", "False"), condition("Failed")]},
            False,
            [
                (f"{_AT}[0].type", _REQUIRED, "Required value"),
                (f"{_AT}[0].status", _REQUIRED, "Required value"),
                (
                    f"{_AT}[1].status",
                    "FieldValueNotSupported",
                    'Unsupported value: "False": supported values: "True"',
                ),
                (f"{_AT}[2].type", "FieldValueDuplicate", 'Duplicate value: "Failed"'),
            ],
        ),
        (
            {},
            {"certificate": _PEM},
            True,
            [
                (
                    "status.certificate",
                    _INVALID,
                    'Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "X"',
                ),
                ("status.certificate", _FORBIDDEN, "Forbidden: updates may not set certificate content"),
            ],
        ),
        (
            {"certificate": _PEM},
            {"certificate": ""},
            False,
            [("status.certificate", _FORBIDDEN, "Forbidden: updates may not modify existing certificate content")],
        ),
    ],
)
def test_statuses(before: Json, after: Json, approves: bool, causes: Causes) -> None:
    errors = ErrorList()
    validate_status({"status": after}, {"status": before}, errors, approves=approves)
    assert [(cause["field"], cause["reason"], cause["message"]) for cause in errors.causes] == causes
