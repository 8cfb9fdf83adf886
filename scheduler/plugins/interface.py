"""What a plugin is: it says which rows it turns down and why, and how good it finds the others.

Two kinds. A *local* plugin looks at one node at a time: `reject(local, table, rows)` and `score(local, table, rows)`
are functions of the pod's `LocalRequirements` and of the rows given, so their results are kept for each row and
worked out anew only where something changed. A *cluster* plugin looks at pods on other nodes too: `prepare` gives
an object for one class of pods that answers for any rows, or None when it has nothing to say of such pods.

`rows` is a slice or an array of row numbers; every answer is an array of that length, in that order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pybernetes.scheduler.labels import Mask, Rows
from pybernetes.scheduler.pod import LocalRequirements, PodClass
from pybernetes.scheduler.table import Table

MAX_SCORE = 100
Scores = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows turned down for one reason.

    `hopeless` tells where removing pods from the node would not help (Kubernetes' UnschedulableAndUnresolvable).
    """

    message: str
    rows: Mask
    hopeless: Mask | bool = False


LocalReject = Callable[[LocalRequirements, Table, Rows], Sequence[Rejection]]
LocalScore = Callable[[LocalRequirements, Table, Rows], Scores]
Normalize = Callable[[Scores], Scores]


@dataclass(frozen=True, slots=True)
class LocalFilter:
    """A local filter plugin. `on_node` is true when only the node decides, not the pods on it."""

    name: str
    reject: LocalReject
    on_node: bool


@dataclass(frozen=True, slots=True)
class LocalScorer:
    """A local score plugin. One with `normalize` gives raw scores, which depend on nodes only."""

    name: str
    weight: int
    score: LocalScore
    normalize: Normalize | None = None


class Prepared(Protocol):
    """A cluster plugin, ready for pods of one class."""

    def reject(self, rows: Rows) -> Sequence[Rejection]: ...

    def filters(self) -> bool:
        """Whether the plugin turns some pods of the class down, depending on where other pods are."""

    def scores(self) -> bool:
        """Whether the plugin prefers some nodes to others, as things are now."""

    def score(self, rows: NDArray[np.intp]) -> Scores:
        """Final scores of the rows that passed all filters."""

    def close(self) -> None:
        """Give back what was kept for this class."""


@dataclass(frozen=True, slots=True)
class ClusterPlugin:
    name: str
    weight: int
    prepare: Callable[[PodClass, Table], Prepared | None]


def length(rows: Rows) -> int:
    """How many rows there are."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def scaled_to_largest(raw: Scores) -> Scores:
    """The largest score becomes 100, the others in proportion (DefaultNormalizeScore)."""
    largest = int(raw.max(initial=0))
    return raw * MAX_SCORE // largest if largest else raw


def fewer_is_better(raw: Scores) -> Scores:
    """0 becomes 100, the largest becomes 0 (DefaultNormalizeScore, reversed)."""
    return MAX_SCORE - scaled_to_largest(raw)
