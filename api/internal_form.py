"""Objects as errors show them: kube-apiserver validates types that it keeps in memory, and writes those as JSON.

    internal({"key": "a", "effect": "NoSchedule"}, "core.node.Taint")
    {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}

Those types have the names and the order of Go's fields and leave nothing out; some have moved: what a pod spec says of
the host's namespaces is part of its security context. Types of metadata are the same in memory and on the wire, so
they look as they always do, in Go's order.

The rows below say the order; a field's name on the wire is the same in lower case, where nothing else stands behind a
colon. Types without a row are written in the order of their declaration. Only errors come here, so nothing is compiled,
and shapes are told by name: rules stand below the kinds whose shapes they are about.

Counterpart: field.Error.ErrorBody in apimachinery, and the internal types in pkg/apis.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

from pybernetes.api.field import Verbatim, go_json
from pybernetes.api.object import Json
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.tree import Field, ListOf, MapOf, Node, Scalar, ScalarType, Struct, zero_value

LABEL_SELECTOR = "meta.label_selector.LabelSelector"


def internal(value: Any, shape: str) -> Verbatim:
    """An object of a shape (its module below `api`, and its name), or a list of such, as an error shows it."""
    return Verbatim(go_json(internal_value(value, shape)))


def internal_value(value: Any, shape: str, row: str = "") -> Any:
    """The same before it is written; `row` names a type that on the wire is a part of the shape."""
    module, _, name = shape.rpartition(".")
    node = struct_of(getattr(importlib.import_module(f"pybernetes.api.{module}"), name))
    if row:
        node = replace(node, name=row)
    return [_shown(one, node) for one in value] if isinstance(value, list) else _shown(value, node)


def internal_field(value: Any, field: Field) -> Any:
    """The value of a declared field, before it is written; what is not set is as Go has it."""
    return _unset(field) if value is None else _shown(value, field.node)


def _shown(value: Any, node: Node) -> Any:
    if value is None:
        return None
    match node:
        case Struct(name=name) if name in _TAGGED:
            order = [field for field in _TAGGED[name].split() if field in value]
            return {field: _shown(value[field], node.fields[field].node) for field in order}
        case Struct():
            return _struct(value, node)
        case ListOf(items=items):
            return [_shown(one, items) for one in value]
        case MapOf(values=values):
            return {key: _shown(value[key], values) for key in sorted(value)}
    return value


def _struct(value: Json, struct: Struct) -> Json:
    if struct.name == "PodSpec":
        value = {**value, "securityContext": {**(value.get("securityContext") or {}), **_moved(value)}}
    shown: Json = {}
    for go_name, name in _order(struct):
        if name == _INLINED:
            shown |= _shown(value.get("metadata") or {}, struct.fields["metadata"].node)
        elif name in struct.fields:
            field = struct.fields[name]
            shown[go_name] = _shown(value[name], field.node) if name in value else _unset(field)
        else:
            shown[go_name] = value.get(name, _NOT_DECLARED.get(name))
    return shown


def _moved(spec: Json) -> Json:
    return {field: spec[field] for field in _OF_THE_HOST if field in spec}


def _unset(field: Field) -> Any:
    if isinstance(field.node, Struct):
        return _shown({}, field.node) if field.always else None
    if field.nullable or (isinstance(field.node, Scalar) and field.node.type in _POINTERS and not field.always):
        return None
    return zero_value(field.node)


_POINTERS = (ScalarType.TIME, ScalarType.MICRO_TIME, ScalarType.QUANTITY)


def _order(struct: Struct) -> list[tuple[str, str]]:
    """The fields as Go has them: its name, the name on the wire."""
    row = _ROWS.get(struct.name)
    if row is None:
        return [(name[:1].upper() + name[1:], name) for name in struct.fields]
    known = {name.lower(): name for name in struct.fields}
    order = []
    for entry in row.split():
        go_name, _, name = entry.partition(":")
        order.append((go_name, name or known.get(go_name.lower(), go_name[:1].lower() + go_name[1:])))
    return order


_INLINED = "+metadata"
_OF_THE_HOST = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
_NOT_DECLARED = {"hostNetwork": False, "hostPID": False, "hostIPC": False}  # of a security context, on the wire

# types of metadata, which are on the wire as they are in memory
_TAGGED = {
    "LabelSelector": "matchLabels matchExpressions",
    "LabelSelectorRequirement": "key operator values",
    "ObjectMeta": (
        "name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp "
        "deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields"
    ),
    "OwnerReference": "apiVersion kind name uid controller blockOwnerDeletion",
}

_SOURCES = (
    "HostPath EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret NFS ISCSI Glusterfs PersistentVolumeClaim "
    "RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap VsphereVolume AzureDisk "
    "PhotonPersistentDisk Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image"
)
_CONTAINER = (
    "Name Image Command Args WorkingDir Ports EnvFrom Env Resources ResizePolicy RestartPolicy RestartPolicyRules "
    "VolumeMounts VolumeDevices LivenessProbe ReadinessProbe StartupProbe Lifecycle TerminationMessagePath "
    "TerminationMessagePolicy ImagePullPolicy SecurityContext Stdin StdinOnce TTY"
)
_WEIGHED = "RequiredDuringSchedulingIgnoredDuringExecution PreferredDuringSchedulingIgnoredDuringExecution"

_ROWS = {
    # pods and their templates
    "PodTemplateSpec": "ObjectMeta:+metadata Spec",
    "PodSpec": (
        "Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds "
        "ActiveDeadlineSeconds DNSPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken NodeName "
        "SecurityContext ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations "
        "HostAliases PriorityClassName Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead "
        "EnableServiceLinks TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride "
        "SchedulingGroup"
    ),
    "PodSecurityContext": (
        "HostNetwork HostPID HostIPC ShareProcessNamespace HostUsers SELinuxOptions WindowsOptions RunAsUser "
        "RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls "
        "SeccompProfile AppArmorProfile SELinuxChangePolicy"
    ),
    "SecurityContext": (
        "Capabilities Privileged SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot "
        "ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile AppArmorProfile"
    ),
    "SELinuxOptions": "User Role Type Level",
    "WindowsSecurityContextOptions": "GMSACredentialSpecName GMSACredentialSpec RunAsUserName HostProcess",
    "SeccompProfile": "Type LocalhostProfile",
    "AppArmorProfile": "Type LocalhostProfile",
    "Container": _CONTAINER,
    "EphemeralContainer": f"{_CONTAINER} TargetContainerName",
    "ContainerPort": "Name HostPort ContainerPort Protocol HostIP",
    "EnvVar": "Name Value ValueFrom",
    "EnvVarSource": "FieldRef ResourceFieldRef ConfigMapKeyRef SecretKeyRef FileKeyRef",
    "ObjectFieldSelector": "APIVersion FieldPath",
    "ResourceFieldSelector": "ContainerName Resource Divisor",
    "ConfigMapKeySelector": "Name Key Optional",
    "SecretKeySelector": "Name Key Optional",
    "FileKeySelector": "VolumeName Path Key Optional",
    "EnvFromSource": "Prefix ConfigMapRef SecretRef",
    "ResourceRequirements": "Limits Requests Claims",
    "VolumeMount": "Name ReadOnly RecursiveReadOnly MountPath SubPath MountPropagation SubPathExpr",
    "VolumeDevice": "Name DevicePath",
    "Probe": (
        "Exec HTTPGet TCPSocket GRPC InitialDelaySeconds TimeoutSeconds PeriodSeconds SuccessThreshold "
        "FailureThreshold TerminationGracePeriodSeconds"
    ),
    "HTTPGetAction": "Path Port Host Scheme HTTPHeaders",
    "TCPSocketAction": "Port Host",
    "GRPCAction": "Port Service",
    "LifecycleHandler": "Exec HTTPGet TCPSocket Sleep",
    "Toleration": "Key Operator Value Effect TolerationSeconds",
    "TopologySpreadConstraint": (
        "MaxSkew TopologyKey WhenUnsatisfiable LabelSelector MinDomains NodeAffinityPolicy NodeTaintsPolicy "
        "MatchLabelKeys"
    ),
    "Affinity": "NodeAffinity PodAffinity PodAntiAffinity",
    "NodeAffinity": _WEIGHED,
    "PodAffinity": _WEIGHED,
    "PodAntiAffinity": _WEIGHED,
    "PreferredSchedulingTerm": "Weight Preference",
    "WeightedPodAffinityTerm": "Weight PodAffinityTerm",
    "PodAffinityTerm": "LabelSelector Namespaces TopologyKey NamespaceSelector MatchLabelKeys MismatchLabelKeys",
    "NodeSelectorTerm": "MatchExpressions MatchFields",
    "NodeSelectorRequirement": "Key Operator Values",
    "PodDNSConfig": "Nameservers Searches Options",
    "HostAlias": "IP Hostnames",
    "PodIP": "IP",
    "HostIP": "IP",
    "PodResourceClaim": "Name ResourceClaimName ResourceClaimTemplateName",
    # volumes
    "Volume": f"Name {_SOURCES}",
    "EmptyDirVolumeSource": "Medium SizeLimit",
    "SecretVolumeSource": "SecretName Items DefaultMode Optional",
    "ConfigMapVolumeSource": "Name Items DefaultMode Optional",
    "KeyToPath": "Key Path Mode",
    "ProjectedVolumeSource": "Sources DefaultMode",
    "VolumeProjection": "Secret DownwardAPI ConfigMap ServiceAccountToken ClusterTrustBundle PodCertificate",
    "ConfigMapProjection": "Name Items Optional",
    "SecretProjection": "Name Items Optional",
    "ServiceAccountTokenProjection": "Audience ExpirationSeconds Path",
    "ClusterTrustBundleProjection": "Name SignerName LabelSelector Optional Path",
    "PodCertificateProjection": (
        "SignerName KeyType MaxExpirationSeconds CredentialBundlePath KeyPath CertificateChainPath UserAnnotations"
    ),
    "DownwardAPIVolumeSource": "Items DefaultMode",
    "DownwardAPIVolumeFile": "Path FieldRef ResourceFieldRef Mode",
    "PersistentVolumeClaimVolumeSource": "ClaimName ReadOnly",
    "NFSVolumeSource": "Server Path ReadOnly",
    "CSIVolumeSource": "Driver ReadOnly FSType VolumeAttributes NodePublishSecretRef",
    "ImageVolumeSource": "Reference PullPolicy",
    # the other core kinds
    "ServicePort": "Name Protocol AppProtocol Port TargetPort NodePort",
    "Taint": "Key Value Effect TimeAdded",
    "NodeAddress": "Type Address",
    "ConfigMapNodeConfigSource": "Namespace Name UID ResourceVersion KubeletConfigKey",
    "ScopedResourceSelectorRequirement": "ScopeName Operator Values",
    "ObjectReference": "Kind Namespace Name UID APIVersion ResourceVersion FieldPath",
    "TopologySelectorTerm": "MatchLabelExpressions",
    "PersistentVolumeClaimSpec": (
        "AccessModes Selector Resources VolumeName StorageClassName VolumeMode DataSource DataSourceRef "
        "VolumeAttributesClassName"
    ),
    "VolumeResourceRequirements": "Limits Requests",
    "TypedObjectReference": "APIGroup Kind Name Namespace",
    "PersistentVolumeSource": (
        "GCEPersistentDisk AWSElasticBlockStore HostPath Glusterfs NFS RBD Quobyte ISCSI FlexVolume Cinder CephFS FC "
        "Flocker AzureFile VsphereVolume AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO Local StorageOS CSI"
    ),
    "HostPathVolumeSource": "Path Type",
    "LocalVolumeSource": "Path FSType",
    "CSIPersistentVolumeSource": (
        "Driver VolumeHandle ReadOnly FSType VolumeAttributes ControllerPublishSecretRef NodeStageSecretRef "
        "NodePublishSecretRef ControllerExpandSecretRef NodeExpandSecretRef"
    ),
    # other groups
    "CertificateSigningRequestCondition": "Type Status Reason Message LastUpdateTime LastTransitionTime",
    "FlowSchemaSpec": "PriorityLevelConfiguration MatchingPrecedence DistinguisherMethod Rules",
    "PolicyRulesWithSubjects": "Subjects ResourceRules NonResourceRules",
    "Subject": "Kind User Group ServiceAccount",
    "ServiceAccountSubject": "Namespace Name",
    "ResourcePolicyRule": "Verbs APIGroups Resources ClusterScope Namespaces",
    "NonResourcePolicyRule": "Verbs NonResourceURLs",
    "PriorityLevelConfigurationSpec": "Type Limited Exempt",
    "LimitedPriorityLevelConfiguration": (
        "NominalConcurrencyShares LimitResponse LendablePercent BorrowingLimitPercent"
    ),
    "LimitResponse": "Type Queuing",
    "QueuingConfiguration": "Queues HandSize QueueLengthLimit",
    "ExemptPriorityLevelConfiguration": "NominalConcurrencyShares LendablePercent",
    "DaemonSetUpdateStrategy": "Type RollingUpdate",
    "RollingUpdateDaemonSet": "MaxUnavailable MaxSurge",
    "StatefulSetUpdateStrategy": "Type RollingUpdate",
    "RollingUpdateStatefulSetStrategy": "Partition MaxUnavailable",
    "DeploymentStrategy": "Type RollingUpdate",
    "RollingUpdateDeployment": "MaxUnavailable MaxSurge",
    "NonResourceAttributes": "Path Verb",
    "AuditAnnotation": "Key ValueExpression",
    "RoleRef": "APIGroup Kind Name",
    "PodDisruptionBudgetSpec": "MinAvailable Selector MaxUnavailable UnhealthyPodEvictionPolicy",
    "ServiceCIDRSpec": "CIDRs",
    "ParentReference": "Group Resource Namespace Name",
    "SuccessPolicyRule": "SucceededIndexes SucceededCount",
    "PodFailurePolicyRule": "Action OnExitCodes OnPodConditions",
    "PodFailurePolicyOnExitCodesRequirement": "ContainerName Operator Values",
    "PodFailurePolicyOnPodConditionsPattern": "Type Status",
    "UncountedTerminatedPods": "Succeeded Failed",
}
