"""Pods: a minimal one with all defaults, every rule as a table, what may change, and what `get` prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.core.pod_columns import POD_COLUMNS, summarize
from pybernetes.api.core.pod_defaults import default_pull_policy, image_tag
from pybernetes.api.core.pod_resize_validation import validate_pod_resize
from pybernetes.api.core.pod_validation import validate_ephemeral_containers_update
from pybernetes.api.definition import definition_of
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)

INVALID, REQUIRED, DUPLICATE = "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate"
FORBIDDEN, NOT_FOUND, UNSUPPORTED = "FieldValueForbidden", "FieldValueNotFound", "FieldValueNotSupported"


def minimal() -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }


def test_a_minimal_pod_gets_all_its_defaults(server: Any) -> None:
    created, causes = server.create("pods", minimal())
    assert causes == []
    assert created == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "containers": [
                {
                    "name": "c",
                    "image": "nginx",
                    "imagePullPolicy": "Always",
                    "resources": {},
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File",
                }
            ],
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": True,
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
        },
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }


def test_defaults_that_depend_on_other_fields(server: Any) -> None:
    pod = minimal()
    pod["spec"] |= {"serviceAccount": "robot", "hostNetwork": True, "volumes": [{"name": "v"}]}
    pod["spec"]["containers"][0] |= {
        "image": "nginx:1.25",
        "ports": [{"containerPort": 80}],
        "resources": {"limits": {"cpu": "1", "memory": "1024Mi"}, "requests": {"cpu": "0.5"}},
        "livenessProbe": {"grpc": {"port": 1}},
        "readinessProbe": {"httpGet": {"port": "http"}},
        "env": [
            {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        ],
    }
    created, causes = server.create("pods", pod)
    assert causes == []
    spec, container = created["spec"], created["spec"]["containers"][0]
    assert (spec["serviceAccount"], spec["serviceAccountName"]) == ("robot", "robot")
    assert spec["volumes"] == [{"name": "v", "emptyDir": {}}]
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]
    assert container["resources"] == {
        "limits": {"cpu": "1", "memory": "1Gi"},
        "requests": {"cpu": "500m", "memory": "1Gi"},
    }
    probe = {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1}
    assert container["livenessProbe"] == {"grpc": {"port": 1, "service": ""}, **probe}
    assert container["readinessProbe"] == {"httpGet": {"path": "/", "port": "http", "scheme": "HTTP"}, **probe}
    assert container["env"][0]["valueFrom"]["fieldRef"] == {"apiVersion": "v1", "fieldPath": "metadata.name"}
    assert container["env"][1]["valueFrom"]["resourceFieldRef"] == {"divisor": "0", "resource": "limits.cpu"}
    assert created["status"]["qosClass"] == "Burstable"


def test_volume_defaults(server: Any) -> None:
    pod = minimal()
    pod["spec"]["serviceAccountName"] = "a"
    pod["spec"]["volumes"] = [
        {"name": "a", "secret": {"secretName": "s"}},
        {"name": "b", "hostPath": {"path": "/x"}},
        {"name": "c", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
        {"name": "d", "image": {"reference": "x:1"}},
    ]
    created, causes = server.create("pods", pod)
    assert causes == []
    assert created["spec"]["volumes"] == [
        {"name": "a", "secret": {"secretName": "s", "defaultMode": 420}},
        {"name": "b", "hostPath": {"path": "/x", "type": ""}},
        {
            "name": "c",
            "projected": {
                "defaultMode": 420,
                "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}],
            },
        },
        {"name": "d", "image": {"reference": "x:1", "pullPolicy": "IfNotPresent"}},
    ]


def test_pod_level_requests_come_from_containers_and_limits(server: Any) -> None:
    pod = minimal()
    pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m"}}
    pod["spec"]["resources"] = {"limits": {"cpu": "1", "memory": "1Gi"}}
    created, causes = server.create("pods", pod)
    assert causes == []
    assert created["spec"]["resources"]["requests"] == {"cpu": "100m", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("image", "tag", "policy"),
    [
        ("nginx", "latest", "Always"),
        ("nginx:latest", "latest", "Always"),
        ("nginx:1", "1", "IfNotPresent"),
        ("registry:5000/a/b", "latest", "Always"),
        ("registry:5000/a/b:v1", "v1", "IfNotPresent"),
        ("nginx@sha256:" + "a" * 64, "", "IfNotPresent"),
        ("", "", "IfNotPresent"),
        ("UPPER CASE", "", "IfNotPresent"),
    ],
)
def test_pull_policy_follows_the_tag(image: str, tag: str, policy: str) -> None:
    assert (image_tag(image), default_pull_policy(image)) == (tag, policy)


LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_C = "spec/containers/0"

RULES: list[tuple[str, Any, str, str, str]] = [
    ("spec/containers", [], "spec.containers", REQUIRED, "Required value"),
    (f"{_C}/name", "", "spec.containers[0].name", REQUIRED, "Required value"),
    (f"{_C}/name", "A_", "spec.containers[0].name", INVALID, f'Invalid value: "A_": {LABEL}'),
    (f"{_C}/image", "", "spec.containers[0].image", REQUIRED, "Required value"),
    (
        f"{_C}/image",
        " x",
        "spec.containers[0].image",
        INVALID,
        'Invalid value: " x": must not have leading or trailing whitespace',
    ),
    (
        f"{_C}/imagePullPolicy",
        "Sometimes",
        "spec.containers[0].imagePullPolicy",
        UNSUPPORTED,
        'Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ),
    (
        "spec/restartPolicy",
        "Maybe",
        "spec.restartPolicy",
        UNSUPPORTED,
        'Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
    ),
    (
        "spec/dnsPolicy",
        "X",
        "spec.dnsPolicy",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ),
    (
        f"{_C}/ports",
        [{"containerPort": 70000}],
        "spec.containers[0].ports[0].containerPort",
        INVALID,
        "Invalid value: 70000: must be between 1 and 65535, inclusive",
    ),
    (f"{_C}/ports", [{}], "spec.containers[0].ports[0].containerPort", REQUIRED, "Required value"),
    (
        f"{_C}/ports",
        [{"containerPort": 1, "protocol": "X"}],
        "spec.containers[0].ports[0].protocol",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ),
    (
        f"{_C}/ports",
        [{"containerPort": 1, "hostPort": 5}, {"containerPort": 2, "hostPort": 5}],
        "spec.containers[0].ports[1].hostPort",
        DUPLICATE,
        'Duplicate value: "TCP//5"',
    ),
    (
        f"{_C}/env",
        [{"name": "a=b"}],
        "spec.containers[0].env[0].name",
        INVALID,
        'Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters '
        "other than '='",
    ),
    (
        f"{_C}/env",
        [{"name": "A", "value": "x", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
        "spec.containers[0].env[0].valueFrom",
        INVALID,
        'Invalid value: "": may not be specified when `value` is not empty',
    ),
    (
        f"{_C}/env",
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nope"}}}],
        "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath",
        INVALID,
        'Invalid value: "spec.nope": error converting fieldPath: field label not supported: spec.nope',
    ),
    (
        f"{_C}/envFrom",
        [{}],
        "spec.containers[0].envFrom",
        INVALID,
        'Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
    ),
    (
        f"{_C}/volumeMounts",
        [{"name": "v", "mountPath": "/x"}],
        "spec.containers[0].volumeMounts[0].name",
        NOT_FOUND,
        'Not found: "v"',
    ),
    (
        f"{_C}/resources",
        {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}},
        "spec.containers[0].resources.requests",
        INVALID,
        'Invalid value: "2": must be less than or equal to cpu limit of 1',
    ),
    (
        f"{_C}/resources",
        {"requests": {"cpu": "-1"}},
        "spec.containers[0].resources.requests[cpu]",
        INVALID,
        'Invalid value: "-1": must be greater than or equal to 0',
    ),
    (
        f"{_C}/resources",
        {"limits": {"example.com/gpu": "500m"}},
        "spec.containers[0].resources.limits[example.com/gpu]",
        INVALID,
        'Invalid value: "500m": must be an integer',
    ),
    (
        f"{_C}/resources",
        {"limits": {"pods": "1"}},
        "spec.containers[0].resources.limits[pods]",
        INVALID,
        'Invalid value: "pods": must be a standard resource for containers',
    ),
    (
        f"{_C}/livenessProbe",
        {},
        "spec.containers[0].livenessProbe",
        REQUIRED,
        "Required value: must specify a handler type",
    ),
    (
        f"{_C}/livenessProbe",
        {"exec": {"command": ["x"]}, "successThreshold": 2},
        "spec.containers[0].livenessProbe.successThreshold",
        INVALID,
        "Invalid value: 2: must be 1",
    ),
    (
        f"{_C}/readinessProbe",
        {"exec": {"command": ["x"]}, "tcpSocket": {"port": 1}},
        "spec.containers[0].readinessProbe.tcpSocket",
        FORBIDDEN,
        "Forbidden: may not specify more than 1 handler type",
    ),
    (
        f"{_C}/lifecycle",
        {"preStop": {"sleep": {"seconds": 40}}},
        "spec.containers[0].lifecycle.preStop.sleep",
        INVALID,
        "Invalid value: 40: must be non-negative and less than terminationGracePeriodSeconds (30)",
    ),
    (
        f"{_C}/securityContext",
        {"runAsUser": -1},
        "spec.containers[0].securityContext.runAsUser",
        INVALID,
        "Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ),
    (
        "spec/initContainers",
        [{"name": "c", "image": "x"}],
        "spec.initContainers[0].name",
        DUPLICATE,
        'Duplicate value: "c"',
    ),
    (
        "spec/initContainers",
        [{"name": "i", "image": "x", "livenessProbe": {"exec": {"command": ["x"]}}}],
        "spec.initContainers[0].livenessProbe",
        FORBIDDEN,
        "Forbidden: may not be set for init containers without restartPolicy=Always",
    ),
    (
        "spec/ephemeralContainers",
        [{"name": "e", "image": "x"}],
        "spec.ephemeralContainers",
        FORBIDDEN,
        "Forbidden: cannot be set on create",
    ),
    (
        "spec/volumes",
        [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/x"}}],
        "spec.volumes[0].hostPath",
        FORBIDDEN,
        "Forbidden: may not specify more than 1 volume type",
    ),
    ("spec/volumes", [{"name": "v", "secret": {}}], "spec.volumes[0].secret.secretName", REQUIRED, "Required value"),
    (
        "spec/volumes",
        [{"name": "v", "configMap": {"name": "x", "items": [{"key": "k", "path": "../x"}]}}],
        "spec.volumes[0].configMap.items[0].path",
        INVALID,
        "Invalid value: \"../x\": must not contain '..'",
    ),
    (
        "spec/volumes",
        [{"name": "v", "configMap": {"name": "x", "defaultMode": 512}}],
        "spec.volumes[0].configMap.defaultMode",
        INVALID,
        "Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
    ),
    (
        "spec/volumes",
        [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}],
        "spec.volumes[0].projected.sources[0].serviceAccountToken",
        FORBIDDEN,
        "Forbidden: must not be specified when serviceAccountName is not set",
    ),
    (
        "spec/activeDeadlineSeconds",
        0,
        "spec.activeDeadlineSeconds",
        INVALID,
        "Invalid value: 0: must be between 1 and 2147483647, inclusive",
    ),
    (
        "spec/tolerations",
        [{"effect": "NoSchedule"}],
        "spec.tolerations[0].operator",
        INVALID,
        'Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ),
    (
        "spec/tolerations",
        [{"key": "a", "operator": "Exists", "tolerationSeconds": 1}],
        "spec.tolerations[0].effect",
        INVALID,
        "Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set",
    ),
    (
        "spec/affinity",
        {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}},
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
        REQUIRED,
        "Required value: must have at least one node selector term",
    ),
    (
        "spec/affinity",
        {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": ""}]}},
        "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey",
        REQUIRED,
        "Required value: can not be empty",
    ),
    (
        "spec/topologySpreadConstraints",
        [{"maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}],
        "spec.topologySpreadConstraints[0].maxSkew",
        INVALID,
        "Invalid value: 0: must be greater than zero",
    ),
    ("spec/dnsConfig", {"options": [{}]}, "spec.dnsConfig.options[0]", REQUIRED, "Required value: must not be empty"),
    (
        "spec/hostAliases",
        [{"ip": "x"}],
        "spec.hostAliases[0].ip",
        INVALID,
        'Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ),
    (
        "spec/os",
        {"name": "beos"},
        "spec.os",
        UNSUPPORTED,
        'Unsupported value: "beos": supported values: "linux", "windows"',
    ),
    ("metadata/name", ..., "metadata.name", REQUIRED, "Required value: name or generateName is required"),
    ("metadata/namespace", ..., "metadata.namespace", REQUIRED, "Required value"),
    (
        "metadata/finalizers",
        ["nonsense"],
        "metadata.finalizers[0]",
        INVALID,
        'Invalid value: "nonsense": name is neither a standard finalizer name nor is it fully qualified',
    ),
    (
        "metadata/ownerReferences",
        [{"apiVersion": "v1", "kind": "X", "name": "x", "uid": ""}],
        "metadata.ownerReferences.uid",
        INVALID,
        'Invalid value: "": must not be empty',
    ),
]


@pytest.mark.parametrize(("path", "value", "field", "reason", "message"), RULES)
def test_rules(server: Any, changed: Any, path: str, value: Any, field: str, reason: str, message: str) -> None:
    _, causes = server.create("pods", changed(minimal(), path, value))
    assert (field, reason, message) in causes


def test_all_causes_come_in_one_answer(server: Any) -> None:
    pod = minimal()
    pod["spec"]["containers"] = [{"name": "A"}, {"image": "x", "name": "ok"}, {"image": "x", "name": "ok"}]
    pod["spec"]["restartPolicy"] = "Maybe"
    _, causes = server.create("pods", pod)
    assert {field for field, _, _ in causes} == {
        "spec.containers[0].name",
        "spec.containers[0].image",
        "spec.containers[2].name",
        "spec.restartPolicy",
    }


LONG = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec/containers/0/image", "nginx:2"),
        ("spec/activeDeadlineSeconds", 5),
        ("spec/tolerations", [{"key": "a", "operator": "Exists"}]),
        ("metadata/labels", {"a": "b"}),
    ],
)
def test_what_may_change(server: Any, changed: Any, path: str, value: Any) -> None:
    pod, _ = server.create("pods", minimal())
    assert server.update("pods", pod, changed(pod, path, value)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec/containers/0/name", "d"),
        ("spec/nodeName", "n"),
        ("spec/hostname", "h"),
        ("spec/terminationGracePeriodSeconds", 1),
        ("spec/containers/0/resources", {"requests": {"cpu": "1"}}),
    ],
)
def test_what_may_not_change(server: Any, changed: Any, path: str, value: Any) -> None:
    pod, _ = server.create("pods", minimal())
    ((field, reason, message),) = server.update("pods", pod, changed(pod, path, value))
    assert (field, reason) == ("spec", FORBIDDEN)
    assert message.startswith(LONG)


def test_containers_come_and_go_never(server: Any) -> None:
    pod, _ = server.create("pods", minimal())
    more = {**pod, "spec": {**pod["spec"], "containers": pod["spec"]["containers"] * 2}}
    causes = server.update("pods", pod, more)
    assert ("spec.containers", FORBIDDEN, "Forbidden: pod updates may not add or remove containers") in causes


def test_negative_grace_may_become_one(server: Any, changed: Any) -> None:
    pod, _ = server.create("pods", changed(minimal(), "spec/terminationGracePeriodSeconds", -5))
    assert server.update("pods", pod, changed(pod, "spec/terminationGracePeriodSeconds", 1)) == []


def test_gated_pods_may_be_tied_closer(server: Any, changed: Any) -> None:
    pod, causes = server.create("pods", changed(minimal(), "spec/schedulingGates", [{"name": "example.com/g"}]))
    assert causes == []
    assert pod["status"]["conditions"][0]["reason"] == "SchedulingGated"
    assert server.update("pods", pod, changed(pod, "spec/nodeSelector", {"a": "b"})) == []
    assert server.update("pods", pod, changed(pod, "spec/schedulingGates", ...)) == []
    more = changed(pod, "spec/schedulingGates", [{"name": "example.com/g"}, {"name": "example.com/h"}])
    ((field, _, message),) = server.update("pods", pod, more)
    assert field == "spec.schedulingGates[1].name"
    assert message == "Forbidden: only deletion is allowed, but found new scheduling gate 'example.com/h'"


@pytest.mark.parametrize("field", ["uid", "creationTimestamp", "deletionTimestamp", "name", "namespace"])
def test_metadata_is_fixed(server: Any, changed: Any, field: str) -> None:
    pod, _ = server.create("pods", minimal())
    value = "2026-01-01T00:00:00Z" if "Timestamp" in field else "other"
    causes = server.update("pods", pod, changed(pod, f"metadata/{field}", value))
    assert (f"metadata.{field}", INVALID, f'Invalid value: "{value}": field is immutable') in causes


def test_status_keeps_quality_and_what_has_ended(server: Any, changed: Any) -> None:
    pod, _ = server.create("pods", changed(minimal(), "spec/restartPolicy", "Never"))
    ended = {"name": "c", "state": {"terminated": {"exitCode": 0}}}
    done = changed(pod, "status/containerStatuses", [ended])
    again = changed(pod, "status/containerStatuses", [{"name": "c", "state": {"running": {}}}])
    assert server.update("pods", pod, changed(done, "status/qosClass", ...), status=True) == []
    causes = server.update("pods", done, again, status=True)
    assert causes == [
        ("status.containerStatuses[0].state", FORBIDDEN, "Forbidden: may not be transitioned to non-terminated state")
    ]
    causes = server.update("pods", pod, changed(pod, "status/qosClass", "Guaranteed"), status=True)
    assert causes == [("status.qosClass", INVALID, 'Invalid value: "Guaranteed": field is immutable')]


def test_pod_ip_and_pod_ips_follow_each_other(server: Any, changed: Any) -> None:
    pod, _ = server.create("pods", minimal())
    assert server.decode("pods", changed(pod, "status/podIP", "10.0.0.1"))["status"]["podIPs"] == [{"ip": "10.0.0.1"}]
    assert server.decode("pods", changed(pod, "status/podIPs", [{"ip": "10.0.0.2"}]))["status"]["podIP"] == "10.0.0.2"


def test_ephemeral_containers_are_only_added(server: Any, changed: Any) -> None:
    pod, _ = server.create("pods", minimal())
    one = changed(pod, "spec/ephemeralContainers", [{"name": "e", "image": "x"}])
    errors = ErrorList()
    validate_ephemeral_containers_update(one, pod, errors)
    assert not errors
    validate_ephemeral_containers_update(pod, one, errors)
    assert errors.causes[0]["message"] == 'Forbidden: existing ephemeral containers "e" may not be removed\n'


@pytest.mark.parametrize(
    ("resources", "messages"),
    [
        ({"requests": {"cpu": "200m"}}, []),
        ({}, ["Invalid", "Forbidden: resource requests cannot be removed"]),
        ({"requests": {"cpu": "200m", "example.com/x": "1"}}, ["Forbidden: only cpu and memory resources are mutable"]),
    ],
)
def test_resize(server: Any, changed: Any, resources: Json, messages: list[str]) -> None:
    pod, _ = server.create("pods", changed(minimal(), "spec/containers/0/resources", {"requests": {"cpu": "100m"}}))
    errors = ErrorList()
    validate_pod_resize(changed(pod, "spec/containers/0/resources", resources), pod, errors)
    assert len(errors) == len(messages)
    assert all(c["message"].startswith(m) for c, m in zip(errors.causes, messages, strict=True))


def test_field_selectors() -> None:
    fields = definition_of(resource("pods")).fields
    pod = {
        "spec": {"nodeName": "n", "hostNetwork": True, "restartPolicy": "Never"},
        "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}]},
    }
    assert {name: getter(pod) for name, getter in fields.items()} == {
        "spec.nodeName": "n",
        "spec.host": "n",
        "spec.restartPolicy": "Never",
        "spec.schedulerName": "",
        "spec.serviceAccountName": "",
        "spec.hostNetwork": "true",
        "status.phase": "Running",
        "status.podIP": "10.0.0.1",
        "status.nominatedNodeName": "",
    }


def _running(**more: Any) -> Json:
    return {"name": "c", "ready": True, "restartCount": 0, "state": {"running": {}}, **more}


def _pod(status: Json, **more: Any) -> Json:
    return {
        "metadata": {"name": "p"},
        "spec": {"containers": [{}], "initContainers": [{}, {}]},
        "status": status,
        **more,
    }


_READY = [{"type": "Ready", "status": "True"}]


@pytest.mark.parametrize(
    ("pod", "reason", "ready"),
    [
        (_pod({"phase": "Pending"}), "Pending", "0/1"),
        (_pod({"phase": "Running", "containerStatuses": [_running()]}), "Running", "1/1"),
        (
            _pod({"phase": "Running", "containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
            "CrashLoopBackOff",
            "0/1",
        ),
        (
            _pod({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}),
            "ContainerCreating",
            "0/1",
        ),
        (
            _pod({"phase": "Succeeded", "containerStatuses": [{"state": {"terminated": {"reason": "Completed"}}}]}),
            "Completed",
            "0/1",
        ),
        (
            _pod({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]}),
            "ExitCode:3",
            "0/1",
        ),
        (
            _pod({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"signal": 9}}}]}),
            "Signal:9",
            "0/1",
        ),
        (_pod({"phase": "Pending", "initContainerStatuses": [{"state": {"running": {}}}]}), "Init:0/2", "0/1"),
        (
            _pod(
                {
                    "phase": "Pending",
                    "initContainerStatuses": [{"state": {"terminated": {"exitCode": 0}}}, {"state": {"waiting": {}}}],
                }
            ),
            "Init:1/2",
            "0/1",
        ),
        (
            _pod({"phase": "Pending", "initContainerStatuses": [{"state": {"terminated": {"exitCode": 1}}}]}),
            "Init:ExitCode:1",
            "0/1",
        ),
        (
            _pod(
                {"phase": "Pending", "initContainerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
            ),
            "Init:ImagePullBackOff",
            "0/1",
        ),
        (_pod({"phase": "Failed", "reason": "Evicted"}), "Evicted", "0/1"),
        (
            _pod(
                {"phase": "Running", "containerStatuses": [_running()]},
                metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"},
            ),
            "Terminating",
            "1/1",
        ),
        (
            _pod(
                {"phase": "Running", "reason": "NodeLost"},
                metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"},
            ),
            "Unknown",
            "0/1",
        ),
        (
            _pod(
                {
                    "phase": "Running",
                    "conditions": _READY,
                    "containerStatuses": [{"state": {"terminated": {"reason": "Completed"}}}, _running()],
                }
            ),
            "Running",
            "1/1",
        ),
        (
            _pod(
                {
                    "phase": "Pending",
                    "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}],
                }
            ),
            "SchedulingGated",
            "0/1",
        ),
    ],
)
def test_status_in_one_word(pod: Json, reason: str, ready: str) -> None:
    summary = summarize(pod)
    assert (summary.reason, f"{summary.ready}/{summary.total}") == (reason, ready)


def test_a_row_of_the_table() -> None:
    restarted = _running(restartCount=3, lastState={"terminated": {"finishedAt": "2026-01-01T11:55:00Z"}})
    pod = {
        "metadata": {"name": "web", "creationTimestamp": "2026-01-01T11:00:00Z"},
        "spec": {
            "containers": [{}],
            "nodeName": "node-1",
            "readinessGates": [{"conditionType": "example.com/a"}],
        },
        "status": {
            "phase": "Running",
            "podIPs": [{"ip": "10.0.0.1"}],
            "containerStatuses": [restarted],
            "conditions": [{"type": "example.com/a", "status": "True"}],
        },
    }
    row = {column.name: column.cell(pod, NOW) for column in POD_COLUMNS}
    assert row == {
        "Name": "web",
        "Ready": "1/1",
        "Status": "Running",
        "Restarts": "3 (5m ago)",
        "Age": "60m",
        "IP": "10.0.0.1",
        "Node": "node-1",
        "Nominated Node": "<none>",
        "Readiness Gates": "1/1",
    }
    assert [column.name for column in POD_COLUMNS if column.priority == 0] == [
        "Name",
        "Ready",
        "Status",
        "Restarts",
        "Age",
    ]


def test_causes_come_in_the_order_of_kubernetes(server: Any) -> None:
    pod = minimal()
    pod["spec"] |= {
        "preemptionPolicy": "X",
        "restartPolicy": "X",
        "tolerations": [{"key": "a b"}],
        "nodeName": "A B",
        "securityContext": {"runAsUser": -1, "supplementalGroupsPolicy": "X", "seccompProfile": {"type": "X"}},
        "volumes": [{"name": "V", "emptyDir": {}}],
        "initContainers": [{"name": "i", "image": "", "terminationMessagePolicy": "X"}],
        "hostname": "A.B",
    }
    pod["spec"]["containers"][0] |= {
        "imagePullPolicy": "X",
        "ports": [{"containerPort": 0, "protocol": "X"}],
        "securityContext": {"runAsUser": -1},
    }
    assert [cause[0] for cause in server.create("pods", pod)[1]] == [
        "spec.volumes[0].name",
        "spec.containers[0].ports[0].containerPort",
        "spec.containers[0].ports[0].protocol",
        "spec.containers[0].imagePullPolicy",
        "spec.containers[0].securityContext.runAsUser",
        "spec.initContainers[0].image",
        "spec.initContainers[0].terminationMessagePolicy",
        "spec.restartPolicy",
        "spec.securityContext.runAsUser",
        "spec.securityContext.seccompProfile.type",
        "spec.securityContext.supplementalGroupsPolicy",
        "spec.nodeName",
        "spec.hostname",
        "spec.tolerations[0].key",
        "spec.preemptionPolicy",
    ]
