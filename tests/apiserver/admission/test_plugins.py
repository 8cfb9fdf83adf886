"""Which plugins there are, in which order, and how they are turned off."""

from __future__ import annotations

import pytest

from pybernetes.apiserver.admission.plugins import admission_plugins
from pybernetes.apiserver.authz.chain import AuthorizerChain

AUTHORIZER = AuthorizerChain(())


def test_the_order_is_that_of_kubernetes() -> None:
    assert [type(plugin).__name__ for plugin in admission_plugins(AUTHORIZER)] == [
        "NamespaceLifecycle",
        "LimitRanger",
        "ServiceAccount",
        "NodeRestriction",
        "TaintNodesByCondition",
        "PodSecurity",
        "Priority",
        "DefaultTolerationSeconds",
        "DefaultStorageClass",
        "PersistentVolumeClaimResize",
        "RuntimeClass",
        "CertificateApproval",
        "CertificateSigning",
        "CertificateSubjectRestriction",
        "DefaultIngressClass",
        "ResourceQuota",
    ]


def test_plugins_are_turned_off_by_name() -> None:
    names = [type(plugin).__name__ for plugin in admission_plugins(AUTHORIZER, ["LimitRanger", "ResourceQuota"])]
    assert "LimitRanger" not in names and "ResourceQuota" not in names
    with pytest.raises(ValueError, match="unknown plugin Nonsense"):
        admission_plugins(AUTHORIZER, ["Nonsense"])
