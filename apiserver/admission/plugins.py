"""Which plugins there are, in Kubernetes' order."""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.apiserver.admission.chain import Plugin
from pybernetes.apiserver.admission.default_ingress_class import DefaultIngressClass
from pybernetes.apiserver.admission.default_storage_class import DefaultStorageClass
from pybernetes.apiserver.admission.default_toleration_seconds import DefaultTolerationSeconds
from pybernetes.apiserver.admission.limit_ranger import LimitRanger
from pybernetes.apiserver.admission.namespace_lifecycle import NamespaceLifecycle
from pybernetes.apiserver.admission.node_restriction import NodeRestriction
from pybernetes.apiserver.admission.persistent_volume_claim_resize import PersistentVolumeClaimResize
from pybernetes.apiserver.admission.pod_security import PodSecurity
from pybernetes.apiserver.admission.priority import Priority
from pybernetes.apiserver.admission.resource_quota import ResourceQuota
from pybernetes.apiserver.admission.runtime_class import RuntimeClass
from pybernetes.apiserver.admission.service_account import ServiceAccount
from pybernetes.apiserver.admission.taint_nodes_by_condition import TaintNodesByCondition

_ORDER: tuple[tuple[str, type[Plugin]], ...] = (
    ("NamespaceLifecycle", NamespaceLifecycle),
    ("LimitRanger", LimitRanger),
    ("ServiceAccount", ServiceAccount),
    ("NodeRestriction", NodeRestriction),
    ("TaintNodesByCondition", TaintNodesByCondition),
    ("PodSecurity", PodSecurity),
    ("Priority", Priority),
    ("DefaultTolerationSeconds", DefaultTolerationSeconds),
    ("DefaultStorageClass", DefaultStorageClass),
    ("PersistentVolumeClaimResize", PersistentVolumeClaimResize),
    ("RuntimeClass", RuntimeClass),
    ("DefaultIngressClass", DefaultIngressClass),
    ("ResourceQuota", ResourceQuota),
)


def admission_plugins(disabled: Iterable[str] = ()) -> list[Plugin]:
    """All plugins but those named. Raises ValueError for a name that is none."""
    unknown = set(disabled) - {name for name, _ in _ORDER}
    if unknown:
        raise ValueError(f"--disable-admission-plugins: unknown plugin {', '.join(sorted(unknown))}")
    return [plugin() for name, plugin in _ORDER if name not in set(disabled)]
