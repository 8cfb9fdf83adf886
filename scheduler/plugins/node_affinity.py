"""NodeAffinity: node selectors and node affinity, required and preferred.

A requirement is compared once with each distinct value of its label and looked up for each row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pybernetes.api.core.node_affinity import Term
from pybernetes.api.selectors import Selector
from pybernetes.scheduler.labels import Mask, Rows
from pybernetes.scheduler.plugins.interface import Rejection, Scores, length
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import Table

NAME = "NodeAffinity"
MESSAGE = "node(s) didn't match Pod's node affinity/selector"
PINNED_MESSAGE = "node(s) didn't satisfy plugin(s) [NodeAffinity]"


def matching(local: LocalRequirements, table: Table, rows: Rows) -> Mask:
    """The rows whose node meets the pod's node selector and required node affinity."""
    required = local.required
    found = np.ones(length(rows), np.bool_)
    for key, value in required.selector.items():
        column = table.label(key)
        found &= column.codes[rows] == column.values.get(value, len(column.values))
    if required.affinity is not None:
        any_term = np.zeros(length(rows), np.bool_)
        for term in required.affinity.terms:
            any_term |= _term_mask(term, table, rows)
        found &= any_term
    return found


def _term_mask(term: Term, table: Table, rows: Rows) -> Mask:
    found = _selector_mask(term.labels, table, rows)
    if term.fields.nothing:
        found[:] = False
    for requirement in term.fields.requirements:
        found &= table.names.matches(requirement, rows)
    return found


def _selector_mask(selector: Selector, table: Table, rows: Rows) -> Mask:
    if selector.nothing:
        return np.zeros(length(rows), np.bool_)
    found = np.ones(length(rows), np.bool_)
    for requirement in selector.requirements:
        found &= table.label(requirement.key).matches(requirement, rows)
    return found


def reject(local: LocalRequirements, table: Table, rows: Rows) -> Sequence[Rejection]:
    if local.required.matches_all:
        return ()
    return (Rejection(MESSAGE, ~matching(local, table, rows), True),)


def score(local: LocalRequirements, table: Table, rows: Rows) -> Scores:
    """The sum of the weights of the preferred terms that the node meets."""
    total = np.zeros(length(rows), np.int64)
    for term, weight in local.preferred:
        total += weight * _term_mask(term, table, rows)
    return total
