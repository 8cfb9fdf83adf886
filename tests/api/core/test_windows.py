"""What a pod may say to Windows, as a table; and old annotations beside the fields that took their place."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

INVALID, FORBIDDEN = "FieldValueInvalid", "FieldValueForbidden"


def pod(options: Json | None = None, container: Json | None = None, **spec: Any) -> Json:
    made: Json = {"name": "c", "image": "x"}
    if container is not None:
        made["securityContext"] = {"windowsOptions": container}
    if options is not None:
        spec["securityContext"] = {"windowsOptions": options}
    return {"metadata": {"name": "p", "namespace": "d"}, "spec": {"containers": [made], **spec}}


_AT = "spec.securityContext.windowsOptions"
RULES: list[tuple[Json, str, str]] = [
    (pod({"gmsaCredentialSpec": ""}), f"{_AT}.gmsaCredentialSpec", '"": gmsaCredentialSpec cannot be an empty string'),
    (pod({"runAsUserName": ""}), f"{_AT}.runAsUserName", '"": runAsUserName cannot be an empty string'),
    (
        pod({"runAsUserName": "a\\b\\c"}),
        f"{_AT}.runAsUserName",
        '"a\\\\b\\\\c": runAsUserName cannot contain more than one backslash',
    ),
    (
        pod({"runAsUserName": "?\\u"}),
        f"{_AT}.runAsUserName",
        "\"?\\\\u\": runAsUserName's Domain doesn't match the NetBios nor the DNS format",
    ),
    (pod({"runAsUserName": "d\\"}), f"{_AT}.runAsUserName", '"d\\\\": runAsUserName\'s User cannot be empty'),
    (
        pod({"runAsUserName": ". ."}),
        f"{_AT}.runAsUserName",
        '". .": runAsUserName\'s User cannot contain only periods or spaces',
    ),
    (
        pod({"runAsUserName": "a@b"}),
        f"{_AT}.runAsUserName",
        '"a@b": runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]',
    ),
    (
        pod({"hostProcess": True}),
        "spec.hostNetwork",
        "false: hostNetwork must be true if pod contains any hostProcess containers",
    ),
    (
        pod({"hostProcess": True}, {"hostProcess": False}, hostNetwork=True),
        "spec.containers[0].securityContext.windowsOptions.hostProcess",
        "false: pod hostProcess value must be identical if both are specified, was true",
    ),
    (
        pod(
            None,
            {"hostProcess": True},
            hostNetwork=True,
            initContainers=[{"name": "i", "image": "x"}],
        ),
        "spec",
        '"": If pod contains any hostProcess containers then all containers must be HostProcess containers',
    ),
]


@pytest.mark.parametrize(("obj", "field", "message"), RULES)
def test_rules(server: Any, obj: Json, field: str, message: str) -> None:
    assert (field, INVALID, f"Invalid value: {message}") in server.create("pods", obj)[1]


@pytest.mark.parametrize(
    ("said", "profile", "field"),
    [
        ("unconfined", {"type": "Unconfined"}, ""),
        ("docker/default", {"type": "RuntimeDefault"}, ""),
        ("unconfined", {"type": "RuntimeDefault"}, "type"),
        ("localhost/a", {"type": "Localhost", "localhostProfile": "a"}, ""),
        ("localhost/a", {"type": "Localhost", "localhostProfile": "b"}, "localhostProfile"),
        ("unconfined", {"type": "Localhost", "localhostProfile": "b"}, "type"),
    ],
)
def test_seccomp_annotations_say_what_the_fields_say(server: Any, said: str, profile: Json, field: str) -> None:
    obj = pod(securityContext={"seccompProfile": profile})
    obj["metadata"]["annotations"] = {"seccomp.security.alpha.kubernetes.io/pod": said}
    causes = server.create("pods", obj)[1]
    assert [cause[:2] for cause in causes] == (
        [(f"spec.securityContext.seccompProfile.{field}", FORBIDDEN)] if field else []
    )
