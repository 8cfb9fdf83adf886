"""Job spec: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.scalars import Int32, Int64
from pybernetes.api.schema.marks import Always, Atomic, ListSet


class JobSpec(TypedDict, total=False):
    """Which pods a job runs, how many must succeed, and when it gives up."""

    activeDeadlineSeconds: Int64 | None
    "After how many seconds the job is stopped, whatever its pods do."
    backoffLimit: Int32 | None
    "How many failures of pods there may be before the job fails. The default is 6."
    backoffLimitPerIndex: Int32 | None
    "How many failures each index may have before that index fails. Only for indexed jobs."
    completionMode: str | None
    "NonIndexed, the default, if any successes count; Indexed if each pod has a number and each number must succeed."
    completions: Int32 | None
    "How many pods must succeed. Without it, the first success stops the starting of new ones."
    managedBy: str | None
    "The controller that looks after the job; the built-in one by default. It cannot change."
    manualSelector: bool | None
    "Whether selector was chosen by hand. It is for those who know that it matches no other pods."
    maxFailedIndexes: Int32 | None
    "How many indexes may fail before the job does. Only together with backoffLimitPerIndex."
    parallelism: Int32 | None
    "How many pods may run at a time. The default is 1, and 0 pauses the job."
    podFailurePolicy: PodFailurePolicy
    "What failures of certain kinds mean, before backoffLimit counts them."
    podReplacementPolicy: str | None
    "When a pod is replaced: TerminatingOrFailed once it is ending, or Failed once it has ended."
    selector: LabelSelector
    "Which pods are the job's. It is made by the server unless manualSelector is set."
    successPolicy: SuccessPolicy
    "When an indexed job has succeeded before all of its indexes have."
    suspend: bool | None
    "Whether the job's pods are stopped, and none are started."
    template: Required[Annotated[PodTemplateSpec, Always()]]
    "The pod. Its restart policy is Never or OnFailure."
    ttlSecondsAfterFinished: Int32 | None
    "How many seconds after its end the job is deleted. It is kept without it."


class PodFailurePolicy(TypedDict, total=False):
    """What failures of certain kinds mean for a job."""

    rules: Required[Annotated[list[PodFailurePolicyRule], Atomic()]]
    "Rules that are tried in order; the first that matches holds."


class PodFailurePolicyRule(TypedDict, total=False):
    """What failures of one kind mean: those with certain exit codes, or with certain conditions."""

    action: Required[str]
    "FailJob ends the job, FailIndex the index, Ignore does not count the failure, Count counts it."
    onExitCodes: PodFailurePolicyOnExitCodesRequirement
    "The exit codes that the rule is for."
    onPodConditions: Annotated[list[PodFailurePolicyOnPodConditionsPattern], Atomic()]
    "The conditions of pods that the rule is for, of which one is enough."


class PodFailurePolicyOnExitCodesRequirement(TypedDict, total=False):
    """A set of exit codes."""

    containerName: str | None
    "The container that is meant; any by default."
    operator: Required[str]
    "In for the codes that are listed, NotIn for all others."
    values: Required[Annotated[list[Int32], ListSet()]]
    "The exit codes. 0 cannot be among those of In."


class PodFailurePolicyOnPodConditionsPattern(TypedDict, total=False):
    """A condition of a failed pod."""

    status: str
    "The status that it must have. The default is True."
    type: Required[str]
    "The type of the condition, such as DisruptionTarget."


class SuccessPolicy(TypedDict, total=False):
    """When an indexed job has succeeded before all of its indexes have."""

    rules: Required[Annotated[list[SuccessPolicyRule], Atomic()]]
    "Rules, of which one is enough."


class SuccessPolicyRule(TypedDict, total=False):
    """A way for an indexed job to succeed early. With both fields, that many of those indexes must succeed."""

    succeededCount: Int32 | None
    "How many indexes must succeed."
    succeededIndexes: str | None
    "Which indexes must succeed, such as 1,3-5."
