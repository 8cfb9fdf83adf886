"""What `get` prints of each kind: a row with the wide columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.autoscaling.v1.scale import scale_of
from pybernetes.api.definition import Column, definition_of
from pybernetes.api.events.validation import core_event, events_event
from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES, resource
from pybernetes.apiserver.rest.forms import columns_of

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
_META = {"name": "a", "namespace": "d", "creationTimestamp": "2026-01-01T11:00:00Z"}
_TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}}

ROWS: list[tuple[str, Json, list[Any]]] = [
    ("namespaces", {"status": {"phase": "Active"}}, ["a", "Active", "60m"]),
    (
        "nodes",
        {
            "metadata": {**_META, "labels": {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "x"}},
            "spec": {"unschedulable": True},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                "nodeInfo": {"kubeletVersion": "v1.36.0", "osImage": "Debian"},
            },
        },
        [
            "a",
            "Ready,SchedulingDisabled",
            "control-plane,x",
            "60m",
            "v1.36.0",
            "10.0.0.1",
            "<none>",
            "Debian",
            "<unknown>",
            "<unknown>",
        ],
    ),
    (
        "services",
        {
            "spec": {
                "type": "NodePort",
                "clusterIP": "10.0.0.1",
                "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
                "selector": {"app": "a"},
            }
        },
        ["a", "NodePort", "10.0.0.1", "<none>", "80:30080/TCP,53/UDP", "60m", "app=a"],
    ),
    (
        "services",
        {"spec": {"type": "LoadBalancer"}},
        ["a", "LoadBalancer", "<none>", "<pending>", "<none>", "60m", "<none>"],
    ),
    (
        "services",
        {"spec": {"type": "ExternalName", "externalName": "x.com"}},
        ["a", "ExternalName", "<none>", "x.com", "<none>", "60m", "<none>"],
    ),
    (
        "replicationcontrollers",
        {
            "spec": {"replicas": 3, "selector": {"app": "a"}, "template": _TEMPLATE},
            "status": {"replicas": 2, "readyReplicas": 1},
        },
        ["a", 3, 2, 1, "60m", "c", "x:1", "app=a"],
    ),
    (
        "replicasets.apps",
        {"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "a"}}, "template": _TEMPLATE}},
        ["a", 3, 0, 0, "60m", "c", "x:1", "app=a"],
    ),
    (
        "deployments.apps",
        {
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "a"}}, "template": _TEMPLATE},
            "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1},
        },
        ["a", "1/3", 2, 1, "60m", "c", "x:1", "app=a"],
    ),
    (
        "endpoints",
        {
            "subsets": [
                {"addresses": [{"ip": f"10.0.0.{i}"} for i in range(1, 6)], "ports": [{"port": 80}]},
            ]
        },
        ["a", "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...", "60m"],
    ),
    ("endpoints", {}, ["a", "<none>", "60m"]),
    (
        "endpointslices.discovery.k8s.io",
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}, {}]},
        ["a", "IPv4", "80,*", "10.0.0.1", "60m"],
    ),
    ("configmaps", {"data": {"a": "1"}, "binaryData": {"b": "Mg=="}}, ["a", 2, "60m"]),
    ("secrets", {"type": "Opaque", "data": {"a": "MQ=="}}, ["a", "Opaque", 1, "60m"]),
    ("serviceaccounts", {"secrets": [{"name": "x"}]}, ["a", 1, "60m"]),
    (
        "events",
        {
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec"},
            "type": "Normal",
            "reason": "Started",
            "message": " hello ",
            "source": {"component": "kubelet", "host": "n"},
            "firstTimestamp": "2026-01-01T11:50:00Z",
            "lastTimestamp": "2026-01-01T11:59:00Z",
            "count": 4,
        },
        ["60s", "Normal", "Started", "pod/p", "spec", "kubelet, n", "hello", "10m", 4, "a"],
    ),
    (
        "events.events.k8s.io",
        {
            "regarding": {"kind": "Pod", "name": "p"},
            "type": "Normal",
            "reason": "Started",
            "note": "hello",
            "reportingController": "example.com/c",
            "reportingInstance": "i",
            "eventTime": "2026-01-01T11:58:00.000000Z",
        },
        ["2m", "Normal", "Started", "pod/p", "", "example.com/c, i", "hello", "2m", 1, "a"],
    ),
    ("leases.coordination.k8s.io", {"spec": {"holderIdentity": "h"}}, ["a", "h", "60m"]),
    ("roles.rbac.authorization.k8s.io", {}, ["a", "2026-01-01T11:00:00Z"]),
    (
        "rolebindings.rbac.authorization.k8s.io",
        {
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s", "namespace": "d"}],
        },
        ["a", "Role/r", "60m", "u", "", "d/s"],
    ),
    (
        "priorityclasses.scheduling.k8s.io",
        {"value": 5, "preemptionPolicy": "Never"},
        ["a", 5, False, "60m", "Never"],
    ),
    ("limitranges", {}, ["a", "2026-01-01T11:00:00Z"]),
    (
        "resourcequotas",
        {"status": {"hard": {"pods": "5", "limits.cpu": "2", "cpu": "1"}, "used": {"pods": "3"}}},
        ["a", "cpu: 0/1, pods: 3/5", "limits.cpu: 0/2", "60m"],
    ),
    ("podtemplates", {"template": _TEMPLATE}, ["a", "c", "x:1", "app=a"]),
    ("jobs.batch", {}, ["a", "Running", "0/1", "", "60m", "", "", "<none>"]),
    (
        "jobs.batch",
        {
            "spec": {"parallelism": 3, "template": _TEMPLATE, "selector": {"matchLabels": {"x": "y"}}},
            "status": {
                "succeeded": 1,
                "startTime": "2026-01-01T11:00:00Z",
                "completionTime": "2026-01-01T11:00:05Z",
                "conditions": [{"type": "Complete", "status": "True"}],
            },
        },
        ["a", "Complete", "1/1 of 3", "5s", "60m", "c", "x:1", "x=y"],
    ),
    (
        "cronjobs.batch",
        {
            "spec": {"schedule": "@daily", "suspend": False, "jobTemplate": {"spec": {"template": _TEMPLATE}}},
            "status": {"active": [{}], "lastScheduleTime": "2026-01-01T11:59:00Z"},
        },
        ["a", "@daily", "<none>", "False", 1, "60s", "60m", "c", "x:1", "<none>"],
    ),
]


@pytest.mark.parametrize(("kind", "obj", "row"), ROWS)
def test_rows(kind: str, obj: Json, row: list[Any]) -> None:
    columns = definition_of(resource(kind)).columns
    assert [column.cell({"metadata": _META, **obj}, NOW) for column in columns] == row


@pytest.mark.parametrize(
    ("kind", "obj", "fields"),
    [
        ("nodes", {"spec": {"unschedulable": True}}, {"spec.unschedulable": "true"}),
        ("secrets", {"type": "Opaque"}, {"type": "Opaque"}),
        ("namespaces", {"status": {"phase": "Active"}}, {"status.phase": "Active"}),
        ("replicationcontrollers", {"status": {"replicas": 2}}, {"status.replicas": "2"}),
        ("replicasets.apps", {}, {"status.replicas": "0"}),
        (
            "events",
            {"involvedObject": {"kind": "Pod", "name": "p"}, "reason": "R", "reportingComponent": "c"},
            {"involvedObject.kind": "Pod", "involvedObject.name": "p", "reason": "R", "source": "c", "type": ""},
        ),
    ],
)
def test_field_selectors(kind: str, obj: Json, fields: dict[str, str]) -> None:
    getters = definition_of(resource(kind)).fields
    assert {name: getters[name](obj) for name in fields} == fields


def test_events_of_both_apis_are_the_same() -> None:
    core = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": _META,
        "involvedObject": {"kind": "Pod"},
        "message": "m",
        "count": 2,
        "reportingComponent": "c",
        "reportingInstance": "",
    }
    shown = events_event(core)
    assert "reportingInstance" not in shown
    assert (shown["apiVersion"], shown["regarding"], shown["note"], shown["deprecatedCount"]) == (
        "events.k8s.io/v1",
        {"kind": "Pod"},
        "m",
        2,
    )
    assert core_event(shown) == core


def test_scale() -> None:
    obj = {
        "metadata": {**_META, "labels": {"x": "y"}, "resourceVersion": "5"},
        "spec": {"replicas": 3, "selector": {"app": "a"}},
        "status": {"replicas": 2},
    }
    assert scale_of(obj) == {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {**_META, "resourceVersion": "5"},
        "spec": {"replicas": 3},
        "status": {"replicas": 2, "selector": "app=a"},
    }


# A kind and its columns: the type follows a colon, the format a slash, the priority a star; nothing is a plain string.
COLUMNS = """
bindings Name/name Age
componentstatuses Name/name Status Message Error
configmaps Name/name Data Age
endpoints Name/name Endpoints Age
events Last_Seen Type Reason Object Subobject*1 Source*1 Message First_Seen*1 Count*1 Name/name*1
limitranges Name/name Created_At:date
namespaces Name/name Status Age
nodes Name/name Status Roles Age Version Internal-IP*1 External-IP*1 OS-Image*1 Kernel-Version*1 Container-Runtime*1
persistentvolumeclaims Name/name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age \
    VolumeMode*1
persistentvolumes Name/name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass \
    Reason Age VolumeMode*1
pods Name/name Ready Status Restarts Age IP*1 Node*1 Nominated_Node*1 Readiness_Gates*1
podtemplates Name/name Containers Images Pod_Labels
replicationcontrollers Name/name Desired:integer Current:integer Ready:integer Age Containers*1 Images*1 Selector*1
resourcequotas Name/name Request Limit Age
secrets Name/name Type Data Age
serviceaccounts Name/name Secrets Age
services Name/name Type Cluster-IP External-IP Port(s) Age Selector*1
mutatingadmissionpolicies.admissionregistration.k8s.io Name/name Mutations:integer ParamKind Age
mutatingadmissionpolicybindings.admissionregistration.k8s.io Name/name PolicyName ParamRef Age
mutatingwebhookconfigurations.admissionregistration.k8s.io Name/name Webhooks:integer Age
validatingadmissionpolicies.admissionregistration.k8s.io Name/name Validations:integer ParamKind Age
validatingadmissionpolicybindings.admissionregistration.k8s.io Name/name PolicyName ParamRef Age
validatingwebhookconfigurations.admissionregistration.k8s.io Name/name Webhooks:integer Age
customresourcedefinitions.apiextensions.k8s.io Name/name Created_At:date
apiservices.apiregistration.k8s.io Name/name Service Available Age
controllerrevisions.apps Name/name Controller Revision Age
daemonsets.apps Name/name Desired:integer Current:integer Ready:integer Up-to-date:integer Available:integer \
    Node_Selector Age Containers*1 Images*1 Selector*1
deployments.apps Name/name Ready Up-to-date Available Age Containers*1 Images*1 Selector*1
replicasets.apps Name/name Desired:integer Current:integer Ready:integer Age Containers*1 Images*1 Selector*1
statefulsets.apps Name/name Ready Age Containers*1 Images*1
selfsubjectreviews.authentication.k8s.io Name/name Age
tokenreviews.authentication.k8s.io Name/name Age
localsubjectaccessreviews.authorization.k8s.io Name/name Age
selfsubjectaccessreviews.authorization.k8s.io Name/name Age
selfsubjectrulesreviews.authorization.k8s.io Name/name Age
subjectaccessreviews.authorization.k8s.io Name/name Age
horizontalpodautoscalers.autoscaling Name/name Reference Targets MinPods MaxPods Replicas Age
horizontalpodautoscalers.autoscaling:v2 Name/name Reference Targets MinPods MaxPods Replicas Age
cronjobs.batch Name/name Schedule Timezone Suspend:boolean Active:integer Last_Schedule Age Containers*1 Images*1 \
    Selector*1
jobs.batch Name/name Status Completions Duration Age Containers*1 Images*1 Selector*1
certificatesigningrequests.certificates.k8s.io Name/name Age SignerName Requestor RequestedDuration Condition
leases.coordination.k8s.io Name/name Holder Age
endpointslices.discovery.k8s.io Name/name AddressType Ports Endpoints Age
events.events.k8s.io Last_Seen Type Reason Object Subobject*1 Source*1 Message First_Seen*1 Count*1 Name/name*1
flowschemas.flowcontrol.apiserver.k8s.io Name/name PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL
prioritylevelconfigurations.flowcontrol.apiserver.k8s.io Name/name Type NominalConcurrencyShares Queues HandSize \
    QueueLengthLimit Age
ingressclasses.networking.k8s.io Name/name Controller Parameters Age
ingresses.networking.k8s.io Name/name Class Hosts Address Ports Age
ipaddresses.networking.k8s.io Name/name ParentRef Age
networkpolicies.networking.k8s.io Name/name Pod-Selector Age
servicecidrs.networking.k8s.io Name/name CIDRs Age
runtimeclasses.node.k8s.io Name/name Handler Age
poddisruptionbudgets.policy Name/name Min_Available Max_Unavailable Allowed_Disruptions:integer Age
clusterrolebindings.rbac.authorization.k8s.io Name/name Role Age Users*1 Groups*1 ServiceAccounts*1
clusterroles.rbac.authorization.k8s.io Name/name Created_At:date
rolebindings.rbac.authorization.k8s.io Name/name Role Age Users*1 Groups*1 ServiceAccounts*1
roles.rbac.authorization.k8s.io Name/name Created_At:date
deviceclasses.resource.k8s.io Name/name Age
resourceclaims.resource.k8s.io Name/name State Age
resourceclaimtemplates.resource.k8s.io Name/name Age
resourceslices.resource.k8s.io Name/name Node Driver Pool Age
priorityclasses.scheduling.k8s.io Name/name Value:integer Global-Default:boolean Age PreemptionPolicy
csidrivers.storage.k8s.io Name/name AttachRequired:boolean PodInfoOnMount:boolean StorageCapacity:boolean \
    TokenRequests RequiresRepublish:boolean Modes Age
csinodes.storage.k8s.io Name/name Drivers:integer Age
csistoragecapacities.storage.k8s.io Name/name StorageClassName Capacity
storageclasses.storage.k8s.io Name/name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age
volumeattachments.storage.k8s.io Name/name Attacher/name PV Node Attached:boolean Age
volumeattributesclasses.storage.k8s.io Name/name DriverName Age
"""


@pytest.mark.parametrize("line", COLUMNS.strip().splitlines(), ids=lambda line: line.split()[0])
def test_columns_are_those_of_kubernetes(line: str) -> None:
    name, *expected = line.split()
    qualified, _, version = name.partition(":")
    found = next(one for one in RESOURCES if one.qualified_name == qualified and one.version == (version or "v1"))
    assert [_short(column) for column in columns_of(definition_of(found))] == expected


def _short(column: Column) -> str:
    assert column.description, column.name
    text = column.name.replace(" ", "_")
    text += f":{column.type}" if column.type != "string" else ""
    return text + (f"/{column.format}" if column.format else "") + (f"*{column.priority}" if column.priority else "")


def test_the_row_of_a_pod_that_has_ended_says_so() -> None:
    tell = definition_of(resource("pods")).row_conditions
    assert tell is not None
    assert tell({"status": {"phase": "Running"}}) == []
    message = "The pod has completed successfully."
    completed = {"type": "Completed", "status": "True", "reason": "Succeeded", "message": message}
    assert tell({"status": {"phase": "Succeeded"}}) == [completed]
    assert tell({"status": {"phase": "Failed"}}) == [{**completed, "reason": "Failed", "message": "The pod failed."}]
