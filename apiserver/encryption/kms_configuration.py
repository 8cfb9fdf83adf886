"""The ``kms`` provider of an EncryptionConfiguration: which plugin, where, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pybernetes.apiserver.encryption.configuration import BadConfiguration
from pybernetes.apiserver.encryption.envelope import KmsEnvelope
from pybernetes.apiserver.encryption.kms_plugin import KmsPlugin
from pybernetes.component.duration import duration_seconds

_DEFAULT_SECONDS = 3.0
_V1 = (
    "KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead. Set "
    "--feature-gates=KMSv1=true to use the deprecated KMSv1 feature."
)


def kms_envelope(given: Any, path: str, taken: Iterable[str]) -> KmsEnvelope:
    """The provider, over a plugin that is not asked yet. `taken` are the names of others. Raises BadConfiguration."""
    fields: dict[str, Any] = given if isinstance(given, dict) else {}
    name, endpoint = str(fields.get("name") or ""), str(fields.get("endpoint") or "")
    version = fields.get("apiVersion") or "v1"
    if version not in ("v1", "v2"):
        why = f"unsupported apiVersion {version} for KMS provider, only v1 and v2 are supported"
        raise BadConfiguration(f'{path}.apiVersion: Invalid value: "{version}": {why}')
    if version == "v1":
        raise BadConfiguration(f"{path}.apiVersion: Forbidden: {_V1}")
    if fields.get("cachesize") is not None:
        why = "cachesize is not supported in v2"
        raise BadConfiguration(f"{path}.cachesize: Invalid value: {fields['cachesize']}: {why}")
    _check_name(name, path, taken)
    if not endpoint:
        why = "endpoint is a mandatory field for a KMS provider"
        raise BadConfiguration(f'{path}.endpoint: Invalid value: "": {why}')
    if not endpoint.startswith("unix://") or endpoint == "unix://":
        scheme = endpoint.partition("://")[0] if "://" in endpoint else ""
        why = f'unsupported scheme "{scheme}" for KMS provider, only unix is supported'
        raise BadConfiguration(f'{path}.endpoint: Invalid value: "{endpoint}": {why}')
    return KmsEnvelope(name, KmsPlugin(endpoint, _timeout(fields.get("timeout"), path)))


def _check_name(name: str, path: str, taken: Iterable[str]) -> None:
    why = ""
    if not name:
        why = "name is a mandatory field for a KMS provider"
    elif ":" in name:
        why = f"invalid KMS provider name {name}, must not contain ':'"
    elif name in taken:
        why = f"duplicate KMS provider name {name}, names must be unique"
    if why:
        raise BadConfiguration(f'{path}.name: Invalid value: "{name}": {why}')


def _timeout(given: Any, path: str) -> float:
    if given is None:
        return _DEFAULT_SECONDS
    text = str(given)
    try:
        seconds = duration_seconds(text.removeprefix("-"))
    except ValueError:
        raise BadConfiguration(f'{path}.timeout: Invalid value: "{text}": not a duration') from None
    if text.startswith("-") or not seconds:
        raise BadConfiguration(f'{path}.timeout: Invalid value: "{text}": timeout should be a positive value')
    return seconds
