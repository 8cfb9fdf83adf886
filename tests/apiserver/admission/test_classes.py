"""Storage, ingress and runtime classes: what objects take over from them."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.storage_classes import default_storage_class
from tests.apiserver.conftest import Api

CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"
STORAGE = "/apis/storage.k8s.io/v1/storageclasses"
RUNTIMES = "/apis/node.k8s.io/v1/runtimeclasses"
PODS = "/api/v1/namespaces/default/pods"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
INGRESS_CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}
MERGE = "application/merge-patch+json"


def storage_class(name: str, annotations: dict[str, str] | None = None, **more: Any) -> Json:
    metadata = {"name": name, "annotations": annotations or {}}
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata, "provisioner": "x", **more}


def claim(name: str, **spec: Any) -> Json:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def pod(name: str, **spec: Any) -> Json:
    spec = {"containers": [{"name": "c", "image": "busybox"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def test_the_newest_default_wins() -> None:
    def made(name: str, at: str, **annotations: str) -> Json:
        return {"metadata": {"name": name, "creationTimestamp": at, "annotations": annotations}}

    classes = [made("old", "2026-01-01", **DEFAULT), made("b", "2026-01-02", **DEFAULT), made("none", "2026-01-03")]
    assert default_storage_class([*classes, made("a", "2026-01-02", **DEFAULT)]) == made("a", "2026-01-02", **DEFAULT)
    assert default_storage_class([made("none", "2026-01-03")]) is None


async def test_a_claim_without_a_class_gets_the_default(api: Api) -> None:
    assert "storageClassName" not in (await api.create(CLAIMS, claim("none")))["spec"]
    await api.create(STORAGE, storage_class("fast", DEFAULT))
    assert (await api.create(CLAIMS, claim("a")))["spec"]["storageClassName"] == "fast"
    assert (await api.create(CLAIMS, claim("b", storageClassName="")))["spec"]["storageClassName"] == ""
    assert (await api.create(CLAIMS, claim("c", storageClassName="slow")))["spec"]["storageClassName"] == "slow"


@pytest.mark.parametrize(
    ("phase", "grows", "message"),
    [
        ("Bound", True, ""),
        (
            "Bound",
            False,
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support "
            "resize",
        ),
    ],
)
async def test_a_claim_grows_if_its_class_lets_it(api: Api, phase: str, grows: bool, message: str) -> None:
    await api.create(STORAGE, storage_class("fast", allowVolumeExpansion=grows))
    made = await api.create(CLAIMS, claim("a", storageClassName="fast", volumeName="v"))
    made["status"] = {"phase": phase, "capacity": {"storage": "1Gi"}}
    await api.ok("PUT", f"{CLAIMS}/a/status", made)
    larger = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    status, answer = await api.call("PATCH", f"{CLAIMS}/a", larger, content_type=MERGE)
    assert (status, answer.get("message", "")) == (
        (403, f'persistentvolumeclaims "a" is forbidden: {message}') if message else (200, "")
    )


async def test_an_ingress_without_a_class_gets_the_default(api: Api) -> None:
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"}
    wanted: Json = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx", "annotations": annotations},
        "spec": {"controller": "example.com/x"},
    }
    await api.create(INGRESS_CLASSES, wanted)
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    ingress: Json = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i"},
        "spec": {"defaultBackend": backend},
    }
    assert (await api.create(INGRESSES, ingress))["spec"]["ingressClassName"] == "nginx"
    old = {**ingress, "metadata": {"name": "j", "annotations": {"kubernetes.io/ingress.class": "x"}}}
    assert "ingressClassName" not in (await api.create(INGRESSES, old))["spec"]


def runtime_class(**more: Any) -> Json:
    return {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "vm"}, "handler": "vm", **more}


async def test_what_a_pod_takes_over_from_its_runtime_class(api: Api) -> None:
    toleration = {"key": "vm", "operator": "Exists"}
    scheduling = {"nodeSelector": {"vm": "yes"}, "tolerations": [toleration]}
    await api.create(RUNTIMES, runtime_class(overhead={"podFixed": {"cpu": "250m"}}, scheduling=scheduling))
    made = await api.create(PODS, pod("a", runtimeClassName="vm", nodeSelector={"a": "b"}))
    assert made["spec"]["overhead"] == {"cpu": "250m"}
    assert made["spec"]["nodeSelector"] == {"a": "b", "vm": "yes"}
    assert toleration in made["spec"]["tolerations"]
    await api.create(PODS, pod("same", runtimeClassName="vm", overhead={"cpu": "0.25"}))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"runtimeClassName": "none"}, 'pod rejected: RuntimeClass "none" not found'),
        (
            {"runtimeClassName": "vm", "overhead": {"cpu": "1"}},
            "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
        ),
        (
            {"overhead": {"cpu": "1"}},
            "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
        ),
        (
            {"runtimeClassName": "vm", "nodeSelector": {"vm": "no"}},
            "conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no",
        ),
    ],
)
async def test_pods_that_do_not_fit_their_runtime_class(api: Api, spec: Json, message: str) -> None:
    scheduling = {"nodeSelector": {"vm": "yes"}}
    await api.create(RUNTIMES, runtime_class(overhead={"podFixed": {"cpu": "250m"}}, scheduling=scheduling))
    status, answer = await api.call("POST", PODS, pod("x", **spec))
    assert (status, answer["message"]) == (403, f'pods "x" is forbidden: {message}')
