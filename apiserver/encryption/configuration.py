"""The file of --encryption-provider-config: apiserver.config.k8s.io/v1 EncryptionConfiguration.

It lists resources with their providers; the first entry that names a resource decides, by ``secrets``,
``deployments.apps``, ``*.apps``, ``*.`` (the core group) or ``*.*``. A resource that none names is stored as it is.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pybernetes.apiserver.encryption.transformers import (
    AesCbc,
    AesGcm,
    Identity,
    Providers,
    Secretbox,
    Transformer,
)

if TYPE_CHECKING:
    from pybernetes.apiserver.encryption.envelope import KmsEnvelope

_API_VERSION = "apiserver.config.k8s.io/v1"
_KEY_SIZES = {"aesgcm": (16, 24, 32), "aescbc": (16, 24, 32), "secretbox": (32,)}
_MAKERS: dict[str, Callable[[str, bytes], Transformer]] = {
    "aesgcm": AesGcm,
    "aescbc": AesCbc,
    "secretbox": Secretbox,
}
_MAX_FILE_BYTES = 1 << 20


class BadConfiguration(ValueError):
    """A file that cannot be used; the message says which field and why."""


@dataclass
class Configuration:
    """Which providers each resource has, and those of them that plugins stand behind.

    Look-ups are remembered: resources are few and a store asks at every key.
    """

    entries: tuple[tuple[tuple[str, ...], Providers], ...]
    envelopes: tuple[KmsEnvelope, ...] = ()
    _found: dict[str, Providers | None] = field(default_factory=dict)

    def providers(self, resource: str) -> Providers | None:
        """Those of ``secrets`` or ``deployments.apps``; None for one that is stored as it is."""
        try:
            return self._found[resource]
        except KeyError:
            found = next((made for names, made in self.entries if any(_matches(n, resource) for n in names)), None)
            return self._found.setdefault(resource, found)

    async def poll(self) -> None:
        """Ask all plugins how they are."""
        await asyncio.gather(*(envelope.poll() for envelope in self.envelopes))

    async def run(self) -> None:
        """Follow all plugins until cancelled."""
        async with asyncio.TaskGroup() as group:
            for envelope in self.envelopes:
                group.create_task(envelope.run(), name=f"KMS plugin {envelope.name}")

    async def check_plugins(self) -> None:
        """Raises RuntimeError with what is wrong with a plugin."""
        for envelope in self.envelopes:
            envelope.check()

    async def close(self) -> None:
        for envelope in self.envelopes:
            await envelope.close()


def load_configuration(path: Path) -> Configuration:
    """Raises BadConfiguration, OSError."""
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise BadConfiguration(f"{path} is larger than {_MAX_FILE_BYTES} bytes")
    return parse_configuration(path.read_bytes())


def parse_configuration(content: bytes) -> Configuration:
    """Raises BadConfiguration."""
    try:
        found = yaml.load(content, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise BadConfiguration(f"not YAML: {error}") from error
    if not isinstance(found, dict):
        raise BadConfiguration("not an EncryptionConfiguration")
    if (found.get("apiVersion"), found.get("kind")) != (_API_VERSION, "EncryptionConfiguration"):
        raise BadConfiguration(
            f"apiVersion {found.get('apiVersion')!r}, kind {found.get('kind')!r}: expected {_API_VERSION!r}, "
            "'EncryptionConfiguration'"
        )
    listed = _objects(found, "resources", "resources")
    if not listed:
        raise BadConfiguration("resources: Required value: at least one resource is required")
    envelopes: list[KmsEnvelope] = []
    entries = tuple(_entry(one, f"resources[{index}]", envelopes) for index, one in enumerate(listed))
    return Configuration(entries, tuple(envelopes))


def _entry(entry: dict[str, Any], path: str, envelopes: list[KmsEnvelope]) -> tuple[tuple[str, ...], Providers]:
    names = entry.get("resources")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise BadConfiguration(f"{path}.resources: Required value: at least one resource is required")
    _check_names(names, f"{path}.resources")
    listed = _objects(entry, "providers", f"{path}.providers")
    transformers: list[Transformer] = []
    guarded: list[KmsEnvelope] = []
    for index, provider in enumerate(listed):
        at = f"{path}.providers[{index}]"
        if _kind_of(provider, at) == "kms":
            from pybernetes.apiserver.encryption.kms_configuration import kms_envelope  # with protobuf: few need it

            made = kms_envelope(provider["kms"], f"{at}.kms", [one.name for one in (*envelopes, *guarded)])
            guarded.append(made)
            transformers.append(made)
        else:
            transformers += _transformers(provider, at)
    envelopes += guarded
    if not transformers:
        raise BadConfiguration(f"{path}.providers: Required value: at least one provider is required")
    return tuple(names), Providers(transformers, guarded)


def _check_names(names: list[str], path: str) -> None:
    for index, name in enumerate(names):
        where, group = f"{path}[{index}]", name.partition(".")[2]
        if name.lower() != name:
            raise BadConfiguration(
                f"{where}: Invalid value: {name!r}: resource name should not contain capital letters"
            )
        if name == "*" or (name.startswith("*") and not name.startswith("*.")):
            raise BadConfiguration(
                f"{where}: Invalid value: {name!r}: use '*.' to encrypt all the resources from core API group or *.* "
                "to encrypt all resources"
            )
        if group == "extensions":
            raise BadConfiguration(
                f"{where}: Invalid value: {name!r}: 'extensions' group has been removed and cannot be used for "
                "encryption"
            )
        if names.count(name) > 1:
            raise BadConfiguration(
                f"{where}: Invalid value: {name!r}: the same resource cannot be specified multiple times"
            )
        if any(other != name and _is_wildcard(other) and _covers(other, name) for other in names):
            raise BadConfiguration(
                f"{path}: Invalid value: using overlapping resources such as 'secrets' and '*.' in the same resource "
                "list is not allowed as they will be masked"
            )


def _kind_of(provider: dict[str, Any], path: str) -> str:
    kinds = [kind for kind in provider if provider[kind] is not None]
    unknown = [kind for kind in kinds if kind not in (*_MAKERS, "identity", "kms")]
    if unknown:
        raise BadConfiguration(f"{path}: unknown field {unknown[0]!r}")
    if len(kinds) > 1:
        raise BadConfiguration(
            f"{path}: Invalid value: more than one provider specified in a single element, should split into different "
            "list elements"
        )
    if not kinds:
        raise BadConfiguration(f"{path}: Required value: at least one provider is required")
    return kinds[0]


def _transformers(provider: dict[str, Any], path: str) -> Iterable[Transformer]:
    kind = _kind_of(provider, path)
    if kind == "identity":
        return [Identity()]
    keys = _objects(provider[kind] if isinstance(provider[kind], dict) else {}, "keys", f"{path}.{kind}.keys")
    if not keys:
        raise BadConfiguration(f"{path}.{kind}.keys: Required value: at least one key is required")
    return [
        _MAKERS[kind](*_key(key, _KEY_SIZES[kind], f"{path}.{kind}.keys[{index}]")) for index, key in enumerate(keys)
    ]


def _key(key: dict[str, Any], sizes: tuple[int, ...], path: str) -> tuple[str, bytes]:
    name, secret = key.get("name"), key.get("secret")
    for given, said in ((name, "name"), (secret, "secret")):
        if not isinstance(given, str) or not given:
            raise BadConfiguration(f"{path}.{said}: Required value: {said} is a mandatory field for a key")
    try:
        decoded = base64.b64decode(str(secret), validate=True)
    except (binascii.Error, ValueError):
        raise BadConfiguration(f"{path}.secret: Invalid value: secrets must be base64 encoded") from None
    if len(decoded) not in sizes:
        expected = " ".join(str(size) for size in sizes)
        raise BadConfiguration(
            f"{path}.secret: Invalid value: secret is not of the expected length, got {len(decoded)}, expected one of "
            f"[{expected}]"
        )
    return str(name), decoded


def _objects(owner: dict[str, Any], field_name: str, path: str) -> list[dict[str, Any]]:
    found = owner.get(field_name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadConfiguration(f"{path}: expected a list of objects")
    return found


def _is_wildcard(name: str) -> bool:
    return name.startswith("*.")


def _covers(wildcard: str, name: str) -> bool:
    """Whether a wildcard takes in another entry of a list."""
    return wildcard == "*.*" or wildcard[2:] == name.partition(".")[2]


def _matches(name: str, resource: str) -> bool:
    return name == resource or (_is_wildcard(name) and _covers(name, resource))
