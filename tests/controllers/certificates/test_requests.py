"""What each signer takes, as a table, and what the certificates say."""

from __future__ import annotations

import base64
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pybernetes.api.object import Json
from pybernetes.controllers.certificates.approver import permissions
from pybernetes.controllers.certificates.requests import (
    CLIENT,
    KUBELET_CLIENT,
    KUBELET_SERVING,
    LEGACY_UNKNOWN,
    WrongRequest,
    check,
    parse,
)
from pybernetes.controllers.certificates.signing import CannotSign, SigningCA, lifetime, sign

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
KUBELET = ("digital signature", "key encipherment")
DNS, IP = x509.DNSName("node-1"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))
MAIL, URI = x509.RFC822Name("a@example.com"), x509.UniformResourceIdentifier("https://example.com")


def request(
    signer: str,
    *usages: str,
    name: str = "system:node:node-1",
    groups: tuple[str, ...] = ("system:nodes",),
    **more: Json,
) -> Json:
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "asked"},
        "spec": {"signerName": signer, "usages": list(usages), "request": pem(name, groups), **more},
    }


def pem(name: str, groups: tuple[str, ...], *names: x509.GeneralName) -> str:
    subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    subject += [x509.NameAttribute(NameOID.COMMON_NAME, name)] * bool(name)
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.sign(KEY, hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


@pytest.mark.parametrize(
    ("signer", "usages", "name", "groups", "names", "why"),
    [
        (CLIENT, ("client auth",), "anyone", (), (), ""),
        (CLIENT, ("client auth", "digital signature", "key encipherment"), "anyone", ("team",), (DNS,), ""),
        (CLIENT, ("server auth",), "x", (), (), "invalid usage for client certificate: server auth"),
        (CLIENT, ("digital signature",), "x", (), (), "missing required usage for client certificate: client auth"),
        (KUBELET_CLIENT, (*KUBELET, "client auth"), "system:node:a", ("system:nodes",), (), ""),
        (KUBELET_CLIENT, ("digital signature", "client auth"), "system:node:a", ("system:nodes",), (), ""),
        (KUBELET_CLIENT, (*KUBELET, "client auth"), "a", ("system:nodes",), (), "subject common name does not begin"),
        (
            KUBELET_CLIENT,
            (*KUBELET, "client auth"),
            "system:node:a",
            (),
            (),
            "subject organization is not system:nodes",
        ),
        (KUBELET_CLIENT, (*KUBELET, "client auth"), "system:node:a", ("system:nodes",), (DNS,), "DNS subjectAltNames"),
        (KUBELET_CLIENT, (*KUBELET, "client auth"), "system:node:a", ("system:nodes",), (IP,), "IP subjectAltNames"),
        (KUBELET_CLIENT, (*KUBELET, "client auth"), "system:node:a", ("system:nodes",), (MAIL,), "Email subjectAltNam"),
        (KUBELET_CLIENT, (*KUBELET, "client auth"), "system:node:a", ("system:nodes",), (URI,), "URI subjectAltNames"),
        (
            KUBELET_CLIENT,
            ("client auth",),
            "system:node:a",
            ("system:nodes",),
            (),
            "usages did not match .client auth digital signature key encipherment.",
        ),
        (KUBELET_SERVING, (*KUBELET, "server auth"), "system:node:a", ("system:nodes",), (DNS, IP), ""),
        (KUBELET_SERVING, (*KUBELET, "server auth"), "system:node:a", ("system:nodes",), (), "DNS or IP subjectAltNa"),
        (KUBELET_SERVING, (*KUBELET, "server auth"), "system:node:a", ("system:nodes",), (DNS, MAIL), "Email subject"),
        (
            KUBELET_SERVING,
            (*KUBELET, "client auth"),
            "system:node:a",
            ("system:nodes",),
            (DNS,),
            "usages did not match",
        ),
        (LEGACY_UNKNOWN, ("any",), "whoever", ("system:masters",), (URI,), ""),
    ],
)
def test_each_signer_takes_what_kubernetes_signer_takes(
    signer: str, usages: tuple[str, ...], name: str, groups: tuple[str, ...], names: tuple[x509.GeneralName], why: str
) -> None:
    asked = request(signer, *usages)
    asked["spec"]["request"] = pem(name, groups, *names)
    if not why:
        check(asked, parse(asked))
        return
    with pytest.raises(WrongRequest, match=why):
        check(asked, parse(asked))


@pytest.mark.parametrize(
    ("signer", "username", "wanted"),
    [
        (KUBELET_CLIENT, "system:node:node-1", ["selfnodeclient", "nodeclient"]),
        (KUBELET_CLIENT, "system:bootstrap:abcdef", ["nodeclient"]),
        (CLIENT, "system:node:node-1", []),
    ],
)
def test_a_kubelet_renews_its_own_and_a_bootstrap_token_gets_a_new_one(
    signer: str, username: str, wanted: list[str]
) -> None:
    asked = request(signer, *KUBELET, "client auth", username=username)
    assert permissions(asked, parse(asked)) == wanted


def authority(*, end: datetime = NOW + timedelta(days=3650)) -> SigningCA:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(days=1)).not_valid_after(end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return SigningCA(builder.sign(key, hashes.SHA256()), key)


def test_a_certificate_says_what_was_asked_and_no_more() -> None:
    ca = authority()
    asked = x509.load_pem_x509_csr(base64.b64decode(pem("system:node:a", ("system:nodes", "more"), IP, DNS)))
    made = sign(asked, [*KUBELET, "server auth", "client auth"], ca, good_for=timedelta(days=365), now=NOW)
    certificate = x509.load_pem_x509_certificate(made)
    certificate.verify_directly_issued_by(ca.certificate)
    assert certificate.public_key() == KEY.public_key()
    assert certificate.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert certificate.not_valid_after_utc == NOW + timedelta(days=365) - timedelta(minutes=5)
    groups = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert {group.value for group in groups} == {"system:nodes", "more"}
    extensions = certificate.extensions
    assert list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == [DNS, IP]
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and usage.value.key_encipherment
    assert not usage.value.key_cert_sign
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    ]
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_short_certificates_are_not_cut_and_none_outlives_its_ca() -> None:
    asked = x509.load_pem_x509_csr(base64.b64decode(pem("a", ())))
    short = sign(asked, ["client auth"], authority(), good_for=timedelta(hours=1), now=NOW)
    assert x509.load_pem_x509_certificate(short).not_valid_after_utc == NOW + timedelta(hours=1)
    capped = sign(asked, ["client auth"], authority(end=NOW + timedelta(days=2)), good_for=timedelta(days=9), now=NOW)
    assert x509.load_pem_x509_certificate(capped).not_valid_after_utc == NOW + timedelta(days=2)
    with pytest.raises(CannotSign, match="expired in the past"):
        sign(asked, ["client auth"], authority(end=NOW), good_for=timedelta(days=9), now=NOW)
    with pytest.raises(CannotSign, match="unrecognized usage values"):
        sign(asked, ["world domination"], authority(), good_for=timedelta(days=9), now=NOW)


@pytest.mark.parametrize(
    ("asked_seconds", "expected"), [(None, 86400), (60, 600), (600, 600), (3600, 3600), (10**9, 86400)]
)
def test_a_lifetime_is_kept_between_ten_minutes_and_the_signers_longest(
    asked_seconds: int | None, expected: int
) -> None:
    assert lifetime(asked_seconds, timedelta(days=1)) == timedelta(seconds=expected)
