"""The rules on certificate signing requests. Counterpart: pkg/apis/certificates/validation."""

from __future__ import annotations

import base64
import re

from pybernetes.api.certificates.signer_name import validate_signer_name
from pybernetes.api.difference import describe_difference
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal_value
from pybernetes.api.object import Json

APPROVED, DENIED, FAILED = "Approved", "Denied", "Failed"
_FOR_GOOD = (APPROVED, DENIED, FAILED)
_LEGACY_SIGNER = "kubernetes.io/legacy-unknown"
_SHORTEST_SECONDS = 600
_CONDITION = "certificates.certificate_signing_request.CertificateSigningRequestCondition"
_CONDITIONS, _CERTIFICATE = "status.conditions", "status.certificate"
_USAGES = frozenset(
    (
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
        "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
        "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
        "server auth", "signing", "timestamping",
    )
)  # fmt: skip
_PEM_BLOCK = re.compile(rb"-----BEGIN ([^\n-]+)-----\s(.*?)-----END \1-----", re.DOTALL)


def validate(request: Json, errors: ErrorList) -> None:
    """Every rule on what is asked for."""
    spec = request.get("spec") or {}
    wrong = _wrong_request(_bytes(spec.get("request")))
    if wrong:
        errors.invalid("spec.request", spec.get("request") or "", wrong)
    _validate_usages(spec.get("usages") or [], errors)
    signer = spec.get("signerName") or ""
    if signer == _LEGACY_SIGNER:
        errors.invalid("spec.signerName", signer, "the legacy signerName is not allowed via this API version")
    else:
        validate_signer_name(signer, "spec.signerName", errors)
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < _SHORTEST_SECONDS:
        detail = "may not specify a duration less than 600 seconds (10 minutes)"
        errors.invalid("spec.expirationSeconds", seconds, detail)


def _validate_usages(usages: list[str], errors: ErrorList) -> None:
    if not usages:
        errors.required("spec.usages")
    for index, usage in enumerate(usages):
        if usage not in _USAGES:
            errors.not_supported(f"spec.usages[{index}]", usage, _USAGES)
    for index, usage in enumerate(usages):
        if usage in usages[:index]:
            errors.duplicate(f"spec.usages[{index}]", usage)


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _wrong_request(pem: bytes) -> str:
    """What is wrong with a PKCS#10 request in PEM; empty if nothing is."""
    from cryptography import x509

    block = _PEM_BLOCK.search(pem)
    if block is None or block[1] != b"CERTIFICATE REQUEST":
        return "PEM block type must be CERTIFICATE REQUEST"
    try:
        request = x509.load_pem_x509_csr(pem)
    except ValueError as error:
        return f"asn1: structure error: {error}"
    return "" if request.is_signature_valid else "x509: invalid signature"


def _wrong_certificates(pem: bytes) -> str:
    """What is wrong with certificates in PEM; empty if nothing is."""
    from cryptography import x509

    blocks = list(_PEM_BLOCK.finditer(pem))
    for block in blocks:
        if block[1] != b"CERTIFICATE":
            return f'only CERTIFICATE PEM blocks are allowed, found "{block[1].decode(errors="replace")}"'
        if b":" in block[2]:
            return "no PEM block headers are permitted"
        try:
            x509.load_pem_x509_certificate(block[0])
        except ValueError as error:
            return f"x509: malformed certificate: {error}"
    return "" if blocks or not pem else "must contain at least one CERTIFICATE PEM block"


def validate_status(new: Json, old: Json, errors: ErrorList, *, approves: bool) -> None:
    """A status in place of another. `approves`: it comes by the way on which approval is given."""
    conditions, before = conditions_of(new), conditions_of(old)
    _validate_conditions(conditions, errors)
    certificate, had = ((one.get("status") or {}).get("certificate") or "" for one in (new, old))
    wrong = _wrong_certificates(_bytes(certificate)) if certificate != had else ""
    if wrong:
        errors.invalid(_CERTIFICATE, "<certificate data>", wrong)
    for kind in _FOR_GOOD:
        if len(_of(conditions, kind)) < len(_of(before, kind)):
            errors.forbidden(_CONDITIONS, f'updates may not remove a condition of type "{kind}"')
    for kind in () if approves else (APPROVED, DENIED):
        now, was = _of(conditions, kind), _of(before, kind)
        if len(now) > len(was):
            errors.forbidden(_CONDITIONS, f'updates may not add a condition of type "{kind}"')
        elif len(now) == len(was) and now != was:
            difference = describe_difference(*(internal_value(states, _CONDITION) for states in (was, now)))
            errors.forbidden(_CONDITIONS, f'updates may not modify a condition of type "{kind}"\n{difference}')
    if certificate != had:
        if approves:
            errors.forbidden(_CERTIFICATE, "updates may not set certificate content")
        elif had:
            errors.forbidden(_CERTIFICATE, "updates may not modify existing certificate content")


def conditions_of(request: Json) -> list[Json]:
    return list((request.get("status") or {}).get("conditions") or ())


def _of(conditions: list[Json], kind: str) -> list[Json]:
    return [one for one in conditions if one.get("type") == kind]


def _validate_conditions(conditions: list[Json], errors: ErrorList) -> None:
    seen: set[str] = set()
    for index, one in enumerate(conditions):
        path, kind, status = f"{_CONDITIONS}[{index}]", one.get("type") or "", one.get("status") or ""
        allowed = ("True",) if kind in _FOR_GOOD else ("False", "True", "Unknown")
        if not kind:
            errors.required(f"{path}.type")
        if not status:
            errors.required(f"{path}.status")
        elif status not in allowed:
            errors.not_supported(f"{path}.status", status, allowed)
        if {APPROVED: DENIED, DENIED: APPROVED}.get(kind) in seen:
            errors.invalid(_CONDITIONS, kind, "Approved and Denied conditions are mutually exclusive")
        if kind in seen:
            errors.duplicate(f"{path}.type", kind)
        seen.add(kind)
