"""The certificates between clients' own and a CA, which clients show in the handshake.

They belong to a connection, and what is believed of a certificate is remembered by it alone; so they are kept by the
certificate that they were shown with. Shown anew, that is judged anew: a chain that could not be built may be complete
this time. Few clients have any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography import x509

from pybernetes.apiserver.authn.client_chains import MOST_INTERMEDIATES

_LIMIT = 1_000  # clients, at 10 certificates of 1 KB or two each


class Intermediates:
    """By the DER of a client's certificate."""

    def __init__(self) -> None:
        self._shown: dict[bytes, tuple[bytes, ...]] = {}
        self._followers: list[Callable[[bytes], None]] = []

    def follow(self, changed: Callable[[bytes], None]) -> None:
        """Call `changed` with a certificate that was shown with others than before."""
        self._followers.append(changed)

    def show(self, certificate: bytes, between: tuple[bytes, ...]) -> None:
        """A client has shown its certificate with these."""
        if not between or len(between) > MOST_INTERMEDIATES or self._shown.get(certificate) == between:
            return
        while len(self._shown) >= _LIMIT:
            del self._shown[next(iter(self._shown))]
        self._shown[certificate] = between
        for changed in self._followers:
            changed(certificate)

    def of(self, certificate: bytes) -> Sequence[x509.Certificate]:
        """Raises ValueError for what is no certificate."""
        return [x509.load_der_x509_certificate(one) for one in self._shown.get(certificate, ())]
