"""Small HTTPS servers on loopback, with a CA of their own: an OpenID issuer, and webhooks."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pybernetes.api.object import Json
from pybernetes.apiserver.pki.ca import CertificateAuthority, create_ca
from pybernetes.apiserver.pki.certificates import issue, server_profile

Answer = Callable[[Json], Json | Awaitable[Json]]
_HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVES = {"ES256": ("P-256", 32), "ES384": ("P-384", 48), "ES512": ("P-521", 66)}


@asynccontextmanager
async def https_server(application: web.Application, ca: CertificateAuthority, folder: Path) -> AsyncIterator[str]:
    """The URL at which an application is served."""
    pair = issue(ca, server_profile("server", ip_addresses=["127.0.0.1"]), now=datetime.now(UTC))
    (folder / "server.crt").write_bytes(pair.certificate_pem)
    (folder / "server.key").write_bytes(pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def new_ca() -> CertificateAuthority:
    return create_ca("of a test", now=datetime.now(UTC))


@dataclass
class Issuer:
    """An OpenID issuer: `url` is set while it is served. `asked` lists the paths of requests."""

    algorithm: str = "RS256"
    url: str = ""
    asked: list[str] = field(default_factory=list)
    key_id: str = "first"
    claim_token: str = ""

    def __post_init__(self) -> None:
        self.rotate(self.key_id)

    def rotate(self, key_id: str) -> None:
        """Sign with a new key from now on, and publish only that."""
        self.key_id = key_id
        curves: dict[str, ec.EllipticCurve] = {
            "ES256": ec.SECP256R1(),
            "ES384": ec.SECP384R1(),
            "ES512": ec.SECP521R1(),
        }
        if self.algorithm in curves:
            self.key: Any = ec.generate_private_key(curves[self.algorithm])
        else:
            self.key = rsa.generate_private_key(65537, 2048)

    def token(self, **claims: Any) -> str:
        """A token that says `claims`, beside being this issuer's and good for an hour."""
        now = int(datetime.now(UTC).timestamp())
        said = {"iss": self.url, "aud": "us", "exp": now + 3600, "iat": now, **claims}
        head = {"alg": self.algorithm, "kid": self.key_id}
        signed = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(said).encode())}"
        return f"{signed}.{_encoded(self._sign(signed.encode()))}"

    def _sign(self, signed: bytes) -> bytes:
        digest = _HASHES[self.algorithm[2:]]()
        if self.algorithm in _CURVES:
            size = _CURVES[self.algorithm][1]
            r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(digest)))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        if self.algorithm.startswith("PS"):
            made: bytes = self.key.sign(signed, padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH), digest)
            return made
        return bytes(self.key.sign(signed, padding.PKCS1v15(), digest))

    def keys(self) -> Json:
        numbers = self.key.public_key().public_numbers()
        key: Json = {"kid": self.key_id, "use": "sig", "alg": self.algorithm}
        if self.algorithm in _CURVES:
            curve, size = _CURVES[self.algorithm]
            point = {"x": _number(numbers.x, size), "y": _number(numbers.y, size)}
            return {"keys": [{**key, "kty": "EC", "crv": curve, **point}]}
        size = (numbers.n.bit_length() + 7) // 8
        return {"keys": [{**key, "kty": "RSA", "n": _number(numbers.n, size), "e": _number(numbers.e, 3)}]}

    def application(self) -> web.Application:
        async def answer(request: web.Request) -> web.Response:
            self.asked.append(request.path)
            if request.path == "/keys":
                return web.json_response(self.keys())
            if request.path in ("/.well-known/openid-configuration", "/elsewhere"):
                return web.json_response({"issuer": self.url, "jwks_uri": f"{self.served_at}/keys"})
            if request.path == "/claims" and request.headers.get("authorization") == "Bearer let-me":
                return web.Response(text=self.claim_token)
            raise web.HTTPNotFound

        application = web.Application()
        application.router.add_get("/{path:.*}", answer)
        return application

    @asynccontextmanager
    async def served(self, ca: CertificateAuthority, folder: Path) -> AsyncIterator[Issuer]:
        async with https_server(self.application(), ca, folder) as url:
            self.served_at = url
            self.url = self.url or url
            yield self


@asynccontextmanager
async def webhook(answer: Callable[[Json], Any], ca: CertificateAuthority, folder: Path) -> AsyncIterator[Path]:
    """The kubeconfig of a webhook that answers a review as `answer` says: a status code, or an object."""

    async def serve(request: web.Request) -> web.Response:
        assert request.headers["authorization"] == "Bearer of-the-api-server"
        said = answer(await request.json())
        return web.json_response(said) if isinstance(said, dict) else web.Response(status=said)

    application = web.Application()
    application.router.add_post("/review", serve)
    async with https_server(application, ca, folder) as url:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "hook", "user": "us"}}],
            "clusters": [
                {
                    "name": "hook",
                    "cluster": {
                        "server": f"{url}/review",
                        "certificate-authority-data": base64.b64encode(ca.certificate_pem).decode(),
                    },
                }
            ],
            "users": [{"name": "us", "user": {"token": "of-the-api-server"}}],
        }
        file = folder / "webhook.conf"
        file.write_text(json.dumps(config))
        yield file


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _number(value: int, size: int) -> str:
    return _encoded(value.to_bytes(size, "big"))
