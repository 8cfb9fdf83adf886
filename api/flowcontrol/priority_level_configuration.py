"""Priority level configuration: the shape on the wire, its defaults and columns. The rules are in `validation`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE, text_of
from pybernetes.api.definition import STATUS_ALONE, Column, Definition
from pybernetes.api.flowcontrol.validation import validate_level, validate_status
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always, Default, ListMap, PatchMerge, struct


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

    lendablePercent: Annotated[Int32 | None, Default(0)]
    "How much of its share other levels may borrow, in percent."
    nominalConcurrencyShares: Annotated[Int32 | None, Default(0)]
    "How large its share is, against those of the other levels."


class LimitedPriorityLevelConfiguration(TypedDict, total=False):
    """Settings for a level of which so many requests are served at a time."""

    borrowingLimitPercent: Int32 | None
    "How much it may borrow beyond its share, in percent of it; any amount if not set."
    lendablePercent: Annotated[Int32 | None, Default(0)]
    "How much of its share other levels may borrow, in percent."
    limitResponse: Annotated[LimitResponse, Always()]
    "What happens to requests that are too many."
    nominalConcurrencyShares: Annotated[Int32 | None, Default(30)]
    "How large its share is, against those of the other levels."


@struct(union=("queuing",), discriminator="type")
class LimitResponse(TypedDict, total=False):
    """What happens to requests that cannot be served at once."""

    queuing: QueuingConfiguration
    "Settings for the queues, for type Queue."
    type: Required[str]
    "Queue to let them wait, Reject to refuse them with status 429."


class QueuingConfiguration(TypedDict, total=False):
    """How requests wait."""

    handSize: Annotated[Int32, Default(8)]
    "How many queues a flow is dealt; its requests join the shortest of them."
    queueLengthLimit: Annotated[Int32, Default(50)]
    "How many requests may wait in a queue."
    queues: Annotated[Int32, Default(64)]
    "How many queues there are."


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


def _limited(*names: str) -> Callable[[Json, datetime], Any]:
    def cell(level: Json, now: datetime) -> Any:
        value: Any = (level.get("spec") or {}).get("limited")
        for name in names:
            value = (value or {}).get(name)
        return NONE if value is None else value

    return cell


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Type", text_of("spec", "type"), description="Exempt or Limited."),
        Column("NominalConcurrencyShares", _limited("nominalConcurrencyShares"), description="How large its share is."),
        Column("Queues", _limited("limitResponse", "queuing", "queues"), description="How many queues there are."),
        Column("HandSize", _limited("limitResponse", "queuing", "handSize"), description="How many a flow is dealt."),
        Column(
            "QueueLengthLimit",
            _limited("limitResponse", "queuing", "queueLengthLimit"),
            description="How many requests may wait in one.",
        ),
        AGE,
    ),
    validate=validate_level,
    validate_status=validate_status,
    spec_fields=("spec",),
    kept_by_status=STATUS_ALONE,
)
