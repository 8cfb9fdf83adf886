"""Which plugins there are, in Kubernetes' order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from pybernetes.apiserver.admission.certificate_signers import (
    CertificateApproval,
    CertificateSigning,
    CertificateSubjectRestriction,
)
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
from pybernetes.apiserver.authz.chain import AuthorizerChain


def _in_order(authorizer: AuthorizerChain) -> tuple[tuple[str, Callable[[], Plugin]], ...]:
    return (
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
        ("CertificateApproval", partial(CertificateApproval, authorizer)),
        ("CertificateSigning", partial(CertificateSigning, authorizer)),
        ("CertificateSubjectRestriction", CertificateSubjectRestriction),
        ("DefaultIngressClass", DefaultIngressClass),
        ("ResourceQuota", ResourceQuota),
    )


def admission_plugins(authorizer: AuthorizerChain, disabled: Iterable[str] = ()) -> list[Plugin]:
    """All plugins but those named. Raises ValueError for a name that is none."""
    plugins = _in_order(authorizer)
    unknown = set(disabled) - {name for name, _ in plugins}
    if unknown:
        raise ValueError(f"--disable-admission-plugins: unknown plugin {', '.join(sorted(unknown))}")
    return [plugin() for name, plugin in plugins if name not in set(disabled)]
