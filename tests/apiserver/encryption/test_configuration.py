"""Which providers a file gives each resource, and which files are refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from pybernetes.apiserver.encryption.configuration import BadConfiguration, Configuration, parse_configuration

SECRET = base64.b64encode(bytes(32)).decode()
GCM = {"aesgcm": {"keys": [{"name": "key1", "secret": SECRET}]}}
IDENTITY: dict[str, Any] = {"identity": {}}


def configured(*entries: tuple[list[str], list[Any]]) -> Configuration:
    listed = [{"resources": names, "providers": providers} for names, providers in entries]
    top = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": listed}
    return parse_configuration(yaml.safe_dump(top).encode())


KMS = {"apiVersion": "v2", "name": "a", "endpoint": "unix:///x"}


@pytest.mark.parametrize(
    ("names", "resource", "named"),
    [
        (["secrets"], "secrets", True),
        (["secrets"], "configmaps", False),
        (["deployments.apps"], "deployments.apps", True),
        (["deployments.apps"], "deployments", False),
        (["*."], "configmaps", True),
        (["*."], "deployments.apps", False),
        (["*.apps"], "deployments.apps", True),
        (["*.apps"], "pods", False),
        (["*.*"], "pods", True),
        (["*.*"], "widgets.example.com", True),
    ],
)
def test_resources_are_found_by_name_and_by_wildcard(names: list[str], resource: str, named: bool) -> None:
    assert (configured((names, [GCM])).providers(resource) is not None) is named


def test_the_first_entry_that_names_a_resource_decides() -> None:
    configuration = configured((["configmaps"], [IDENTITY]), (["*."], [GCM, IDENTITY]))
    plain, encrypted = configuration.providers("configmaps"), configuration.providers("secrets")
    assert plain is not None
    assert plain.encrypt("key", b"value") == b"value"
    assert encrypted is not None
    assert encrypted.encrypt("key", b"value").startswith(b"k8s:enc:aesgcm:v1:key1:")


@pytest.mark.parametrize(
    ("names", "providers", "why"),
    [
        ([], [GCM], "at least one resource is required"),
        (["secrets"], [], "at least one provider is required"),
        (["Secrets"], [GCM], "should not contain capital letters"),
        (["*"], [GCM], "use '\\*\\.'"),
        (["secrets", "secrets"], [GCM], "cannot be specified multiple times"),
        (["secrets", "*."], [GCM], "overlapping resources"),
        (["deployments.apps", "*.*"], [GCM], "overlapping resources"),
        (["ingresses.extensions"], [GCM], "'extensions' group has been removed"),
        (["secrets"], [{**GCM, **IDENTITY}], "more than one provider specified in a single element"),
        (["secrets"], [{}], "at least one provider"),
        (["secrets"], [{"rot13": {}}], "unknown field 'rot13'"),
        (["secrets"], [{"kms": {"name": "a", "endpoint": "unix:///x"}}], "KMSv1 is deprecated"),
        (["secrets"], [{"kms": {"apiVersion": "v3", "name": "a", "endpoint": "unix:///x"}}], "only v1 and v2"),
        (["secrets"], [{"kms": {"apiVersion": "v2", "endpoint": "unix:///x"}}], "name is a mandatory field"),
        (["secrets"], [{"kms": {"apiVersion": "v2", "name": "a:b", "endpoint": "unix:///x"}}], "must not contain ':'"),
        (["secrets"], [{"kms": {"apiVersion": "v2", "name": "a"}}], "endpoint is a mandatory field"),
        (["secrets"], [{"kms": {"apiVersion": "v2", "name": "a", "endpoint": "tcp://x"}}], "only unix is supported"),
        (["secrets"], [{"kms": {**KMS, "cachesize": 5}}], "cachesize is not supported in v2"),
        (["secrets"], [{"kms": {**KMS, "timeout": "-1s"}}], "timeout should be a positive value"),
        (["secrets"], [{"kms": KMS}, {"kms": KMS}], "duplicate KMS provider name a"),
        (["secrets"], [{"aesgcm": {"keys": []}}], "at least one key is required"),
        (["secrets"], [{"aesgcm": {"keys": [{"secret": SECRET}]}}], "name is a mandatory field"),
        (["secrets"], [{"aesgcm": {"keys": [{"name": "a"}]}}], "secret is a mandatory field"),
        (["secrets"], [{"aesgcm": {"keys": [{"name": "a", "secret": "!"}]}}], "secrets must be base64 encoded"),
        (["secrets"], [{"aesgcm": {"keys": [{"name": "a", "secret": "YWI="}]}}], "got 2, expected one of .16 24 32."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_field(names: list[str], providers: list[Any], why: str) -> None:
    with pytest.raises(BadConfiguration, match=why):
        configured((names, providers))


@pytest.mark.parametrize("content", [b"", b"[]", b"\x00", b"kind: Pod", b"a: [", b"kind: EncryptionConfiguration"])
def test_what_is_no_encryption_configuration_is_refused(content: bytes) -> None:
    with pytest.raises(BadConfiguration):
        parse_configuration(content)
