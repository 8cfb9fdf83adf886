"""What follows from a policy's expressions for one request and one set of parameters. No I/O."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pybernetes.apiserver.admission.expressions import Evaluation, Expression, OutOfBudget, conditions_hold
from pybernetes.apiserver.admission.policy.compiled import Policy, Validation
from pybernetes.apiserver.cel.environment import MAX_MESSAGE_BYTES
from pybernetes.apiserver.cel.errors import EvaluationError

MAX_ANNOTATION_BYTES = 10 * 1024


@dataclass(frozen=True)
class Failure:
    """A validation that does not hold. `reason` is empty where it could not be told; `index` is its place."""

    index: int
    message: str
    reason: str = ""
    seconds: float = 0.0


@dataclass
class Outcome:
    """`errors` are those of audit annotations: they refuse, whatever the binding does with a failure.

    `passed_over` is what could not be told of a policy that lets pass then.
    """

    failures: list[Failure] = field(default_factory=list)
    passed_over: list[Failure] = field(default_factory=list)
    annotations: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def decide(
    policy: Policy, conditions: Evaluation, validations: Evaluation, annotations: Evaluation, *, verb: str
) -> Outcome:
    """Each evaluation has its own budget; match conditions come first and may settle it."""
    outcome = Outcome()
    try:
        counted_as = (policy.name, "policy", "validate", verb)
        if policy.conditions and not conditions_hold(policy.conditions, conditions, counted_as):
            return outcome
        for index, validation in enumerate(policy.validations):
            failure = _check(validation, index, validations)
            if failure is not None:
                may_pass = policy.fails_open and not failure.reason
                (outcome.passed_over if may_pass else outcome.failures).append(failure)
        for key, expression in policy.annotations:
            _annotate(policy, key, expression, annotations, outcome)
    except (EvaluationError, OutOfBudget) as error:
        failure = Failure(0, str(error))
        return Outcome(passed_over=[failure]) if policy.fails_open else Outcome([failure])
    return outcome


def _check(validation: Validation, index: int, evaluation: Evaluation) -> Failure | None:
    start = time.perf_counter()
    try:
        if evaluation.value(validation.expression) is True:
            return None
    except EvaluationError as error:
        return Failure(index, str(error), seconds=time.perf_counter() - start)
    message = _message(validation.message_expression, evaluation) if validation.message_expression else ""
    shown = message or validation.message or validation.shown
    return Failure(index, shown, validation.reason, time.perf_counter() - start)


def _message(expression: Expression, evaluation: Evaluation) -> str:
    """What a messageExpression gives, unless that is no message: not a line of text, or too long."""
    try:
        value = evaluation.value(expression)
    except EvaluationError:
        return ""
    text = value.strip() if isinstance(value, str) else ""
    return "" if "\n" in text or len(text.encode()) > MAX_MESSAGE_BYTES else text


def _annotate(policy: Policy, key: str, expression: Expression, evaluation: Evaluation, outcome: Outcome) -> None:
    try:
        value = evaluation.value(expression)
    except EvaluationError as error:
        if not policy.fails_open:
            outcome.errors.append(str(error))
        return
    if value is None:
        return
    if not isinstance(value, str):
        outcome.errors.append(
            f"valueExpression '{expression.text}' resulted in unsupported return type: {type(value).__name__}. "
            "Return type must be either string or null."
        )
    elif value.strip():
        outcome.annotations.append((key, value.strip()[:MAX_ANNOTATION_BYTES]))
