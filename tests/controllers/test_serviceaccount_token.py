"""Tokens in secrets: filled, left alone, and gone with their account."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.pki.service_account_keys import ensure_signing_key
from pybernetes.component import jws
from pybernetes.component.signing_keys import generate_signing_key
from pybernetes.controllers import serviceaccount_token
from pybernetes.controllers.options import Options
from pybernetes.controllers.serviceaccount_token import NAME, TYPE, UID, filled, service_account_tokens
from tests.fakes.control_plane import Cluster

ACCOUNT: Json = {"metadata": {"name": "robot", "namespace": "team", "uid": "u1"}}
KEY = generate_signing_key()


def secret(name: str = "token", **data: str) -> Json:
    encoded = {key.replace("_", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}
    metadata = {"name": name, "namespace": "team", "annotations": {NAME: "robot"}}
    return {"metadata": metadata, "type": TYPE, "data": encoded}


def decoded(obj: Json, key: str) -> str:
    return base64.b64decode(obj["data"][key]).decode()


def test_a_secret_gets_what_it_lacks() -> None:
    found = filled(secret(), ACCOUNT, "PEM", KEY)
    assert found is not None
    assert (decoded(found, "namespace"), decoded(found, "ca.crt")) == ("team", "PEM")
    assert found["metadata"]["annotations"] == {NAME: "robot", UID: "u1"}
    parsed = jws.parse(decoded(found, "token"))
    assert jws.is_signed_by(parsed, KEY.verifying)
    assert parsed.claims == {
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": "team",
        "kubernetes.io/serviceaccount/secret.name": "token",
        "kubernetes.io/serviceaccount/service-account.name": "robot",
        "kubernetes.io/serviceaccount/service-account.uid": "u1",
        "sub": "system:serviceaccount:team:robot",
    }


def test_a_full_secret_is_left_alone_and_another_ca_is_put_in() -> None:
    full = secret(token="t", namespace="team", ca_crt="PEM")
    assert filled(full, ACCOUNT, "PEM", KEY) is None
    assert filled(full, ACCOUNT, "", KEY) is None
    renewed = filled(full, ACCOUNT, "NEW", KEY)
    assert renewed is not None and decoded(renewed, "ca.crt") == "NEW" and decoded(renewed, "token") == "t"


@pytest.fixture
def options(tmp_path: Path) -> Options:
    ensure_signing_key(tmp_path)
    return Options(root_ca="PEM", service_account_private_key_file=str(tmp_path / "sa.key"))


async def test_secrets_are_filled_and_go_with_their_account(options: Options) -> None:
    cluster = Cluster(options)
    async with cluster.running(service_account_tokens):
        account = await cluster.client.create("serviceaccounts", {"metadata": {"name": "robot", "namespace": "team"}})
        await cluster.client.create("secrets", secret())
        await cluster.client.create("secrets", {"metadata": {"name": "other", "namespace": "team"}, "type": "Opaque"})
        await cluster.settle()
        found = cluster.api.get("secrets", "team/token")
        assert found is not None and found["metadata"]["annotations"][UID] == account["metadata"]["uid"]
        writes = [request for request in cluster.api.requests if request[0] == "PUT"]
        await cluster.client.delete("serviceaccounts", "robot", "team")
        await cluster.settle()
        assert cluster.api.get("secrets", "team/token") is None
        assert cluster.api.get("secrets", "team/other") is not None
        assert [request for request in cluster.api.requests if request[0] == "PUT"] == writes


async def test_secrets_of_nobody_and_of_an_earlier_account_are_deleted(options: Options) -> None:
    cluster = Cluster(options)
    async with cluster.running(service_account_tokens):
        await cluster.client.create("serviceaccounts", {"metadata": {"name": "robot", "namespace": "team"}})
        earlier = secret("earlier")
        earlier["metadata"]["annotations"][UID] = "somebody-else"
        nobody = secret("nobody")
        nobody["metadata"]["annotations"][NAME] = "nobody"
        for one in (earlier, nobody):
            await cluster.client.create("secrets", one)
        await cluster.settle()
        assert cluster.api.all("secrets") == []


def test_without_a_key_there_is_no_controller() -> None:
    from pybernetes.controllers.manager import CONTROLLERS

    entry = next(one for one in CONTROLLERS if one.make is serviceaccount_token.service_account_tokens)
    assert not entry.wanted(Options())
