"""Roles and bindings: every rule as a row, with all causes at once in Kubernetes' order."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

GROUP = "rbac.authorization.k8s.io"
INVALID, REQUIRED, UNSUPPORTED = "FieldValueInvalid", "FieldValueRequired", "FieldValueNotSupported"
_META = {"name": "a", "namespace": "default"}
_MIXED = "rules cannot apply to both regular resources and non-resource URLs"
_GROUPS = f'supported values: "{GROUP}"'
_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
Causes = list[tuple[str, str, str]]


@pytest.mark.parametrize(
    ("rule", "causes"),
    [
        ({"verbs": ["get"], "nonResourceURLs": ["/x"]}, []),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods", "secrets"], "resourceNames": ["a"]}, []),
        (
            {"verbs": []},
            [
                ("rules[0].verbs", REQUIRED, "Required value: verbs must contain at least one value"),
                ("rules[0].apiGroups", REQUIRED, "Required value: resource rules must supply at least one api group"),
                ("rules[0].resources", REQUIRED, "Required value: resource rules must supply at least one resource"),
            ],
        ),
        (
            {"verbs": ["get"], "nonResourceURLs": ["/x"], "resourceNames": ["a"]},
            [("rules[0].nonResourceURLs", INVALID, f'Invalid value: ["/x"]: {_MIXED}')],
        ),
    ],
)
def test_rules_of_cluster_roles(server: Any, rule: Json, causes: Causes) -> None:
    role = {"metadata": {"name": "a:b"}, "rules": [rule]}
    assert server.create(f"clusterroles.{GROUP}", role)[1] == causes


def test_rules_of_roles(server: Any) -> None:
    rule = {"verbs": ["get"], "nonResourceURLs": ["/x"], "resources": ["pods"]}
    alone = 'Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'
    assert server.create(f"roles.{GROUP}", {"metadata": _META, "rules": [rule]})[1] == [
        ("rules[0].nonResourceURLs", INVALID, alone),
        ("rules[0].nonResourceURLs", INVALID, f'Invalid value: ["/x"]: {_MIXED}'),
    ]


@pytest.mark.parametrize(
    ("reference", "causes"),
    [
        ({"kind": "Role", "name": "r"}, []),
        (
            {"apiGroup": "other", "kind": "Pod", "name": ""},
            [
                ("roleRef.apiGroup", UNSUPPORTED, f'Unsupported value: "other": {_GROUPS}'),
                ("roleRef.kind", UNSUPPORTED, 'Unsupported value: "Pod": supported values: "Role", "ClusterRole"'),
                ("roleRef.name", REQUIRED, "Required value"),
            ],
        ),
        ({"kind": "Role", "name": "a/b"}, [("roleRef.name", INVALID, "Invalid value: \"a/b\": may not contain '/'")]),
    ],
)
def test_references(server: Any, reference: Json, causes: Causes) -> None:
    assert server.create(f"rolebindings.{GROUP}", {"metadata": _META, "roleRef": reference})[1] == causes


@pytest.mark.parametrize(
    ("subject", "causes"),
    [
        ({"kind": "User", "name": "u"}, []),
        ({"kind": "ServiceAccount", "name": "s", "namespace": "n"}, []),
        ({"kind": "Group", "name": ""}, [("subjects[0].name", REQUIRED, "Required value")]),
        (
            {"kind": "ServiceAccount", "name": "S", "apiGroup": GROUP},
            [
                ("subjects[0].name", INVALID, f'Invalid value: "S": {_SUBDOMAIN}'),
                ("subjects[0].apiGroup", UNSUPPORTED, f'Unsupported value: "{GROUP}": supported values: ""'),
                ("subjects[0].namespace", REQUIRED, "Required value"),
            ],
        ),
        (
            {"kind": "User", "name": "u", "apiGroup": "other"},
            [("subjects[0].apiGroup", UNSUPPORTED, f'Unsupported value: "other": {_GROUPS}')],
        ),
    ],
)
def test_subjects(server: Any, subject: Json, causes: Causes) -> None:
    binding = {
        "metadata": {"name": "a"},
        "roleRef": {"kind": "ClusterRole", "name": "c"},
        "subjects": [subject],
    }
    assert server.create(f"clusterrolebindings.{GROUP}", binding)[1] == causes
