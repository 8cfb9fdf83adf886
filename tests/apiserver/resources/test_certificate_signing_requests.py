"""Certificate signing requests: who asks, who approves, who signs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
SIGNER = "kubernetes.io/kube-apiserver-client"


def asked(name: str = "x", *groups: str, signer: str = SIGNER, **spec: Any) -> Json:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, "somebody")]
    attributes += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    pem = builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256()).public_bytes(Encoding.PEM)
    body = {"request": base64.b64encode(pem).decode(), "signerName": signer, "usages": ["client auth"], **spec}
    kind = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest"}
    return {**kind, "metadata": {"name": name}, "spec": body}


def condition(kind: str, status: str = "True") -> Json:
    return {"type": kind, "status": status, "reason": "Test"}


async def write(api: Api, subresource: str, **status: Any) -> tuple[int, Json]:
    found = await api.get(f"{REQUESTS}/x")
    return await api.call("PUT", f"{REQUESTS}/x/{subresource}", {**found, "status": status})


@cache
def certificate() -> str:
    """A certificate as the API carries it: PEM in base64."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, moment, moment + timedelta(days=1))
    return base64.b64encode(builder.sign(key, SHA256()).public_bytes(Encoding.PEM)).decode()


async def allow(api: Api, user: str, *rules: Json) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": user}}
    await api.create(ROLES, {**role, "rules": list(rules)})
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": user}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
    binding = {**role, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]}
    await api.create(BINDINGS, binding)


def rule(resource: str, *verbs: str, names: tuple[str, ...] = ()) -> Json:
    found: Json = {"apiGroups": ["certificates.k8s.io"], "resources": [resource], "verbs": list(verbs)}
    return {**found, "resourceNames": list(names)} if names else found


async def test_the_requester_is_who_asks(api: Api) -> None:
    await allow(api, "jane", rule("certificatesigningrequests", "create", "get", "update"))
    jane = api.as_user("jane", "devs")
    made = await jane.create(REQUESTS, asked(username="admin", groups=["system:masters"], uid="0"))
    assert made["spec"]["username"] == "jane"
    assert made["spec"]["groups"] == ["devs", "system:authenticated"]
    assert "uid" not in made["spec"]
    made["spec"]["username"] = "admin"
    assert (await jane.ok("PUT", f"{REQUESTS}/x", made))["spec"]["username"] == "jane"


async def test_nobody_asks_to_be_a_master(api: Api) -> None:
    status, answer = await api.call("POST", REQUESTS, asked("x", "system:masters"))
    assert status == 403
    assert answer["message"].endswith(f"use of {SIGNER} signer with system:masters group is not allowed")
    assert (await api.call("POST", REQUESTS, asked("x", "system:masters", signer="example.com/s")))[0] == 201


async def test_approval_is_for_good_and_by_its_subresource_alone(api: Api) -> None:
    await api.create(REQUESTS, asked())
    status, answer = await write(api, "status", conditions=[condition("Approved")])
    assert (status, answer["status"]) == (200, {})
    status, answer = await write(api, "approval", conditions=[condition("Approved")], certificate=certificate())
    assert status == 200
    assert "certificate" not in answer["status"]
    approved = answer["status"]["conditions"]
    assert approved[0]["lastTransitionTime"] and approved[0]["lastUpdateTime"]
    status, answer = await write(api, "status", certificate=certificate())
    assert (status, answer["status"]) == (200, {"certificate": certificate(), "conditions": approved})


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([], 'updates may not remove a condition of type "Denied"'),
        ([condition("Denied", "False")], 'status.conditions[0].status: Unsupported value: "False"'),
        ([condition("Denied"), condition("Approved")], "Approved and Denied conditions are mutually exclusive"),
    ],
)
async def test_what_approval_may_not_do(api: Api, conditions: list[Json], message: str) -> None:
    await api.create(REQUESTS, asked())
    await write(api, "approval", conditions=[condition("Denied")])
    status, answer = await write(api, "approval", conditions=conditions)
    assert status == 422
    assert message in answer["message"]


async def test_approving_and_signing_take_the_right_to_the_signer(api: Api) -> None:
    await api.create(REQUESTS, asked())
    both = ("certificatesigningrequests/approval", "certificatesigningrequests/status")
    writes = [rule(resource, "update") for resource in both]
    readable = rule("certificatesigningrequests", "get")
    await allow(api, "nobody", readable, *writes)
    nobody = api.as_user("nobody")
    for subresource, verb, status in (
        ("approval", "approve", {"conditions": [condition("Approved")]}),
        ("status", "sign", {"certificate": certificate()}),
    ):
        code, answer = await write(nobody, subresource, **status)
        assert code == 403
        assert answer["message"].endswith(f'user not permitted to {verb} requests with signerName "{SIGNER}"')
    await allow(api, "named", readable, *writes, rule("signers", "approve", names=(SIGNER,)))
    await allow(api, "wild", readable, *writes, rule("signers", "sign", names=("kubernetes.io/*",)))
    assert (await write(api.as_user("named"), "approval", conditions=[condition("Approved")]))[0] == 200
    assert (await write(api.as_user("wild"), "status", certificate=certificate()))[0] == 200
