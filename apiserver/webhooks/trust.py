"""TLS to webhooks and aggregated servers, and why a certificate was not trusted.

A bundle may hold any certificate of the chain, the server's own too. OpenSSL says little of why it refuses, so when
it does the certificate is fetched once more, unverified, and judged in the order in which Go does: dates, names,
authority. That is only for the message; whether to trust was OpenSSL's decision.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_KEPT_CONTEXTS = 256
_LOOK_SECONDS = 5.0
_SHOWN_NAMES = 100
_PREFIX = "tls: failed to verify certificate: "


@lru_cache(maxsize=_KEPT_CONTEXTS)
def client_context(ca_pem: bytes) -> ssl.SSLContext:
    """TLS that trusts the bundle, or the system's authorities for an empty one. Raises ValueError.

    One context a bundle: connections are kept and used again by it.
    """
    try:
        context = ssl.create_default_context(cadata=ca_pem.decode() if ca_pem else None)
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise ValueError(f"unable to load root certificates: {error}") from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    return context


def unverified_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def why_untrusted(host: str, port: int, server_name: str, ca_pem: bytes) -> str:
    """What is wrong with the certificate that is shown at an address."""
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=unverified_context(), server_hostname=server_name)
        shown = writer.get_extra_info("ssl_object").getpeercert(True)
        writer.close()
        certificate = x509.load_der_x509_certificate(shown)
    except (OSError, TimeoutError, ValueError):
        return f"{_PREFIX}x509: certificate signed by unknown authority"
    return _PREFIX + judge(certificate, server_name, _authorities(ca_pem), datetime.now(UTC))


def judge(certificate: x509.Certificate, name: str, authorities: Sequence[x509.Certificate], now: datetime) -> str:
    """Why a certificate that was refused is not to be trusted under a name."""
    when = _dates(certificate, now)
    if when:
        return f"x509: certificate has expired or is not yet valid: {when}"
    dns_names, addresses = _names(certificate)
    unnamed = _unnamed(certificate, name, dns_names, addresses)
    return unnamed or f"x509: certificate signed by unknown authority{_hint(certificate, authorities)}"


def _dates(certificate: x509.Certificate, now: datetime) -> str:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < start:
        return f"current time {_shown(now)} is before {_shown(start)}"
    return f"current time {_shown(now)} is after {_shown(end)}" if now > end else ""


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _unnamed(certificate: x509.Certificate, name: str, dns_names: list[str], addresses: list[str]) -> str:
    """Why a certificate is not for a name, or nothing if it is."""
    try:
        wanted = str(ipaddress.ip_address(name))
    except ValueError:
        if any(_matches(pattern, name) for pattern in dns_names):
            return ""
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not dns_names and not addresses and common and _matches(str(common[0].value), name):
            return "x509: certificate relies on legacy Common Name field, use SANs instead"
        valid = dns_names
    else:
        if wanted in addresses:
            return ""
        if not addresses:
            return f"x509: cannot validate certificate for {name} because it doesn't contain any IP SANs"
        valid = addresses
    if not valid:
        return f"x509: certificate is not valid for any names, but wanted to match {name}"
    return f"x509: certificate is valid for {', '.join(valid[:_SHOWN_NAMES])}, not {name}"


def _matches(pattern: str, name: str) -> bool:
    """Whether a name is the pattern, or one label below a pattern that starts with ``*.``."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern.startswith("*."):
        first, _, rest = name.partition(".")
        return bool(first) and rest == pattern[2:]
    return pattern == name


def _names(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return list(found.get_values_for_type(x509.DNSName)), addresses


def _hint(certificate: x509.Certificate, authorities: Sequence[x509.Certificate]) -> str:
    """An authority of the right name and the wrong key is worth a word: it was made anew, say."""
    for authority in authorities:
        if authority.subject != certificate.issuer:
            continue
        try:
            certificate.verify_directly_issued_by(authority)
        except (InvalidSignature, ValueError, TypeError):
            by_rsa = isinstance(authority.public_key(), rsa.RSAPublicKey)
            why = "crypto/rsa: verification error" if by_rsa else "x509: ECDSA verification failure"
            common = authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            who = str(common[0].value) if common else f"serial:{authority.serial_number}"
            return f' (possibly because of "{why}" while trying to verify candidate authority certificate "{who}")'
    return ""


def _authorities(ca_pem: bytes) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(ca_pem) if ca_pem else ()
    except ValueError:
        return ()
