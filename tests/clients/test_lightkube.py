"""lightkube, unmodified: typed resources, server-side apply, watches, custom resources, errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lightkube import ApiError, Client, KubeConfig, codecs
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Namespace, Pod
from lightkube.types import PatchType

NAMESPACE = "lightkube"
DEPLOYMENT = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {NAMESPACE}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: "nginx:1.25"}}]}}
"""


@pytest.fixture(scope="module")
def client(kubeconfig: Path) -> Iterator[Client]:
    made = Client(config=KubeConfig.from_file(str(kubeconfig)), namespace=NAMESPACE, field_manager="lightkube-test")
    made.create(Namespace(metadata=ObjectMeta(name=NAMESPACE)))
    yield made
    made.close()


def test_objects_round_trip(client: Client) -> None:
    made = client.create(ConfigMap(metadata=ObjectMeta(name="settings", labels={"a": "b"}), data={"x": "1"}))
    assert made.metadata is not None and made.metadata.uid
    patched = client.patch(ConfigMap, "settings", {"data": {"y": "2"}}, patch_type=PatchType.MERGE)
    assert patched.data == {"x": "1", "y": "2"}
    with pytest.raises(ApiError) as stale:
        client.replace(ConfigMap(metadata=made.metadata, data={}))
    assert stale.value.status.reason == "Conflict"
    assert [each.metadata.name for each in client.list(ConfigMap, labels={"a": "b"}) if each.metadata] == ["settings"]
    client.delete(ConfigMap, "settings")
    with pytest.raises(ApiError) as missing:
        client.get(ConfigMap, "settings")
    assert missing.value.status.code == 404


def test_apply_and_watch_the_pods_come(client: Client) -> None:
    for obj in codecs.load_all_yaml(DEPLOYMENT):
        client.apply(obj)
    names = set()
    for event, pod in client.watch(Pod, labels={"app": "web"}, server_timeout=20):
        if event == "ADDED" and pod.metadata is not None:
            names.add(pod.metadata.name)
        if len(names) == 2:
            break
    assert len(names) == 2
    scale = client.get(Deployment.Scale, "web")
    assert scale.spec is not None and scale.spec.replicas == 2
    found = client.get(Deployment, "web")
    managers = (
        {entry.manager for entry in (found.metadata.managedFields or ()) if found.metadata} if found.metadata else set()
    )
    assert "lightkube-test" in managers


def test_a_conflict_of_managers_can_be_forced(client: Client) -> None:
    change = next(iter(codecs.load_all_yaml(DEPLOYMENT.replace("replicas: 2", "replicas: 3"))))
    with pytest.raises(ApiError) as conflict:
        client.apply(change, field_manager="somebody-else")
    assert conflict.value.status.code == 409
    assert "lightkube-test" in str(conflict.value.status.message)
    forced: Any = client.apply(change, field_manager="somebody-else", force=True)
    assert forced.spec.replicas == 3


def test_a_custom_resource(client: Client) -> None:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    crd = CustomResourceDefinition.from_dict(
        {
            "metadata": {"name": "boats.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {"plural": "boats", "singular": "boat", "kind": "Boat"},
                "versions": [
                    {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}},
                ],
            },
        }
    )
    client.create(crd)
    client.wait(CustomResourceDefinition, "boats.example.com", for_conditions=["Established"])
    boat = create_namespaced_resource("example.com", "v1", "Boat", "boats")
    made = client.create(boat(metadata=ObjectMeta(name="a"), spec={"size": 3, "unknown": 1}))
    assert made.spec == {"size": 3}
    with pytest.raises(ApiError) as wrong:
        client.create(boat(metadata=ObjectMeta(name="b"), spec={"size": "large"}))
    assert wrong.value.status.code == 422
