"""Which plugins there are, in Kubernetes' order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from pybernetes.apiserver.admission.certificate_signers import (
    CertificateApproval,
    CertificateSigning,
    CertificateSubjectRestriction,
)
from pybernetes.apiserver.admission.chain import Plugin
from pybernetes.apiserver.admission.conditions import Conditions
from pybernetes.apiserver.admission.default_ingress_class import DefaultIngressClass
from pybernetes.apiserver.admission.default_storage_class import DefaultStorageClass
from pybernetes.apiserver.admission.default_toleration_seconds import SECONDS, DefaultTolerationSeconds
from pybernetes.apiserver.admission.limit_ranger import LimitRanger
from pybernetes.apiserver.admission.namespace_lifecycle import NamespaceLifecycle
from pybernetes.apiserver.admission.node_restriction import NodeRestriction
from pybernetes.apiserver.admission.persistent_volume_claim_resize import PersistentVolumeClaimResize
from pybernetes.apiserver.admission.pod_security import PodSecurity
from pybernetes.apiserver.admission.pod_topology_labels import PodTopologyLabels
from pybernetes.apiserver.admission.policy.late import LateMutatingPolicies, LateValidatingPolicies
from pybernetes.apiserver.admission.priority import Priority
from pybernetes.apiserver.admission.resource_quota import ResourceQuota
from pybernetes.apiserver.admission.runtime_class import RuntimeClass
from pybernetes.apiserver.admission.service_account import ServiceAccount
from pybernetes.apiserver.admission.storage_object_in_use_protection import StorageObjectInUseProtection
from pybernetes.apiserver.admission.taint_nodes_by_condition import TaintNodesByCondition
from pybernetes.apiserver.admission.webhook.mutating import MutatingAdmissionWebhook
from pybernetes.apiserver.admission.webhook.validating import ValidatingAdmissionWebhook
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.webhooks.client import WebhookClient

# AlwaysAdmit does nothing. That of cluster trust bundles is about a kind that is not served by default.
_WITHOUT_EFFECT = {"AlwaysAdmit", "ClusterTrustBundleAttest"}
# Kubernetes' plugins that are not here. Those without effect may be enabled, and all may be disabled.
_ABSENT = _WITHOUT_EFFECT | {
    "AlwaysDeny",
    "AlwaysPullImages",
    "DenyServiceExternalIPs",
    "EventRateLimit",
    "ExtendedResourceToleration",
    "ImagePolicyWebhook",
    "LimitPodHardAntiAffinityTopology",
    "NamespaceAutoProvision",
    "NamespaceExists",
    "OwnerReferencesPermissionEnforcement",
    "PodNodeSelector",
    "PodTolerationRestriction",
}


@dataclass(frozen=True)
class Surroundings:
    """What plugins work with. `changed` is to be called when what a plugin cares about may be something else now.

    `toleration_seconds`: of nodes that are not ready, and of those that cannot be reached.
    """

    authorizer: AuthorizerChain
    cache: WatchCache
    webhooks: WebhookClient
    changed: Callable[[], None]
    toleration_seconds: tuple[int, int] = (SECONDS, SECONDS)


def plugins_in_order(around: Surroundings) -> tuple[tuple[str, Callable[[], Plugin]], ...]:
    """Each plugin's name and how to make it."""
    authorizer, conditions = around.authorizer, Conditions()
    dynamic = (around.cache, around.webhooks, conditions, around.changed)
    return (
        ("NamespaceLifecycle", NamespaceLifecycle),
        ("LimitRanger", LimitRanger),
        ("ServiceAccount", ServiceAccount),
        ("NodeRestriction", NodeRestriction),
        ("TaintNodesByCondition", TaintNodesByCondition),
        ("PodSecurity", PodSecurity),
        ("Priority", Priority),
        ("DefaultTolerationSeconds", partial(DefaultTolerationSeconds, *around.toleration_seconds)),
        ("DefaultStorageClass", DefaultStorageClass),
        ("StorageObjectInUseProtection", StorageObjectInUseProtection),
        ("PersistentVolumeClaimResize", PersistentVolumeClaimResize),
        ("RuntimeClass", RuntimeClass),
        ("CertificateApproval", partial(CertificateApproval, authorizer)),
        ("CertificateSigning", partial(CertificateSigning, authorizer)),
        ("CertificateSubjectRestriction", CertificateSubjectRestriction),
        ("DefaultIngressClass", DefaultIngressClass),
        ("PodTopologyLabels", PodTopologyLabels),
        ("MutatingAdmissionPolicy", partial(LateMutatingPolicies, around.cache, around.changed)),
        ("MutatingAdmissionWebhook", partial(MutatingAdmissionWebhook, *dynamic)),
        ("ValidatingAdmissionPolicy", partial(LateValidatingPolicies, around.cache, around.changed)),
        ("ValidatingAdmissionWebhook", partial(ValidatingAdmissionWebhook, *dynamic)),
        ("ResourceQuota", ResourceQuota),
    )


def admission_plugins(
    around: Surroundings, disabled: Iterable[str] = (), *, enabled: Iterable[str] = ()
) -> list[Plugin]:
    """All plugins but those `disabled`. Those `enabled` must be among them; Kubernetes' that do nothing may be too.

    Raises ValueError for a name that is none, and for one that is in both.
    """
    plugins = plugins_in_order(around)
    known = {name for name, _ in plugins} | _ABSENT
    for flag, names in (("enable", enabled), ("disable", disabled)):
        for name in names:
            if name not in known:
                raise ValueError(f'{flag}-admission-plugins plugin "{name}" is unknown')
    both = [name for name in enabled if name in set(disabled)]
    if both:
        raise ValueError(f"{both} in enable-admission-plugins and disable-admission-plugins overlapped")
    missing = [name for name in enabled if name in _ABSENT - _WITHOUT_EFFECT]
    if missing:
        raise ValueError(f"--enable-admission-plugins: this server does not have {', '.join(missing)}")
    return [plugin() for name, plugin in plugins if name not in set(disabled)]
