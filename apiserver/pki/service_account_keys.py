"""The key that the control plane's own service account tokens are signed with, made at the first start."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from pybernetes.apiserver.pki.certificates import private_key_pem
from pybernetes.apiserver.pki.files import PUBLIC_MODE, SECRET_MODE, read_file, write_file
from pybernetes.component.signing_keys import SigningKey, load_signing_key, public_key_pem, signing_key


def ensure_signing_key(directory: Path) -> SigningKey:
    """The key in ``sa.key``, made if it is not there, with ``sa.pub`` beside it. The caller holds the lock."""
    key_path, public_path = directory / "sa.key", directory / "sa.pub"
    if read_file(key_path) is not None:
        key = load_signing_key(key_path)
    else:
        private_key = ec.generate_private_key(ec.SECP256R1())
        key = signing_key(private_key)
        write_file(key_path, private_key_pem(private_key), mode=SECRET_MODE)
    wanted = public_key_pem(key.verifying.public_key)
    if read_file(public_path) != wanted:
        write_file(public_path, wanted, mode=PUBLIC_MODE)
    return key
