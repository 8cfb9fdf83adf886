"""A cluster with one namespace, one service account and one pod on a node, and tokens for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.authn.anonymous import AnonymousPolicy
from pybernetes.apiserver.authn.bootstrap_tokens import BootstrapTokens
from pybernetes.apiserver.authn.chain import Authenticator
from pybernetes.apiserver.authn.service_account_tokens import ServiceAccountTokens
from pybernetes.apiserver.authn.static_tokens import StaticTokens
from pybernetes.apiserver.authn.token_request import TokenIssuer
from pybernetes.apiserver.user import User
from pybernetes.component.clock import FakeClock
from pybernetes.component.signing_keys import SigningKey, generate_signing_key
from tests.fakes.reader import MemoryReader

ISSUER = "https://kubernetes.default.svc.cluster.local"


def obj(name: str, namespace: str = "", uid: str = "", **fields: Any) -> Json:
    metadata = {"name": name, "uid": uid or f"{name}-uid"}
    return {"metadata": metadata | ({"namespace": namespace} if namespace else {}), **fields}


@dataclass
class Tokens:
    """Everything about tokens, over a state that the test changes."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime(2026, 3, 1, 12, tzinfo=UTC)))
    reader: MemoryReader = field(default_factory=MemoryReader)
    key: SigningKey = field(default_factory=generate_signing_key)

    def __post_init__(self) -> None:
        self.account = self.reader.put("serviceaccounts", obj("web", "shop"))
        self.node = self.reader.put("nodes", obj("n1"))
        spec = {"serviceAccountName": "web", "nodeName": "n1"}
        self.pod = self.reader.put("pods", obj("web-1", "shop", spec=spec))
        self.secret = self.reader.put("secrets", obj("bound", "shop"))

    def issuer(self, **changes: Any) -> TokenIssuer:
        arguments = {"key": self.key, "issuer": ISSUER, "api_audiences": (ISSUER,), "reader": self.reader}
        return TokenIssuer(**{**arguments, "clock": self.clock, "new_token_id": lambda: "id-1"} | changes)  # type: ignore[arg-type]

    def issue(self, spec: Json | None = None, **changes: Any) -> str:
        token: str = self.issuer(**changes).issue({"spec": spec or {}}, self.account)["status"]["token"]
        return token

    def verifier(self, *keys: SigningKey) -> ServiceAccountTokens:
        return ServiceAccountTokens(
            [key.verifying for key in keys or (self.key,)],
            issuers=(ISSUER,),
            api_audiences=(ISSUER,),
            reader=self.reader,
            clock=self.clock,
        )

    def authenticator(self, *, anonymous: bool = True, **more: Any) -> Authenticator:
        static = {"static": User("alice", ("team",), "u1")}
        return Authenticator(
            self.reader,
            tokens=(
                StaticTokens(static, api_audiences=(ISSUER,)),
                self.verifier(),
                BootstrapTokens(self.reader, api_audiences=(ISSUER,), clock=self.clock),
            ),
            api_audiences=(ISSUER,),
            anonymous=AnonymousPolicy(anonymous),
            clock=self.clock,
            **more,
        )


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()
