"""What `create TYPE` makes, in a dry run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

Run = Callable[..., "tuple[int, str, str]"]
RBAC = "rbac.authorization.k8s.io"
READ_X = {"resourceNames": ["x"], "verbs": ["get", "list"]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("namespace a", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}),
        (
            "configmap c --from-literal=a=1 --from-literal=b=x=y",
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1", "b": "x=y"}},
        ),
        (
            "secret generic s --from-literal=a=1 --type=t",
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "MQ=="}, "type": "t"},
        ),
        (
            "service nodeport s --tcp=80:http --node-port=30000",
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "s", "labels": {"app": "s"}},
                "spec": {
                    "type": "NodePort",
                    "selector": {"app": "s"},
                    "ports": [
                        {"name": "80-http", "port": 80, "protocol": "TCP", "targetPort": "http", "nodePort": 30000}
                    ],
                },
            },
        ),
        (
            "role r --verb=get,list --resource=pods,deploy,pods/log --resource-name=x",
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "Role",
                "metadata": {"name": "r"},
                "rules": [
                    {"apiGroups": [""], "resources": ["pods", "pods/log"], **READ_X},
                    {"apiGroups": ["apps"], "resources": ["deployments"], **READ_X},
                ],
            },
        ),
        (
            "clusterrolebinding b --clusterrole=r --user=u --serviceaccount=n:s",
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "b"},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "r"},
                "subjects": [
                    {"apiGroup": RBAC, "kind": "User", "name": "u"},
                    {"kind": "ServiceAccount", "name": "s", "namespace": "n"},
                ],
            },
        ),
        (
            "quota q --hard=pods=2,cpu=1 --scopes=BestEffort",
            {
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": {"name": "q"},
                "spec": {"hard": {"pods": "2", "cpu": "1"}, "scopes": ["BestEffort"]},
            },
        ),
    ],
)
def test_objects(pyctl: Run, words: str, expected: dict[str, object]) -> None:
    made = pyctl("create", *words.split(), "--dry-run=client", "-o", "yaml")
    assert made.code == 0, made.err
    value = yaml.safe_load(made.out)
    value["metadata"].pop("namespace", None)
    assert value == expected


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            "configmap",
            "error: exactly one NAME is required, got 0\nSee 'pyctl create configmap -h' for help and examples\n",
        ),
        ("configmap c --from-literal=a", "error: invalid literal source a, expected key=value\n"),
        ("deployment d", 'error: required flag(s) "image" not set\n'),
        ("service clusterip s", "error: at least one tcp port specifier must be provided\n"),
        ("role r --resource=pods", "error: at least one verb must be specified\n"),
        ("rolebinding r", "error: exactly one of clusterrole or role must be specified\n"),
        ("namespace default", 'Error from server (AlreadyExists): namespaces "default" already exists\n'),
        ("token nope", 'error: failed to create token: serviceaccounts "nope" not found\n'),
    ],
)
def test_complaints(pyctl: Run, words: str, complaint: str) -> None:
    assert pyctl("create", *words.split()) == (1, "", complaint)


def test_a_token(pyctl: Run) -> None:
    assert pyctl("create", "token", "default").out.count(".") == 2
