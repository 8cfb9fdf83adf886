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


DEFAULT = (
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
)
ALL = (
    "NamespaceAutoProvision",
    "NamespaceLifecycle",
    "NamespaceExists",
    "LimitPodHardAntiAffinityTopology",
    "LimitRanger",
    "ServiceAccount",
    "NodeRestriction",
    "TaintNodesByCondition",
    "AlwaysPullImages",
    "ImagePolicyWebhook",
    "PodSecurity",
    "PodNodeSelector",
    "Priority",
    "DefaultTolerationSeconds",
    "PodTolerationRestriction",
    "EventRateLimit",
    "ExtendedResourceToleration",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "OwnerReferencesPermissionEnforcement",
    "PersistentVolumeClaimResize",
    "RuntimeClass",
    "CertificateApproval",
    "CertificateSigning",
    "CertificateSubjectRestriction",
    "DefaultIngressClass",
    "DenyServiceExternalIPs",
    "PodTopologyLabels",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
    "ResourceQuota",
    "AlwaysDeny",
)


def test_the_order_is_that_of_kubernetes(around: Surroundings) -> None:
    assert tuple(name for name, _ in plugins_in_order(around)) == ALL


def test_those_that_are_on_by_default(around: Surroundings) -> None:
    assert tuple(plugin.name for plugin in admission_plugins(around)) == DEFAULT


def test_plugins_are_turned_on_and_off_by_name(around: Surroundings) -> None:
    enabled = ["NamespaceExists", "AlwaysAdmit", "LimitRanger"]
    found = [plugin.name for plugin in admission_plugins(around, ["ServiceAccount", "AlwaysDeny"], enabled=enabled)]
    assert found[:4] == ["NamespaceLifecycle", "NamespaceExists", "LimitRanger", "NodeRestriction"]


@pytest.mark.parametrize(
    ("enabled", "disabled", "error"),
    [
        ([], ["Nonsense"], 'disable-admission-plugins plugin "Nonsense" is unknown'),
        (["Nonsense"], [], 'enable-admission-plugins plugin "Nonsense" is unknown'),
        (
            ["ResourceQuota", "LimitRanger"],
            ["LimitRanger", "ResourceQuota"],
            "[LimitRanger ResourceQuota] in enable-admission-plugins and disable-admission-plugins overlapped",
        ),
    ],
)
def test_names_that_cannot_be(around: Surroundings, enabled: list[str], disabled: list[str], error: str) -> None:
    with pytest.raises(ValueError) as caught:
        admission_plugins(around, disabled, enabled=enabled)
    assert str(caught.value) == error
