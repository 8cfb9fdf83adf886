"""Subject: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class Subject(TypedDict, total=False):
    """Someone who gets the permissions of a binding."""

    kind: Required[str]
    "User, Group or ServiceAccount."
    apiGroup: str
    "Empty for service accounts, rbac.authorization.k8s.io for users and groups."
    name: Required[str]
    "The name of the user, group or service account."
    namespace: str
    "The namespace of a service account."
