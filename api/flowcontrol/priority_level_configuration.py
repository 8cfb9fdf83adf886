"""Priority level configuration: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always, ListMap, PatchMerge, struct


class PriorityLevelConfiguration(TypedDict, total=False):
    """A share of the API server's time, for requests of like importance."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[PriorityLevelConfigurationSpec, Always()]
    "How large the share is, and what happens when it is used up."
    status: Annotated[PriorityLevelConfigurationStatus, Always()]
    "What is known of the level."


@struct(union=("exempt", "limited"), discriminator="type")
class PriorityLevelConfigurationSpec(TypedDict, total=False):
    """How many requests of a level are served at a time."""

    exempt: ExemptPriorityLevelConfiguration
    "Settings for a level of type Exempt."
    limited: LimitedPriorityLevelConfiguration
    "Settings for a level of type Limited."
    type: Required[str]
    "Exempt to serve every request at once, Limited to serve so many at a time."


class ExemptPriorityLevelConfiguration(TypedDict, total=False):
    """Settings for a level whose requests are all served at once."""

    lendablePercent: Int32 | None
    "How much of its share other levels may borrow, in percent. The default is 0."
    nominalConcurrencyShares: Int32 | None
    "How large its share is, against those of the other levels. The default is 0."


class LimitedPriorityLevelConfiguration(TypedDict, total=False):
    """Settings for a level of which so many requests are served at a time."""

    borrowingLimitPercent: Int32 | None
    "How much it may borrow beyond its share, in percent of it; any amount if not set."
    lendablePercent: Int32 | None
    "How much of its share other levels may borrow, in percent. The default is 0."
    limitResponse: Annotated[LimitResponse, Always()]
    "What happens to requests that are too many."
    nominalConcurrencyShares: Int32
    "How large its share is, against those of the other levels. The default is 30."


@struct(union=("queuing",), discriminator="type")
class LimitResponse(TypedDict, total=False):
    """What happens to requests that cannot be served at once."""

    queuing: QueuingConfiguration
    "Settings for the queues, for type Queue."
    type: Required[str]
    "Queue to let them wait, Reject to refuse them with status 429."


class QueuingConfiguration(TypedDict, total=False):
    """How requests wait."""

    handSize: Int32
    "How many queues a flow is dealt; its requests join the shortest of them. The default is 8."
    queueLengthLimit: Int32
    "How many requests may wait in a queue. The default is 50."
    queues: Int32
    "How many queues there are. The default is 64."


class PriorityLevelConfigurationStatus(TypedDict, total=False):
    """The state of a priority level."""

    conditions: Annotated[list[PriorityLevelConfigurationCondition], ListMap("type"), PatchMerge("type")]
    "What is known of the level."


class PriorityLevelConfigurationCondition(TypedDict, total=False):
    """One aspect of a priority level's state."""

    status: str
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: str
    "The aspect."


DEFINITION = Definition(spec_fields=("spec",))
