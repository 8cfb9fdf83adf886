"""Csi driver: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Always, Atomic, Default, ListSet


class CSIDriver(TypedDict, total=False):
    """What the cluster should know of a CSI driver. It is called as the driver calls itself."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[CSIDriverSpec, Always()]]
    "What the driver needs and can do."


class CSIDriverSpec(TypedDict, total=False):
    """What a CSI driver needs and can do."""

    attachRequired: Annotated[bool | None, Default(True)]
    "Whether volumes must be attached to a node before they are mounted. It cannot change."
    fsGroupPolicy: str | None
    """Whether a pod's fsGroup is given the files: ReadWriteOnceWithFSType (the default), File for always, None for
    never.
    """
    nodeAllocatableUpdatePeriodSeconds: Int64 | None
    "After how many seconds a node asks again how many volumes it can take. At least 10."
    podInfoOnMount: Annotated[bool | None, Default(False)]
    "Whether the driver is told which pod it mounts a volume for."
    preventPodSchedulingIfMissing: bool
    "Whether pods that need the driver are kept from nodes that do not run it."
    requiresRepublish: Annotated[bool | None, Default(False)]
    "Whether the driver is called again and again while a volume is mounted, to renew its contents."
    seLinuxMount: Annotated[bool | None, Default(False)]
    "Whether the driver can mount volumes with an SELinux label."
    serviceAccountTokenInSecrets: bool | None
    "Whether tokens reach the driver among the secrets rather than in the volume's context."
    storageCapacity: Annotated[bool | None, Default(False)]
    "Whether pods wait until the driver has reported enough room for their volumes."
    tokenRequests: Annotated[list[TokenRequest], Atomic()]
    "Tokens of the pod's service account that the driver gets."
    volumeLifecycleModes: Annotated[list[str], ListSet()]
    "Persistent for volumes by claims, which is the default, Ephemeral for volumes of one pod."


class TokenRequest(TypedDict, total=False):
    """A token of a pod's service account for a CSI driver."""

    audience: Required[str]
    "Who the token is for; the API server if empty."
    expirationSeconds: Int64
    "For how many seconds the token is good."
