"""Names of chains. The kernel limits them to 28 characters, so what identifies them is hashed: 16 characters of the
base 32 of a SHA-256, of the same text that kube-proxy hashes.
"""

from __future__ import annotations

import base64
import hashlib

CLUSTER_POLICY_PREFIX = "KUBE-SVC-"
LOCAL_POLICY_PREFIX = "KUBE-SVL-"
FIREWALL_PREFIX = "KUBE-FW-"
EXTERNAL_PREFIX = "KUBE-EXT-"
ENDPOINT_PREFIX = "KUBE-SEP-"
PREFIXES = (CLUSTER_POLICY_PREFIX, LOCAL_POLICY_PREFIX, FIREWALL_PREFIX, EXTERNAL_PREFIX, ENDPOINT_PREFIX)

_HASH_LENGTH = 16


def _hash(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:_HASH_LENGTH]


def service_hash(name: str, protocol: str) -> str:
    """What the chains of a service port have in common after their prefix."""
    return _hash(name + protocol)


def endpoint_chain(name: str, protocol: str, address: str) -> str:
    """The chain of one endpoint of a service port."""
    return ENDPOINT_PREFIX + _hash(name + protocol + address)
