"""What a CertificateSigningRequest asks for, and what each signer of kubernetes.io requires of it.

The texts of refusals are Kubernetes': they end up in a condition of the request.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping

from cryptography import x509
from cryptography.x509.oid import NameOID

from pybernetes.api.object import Json

RESOURCE = "certificatesigningrequests.certificates.k8s.io"
CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
KUBELET_SERVING = "kubernetes.io/kubelet-serving"
LEGACY_UNKNOWN = "kubernetes.io/legacy-unknown"

_NODE_PREFIX = "system:node:"
_NODES = "system:nodes"
_KUBELET_USAGES: Mapping[str, tuple[str, ...]] = {
    KUBELET_CLIENT: ("client auth", "digital signature", "key encipherment"),
    KUBELET_SERVING: ("digital signature", "key encipherment", "server auth"),
}


class WrongRequest(ValueError):
    """A request that its signer does not take; the message says why."""


def parse(request: Json) -> x509.CertificateSigningRequest:
    """The PKCS #10 request. Raises ValueError."""
    return x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))


def check(request: Json, asked: x509.CertificateSigningRequest) -> None:
    """Raises WrongRequest unless the request fits its signer, which is one of the four."""
    _CHECKS[request["spec"]["signerName"]](request, asked)


def is_kubelet_client(request: Json, asked: x509.CertificateSigningRequest) -> bool:
    """Whether this is a kubelet's wish for the certificate it shows to the API server."""
    if request["spec"].get("signerName") != KUBELET_CLIENT:
        return False
    try:
        _check_kubelet_client(request, asked)
    except WrongRequest:
        return False
    return True


def has_condition(request: Json, kind: str) -> bool:
    return any(one["type"] == kind and one.get("status", "True") == "True" for one in conditions(request))


def conditions(request: Json) -> list[Json]:
    return list((request.get("status") or {}).get("conditions") or ())


def common_name(asked: x509.CertificateSigningRequest) -> str:
    names = asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[-1].value) if names else ""


def alternatives(asked: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    """The subject's other names, in the order that Go writes them in: DNS names, e-mail, addresses, URIs."""
    try:
        found = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    order = (x509.DNSName, x509.RFC822Name, x509.IPAddress, x509.UniformResourceIdentifier)
    return [name for kind in order for name in found if isinstance(name, kind)]


def _check_client(request: Json, asked: x509.CertificateSigningRequest) -> None:
    usages = request["spec"].get("usages") or []
    for usage in usages:
        if usage not in ("digital signature", "key encipherment", "client auth"):
            raise WrongRequest(f"invalid usage for client certificate: {usage}")
    if "client auth" not in usages:
        raise WrongRequest("missing required usage for client certificate: client auth")


def _check_kubelet_client(request: Json, asked: x509.CertificateSigningRequest) -> None:
    _check_organization(asked)
    names = alternatives(asked)
    for kind, said in _KINDS_OF_NAMES.items():
        if any(isinstance(name, kind) for name in names):
            raise WrongRequest(f"{said} subjectAltNames are not allowed")
    _check_node_name(asked)
    _check_usages(request, _KUBELET_USAGES[KUBELET_CLIENT])


def _check_kubelet_serving(request: Json, asked: x509.CertificateSigningRequest) -> None:
    _check_organization(asked)
    names = alternatives(asked)
    if not any(isinstance(name, x509.DNSName | x509.IPAddress) for name in names):
        raise WrongRequest("DNS or IP subjectAltName is required")
    for kind in (x509.RFC822Name, x509.UniformResourceIdentifier):
        if any(isinstance(name, kind) for name in names):
            raise WrongRequest(f"{_KINDS_OF_NAMES[kind]} subjectAltNames are not allowed")
    _check_usages(request, _KUBELET_USAGES[KUBELET_SERVING])
    _check_node_name(asked)


def _check_organization(asked: x509.CertificateSigningRequest) -> None:
    found = [str(one.value) for one in asked.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if found != [_NODES]:
        raise WrongRequest("subject organization is not system:nodes")


def _check_node_name(asked: x509.CertificateSigningRequest) -> None:
    if not common_name(asked).startswith(_NODE_PREFIX):
        raise WrongRequest("subject common name does not begin with system:node:")


def _check_usages(request: Json, required: Iterable[str]) -> None:
    """Exactly these; a key that is not RSA does without encipherment."""
    usages, wanted = set(request["spec"].get("usages") or ()), set(required)
    if usages not in (wanted, wanted - {"key encipherment"}):
        raise WrongRequest(f"usages did not match [{' '.join(sorted(wanted))}]")


_KINDS_OF_NAMES: Mapping[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.RFC822Name: "Email",
    x509.IPAddress: "IP",
    x509.UniformResourceIdentifier: "URI",
}
_CHECKS: Mapping[str, Callable[[Json, x509.CertificateSigningRequest], None]] = {
    CLIENT: _check_client,
    KUBELET_CLIENT: _check_kubelet_client,
    KUBELET_SERVING: _check_kubelet_serving,
    LEGACY_UNKNOWN: lambda request, asked: None,  # whatever was approved: how it was before there were signers
}
