"""Which plugins there are, in which order, and how they are turned off."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybernetes.apiserver.admission.plugins import Surroundings, admission_plugins, plugins_in_order
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.storage.open import open_store
from pybernetes.apiserver.webhooks.client import WebhookClient
from pybernetes.component.clock import SYSTEM_CLOCK


@pytest.fixture
async def around(tmp_path: Path) -> Surroundings:
    cache = WatchCache(await open_store("sqlite", data_dir=tmp_path, clock=SYSTEM_CLOCK), ())
    return Surroundings(AuthorizerChain(()), cache, WebhookClient(cache), lambda: None)


def test_the_order_is_that_of_kubernetes(around: Surroundings) -> None:
    assert [name for name, _ in plugins_in_order(around)] == [
        "NamespaceLifecycle",
        "LimitRanger",
        "ServiceAccount",
        "NodeRestriction",
        "TaintNodesByCondition",
        "PodSecurity",
        "Priority",
        "DefaultTolerationSeconds",
        "DefaultStorageClass",
        "StorageObjectInUseProtection",
        "PersistentVolumeClaimResize",
        "RuntimeClass",
        "CertificateApproval",
        "CertificateSigning",
        "CertificateSubjectRestriction",
        "DefaultIngressClass",
        "PodTopologyLabels",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionWebhook",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionWebhook",
        "ResourceQuota",
    ]


def test_plugins_are_turned_off_by_name(around: Surroundings) -> None:
    names = [type(plugin).__name__ for plugin in admission_plugins(around, ["LimitRanger", "ResourceQuota"])]
    assert "LimitRanger" not in names and "ResourceQuota" not in names
    with pytest.raises(ValueError, match='disable-admission-plugins plugin "Nonsense" is unknown'):
        admission_plugins(around, ["Nonsense"])
