"""PodSecurity: the checks as a table, and what a namespace's labels do with them."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.pod_security_levels import Policy, findings, policies_of, told
from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api

PODS = "/api/v1/namespaces/default/pods"
LABEL = "pod-security.kubernetes.io/"
MERGE = "application/merge-patch+json"
SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def container(name: str = "c", **context: Any) -> Json:
    return {"name": name, "image": "busybox", **({"securityContext": context} if context else {})}


def spec(*containers: Json, **more: Any) -> Json:
    return {"containers": list(containers) or [container()], **more}


def under(level: str, found: Json, minor: int | None = None, annotations: dict[str, str] | None = None) -> str:
    policy = Policy(level) if minor is None else Policy(level, minor)
    return told(findings(policy, {"annotations": annotations or {}}, found))


def volume(name: str, source: str) -> Json:
    return {"name": name, source: {}}


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (spec(), ""),
        (
            spec(container(privileged=True)),
            'privileged (container "c" must not set securityContext.privileged=true)',
        ),
        (
            spec(container("a", privileged=True), container("b", privileged=True)),
            'privileged (containers "a", "b" must not set securityContext.privileged=true)',
        ),
        (
            spec(hostNetwork=True, hostPID=True, hostIPC=True),
            "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)",
        ),
        (
            spec(volumes=[volume("a", "hostPath"), volume("b", "hostPath"), volume("c", "emptyDir")]),
            'hostPath volumes (volumes "a", "b")',
        ),
        (
            spec({**container(), "ports": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}]}),
            'hostPort (container "c" uses hostPort 80)',
        ),
        (
            spec(
                {**container("a"), "ports": [{"containerPort": 80, "hostPort": 80}]},
                {**container("b"), "ports": [{"containerPort": 81, "hostPort": 81}]},
            ),
            'hostPort (containers "a", "b" use hostPorts 80, 81)',
        ),
        (
            spec(container(capabilities={"add": ["NET_ADMIN", "CHOWN", "BPF"]})),
            'non-default capabilities (container "c" must not include "BPF", "NET_ADMIN" in '
            "securityContext.capabilities.add)",
        ),
        (
            spec(container(appArmorProfile={"type": "Unconfined"})),
            'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
        ),
        (
            spec(
                container(seccompProfile={"type": "Unconfined"}),
                securityContext={"seccompProfile": {"type": "Unconfined"}},
            ),
            'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            spec(
                container("a", seLinuxOptions={"type": "foo", "user": "u"}),
                securityContext={"seLinuxOptions": {"role": "r"}},
            ),
            'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "foo"; '
            "user may not be set; role may not be set)",
        ),
        (
            spec(securityContext={"sysctls": [{"name": "net.core.somaxconn"}, {"name": "kernel.msgmax"}]}),
            "forbidden sysctls (net.core.somaxconn, kernel.msgmax)",
        ),
        (
            spec(securityContext={"windowsOptions": {"hostProcess": True}}),
            "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
        ),
        (
            spec(container(procMount="Unmasked")),
            'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
        ),
        (spec(container(procMount="Unmasked"), hostUsers=False), ""),
        (
            spec({**container(), "livenessProbe": {"tcpSocket": {"host": "::1", "port": 1}}}),
            'probe or lifecycle host (container "c" uses probe or lifecycle host "::1")',
        ),
        (
            spec(
                initContainers=[container("i", privileged=True)], ephemeralContainers=[container("e", privileged=True)]
            ),
            'privileged (containers "i", "e" must not set securityContext.privileged=true)',
        ),
    ],
)
def test_baseline(found: Json, message: str) -> None:
    assert under("baseline", found) == message
    assert under("privileged", found) == ""


def test_an_annotation_can_ask_for_no_apparmor_too() -> None:
    key = "container.apparmor.security.beta.kubernetes.io/c"
    assert under("baseline", spec(), annotations={key: "runtime/default"}) == ""
    assert under("baseline", spec(), annotations={key: "unconfined"}) == (
        f'forbidden AppArmor profile (annotation must not set AppArmor profile type to "{key}="unconfined"")'
    )


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (spec(container(**SAFE)), ""),
        (
            spec(),
            'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)'
            ", "
            'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), '
            'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), '
            'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
            '"Localhost")',
        ),
        (
            spec(
                container(**{**SAFE, "capabilities": {"drop": ["ALL"], "add": ["CHOWN", "NET_BIND_SERVICE"]}}),
            ),
            'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
        ),
        (
            spec(container(**SAFE), volumes=[volume("a", "hostPath"), volume("b", "nfs"), volume("c", "secret")]),
            'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
        ),
        (
            spec(container(**{**SAFE, "runAsNonRoot": None}), securityContext={"runAsNonRoot": False}),
            "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)",
        ),
        (
            spec(container(**SAFE, runAsUser=0)),
            'runAsUser=0 (container "c" must not set runAsUser=0)',
        ),
        (
            spec(
                container("a", **{**SAFE, "seccompProfile": None}), container("b", **{**SAFE, "seccompProfile": None})
            ),
            'seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to '
            '"RuntimeDefault" or "Localhost")',
        ),
        (
            spec(container(**SAFE, procMount="Unmasked"), hostUsers=False),
            'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
        ),
        (
            spec(container(**SAFE, privileged=True), hostNetwork=True),
            "host namespaces (hostNetwork=true), "
            'privileged (container "c" must not set securityContext.privileged=true)',
        ),
    ],
)
def test_restricted(found: Json, message: str) -> None:
    assert under("restricted", found) == message


@pytest.mark.parametrize(
    ("level", "minor", "found", "allowed"),
    [
        ("baseline", 33, spec({**container(), "livenessProbe": {"tcpSocket": {"host": "x"}}}), True),
        ("baseline", 34, spec({**container(), "livenessProbe": {"tcpSocket": {"host": "x"}}}), False),
        ("baseline", 31, spec(securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}), False),
        ("baseline", 32, spec(securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}), True),
        ("restricted", 22, spec(container(**SAFE, runAsUser=0)), True),
        ("restricted", 23, spec(container(**SAFE, runAsUser=0)), False),
        ("restricted", 34, spec(container(**SAFE, runAsUser=0), hostUsers=False), False),
        ("restricted", 35, spec(container(**SAFE, runAsUser=0), hostUsers=False), True),
        ("restricted", 21, spec(container(**{**SAFE, "capabilities": {"add": ["BPF"]}})), False),
        ("restricted", 25, spec(container(runAsNonRoot=True), os={"name": "windows"}), True),
        ("restricted", 24, spec(container(runAsNonRoot=True), os={"name": "windows"}), False),
    ],
)
def test_versions(level: str, minor: int, found: Json, allowed: bool) -> None:
    assert (under(level, found, minor) == "") == allowed


@pytest.mark.parametrize(
    ("labels", "enforce", "warn"),
    [
        ({}, "privileged:latest", "privileged:latest"),
        ({"enforce": "baseline", "enforce-version": "v1.30"}, "baseline:v1.30", "baseline:v1.30"),
        ({"enforce": "baseline", "warn": "restricted"}, "baseline:latest", "restricted:latest"),
        ({"enforce": "baseline", "warn": "privileged"}, "baseline:latest", "privileged:latest"),
        ({"enforce": "nonsense"}, "restricted:latest", "restricted:latest"),
    ],
)
def test_labels(labels: dict[str, str], enforce: str, warn: str) -> None:
    found = policies_of({f"{LABEL}{key}": value for key, value in labels.items()})
    assert (str(found.enforce), str(found.warn)) == (enforce, warn)


async def set_labels(api: Api, **labels: str) -> tuple[int, Json, str]:
    body = {"metadata": {"labels": {f"{LABEL}{key}": value for key, value in labels.items()}}}
    return await asked(api, "PATCH", "/api/v1/namespaces/default", body, content_type=MERGE)


async def asked(api: Api, method: str, path: str, body: Json, **more: Any) -> tuple[int, Json, str]:
    """Status, answer, and the Warning header."""
    import orjson

    answer = await api.answer(method, path, body, **more)
    assert isinstance(answer, Response)
    return answer.status, orjson.loads(answer.body), (answer.headers or {}).get("warning", "")


def pod(name: str, found: Json) -> Json:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": found}


async def test_a_pod_outside_the_level_is_refused(api: Api) -> None:
    await set_labels(api, enforce="baseline")
    status, answer, warning = await asked(api, "POST", PODS, pod("x", spec(container(privileged=True))))
    assert (status, warning) == (403, "")
    assert answer["message"] == (
        'pods "x" is forbidden: violates PodSecurity "baseline:latest": '
        'privileged (container "c" must not set securityContext.privileged=true)'
    )
    assert (await asked(api, "POST", PODS, pod("y", spec())))[0] == 201


async def test_warnings(api: Api) -> None:
    await set_labels(api, warn="restricted")
    status, _, warning = await asked(api, "POST", PODS, pod("x", spec()))
    assert status == 201
    assert warning.startswith('299 - "would violate PodSecurity \\"restricted:latest\\": allowPrivilegeEscalation')
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec(container(**SAFE, privileged=True))}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    template["spec"]["containers"][0]["securityContext"].pop("allowPrivilegeEscalation")
    status, _, warning = await asked(api, "POST", "/apis/apps/v1/namespaces/default/deployments", deployment)
    assert status == 201
    assert "privileged (container" in warning


async def test_labels_that_mean_nothing(api: Api) -> None:
    status, answer, _ = await set_labels(api, enforce="strict", **{"warn-version": "1.30"})
    assert status == 422
    assert answer["message"] == (
        'Namespace "default" is invalid: ['
        'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, '
        "baseline, restricted, "
        'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.30": must be "latest" or "v1.x"]'
    )


async def test_a_namespace_that_gets_stricter_tells_whom_it_shuts_out(api: Api) -> None:
    for name in ("b", "a"):
        await asked(api, "POST", PODS, pod(name, spec(container(privileged=True))))
    await asked(api, "POST", PODS, pod("ok", spec()))
    status, _, warning = await set_labels(api, enforce="baseline")
    assert status == 200
    assert warning == (
        '299 - "existing pods in namespace \\"default\\" violate the new PodSecurity enforce level '
        '\\"baseline:latest\\""\n299 - "a (and 1 other pod): privileged"'
    )
    status, _, _ = await asked(api, "PATCH", f"{PODS}/a", {"metadata": {"labels": {"x": "y"}}}, content_type=MERGE)
    assert status == 200
