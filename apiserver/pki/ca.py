"""A certificate authority: an EC P-256 key and a certificate it signed itself, in two files of a directory.

The key is written first, so that an interrupted start leaves a key without a certificate; the next start signs a
certificate for that key. A key and a certificate that do not belong together are an error, never overwritten:
every credential in the cluster hangs on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID

from pybernetes.apiserver.pki.certificates import CLOCK_SKEW, private_key_pem
from pybernetes.apiserver.pki.files import PUBLIC_MODE, SECRET_MODE, read_file, write_file

CA_LIFETIME = timedelta(days=3650)  # as kubeadm's


class PkiError(Exception):
    """Files that are there but cannot be used; the message names them."""


@dataclass(frozen=True)
class CertificateAuthority:
    """A CA that can sign. `certificate_pem` is what others are given to trust."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes
    certificate_pem: bytes

    @cached_property
    def authority_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        """What certificates signed by this CA refer to it by."""
        try:
            subject_key = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        except x509.ExtensionNotFound:
            subject_key = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key)


def create_ca(
    common_name: str, *, now: datetime, key: CertificateIssuerPrivateKeyTypes | None = None
) -> CertificateAuthority:
    """A CA in memory, valid for ten years from `now`."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_ca_key_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(common_name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return CertificateAuthority(certificate, key, certificate.public_bytes(serialization.Encoding.PEM))


def load_ca(certificate_path: Path, key_path: Path) -> CertificateAuthority:
    """The CA in these files. Raises PkiError when they are missing, unreadable or not a pair."""
    certificate_pem, key_pem = read_file(certificate_path), read_file(key_path)
    if certificate_pem is None or key_pem is None:
        raise PkiError(f"{certificate_path if certificate_pem is None else key_path} is missing")
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
    except ValueError as error:
        raise PkiError(f"{certificate_path} holds no certificate: {error}") from error
    key = _load_key(key_path, key_pem)
    if certificate.public_key() != key.public_key():
        raise PkiError(f"{key_path} is not the key of {certificate_path}: restore the pair, or remove both")
    return CertificateAuthority(certificate, key, certificate_pem)


def ensure_ca(directory: Path, name: str, common_name: str, *, now: datetime) -> CertificateAuthority:
    """The CA in ``<name>.crt`` and ``<name>.key``, made if it is not there. Raises PkiError for a broken pair.

    The caller holds the directory's lock.
    """
    certificate_path, key_path = directory / f"{name}.crt", directory / f"{name}.key"
    if certificate_path.exists():
        return load_ca(certificate_path, key_path)
    key_pem = read_file(key_path)
    if key_pem is not None:
        ca = create_ca(common_name, now=now, key=_load_key(key_path, key_pem))
    else:
        key = ec.generate_private_key(ec.SECP256R1())
        write_file(key_path, private_key_pem(key), mode=SECRET_MODE)
        ca = create_ca(common_name, now=now, key=key)
    write_file(certificate_path, ca.certificate_pem, mode=PUBLIC_MODE)
    return ca


def _load_key(path: Path, key_pem: bytes) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise PkiError(f"{path} holds no usable private key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise PkiError(f"{path} holds a {type(key).__name__}; EC and RSA keys can be used")
    return key


def _ca_key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
