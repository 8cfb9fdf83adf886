"""Values in errors as Go shows them: quoted strings, JSON, and objects in the form that Kubernetes keeps in memory."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.field import shown
from pybernetes.api.internal_form import internal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ("a", '"a"'),
        ('a"b\\', r'"a\"b\\"'),
        ("\x00\t\x7f", r'"\x00\t\x7f"'),
        ("é\u200b\U000e0001", r'"é\u200b\U000e0001"'),
        ("<&>", '"<&>"'),
        (["<&>"], r'["\u003c\u0026\u003e"]'),
        ({"b": 1, "a": True}, '{"a":true,"b":1}'),
        (-1, "-1"),
    ],
)
def test_plain_values(value: Any, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("shape", "value", "text"),
    [
        ("core.node.Taint", None, "null"),
        ("core.node.Taint", {"key": "a"}, '{"Key":"a","Value":"","Effect":"","TimeAdded":null}'),
        ("core.affinity.NodeSelectorTerm", [{}], '[{"MatchExpressions":null,"MatchFields":null}]'),
        (
            "core.service.ServicePort",
            {"port": 1, "protocol": "TCP"},
            '{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,"TargetPort":0,"NodePort":0}',
        ),
        (
            "meta.label_selector.LabelSelector",
            {"matchExpressions": [{"values": ["v"], "key": "k", "operator": "In"}], "matchLabels": {"b": "", "a": ""}},
            '{"matchLabels":{"a":"","b":""},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]}',
        ),
        (
            "meta.object_meta.OwnerReference",
            {"kind": "K", "apiVersion": "v1", "uid": "u", "name": "n"},
            '{"apiVersion":"v1","kind":"K","name":"n","uid":"u"}',
        ),
        (
            "core.container.ResourceRequirements",
            {"requests": {"memory": "1", "cpu": "1"}},
            '{"Limits":null,"Requests":{"cpu":"1","memory":"1"},"Claims":null}',
        ),
    ],
)
def test_objects(shape: str, value: Any, text: str) -> None:
    assert internal(value, shape) == text


def test_a_spec_says_of_the_host_in_its_security_context() -> None:
    text = internal({"containers": [], "hostNetwork": True, "hostUsers": False}, "core.pod.PodSpec")
    assert '"SecurityContext":{"HostNetwork":true,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,' in text
    assert '"HostUsers":false,"SELinuxOptions":null' in text


def test_the_metadata_of_a_template_stands_beside_its_spec() -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}
    text = internal(template, "core.pod_template.PodTemplateSpec")
    assert text.startswith('{"labels":{"a":"b"},"Spec":{"Volumes":null,"InitContainers":null,"Containers":[],')
