"""Job spec: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.scalars import Int32, Int64
from pybernetes.api.schema.marks import Always, Atomic, Default, ListSet


class JobSpec(TypedDict, total=False):
    activeDeadlineSeconds: Int64 | None
    backoffLimit: Annotated[Int32 | None, Default(6)]
    backoffLimitPerIndex: Int32 | None
    completionMode: Annotated[str | None, Default("NonIndexed")]
    completions: Int32 | None
    managedBy: str | None
    manualSelector: bool | None
    maxFailedIndexes: Int32 | None
    parallelism: Int32 | None
    podFailurePolicy: PodFailurePolicy
    podReplacementPolicy: str | None
    selector: LabelSelector
    successPolicy: SuccessPolicy
    suspend: Annotated[bool | None, Default(False)]
    template: Required[Annotated[PodTemplateSpec, Always()]]
    ttlSecondsAfterFinished: Int32 | None


class PodFailurePolicy(TypedDict, total=False):
    rules: Required[Annotated[list[PodFailurePolicyRule], Atomic()]]


class PodFailurePolicyRule(TypedDict, total=False):
    action: Required[str]
    onExitCodes: PodFailurePolicyOnExitCodesRequirement
    onPodConditions: Annotated[list[PodFailurePolicyOnPodConditionsPattern], Atomic()]


class PodFailurePolicyOnExitCodesRequirement(TypedDict, total=False):
    containerName: str | None
    operator: Required[str]
    values: Required[Annotated[list[Int32], ListSet()]]


class PodFailurePolicyOnPodConditionsPattern(TypedDict, total=False):
    status: str
    type: Required[str]


class SuccessPolicy(TypedDict, total=False):
    rules: Required[Annotated[list[SuccessPolicyRule], Atomic()]]


class SuccessPolicyRule(TypedDict, total=False):
    succeededCount: Int32 | None
    succeededIndexes: str | None
