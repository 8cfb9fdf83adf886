"""What Go's decoder says of values of a wrong type, and which of several it tells."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.resources import resource_for_kind
from pybernetes.api.schema.decode import DecodeError


def message(api_version: str, kind: str, obj: Any) -> str:
    resource = resource_for_kind(api_version, kind)
    assert resource is not None
    with pytest.raises(DecodeError) as refused:
        definition_of(resource).decoder.decode(obj)
    return str(refused.value).removeprefix("json: cannot unmarshal ")


def pod(**container: Any) -> Any:
    return {"spec": {"containers": [{"name": "a", **container}]}}


@pytest.mark.parametrize(
    ("obj", "said"),
    [
        (
            pod(ports=[{"protocol": 1}]),
            "number into Go struct field ContainerPort.spec.containers.ports.protocol of type v1.Protocol",
        ),
        (
            pod(securityContext={"capabilities": {"add": {}}}),
            "object into Go struct field Capabilities.spec.containers.securityContext.capabilities.add "
            "of type []v1.Capability",
        ),
        (
            pod(securityContext={"capabilities": {"add": [1]}}),
            "number into Go struct field Capabilities.spec.containers.securityContext.capabilities.add "
            "of type v1.Capability",
        ),
        (
            pod(resources={"limits": True}),
            "bool into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
        ),
        ({"metadata": {"labels": {"a": 1}}}, "number into Go struct field ObjectMeta.metadata.labels of type string"),
        ({"metadata": {"uid": 1}}, "number into Go struct field ObjectMeta.metadata.uid of type types.UID"),
        ({"metadata": True}, "bool into Go struct field Pod.metadata of type v1.ObjectMeta"),
    ],
)
def test_fields_of_a_pod(obj: Any, said: str) -> None:
    assert message("v1", "Pod", obj) == said


def test_types_of_a_group_with_several_versions() -> None:
    said = "string into Go struct field HorizontalPodAutoscaler.spec of type v2.HorizontalPodAutoscalerSpec"
    assert message("autoscaling/v2", "HorizontalPodAutoscaler", {"spec": "x"}) == said


@pytest.mark.parametrize(
    ("obj", "field"),
    [
        ({"spec": {"nodeName": 1, "hostNetwork": 1}}, "PodSpec.spec.nodeName"),
        ({"spec": {"hostNetwork": 1, "nodeName": 1}}, "PodSpec.spec.hostNetwork"),
        ({"spec": {"containers": [{}, {"name": 1}, {"image": 1}]}}, "Container.spec.containers.name"),
        # A time reads itself, and what it refuses ends the decoding.
        ({"spec": {"nodeName": 1}, "metadata": {"creationTimestamp": 1}}, "ObjectMeta.metadata.creationTimestamp"),
    ],
)
def test_the_error_that_is_told_is_the_first_in_the_text(obj: Any, field: str) -> None:
    assert f"Go struct field {field} of" in message("v1", "Pod", obj)
