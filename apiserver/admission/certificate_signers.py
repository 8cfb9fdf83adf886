"""CertificateApproval, CertificateSigning, CertificateSubjectRestriction: who may say yes to which certificates.

To approve a request, or to sign one, takes the verb ``approve`` or ``sign`` on the request's signer, beside the right
to write the subresource. Nobody gets a client certificate of the group system:masters, which no policy can bind.
"""

from __future__ import annotations

import base64
import binascii

from cryptography import x509
from cryptography.x509.oid import NameOID

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.questions import answered
from pybernetes.apiserver.user import MASTERS_GROUP

_GROUP = "certificates.k8s.io"
_PLURAL = "certificatesigningrequests"
_CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client"


class CertificateApproval(AdmissionPlugin):
    def __init__(self, authorizer: AuthorizerChain):
        self._authorizer = authorizer

    def handles(self, operation: Operation) -> bool:
        return operation.is_for(_PLURAL, UPDATE, subresource="approval", group=_GROUP)

    async def validate(self, operation: Operation) -> None:
        await answered(lambda: _require(operation, self._authorizer, "approve"))


class CertificateSigning(AdmissionPlugin):
    def __init__(self, authorizer: AuthorizerChain):
        self._authorizer = authorizer

    def handles(self, operation: Operation) -> bool:
        return operation.is_for(_PLURAL, UPDATE, subresource="status", group=_GROUP)

    async def validate(self, operation: Operation) -> None:
        if _signed(operation.obj) != _signed(operation.old):
            await answered(lambda: _require(operation, self._authorizer, "sign"))


class CertificateSubjectRestriction(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for(_PLURAL, CREATE, group=_GROUP)

    async def validate(self, operation: Operation) -> None:
        spec = (operation.obj or {}).get("spec") or {}
        if spec.get("signerName") == _CLIENT_SIGNER and MASTERS_GROUP in organizations(spec.get("request") or ""):
            raise operation.forbid(f"use of {_CLIENT_SIGNER} signer with {MASTERS_GROUP} group is not allowed")


def _signed(request: Json | None) -> tuple[str, bool]:
    """What a signer has said: the certificate, and whether it failed."""
    status = (request or {}).get("status") or {}
    failed = any(one.get("type") == "Failed" for one in status.get("conditions") or ())
    return status.get("certificate") or "", failed


def _require(operation: Operation, authorizer: AuthorizerChain, verb: str) -> None:
    """The right to the signer, by its name or by all names of its domain."""
    signer = ((operation.old or {}).get("spec") or {}).get("signerName") or ""
    names = (signer, f"{signer.partition('/')[0]}/*")
    asked = (Attributes(operation.user, verb, _GROUP, "*", "signers", name=name) for name in names)
    if not any(authorizer.authorize(attributes).allowed for attributes in asked):
        raise operation.forbid(f'user not permitted to {verb} requests with signerName "{signer}"')


def organizations(request: str) -> list[str]:
    """The groups that a certificate request (PEM in base64) asks for; none if it cannot be read."""
    try:
        found = x509.load_pem_x509_csr(base64.b64decode(request))
    except (ValueError, binascii.Error):
        return []
    return [str(one.value) for one in found.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
