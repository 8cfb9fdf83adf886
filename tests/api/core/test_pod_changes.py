"""What may change of a pod, in itself, its sizes and its status: the exact words of what may not."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.core.pod_resize_validation import validate_pod_resize
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

_UPDATABLE = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"
)
_ONLY = "Forbidden: only cpu and memory resources are mutable"
_BACK = "Forbidden: may not be transitioned to non-terminated state"


def pod(container: Json | None = None, /, **spec: Any) -> Json:
    first = {"name": "c", "image": "i", **(container or {})}
    return {"metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [first], **spec}}


def causes(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(field, message) for field, _, message in found]


@pytest.mark.parametrize(
    ("path", "value", "diff"),
    [
        (
            "spec/hostname",
            "h",
            '@@ -64,7 +64,7 @@\n   "SELinuxChangePolicy": null\n  },\n  "ImagePullSecrets": null,\n- "Hostname": "",\n'
            '+ "Hostname": "h",\n  "Subdomain": "",\n  "SetHostnameAsFQDN": null,\n  "Affinity": null,\n',
        ),
        (
            "spec/hostNetwork",
            True,
            '@@ -44,7 +44,7 @@\n  "AutomountServiceAccountToken": null,\n  "NodeName": "",\n  "SecurityContext": {\n'
            '-  "HostNetwork": false,\n+  "HostNetwork": true,\n   "HostPID": false,\n   "HostIPC": false,\n'
            '   "ShareProcessNamespace": null,\n',
        ),
    ],
)
def test_the_difference_is_told(server: Any, changed: Any, path: str, value: Any, diff: str) -> None:
    old, _ = server.create("pods", pod())
    assert causes(server.update("pods", old, changed(old, path, value))) == [("spec", f"{_UPDATABLE}{diff}")]


def test_gated_pods_are_tied_closer_only(server: Any, changed: Any) -> None:
    old, _ = server.create("pods", pod(schedulingGates=[{"name": "g"}], nodeSelector={"a": "b"}))
    assert causes(server.update("pods", old, changed(old, "spec/nodeSelector", {"a": "c"}))) == [
        (
            "spec.nodeSelector",
            'Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        )
    ]


def sized(cpu: str, **more: Any) -> Json:
    return {"resources": {"requests": {"cpu": cpu}, **more}}


def running(given: Json, **status: Any) -> Json:
    return {**given, "status": {"containerStatuses": [{"name": "c", "state": {"running": {}}, **status}]}}


_SIDECAR = {"name": "s", "image": "i", "restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (pod(sized("1")), pod(sized("2")), []),
        (pod(sized("1", limits={"memory": "2Mi"})), pod(sized("1", limits={"memory": "1Mi"})), []),
        (
            pod(sized("1")),
            pod({"resources": {"requests": {"memory": "1Mi"}}}),
            [("spec.containers[0].resources.requests", "Forbidden: resource requests cannot be removed")],
        ),
        (
            pod(sized("1")),
            pod(),
            [
                ("spec", 'Invalid value: "": Pod QOS Class may not change as a result of resizing'),
                ("spec.containers[0].resources.requests", "Forbidden: resource requests cannot be removed"),
            ],
        ),
        (pod(sized("1")), pod({**sized("2"), "command": ["x"]}), [("spec", _ONLY)]),
        (pod(sized("1")), pod(sized("2"), hostname="h"), [("spec", _ONLY)]),
        (
            running(pod(sized("1"))),
            pod(sized("2")),
            [("spec", "Forbidden: Pod running on node without support for resize")],
        ),
        (running(pod(sized("1")), resources={}), pod(sized("2")), []),
        (
            pod(sized("1")),
            pod(sized("1"), containers=[]),
            [
                ("spec", 'Invalid value: "": Pod QOS Class may not change as a result of resizing'),
                ("spec.containers", "Forbidden: containers may not be added or removed on resize"),
            ],
        ),
        (
            pod(sized("1"), initContainers=[{"name": "a"}]),
            pod({**sized("1"), "name": "d"}, initContainers=[{"name": "b"}]),
            [
                ("spec.containers[0].name", "Forbidden: containers may not be renamed or reordered on resize"),
                ("spec.initContainers[0].name", "Forbidden: initContainers may not be renamed or reordered on resize"),
            ],
        ),
        (
            pod(sized("1"), initContainers=[{"name": "a"}]),
            pod(sized("1"), initContainers=[{"name": "a", **sized("1")}]),
            [("spec", "Forbidden: resources for non-sidecar init containers are immutable")],
        ),
        (
            pod(sized("1"), initContainers=[_SIDECAR]),
            pod(sized("1"), initContainers=[{**_SIDECAR, **sized("1", limits={"a.b/c": "1"})}]),
            [("spec", "Forbidden: only cpu and memory resources for sidecar containers are mutable")],
        ),
        (
            pod(sized("1"), resources={"requests": {"cpu": "2"}}),
            pod(sized("1"), resources={"requests": {"cpu": "3"}}),
            [],
        ),
        (
            pod(sized("1"), resources={"requests": {"cpu": "2"}}),
            pod(sized("1")),
            [("spec.resources", "Forbidden: pod-level resources cannot be removed"), ("spec", _ONLY)],
        ),
        (
            pod(sized("1"), resources={"requests": {"cpu": "2"}}),
            pod(sized("1"), resources={"requests": {"memory": "2Mi"}}),
            [("spec.resources.requests", "Forbidden: pod-level resource requests cannot be removed")],
        ),
        (pod(os={"name": "windows"}), pod(), [("", "Forbidden: windows pods cannot be resized")]),
    ],
)
def test_resizes(old: Json, new: Json, expected: list[tuple[str, str]]) -> None:
    errors = ErrorList()
    validate_pod_resize(new, old, errors)
    found = [(cause["field"], cause["message"]) for cause in errors.causes]
    assert found == [cause for cause in expected if len(expected) == 1 or cause != ("spec", _ONLY)]


def ended(code: int = 0, name: str = "c") -> Json:
    return {"name": name, "state": {"terminated": {"exitCode": code}}}


_AGAIN = {"name": "c", "state": {"running": {}}}
_RULES = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]
_ALL = [{"action": "RestartAllContainers", "exitCodes": {"operator": "NotIn", "values": [0]}}]


@pytest.mark.parametrize(
    ("spec", "code", "may_start"),
    [
        ({"restartPolicy": "Always"}, 0, True),
        ({"restartPolicy": "Never"}, 1, False),
        ({"restartPolicy": "OnFailure"}, 0, False),
        ({"restartPolicy": "OnFailure"}, 1, True),
        ({"restartPolicy": "Never", "containers": [{"name": "c", "restartPolicy": "OnFailure"}]}, 1, True),
        ({"containers": [{"name": "c", "restartPolicy": "Never", "restartPolicyRules": _RULES}]}, 42, True),
        ({"containers": [{"name": "c", "restartPolicy": "Never", "restartPolicyRules": _RULES}]}, 1, False),
        (
            {
                "restartPolicy": "Never",
                "containers": [{"name": "c"}, {"name": "d", "restartPolicy": "Never", "restartPolicyRules": _ALL}],
            },
            0,
            True,
        ),
        ({"containers": [{"name": "d"}]}, 0, False),
    ],
)
def test_what_has_ended_stays_so(server: Any, spec: Json, code: int, may_start: bool) -> None:
    old = {**pod(**spec), "status": {"containerStatuses": [ended(code)]}}
    new = {**pod(**spec), "status": {"containerStatuses": [_AGAIN]}}
    found = causes(server.update("pods", old, new, status=True))
    assert found == ([] if may_start else [("status.containerStatuses[0].state", _BACK)])


@pytest.mark.parametrize(
    ("spec", "before", "status", "expected"),
    [
        (
            {},
            {},
            {"conditions": [{"type": "Ready", "observedGeneration": -1}, {"type": "a b"}]},
            [
                ("status.conditions[0].observedGeneration", "Invalid value: -1: must be a non-negative integer"),
                (
                    "status.conditions[1].Type",
                    "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
                    "must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                    "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                ),
            ],
        ),
        (
            {"nodeName": "n"},
            {},
            {"nominatedNodeName": "m", "observedGeneration": -2},
            [
                (
                    "status.nominatedNodeName",
                    "Forbidden: may not be set on pods that are already bound to a node",
                ),
                ("status.observedGeneration", "Invalid value: -2: must be a non-negative integer"),
            ],
        ),
        ({}, {"qosClass": "Burstable"}, {"qosClass": "Guaranteed"}, ["status.qosClass"]),
        (
            {},
            {"ephemeralContainerStatuses": [ended()]},
            {"ephemeralContainerStatuses": [{**_AGAIN, "allocatedResourcesStatus": [{"name": "a"}]}]},
            [
                ("status.ephemeralContainerStatuses[0].state", _BACK),
                (
                    "status.ephemeralContainerStatuses[0].allocatedResourcesStatus",
                    "Forbidden: must not be specified in container status",
                ),
            ],
        ),
        (
            {},
            {},
            {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}]},
            [
                (
                    "status.podIPs",
                    'Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP '
                    "family",
                )
            ],
        ),
        ({}, {}, {"hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.2"}]}, ["status.hostIPs[0].ip"]),
        (
            {},
            {},
            {
                "containerStatuses": [
                    {"name": "c", "user": {"linux": {"uid": -1, "gid": 0, "supplementalGroups": [-2]}}}
                ]
            },
            [
                (
                    "status.containerStatuses[0].user.linux.uid",
                    "Invalid value: -1: must be between 0 and 2147483647, inclusive",
                ),
                (
                    "status.containerStatuses[0].user.linux.supplementalGroups[0]",
                    "Invalid value: -2: must be between 0 and 2147483647, inclusive",
                ),
            ],
        ),
        (
            {},
            {},
            {
                "containerStatuses": [
                    {
                        "name": "c",
                        "allocatedResourcesStatus": [
                            {
                                "name": "claim:x",
                                "resources": [
                                    {"resourceID": "a", "health": "X"},
                                    {"resourceID": "a", "health": "Healthy"},
                                ],
                            }
                        ],
                    }
                ]
            },
            [
                (
                    "status.containerStatuses[0].allocatedResourcesStatus[0].name",
                    'Invalid value: "claim:x": must match one of the container\'s resource claims in a format '
                    "'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty",
                ),
                (
                    "status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health",
                    'Unsupported value: "X": supported values: "Healthy", "Unhealthy", "Unknown"',
                ),
                (
                    "status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID",
                    'Duplicate value: "a"',
                ),
            ],
        ),
        (
            {},
            {},
            {"extendedResourceClaimStatus": {"requestMappings": [{"containerName": "x", "requestName": "r"}]}},
            [
                (
                    "status.extendedResourceClaimStatus.requestMappings[0].containerName",
                    'Invalid value: "x": must match the name of an entry in spec.initContainers.name or '
                    "spec.containers.name",
                ),
                ("status.extendedResourceClaimStatus.resourceClaimName", "Required value"),
            ],
        ),
    ],
)
def test_a_status(server: Any, spec: Json, before: Json, status: Json, expected: list[Any]) -> None:
    old = {**server.create("pods", pod(**spec))[0], "status": before}
    found = causes(server.update("pods", old, {**old, "status": status}, status=True))
    assert [
        cause if isinstance(wanted, tuple) else cause[0] for cause, wanted in zip(found, expected, strict=True)
    ] == (expected)
