"""Approving and signing against a real API server, as the user that a controller manager is."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pybernetes.api.object import Json
from pybernetes.apiserver.options import Options as ServerOptions
from pybernetes.apiserver.server import APIServer
from pybernetes.client.client import Client
from pybernetes.controllers import manager
from pybernetes.controllers.certificates.requests import CLIENT, KUBELET_CLIENT
from pybernetes.controllers.options import Options
from pybernetes.launcher.inprocess import InProcessTransport, component_user
from tests.apiserver.conftest import Api, running

CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
KEY = ec.generate_private_key(ec.SECP256R1())
KUBELET_USAGES = ["digital signature", "client auth"]


def certificate_until(end: datetime) -> str:
    """Some certificate, PEM in base64."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(end - timedelta(days=900)).not_valid_after(end)
    return base64.b64encode(builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)).decode()


def request(name: str, signer: str, usages: list[str], subject: str, *groups: str) -> Json:
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    names.append(x509.NameAttribute(NameOID.COMMON_NAME, subject))
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(KEY, hashes.SHA256())
    pem = base64.b64encode(asked.public_bytes(serialization.Encoding.PEM)).decode()
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": name},
        "spec": {"signerName": signer, "usages": usages, "request": pem},
    }


@asynccontextmanager
async def signing_server(folder: Path) -> AsyncIterator[APIServer]:
    async with running(ServerOptions(folder, secure_port=-1)) as server:
        transport = InProcessTransport(server.handler, component_user("system:kube-controller-manager"))
        options = Options(
            controllers=(
                "certificatesigningrequest-signing-controller",
                "certificatesigningrequest-approving-controller",
            ),
            cluster_signing_cert_file=str(folder / "pki" / "ca.crt"),
            cluster_signing_key_file=str(folder / "pki" / "ca.key"),
        )
        task = asyncio.create_task(manager.run(Client(transport), options))
        try:
            yield server
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def settled(api: Api, name: str) -> Json:
    """The request once somebody has answered it."""
    async with asyncio.timeout(10), api.watch(CSRS, fieldSelector=f"metadata.name={name}") as watched:
        while True:
            found: Json = (await watched.next())["object"]
            status = found.get("status") or {}
            if status.get("certificate") or any(one["type"] == "Failed" for one in status.get("conditions", ())):
                return found


async def approve(api: Api, name: str) -> None:
    found = await api.get(f"{CSRS}/{name}")
    condition = {"type": "Approved", "status": "True", "reason": "ByHand", "message": "a person looked at it"}
    found["status"] = {"conditions": [condition]}
    await api.ok("PUT", f"{CSRS}/{name}/approval", found)


async def test_a_person_approves_and_gets_a_certificate_that_the_server_takes(tmp_path: Path) -> None:
    async with signing_server(tmp_path) as server:
        api = Api(server)
        await api.create(CSRS, request("ann", CLIENT, ["client auth"], "ann", "team"))
        await approve(api, "ann")
        signed = await settled(api, "ann")
        certificate = x509.load_pem_x509_certificate(base64.b64decode(signed["status"]["certificate"]))
        der = certificate.public_bytes(serialization.Encoding.DER)
        user = server.authenticator.authenticate({}, der)
        assert (user.name, user.groups) == ("ann", ("team", "system:authenticated"))
        left = certificate.not_valid_after_utc - datetime.now(UTC)
        assert timedelta(days=364) < left <= timedelta(days=365)


async def test_a_node_renews_its_own_certificate_and_no_other(tmp_path: Path) -> None:
    async with signing_server(tmp_path) as server:
        admin = Api(server)
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "renewal"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
            },
            "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:nodes"}],
        }
        await admin.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
        node = admin.as_user("system:node:one", "system:nodes")
        other = request("other", KUBELET_CLIENT, KUBELET_USAGES, "system:node:two", "system:nodes")
        await node.create(CSRS, other)
        own = request("own", KUBELET_CLIENT, KUBELET_USAGES, "system:node:one", "system:nodes")
        await node.create(CSRS, own)
        signed = await settled(admin, "own")
        (condition,) = signed["status"]["conditions"]
        assert (condition["type"], condition["reason"], condition["message"]) == (
            "Approved",
            "AutoApproved",
            "Auto approving self kubelet client certificate after SubjectAccessReview.",
        )
        assert not (await admin.get(f"{CSRS}/other")).get("status")


async def test_what_a_signer_does_not_take_fails_for_good(tmp_path: Path) -> None:
    async with signing_server(tmp_path) as server:
        api = Api(server)
        await api.create(CSRS, request("wrong", CLIENT, ["server auth"], "ann"))
        await approve(api, "wrong")
        failed = (await settled(api, "wrong"))["status"]["conditions"][-1]
        assert (failed["type"], failed["reason"], failed["message"]) == (
            "Failed",
            "SignerValidationFailure",
            "invalid usage for client certificate: server auth",
        )
