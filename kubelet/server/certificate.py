"""A self-signed serving certificate, for a kubelet that was given none. Kept, so that restarts do not change it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALID = timedelta(days=365)


def self_signed(directory: Path, node_name: str, addresses: Sequence[str], now: datetime) -> tuple[Path, Path]:
    """(certificate, key) files below the directory; made anew when they are missing or about to expire."""
    certificate, key = directory / "kubelet.crt", directory / "kubelet.key"
    if certificate.exists() and key.exists() and _is_valid(certificate, now):
        return certificate, key
    directory.mkdir(parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node_name)])
    names: list[x509.GeneralName] = [x509.DNSName(node_name)]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    key.touch(mode=0o600)
    key.chmod(0o600)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _is_valid(file: Path, now: datetime) -> bool:
    found = x509.load_pem_x509_certificate(file.read_bytes())
    return found.not_valid_after_utc - timedelta(days=30) > now
