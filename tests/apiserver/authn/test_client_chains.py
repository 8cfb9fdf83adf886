"""Which client certificates hold: behind intermediates, for clients, at what time; and a file of CAs that changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pybernetes.apiserver.authn.ca_reload import CaReload
from pybernetes.apiserver.authn.certificates import CertificateUsers
from pybernetes.apiserver.authn.client_chains import valid_chain
from pybernetes.apiserver.authn.intermediates import Intermediates
from pybernetes.component.clock import FakeClock

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


class Party:
    """A certificate and its key, issued by another party or by itself."""

    def __init__(
        self,
        name: str,
        by: Party | None = None,
        *,
        ca: bool = False,
        usages: tuple[x509.ObjectIdentifier, ...] = (),
        path_length: int | None = None,
        end: datetime = NOW + DAY,
        unknown: bool = False,
        new_key: Callable[[], Key] = lambda: ec.generate_private_key(ec.SECP256R1()),
    ):
        self.key: Key = new_key()
        issuer = by or self
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(self.name if issuer is self else issuer.name, self.name)
        builder = builder.public_key(self.key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(NOW - DAY).not_valid_after(end)
        if ca:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if unknown:
            odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
            builder = builder.add_extension(odd, critical=True)
        algorithm = None if isinstance(issuer.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        self.certificate = builder.sign(issuer.key, algorithm)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


ROOT = Party("root", ca=True)
OLD_ROOT = Party("old", ca=True, end=NOW - timedelta(hours=1))
NO_ROOT = Party("no authority")
EDWARDS = Party("edwards", ca=True, new_key=ed25519.Ed25519PrivateKey.generate)
BETWEEN = Party("between", ROOT, ca=True)
FOR_SERVERS = Party("for servers", ROOT, ca=True, usages=(SERVER,))
NO_CA = Party("no ca", ROOT)
SHORT = Party("short", ROOT, ca=True, path_length=0)
DEEP = Party("deep", SHORT, ca=True)

CHAINS: dict[str, tuple[Party, tuple[Party, ...], tuple[Party, ...], bool]] = {
    "direct": (Party("u", ROOT, usages=(CLIENT,)), (), (ROOT,), True),
    "direct, Ed25519": (Party("u", EDWARDS, usages=(CLIENT,)), (), (ROOT, EDWARDS), True),
    "any usage": (Party("u", ROOT, usages=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)), (), (ROOT,), True),
    "for servers": (Party("u", ROOT, usages=(SERVER,)), (), (ROOT,), False),
    "for nothing": (Party("u", ROOT), (), (ROOT,), False),
    "another CA": (Party("u", ROOT, usages=(CLIENT,)), (), (EDWARDS,), False),
    "no CA at all": (Party("u", ROOT, usages=(CLIENT,)), (), (), False),
    "a CA that is none": (Party("u", NO_ROOT, usages=(CLIENT,)), (), (NO_ROOT,), False),
    "an extension nobody knows": (Party("u", ROOT, usages=(CLIENT,), unknown=True), (), (ROOT,), False),
    "behind one": (Party("u", BETWEEN, usages=(CLIENT,)), (BETWEEN,), (ROOT,), True),
    "the one is not shown": (Party("u", BETWEEN, usages=(CLIENT,)), (), (ROOT,), False),
    "the one is trusted itself": (Party("u", BETWEEN, usages=(CLIENT,)), (), (BETWEEN,), True),
    "the one is for servers": (Party("u", FOR_SERVERS, usages=(CLIENT,)), (FOR_SERVERS,), (ROOT,), False),
    "the one may not issue": (Party("u", NO_CA, usages=(CLIENT,)), (NO_CA,), (ROOT,), False),
    "longer than allowed": (Party("u", DEEP, usages=(CLIENT,)), (DEEP, SHORT), (ROOT,), False),
    "too many are shown": (Party("u", BETWEEN, usages=(CLIENT,)), (BETWEEN,) * 11, (ROOT,), False),
}


@pytest.mark.parametrize("name", CHAINS)
def test_chains(name: str) -> None:
    leaf, between, roots, holds = CHAINS[name]
    found = valid_chain(
        leaf.certificate,
        [one.certificate for one in between],
        [one.certificate for one in roots],
        NOW.timestamp(),
    )
    assert (found is not None and found.holds_at(NOW.timestamp())) is holds


def test_a_certificate_is_not_valid_longer_than_its_ca() -> None:
    leaf = Party("u", OLD_ROOT, usages=(CLIENT,))
    users = CertificateUsers([OLD_ROOT.certificate])
    assert users.user_of(leaf.der, (NOW - timedelta(hours=2)).timestamp()) is not None
    assert users.user_of(leaf.der, NOW.timestamp()) is None
    assert users.refuses(leaf.der, NOW.timestamp())


def test_a_chain_that_is_shown_later_is_judged_anew() -> None:
    leaf, shown = Party("u", BETWEEN, usages=(CLIENT,)), Intermediates()
    users = CertificateUsers([ROOT.certificate], shown)
    assert users.user_of(leaf.der, NOW.timestamp()) is None
    shown.show(leaf.der, (BETWEEN.der,))
    user = users.user_of(leaf.der, NOW.timestamp())
    assert user is not None and user.name == "u"


async def test_changed_files_of_cas_are_taken_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, told = tmp_path / "ca.crt", list[str]()
    file.write_bytes(ROOT.pem)
    users = CertificateUsers([ROOT.certificate])

    async def tell() -> None:
        told.append("changed")

    reload = CaReload(str(file), users.exchange, tell, FakeClock(NOW))
    old, new = Party("old", ROOT, usages=(CLIENT,)), Party("new", EDWARDS, usages=(CLIENT,))
    assert not await reload.look() and told == []
    file.write_bytes(b"half of a PEM")
    assert not await reload.look()
    assert "cannot use the changed file of CAs" in caplog.text
    assert users.user_of(old.der, NOW.timestamp()) is not None
    file.write_bytes(EDWARDS.pem)
    assert await reload.look() and told == ["changed"]
    assert users.user_of(old.der, NOW.timestamp()) is None
    assert users.user_of(new.der, NOW.timestamp()) is not None
