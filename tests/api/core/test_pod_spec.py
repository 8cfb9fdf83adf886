"""Specs of pods: the causes that Kubernetes gives, with their exact words, in its order."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

_C = "spec.containers[0]"
_I = "spec.initContainers[0]"
_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_IDS = "must be between 0 and 2147483647, inclusive"
_NO_USERS = "Forbidden: when `hostUsers` is false"
_EPHEMERAL = "Forbidden: cannot be set for an Ephemeral Container"
_RULE = {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}
_CONTEXT = (
    '{"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,'
    '"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,'
    '"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}'
)


def pod(container: Json | None = None, /, **spec: Any) -> Json:
    first = {"name": "c", "image": "i", **(container or {})}
    return {"metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [first], **spec}}


def causes(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(field, message) for field, _, message in found]


def spread(**parts: Any) -> Json:
    constraint = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", **parts}
    return pod(topologySpreadConstraints=[constraint])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # the pod as a whole
        (
            pod(
                {"resources": {"limits": {"cpu": "2", "hugepages-2Mi": "8Mi"}}},
                resources={"requests": {"cpu": "1"}, "limits": {"cpu": "1", "hugepages-2Mi": "4Mi"}},
            ),
            [
                (
                    "spec.resources.requests[cpu]",
                    'Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
                ),
                (
                    "spec.resources.requests[hugepages-2Mi]",
                    'Invalid value: "4Mi": must be greater than or equal to aggregate container requests of 8Mi',
                ),
                (
                    "spec.resources.limits[hugepages-2Mi]",
                    'Invalid value: "4Mi": must be greater than or equal to aggregate container limits of 8Mi',
                ),
                (
                    "spec.resources.containers[0][cpu].limits",
                    'Invalid value: "2": must be less than or equal to pod limits of 1',
                ),
                (
                    "spec.resources.containers[0][hugepages-2Mi].limits",
                    'Invalid value: "8Mi": must be less than or equal to pod limits of 4Mi',
                ),
            ],
        ),
        # containers
        (pod({"image": " i"}), [(f"{_C}.image", 'Invalid value: " i": must not have leading or trailing whitespace')]),
        (
            pod(containers=[{"image": "i"}, {"image": "i"}]),
            [
                (f"{_C}.name", "Required value"),
                ("spec.containers[1].name", "Required value"),
                ("spec.containers[1].name", 'Duplicate value: ""'),
            ],
        ),
        (
            pod({"restartPolicyRules": [_RULE] * 21}),
            [
                (f"{_C}.restartPolicy", "Required value: must specify restartPolicy when restart rules are used"),
                (f"{_C}.restartPolicyRules", "Too long: may not be more than 20 bytes"),
            ],
        ),
        (
            pod(
                {"restartPolicy": "X", "restartPolicyRules": [{"action": "Y"}, {"action": "Restart", "exitCodes": {}}]}
            ),
            [
                (f"{_C}.restartPolicy", 'Unsupported value: "X": supported values: "Always", "Never", "OnFailure"'),
                (f"{_C}.restartPolicyRules[0].action", 'Unsupported value: "Y": supported values: "Restart"'),
                (f"{_C}.restartPolicyRules[0].exitCodes", "Required value: must be specified"),
                (
                    f"{_C}.restartPolicyRules[1].exitCodes.operator",
                    'Unsupported value: "": supported values: "In", "NotIn"',
                ),
            ],
        ),
        (
            pod(initContainers=[{"name": "i", "image": "i", "restartPolicyRules": [{"action": "Y"}]}]),
            [(f"{_I}.restartPolicy", "Required value: must specify restartPolicy when restart rules are used")],
        ),
        (
            pod(
                ephemeralContainers=[
                    {"name": "e", "image": "i", "resizePolicy": [], "resources": {"limits": {"cpu": "1"}}}
                ]
            ),
            [
                ("spec.ephemeralContainers[0].resources", _EPHEMERAL),
                ("spec.ephemeralContainers", "Forbidden: cannot be set on create"),
            ],
        ),
        # variables from files
        (
            pod(
                {"env": [{"name": "a", "valueFrom": {"fileKeyRef": {"key": "a=b", "volumeName": "A", "path": "../x"}}}]}
            ),
            [
                (
                    f"{_C}.env[0].valueFrom.fileKeyRef.key",
                    'Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII '
                    "characters other than '='",
                ),
                (f"{_C}.env[0].valueFrom.fileKeyRef.volumeName", f'Invalid value: "A": {_LABEL}'),
                (f"{_C}.env[0].valueFrom.fileKeyRef.path", "Invalid value: \"../x\": must not contain '..'"),
                (f"{_C}.env[0].valueFrom.fileKeyRef.volumeName", 'Not found: "A"'),
            ],
        ),
        (
            pod(
                {"env": [{"name": "a", "valueFrom": {"fileKeyRef": {"key": "a", "volumeName": "v", "path": "x"}}}]},
                volumes=[{"name": "v", "hostPath": {"path": "/"}}],
            ),
            [
                (
                    f"{_C}.env[0].valueFrom.fileKeyRef.volumeName",
                    'Invalid value: "v": referenced volume must be of type emptyDir',
                )
            ],
        ),
        (
            pod(
                {"env": [{"name": "a", "valueFrom": {"fileKeyRef": {"key": "a", "volumeName": "v", "path": "x"}}}]},
                volumes=[{"name": "v"}],
            ),
            [],
        ),
        # mounts
        (
            pod(
                {"volumeMounts": [{"name": "v", "mountPath": "/x", "subPath": "y"}]},
                volumes=[{"name": "v", "image": {"reference": "r"}}],
            ),
            [],
        ),
        # security
        (
            pod({"securityContext": {"runAsUser": -1, "privileged": True}}),
            [(f"{_C}.securityContext.runAsUser", f"Invalid value: -1: {_IDS}")],
        ),
        (
            pod({"securityContext": {"allowPrivilegeEscalation": False, "privileged": True}}),
            [
                (
                    f"{_C}.securityContext",
                    f"Invalid value: {_CONTEXT}: cannot set `allowPrivilegeEscalation` to false and `privileged` to "
                    "true",
                )
            ],
        ),
        (
            pod(securityContext={"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": "x"}}),
            [
                (
                    "spec.securityContext.seccompProfile.localhostProfile",
                    'Invalid value: {"Type":"RuntimeDefault","LocalhostProfile":"x"}: can only be set when seccomp '
                    "type is Localhost",
                )
            ],
        ),
        (
            pod(
                {"volumeDevices": [{"name": "v", "devicePath": "/d"}]},
                hostUsers=False,
                hostNetwork=True,
                hostPID=True,
                volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "x"}}],
            ),
            [
                ("spec.hostNetwork", _NO_USERS),
                ("spec.HostPID", _NO_USERS),
                (f"{_C}.volumeDevices", _NO_USERS),
            ],
        ),
        # names
        (
            pod(hostnameOverride="A", setHostnameAsFQDN=True, hostNetwork=True),
            [
                ("spec.hostnameOverride", "Forbidden: may not be specified when setHostnameAsFQDN is true"),
                ("spec.hostnameOverride", "Forbidden: may not be specified when hostNetwork is true"),
                (
                    "spec.hostnameOverride",
                    'Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric '
                    "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "
                    "'example.com', regex used for validation is "
                    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                ),
            ],
        ),
        # scheduling
        (pod(preemptionPolicy=""), [("spec.preemptionPolicy", "Required value")]),
        (
            pod(resourceClaims=[{"name": "a"}]),
            [
                (
                    "spec.resourceClaims[0]",
                    'Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must '
                    "specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
                )
            ],
        ),
        (
            spread(matchLabelKeys=["app"]),
            [
                (
                    "spec.topologySpreadConstraints[0].matchLabelKeys",
                    "Forbidden: must not be specified when labelSelector is not set",
                )
            ],
        ),
        (
            {
                **spread(matchLabelKeys=["app"], labelSelector={"matchLabels": {"app": "x"}}),
                "metadata": {"name": "p", "namespace": "default", "labels": {"app": "x"}},
            },
            [
                (
                    "spec.topologySpreadConstraints[0][0]",
                    'Invalid value: "app": exists in both matchLabelKeys and labelSelector',
                )
            ],
        ),
        # what belongs to features that are off is dropped
        (pod({"lifecycle": {"stopSignal": "SIGNOTHING"}}, schedulingGroup={"podGroupName": "g"}), []),
        (pod(volumes=[{"name": "v", "projected": {"sources": [{"podCertificate": {"keyType": "X"}}]}}]), []),
    ],
)
def test_rules(server: Any, given: Json, expected: list[tuple[str, str]]) -> None:
    assert causes(server.create("pods", given)[1]) == expected


APPARMOR = "container.apparmor.security.beta.kubernetes.io/c"
SECCOMP = "container.seccomp.security.alpha.kubernetes.io/c"
TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"


def annotated(key: str, value: str, context: Json | None = None) -> Json:
    given = pod({"securityContext": context} if context else None)
    given["metadata"]["annotations"] = {key: value}
    return given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            annotated(SECCOMP, "x"),
            [(f"metadata.annotations.{SECCOMP}", 'Invalid value: "x": must be a valid seccomp profile')],
        ),
        (
            annotated(SECCOMP, "localhost/../x"),
            [(f"metadata.annotations.{SECCOMP}", "Invalid value: \"../x\": must not contain '..'")],
        ),
        (annotated(SECCOMP, "docker/default", {"seccompProfile": {"type": "RuntimeDefault"}}), []),
        (
            annotated(SECCOMP, "unconfined", {"seccompProfile": {"type": "RuntimeDefault"}}),
            [
                (
                    f"{_C}.securityContext.seccompProfile.type",
                    "Forbidden: seccomp type in annotation and field must match",
                )
            ],
        ),
        (
            annotated(APPARMOR, "unconfined", {"appArmorProfile": {"type": "RuntimeDefault"}}),
            [
                (
                    f"{_C}.securityContext.appArmorProfile.type",
                    "Forbidden: apparmor type in annotation and field must match",
                )
            ],
        ),
        (
            annotated(APPARMOR, "localhost/a", {"appArmorProfile": {"type": "Localhost", "localhostProfile": "b"}}),
            [
                (
                    f"{_C}.securityContext.appArmorProfile.localhostProfile",
                    "Forbidden: apparmor profile in annotation and field must match",
                )
            ],
        ),
        (
            annotated(APPARMOR, "x"),
            [(f"metadata.annotations[{APPARMOR}]", 'Invalid value: "x": invalid AppArmor profile name: "x"')],
        ),
        (
            annotated(TOLERATIONS, "{}"),
            [
                (
                    "metadata.annotations",
                    f'Invalid value: "{TOLERATIONS}": json: cannot unmarshal object into Go value of type '
                    "[]core.Toleration",
                )
            ],
        ),
        (
            annotated(TOLERATIONS, '[{"operator":"X","key":"a"}]'),
            [
                (
                    f"metadata.annotations.{TOLERATIONS}[0].operator",
                    'Unsupported value: "X": supported values: "Equal", "Exists"',
                )
            ],
        ),
    ],
)
def test_annotations(server: Any, given: Json, expected: list[tuple[str, str]]) -> None:
    assert causes(server.create("pods", given)[1]) == expected


@pytest.mark.parametrize(
    ("annotation", "profile"),
    [
        ("unconfined", {"type": "Unconfined"}),
        ("runtime/default", {"type": "RuntimeDefault"}),
        ("localhost/x", {"type": "Localhost", "localhostProfile": "x"}),
        ("localhost/", None),
    ],
)
def test_a_profile_in_an_annotation_comes_into_the_field(server: Any, annotation: str, profile: Json | None) -> None:
    made = server.create("pods", annotated(APPARMOR, annotation))[0]["spec"]["containers"][0]
    assert made.get("securityContext") == ({"appArmorProfile": profile} if profile else None)


def test_templates_are_held_to_the_same(server: Any) -> None:
    template = annotated(APPARMOR, "unconfined", {"appArmorProfile": {"type": "RuntimeDefault"}})
    found = causes(
        server.create("podtemplates", {"metadata": {"name": "t", "namespace": "d"}, "template": template})[1]
    )
    assert found == [
        (
            "template.spec.containers[0].securityContext.appArmorProfile.type",
            "Forbidden: apparmor type in annotation and field must match",
        )
    ]
