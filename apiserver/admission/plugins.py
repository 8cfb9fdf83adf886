"""Which plugins there are, in Kubernetes' order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from pybernetes.api.object import Json
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
from pybernetes.apiserver.admission.optional.always_deny import AlwaysDeny
from pybernetes.apiserver.admission.optional.always_pull_images import AlwaysPullImages
from pybernetes.apiserver.admission.optional.deny_service_external_ips import DenyServiceExternalIPs
from pybernetes.apiserver.admission.optional.event_rate_limit import EventRateLimit
from pybernetes.apiserver.admission.optional.extended_resource_toleration import ExtendedResourceToleration
from pybernetes.apiserver.admission.optional.image_policy_webhook import ImagePolicyWebhook
from pybernetes.apiserver.admission.optional.limit_pod_hard_anti_affinity_topology import (
    LimitPodHardAntiAffinityTopology,
)
from pybernetes.apiserver.admission.optional.namespace_auto_provision import (
    NamespaceAutoProvision,
    Submit,
    no_requests,
)
from pybernetes.apiserver.admission.optional.namespace_exists import NamespaceExists
from pybernetes.apiserver.admission.optional.owner_references_permission_enforcement import (
    OwnerReferencesPermissionEnforcement,
)
from pybernetes.apiserver.admission.optional.pod_node_selector import PodNodeSelector
from pybernetes.apiserver.admission.optional.pod_toleration_restriction import PodTolerationRestriction
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
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

# They do nothing here: all is admitted by what else is on; cluster trust bundles and features that nodes declare are
# not served.
_WITHOUT_EFFECT = frozenset(("AlwaysAdmit", "ClusterTrustBundleAttest", "NodeDeclaredFeatureValidator"))
OFF_BY_DEFAULT = frozenset(
    (
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
    )
)


@dataclass(frozen=True)
class Surroundings:
    """What plugins work with. `changed` is to be called when what a plugin cares about may be something else now.

    `toleration_seconds`: of nodes that are not ready, and of those that cannot be reached. `submit` is a request of
    the server to itself. `configurations` are the plugins', by name.
    """

    authorizer: AuthorizerChain
    cache: WatchCache
    webhooks: WebhookClient
    changed: Callable[[], None]
    toleration_seconds: tuple[int, int] = (SECONDS, SECONDS)
    submit: Submit = no_requests
    clock: Clock = SYSTEM_CLOCK
    configurations: Mapping[str, Json] = field(default_factory=dict)


def plugins_in_order(around: Surroundings) -> tuple[tuple[str, Callable[[], Plugin]], ...]:
    """Each plugin's name and how to make it."""
    authorizer, conditions, configuration = around.authorizer, Conditions(), around.configurations.get
    dynamic = (around.cache, around.webhooks, conditions, around.changed)
    return (
        ("NamespaceAutoProvision", partial(NamespaceAutoProvision, around.submit)),
        ("NamespaceLifecycle", NamespaceLifecycle),
        ("NamespaceExists", NamespaceExists),
        ("LimitPodHardAntiAffinityTopology", LimitPodHardAntiAffinityTopology),
        ("LimitRanger", LimitRanger),
        ("ServiceAccount", ServiceAccount),
        ("NodeRestriction", NodeRestriction),
        ("TaintNodesByCondition", TaintNodesByCondition),
        ("AlwaysPullImages", AlwaysPullImages),
        ("ImagePolicyWebhook", partial(ImagePolicyWebhook, around.clock, configuration("ImagePolicyWebhook"))),
        ("PodSecurity", partial(PodSecurity, configuration("PodSecurity"))),
        ("PodNodeSelector", partial(PodNodeSelector, configuration("PodNodeSelector"))),
        ("Priority", Priority),
        ("DefaultTolerationSeconds", partial(DefaultTolerationSeconds, *around.toleration_seconds)),
        ("PodTolerationRestriction", partial(PodTolerationRestriction, configuration("PodTolerationRestriction"))),
        ("EventRateLimit", partial(EventRateLimit, around.clock, configuration("EventRateLimit"))),
        ("ExtendedResourceToleration", ExtendedResourceToleration),
        ("DefaultStorageClass", DefaultStorageClass),
        ("StorageObjectInUseProtection", StorageObjectInUseProtection),
        (
            "OwnerReferencesPermissionEnforcement",
            partial(OwnerReferencesPermissionEnforcement, authorizer, around.cache),
        ),
        ("PersistentVolumeClaimResize", PersistentVolumeClaimResize),
        ("RuntimeClass", RuntimeClass),
        ("CertificateApproval", partial(CertificateApproval, authorizer)),
        ("CertificateSigning", partial(CertificateSigning, authorizer)),
        ("CertificateSubjectRestriction", CertificateSubjectRestriction),
        ("DefaultIngressClass", DefaultIngressClass),
        ("DenyServiceExternalIPs", DenyServiceExternalIPs),
        ("PodTopologyLabels", PodTopologyLabels),
        ("MutatingAdmissionPolicy", partial(LateMutatingPolicies, around.cache, around.changed)),
        ("MutatingAdmissionWebhook", partial(MutatingAdmissionWebhook, *dynamic)),
        ("ValidatingAdmissionPolicy", partial(LateValidatingPolicies, around.cache, around.changed)),
        ("ValidatingAdmissionWebhook", partial(ValidatingAdmissionWebhook, *dynamic)),
        ("ResourceQuota", partial(ResourceQuota, configuration("ResourceQuota"))),
        ("AlwaysDeny", AlwaysDeny),
    )


def admission_plugins(
    around: Surroundings, disabled: Sequence[str] = (), *, enabled: Sequence[str] = ()
) -> list[Plugin]:
    """Those that are on by default or `enabled`, without those `disabled`. Raises ValueError for what cannot be."""
    plugins = plugins_in_order(around)
    known = {name for name, _ in plugins} | _WITHOUT_EFFECT
    for flag, names in (("enable", enabled), ("disable", disabled)):
        for name in names:
            if name not in known:
                raise ValueError(f'{flag}-admission-plugins plugin "{name}" is unknown')
    both = sorted(set(enabled) & set(disabled))
    if both:
        listed = " ".join(both)
        raise ValueError(f"[{listed}] in enable-admission-plugins and disable-admission-plugins overlapped")
    off = (OFF_BY_DEFAULT - set(enabled)) | set(disabled)
    return [plugin() for name, plugin in plugins if name not in off]
