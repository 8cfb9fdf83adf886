"""Every resource that the API has, one row each: how it is called and where its shape is declared.

The table is what discovery serves, what a client finds paths with and what `pyctl` resolves short names by. It
imports nothing, so that a process pays only for the kinds that it uses; `definition.definition_of` loads a kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
NO_DELETECOLLECTION = ("create", "delete", "get", "list", "patch", "update", "watch")
CREATE_ONLY = ("create",)
READ_ONLY = ("get", "list")


@dataclass(frozen=True)
class Resource:
    """One resource. `module` is below ``pybernetes.api``; `subresources` are in alphabetical order.

    `returns_deleted`: a delete answers with the object that is no more, instead of a Status.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[str, ...] = ()
    module: str = ""
    returns_deleted: bool = False

    @property
    def is_built_in(self) -> bool:
        """Whether a module declares it; other resources are custom ones."""
        return bool(self.module)

    @cached_property
    def singular(self) -> str:
        return self.kind.lower()

    @cached_property
    def list_kind(self) -> str:
        return f"{self.kind}List"

    @cached_property
    def api_version(self) -> str:
        """``apps/v1``, or ``v1`` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @cached_property
    def qualified_name(self) -> str:
        """``deployments.apps``, or ``pods`` in the core group: the name clients and informers use."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @cached_property
    def base_path(self) -> str:
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of the collection, an object or a subresource."""
        parts = [self.base_path]
        if namespace:
            parts.append(f"namespaces/{namespace}")
        parts.append(self.plural)
        if name:
            parts.append(name)
        if subresource:
            parts.append(subresource)
        return "/".join(parts)


RESOURCES: tuple[Resource, ...] = (
    Resource("", "v1", "bindings", "Binding", verbs=CREATE_ONLY, module="core.binding"),
    Resource(
        "",
        "v1",
        "componentstatuses",
        "ComponentStatus",
        namespaced=False,
        short_names=("cs",),
        verbs=READ_ONLY,
        module="core.component_status",
    ),
    Resource("", "v1", "configmaps", "ConfigMap", short_names=("cm",), module="core.config_map"),
    Resource("", "v1", "endpoints", "Endpoints", short_names=("ep",), module="core.endpoints"),
    Resource("", "v1", "events", "Event", short_names=("ev",), module="core.event"),
    Resource("", "v1", "limitranges", "LimitRange", short_names=("limits",), module="core.limit_range"),
    Resource(
        "",
        "v1",
        "namespaces",
        "Namespace",
        namespaced=False,
        short_names=("ns",),
        verbs=NO_DELETECOLLECTION,
        subresources=("finalize", "status"),
        module="core.namespace",
    ),
    Resource(
        "",
        "v1",
        "nodes",
        "Node",
        namespaced=False,
        short_names=("no",),
        subresources=("proxy", "status"),
        module="core.node",
    ),
    Resource(
        "",
        "v1",
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        short_names=("pvc",),
        subresources=("status",),
        module="core.persistent_volume_claim",
        returns_deleted=True,
    ),
    Resource(
        "",
        "v1",
        "persistentvolumes",
        "PersistentVolume",
        namespaced=False,
        short_names=("pv",),
        subresources=("status",),
        module="core.persistent_volume",
        returns_deleted=True,
    ),
    Resource(
        "",
        "v1",
        "pods",
        "Pod",
        short_names=("po",),
        categories=("all",),
        subresources=(
            "attach",
            "binding",
            "ephemeralcontainers",
            "eviction",
            "exec",
            "log",
            "portforward",
            "proxy",
            "resize",
            "status",
        ),
        module="core.pod",
        returns_deleted=True,
    ),
    Resource("", "v1", "podtemplates", "PodTemplate", module="core.pod_template", returns_deleted=True),
    Resource(
        "",
        "v1",
        "replicationcontrollers",
        "ReplicationController",
        short_names=("rc",),
        categories=("all",),
        subresources=("scale", "status"),
        module="core.replication_controller",
    ),
    Resource(
        "",
        "v1",
        "resourcequotas",
        "ResourceQuota",
        short_names=("quota",),
        subresources=("status",),
        module="core.resource_quota",
        returns_deleted=True,
    ),
    Resource("", "v1", "secrets", "Secret", module="core.secret"),
    Resource(
        "",
        "v1",
        "serviceaccounts",
        "ServiceAccount",
        short_names=("sa",),
        subresources=("token",),
        module="core.service_account",
        returns_deleted=True,
    ),
    Resource(
        "",
        "v1",
        "services",
        "Service",
        short_names=("svc",),
        categories=("all",),
        subresources=("proxy", "status"),
        module="core.service",
        returns_deleted=True,
    ),
    Resource(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingadmissionpolicies",
        "MutatingAdmissionPolicy",
        namespaced=False,
        categories=("api-extensions",),
        module="admissionregistration.mutating_admission_policy",
    ),
    Resource(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingadmissionpolicybindings",
        "MutatingAdmissionPolicyBinding",
        namespaced=False,
        categories=("api-extensions",),
        module="admissionregistration.mutating_admission_policy_binding",
    ),
    Resource(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        namespaced=False,
        categories=("api-extensions",),
        module="admissionregistration.mutating_webhook_configuration",
    ),
    Resource(
        "admissionregistration.k8s.io",
        "v1",
        "validatingadmissionpolicies",
        "ValidatingAdmissionPolicy",
        namespaced=False,
        categories=("api-extensions",),
        subresources=("status",),
        module="admissionregistration.validating_admission_policy",
    ),
    Resource(
        "admissionregistration.k8s.io",
        "v1",
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        namespaced=False,
        categories=("api-extensions",),
        module="admissionregistration.validating_admission_policy_binding",
    ),
    Resource(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        namespaced=False,
        categories=("api-extensions",),
        module="admissionregistration.validating_webhook_configuration",
    ),
    Resource(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        namespaced=False,
        short_names=("crd", "crds"),
        categories=("api-extensions",),
        subresources=("status",),
        module="apiextensions.custom_resource_definition",
    ),
    Resource(
        "apiregistration.k8s.io",
        "v1",
        "apiservices",
        "APIService",
        namespaced=False,
        categories=("api-extensions",),
        subresources=("status",),
        module="apiregistration.api_service",
    ),
    Resource("apps", "v1", "controllerrevisions", "ControllerRevision", module="apps.controller_revision"),
    Resource(
        "apps",
        "v1",
        "daemonsets",
        "DaemonSet",
        short_names=("ds",),
        categories=("all",),
        subresources=("status",),
        module="apps.daemon_set",
    ),
    Resource(
        "apps",
        "v1",
        "deployments",
        "Deployment",
        short_names=("deploy",),
        categories=("all",),
        subresources=("scale", "status"),
        module="apps.deployment",
    ),
    Resource(
        "apps",
        "v1",
        "replicasets",
        "ReplicaSet",
        short_names=("rs",),
        categories=("all",),
        subresources=("scale", "status"),
        module="apps.replica_set",
    ),
    Resource(
        "apps",
        "v1",
        "statefulsets",
        "StatefulSet",
        short_names=("sts",),
        categories=("all",),
        subresources=("scale", "status"),
        module="apps.stateful_set",
    ),
    Resource(
        "authentication.k8s.io",
        "v1",
        "selfsubjectreviews",
        "SelfSubjectReview",
        namespaced=False,
        verbs=CREATE_ONLY,
        module="authentication.self_subject_review",
    ),
    Resource(
        "authentication.k8s.io",
        "v1",
        "tokenreviews",
        "TokenReview",
        namespaced=False,
        verbs=CREATE_ONLY,
        module="authentication.token_review",
    ),
    Resource(
        "authorization.k8s.io",
        "v1",
        "localsubjectaccessreviews",
        "LocalSubjectAccessReview",
        verbs=CREATE_ONLY,
        module="authorization.local_subject_access_review",
    ),
    Resource(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        namespaced=False,
        verbs=CREATE_ONLY,
        module="authorization.self_subject_access_review",
    ),
    Resource(
        "authorization.k8s.io",
        "v1",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
        namespaced=False,
        verbs=CREATE_ONLY,
        module="authorization.self_subject_rules_review",
    ),
    Resource(
        "authorization.k8s.io",
        "v1",
        "subjectaccessreviews",
        "SubjectAccessReview",
        namespaced=False,
        verbs=CREATE_ONLY,
        module="authorization.subject_access_review",
    ),
    Resource(
        "autoscaling",
        "v1",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        short_names=("hpa",),
        categories=("all",),
        subresources=("status",),
        module="autoscaling.v1.horizontal_pod_autoscaler",
    ),
    Resource(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        short_names=("hpa",),
        categories=("all",),
        subresources=("status",),
        module="autoscaling.v2.horizontal_pod_autoscaler",
    ),
    Resource(
        "batch",
        "v1",
        "cronjobs",
        "CronJob",
        short_names=("cj",),
        categories=("all",),
        subresources=("status",),
        module="batch.cron_job",
    ),
    Resource("batch", "v1", "jobs", "Job", categories=("all",), subresources=("status",), module="batch.job"),
    Resource(
        "certificates.k8s.io",
        "v1",
        "certificatesigningrequests",
        "CertificateSigningRequest",
        namespaced=False,
        short_names=("csr",),
        subresources=("approval", "status"),
        module="certificates.certificate_signing_request",
    ),
    Resource("coordination.k8s.io", "v1", "leases", "Lease", module="coordination.lease"),
    Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", module="discovery.endpoint_slice"),
    Resource("events.k8s.io", "v1", "events", "Event", short_names=("ev",), module="events.event"),
    Resource(
        "flowcontrol.apiserver.k8s.io",
        "v1",
        "flowschemas",
        "FlowSchema",
        namespaced=False,
        subresources=("status",),
        module="flowcontrol.flow_schema",
    ),
    Resource(
        "flowcontrol.apiserver.k8s.io",
        "v1",
        "prioritylevelconfigurations",
        "PriorityLevelConfiguration",
        namespaced=False,
        subresources=("status",),
        module="flowcontrol.priority_level_configuration",
    ),
    Resource(
        "networking.k8s.io",
        "v1",
        "ingressclasses",
        "IngressClass",
        namespaced=False,
        module="networking.ingress_class",
    ),
    Resource(
        "networking.k8s.io",
        "v1",
        "ingresses",
        "Ingress",
        short_names=("ing",),
        subresources=("status",),
        module="networking.ingress",
    ),
    Resource(
        "networking.k8s.io",
        "v1",
        "ipaddresses",
        "IPAddress",
        namespaced=False,
        short_names=("ip",),
        module="networking.ip_address",
    ),
    Resource(
        "networking.k8s.io",
        "v1",
        "networkpolicies",
        "NetworkPolicy",
        short_names=("netpol",),
        module="networking.network_policy",
    ),
    Resource(
        "networking.k8s.io",
        "v1",
        "servicecidrs",
        "ServiceCIDR",
        namespaced=False,
        subresources=("status",),
        module="networking.service_cidr",
    ),
    Resource("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", namespaced=False, module="node.runtime_class"),
    Resource(
        "policy",
        "v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        short_names=("pdb",),
        subresources=("status",),
        module="policy.pod_disruption_budget",
    ),
    Resource(
        "rbac.authorization.k8s.io",
        "v1",
        "clusterrolebindings",
        "ClusterRoleBinding",
        namespaced=False,
        module="rbac.cluster_role_binding",
    ),
    Resource(
        "rbac.authorization.k8s.io",
        "v1",
        "clusterroles",
        "ClusterRole",
        namespaced=False,
        module="rbac.cluster_role",
    ),
    Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", module="rbac.role_binding"),
    Resource("rbac.authorization.k8s.io", "v1", "roles", "Role", module="rbac.role"),
    Resource(
        "resource.k8s.io",
        "v1",
        "deviceclasses",
        "DeviceClass",
        namespaced=False,
        module="resource.device_class",
        returns_deleted=True,
    ),
    Resource(
        "resource.k8s.io",
        "v1",
        "resourceclaims",
        "ResourceClaim",
        subresources=("status",),
        module="resource.resource_claim",
        returns_deleted=True,
    ),
    Resource(
        "resource.k8s.io",
        "v1",
        "resourceclaimtemplates",
        "ResourceClaimTemplate",
        module="resource.resource_claim_template",
        returns_deleted=True,
    ),
    Resource(
        "resource.k8s.io",
        "v1",
        "resourceslices",
        "ResourceSlice",
        namespaced=False,
        module="resource.resource_slice",
        returns_deleted=True,
    ),
    Resource(
        "scheduling.k8s.io",
        "v1",
        "priorityclasses",
        "PriorityClass",
        namespaced=False,
        short_names=("pc",),
        module="scheduling.priority_class",
    ),
    Resource(
        "storage.k8s.io",
        "v1",
        "csidrivers",
        "CSIDriver",
        namespaced=False,
        module="storage.csi_driver",
        returns_deleted=True,
    ),
    Resource(
        "storage.k8s.io", "v1", "csinodes", "CSINode", namespaced=False, module="storage.csi_node", returns_deleted=True
    ),
    Resource(
        "storage.k8s.io",
        "v1",
        "csistoragecapacities",
        "CSIStorageCapacity",
        module="storage.csi_storage_capacity",
    ),
    Resource(
        "storage.k8s.io",
        "v1",
        "storageclasses",
        "StorageClass",
        namespaced=False,
        short_names=("sc",),
        module="storage.storage_class",
        returns_deleted=True,
    ),
    Resource(
        "storage.k8s.io",
        "v1",
        "volumeattachments",
        "VolumeAttachment",
        namespaced=False,
        subresources=("status",),
        module="storage.volume_attachment",
        returns_deleted=True,
    ),
    Resource(
        "storage.k8s.io",
        "v1",
        "volumeattributesclasses",
        "VolumeAttributesClass",
        namespaced=False,
        short_names=("vac",),
        module="storage.volume_attributes_class",
        returns_deleted=True,
    ),
)

_BY_QUALIFIED_NAME = {resource.qualified_name: resource for resource in reversed(RESOURCES)}
_BY_KIND = {(resource.api_version, resource.kind): resource for resource in RESOURCES}


def resource(qualified_name: str) -> Resource:
    """The resource called ``pods`` or ``deployments.apps``. Raises KeyError."""
    return _BY_QUALIFIED_NAME[qualified_name]


def resource_for_kind(api_version: str, kind: str) -> Resource | None:
    """The resource whose objects have this apiVersion and kind."""
    return _BY_KIND.get((api_version, kind))
