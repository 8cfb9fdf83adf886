"""The official Python client, unmodified: create, read, watch, patch, delete, and its errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException

NAMESPACE = "official"


@pytest.fixture(scope="module")
def api(kubeconfig: Path) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(kubeconfig)) as api_client:
        namespace = client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE))
        client.CoreV1Api(api_client).create_namespace(namespace)
        yield api_client


def deployment(replicas: int) -> client.V1Deployment:
    container = client.V1Container(name="web", image="nginx:1.25", ports=[client.V1ContainerPort(container_port=80)])
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels={"app": "web"}), spec=client.V1PodSpec(containers=[container])
    )
    selector = client.V1LabelSelector(match_labels={"app": "web"})
    spec = client.V1DeploymentSpec(replicas=replicas, selector=selector, template=template)
    return client.V1Deployment(metadata=client.V1ObjectMeta(name="web"), spec=spec)


def test_objects_round_trip(api: client.ApiClient) -> None:
    core = client.CoreV1Api(api)
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="settings", labels={"a": "b"}), data={"x": "1"})
    made = core.create_namespaced_config_map(NAMESPACE, body)
    assert core.read_namespaced_config_map("settings", NAMESPACE).data == {"x": "1"}
    patched = core.patch_namespaced_config_map("settings", NAMESPACE, {"data": {"y": "2"}})
    assert patched.data == {"x": "1", "y": "2"}
    made.data = {"z": "3"}
    with pytest.raises(ApiException) as stale:
        core.replace_namespaced_config_map("settings", NAMESPACE, made)
    assert (stale.value.status, stale.value.reason) == (409, "Conflict")
    assert [item.metadata.name for item in core.list_namespaced_config_map(NAMESPACE, label_selector="a=b").items] == [
        "settings"
    ]
    core.delete_namespaced_config_map("settings", NAMESPACE)
    with pytest.raises(ApiException) as missing:
        core.read_namespaced_config_map("settings", NAMESPACE)
    assert missing.value.status == 404


def test_a_watch_shows_what_controllers_do(api: client.ApiClient) -> None:
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)
    version = core.list_namespaced_pod(NAMESPACE).metadata.resource_version
    apps.create_namespaced_deployment(NAMESPACE, deployment(2))
    names = set()
    stream = watch.Watch()
    for event in stream.stream(core.list_namespaced_pod, NAMESPACE, resource_version=version, timeout_seconds=20):
        assert event["type"] in ("ADDED", "MODIFIED")
        names.add(event["object"].metadata.name)
        if len(names) == 2:
            stream.stop()
    assert len(names) == 2
    assert all(name.startswith("web-") for name in names)


def test_scale_and_strategic_patch(api: client.ApiClient) -> None:
    apps = client.AppsV1Api(api)
    apps.patch_namespaced_deployment_scale("web", NAMESPACE, {"spec": {"replicas": 3}})
    assert apps.read_namespaced_deployment_scale("web", NAMESPACE).spec.replicas == 3
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1.26"}]}}}}
    patched = apps.patch_namespaced_deployment("web", NAMESPACE, change)
    [container] = patched.spec.template.spec.containers
    assert (container.image, container.ports[0].container_port) == ("nginx:1.26", 80)


def test_identity_and_rights(api: client.ApiClient) -> None:
    attributes = client.V1ResourceAttributes(verb="delete", resource="nodes")
    review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
    answer = client.AuthorizationV1Api(api).create_self_subject_access_review(review)
    assert answer.status.allowed
    versions = client.VersionApi(api).get_code()
    assert (versions.major, versions.minor) == ("1", "36")
