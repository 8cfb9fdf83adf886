"""What the author of a job should think about again. Counterpart: WarningsForJobSpec in pkg/api/job."""

from __future__ import annotations

from pybernetes.api.batch.job_validation import is_indexed
from pybernetes.api.core.pod_warnings import template_warnings
from pybernetes.api.object import Json

_MANY_COMPLETIONS = 100_000
_MUCH_PARALLELISM = 10_000
_UNTRACKABLE = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes "
    "might not be able to track completedIndexes when a big number of indexes fail"
)


def job_spec_warnings(spec: Json, path: str) -> list[str]:
    """About a job's spec at `path`."""
    found = []
    if (
        is_indexed(spec)
        and (spec.get("completions") or 0) > _MANY_COMPLETIONS
        and (spec.get("parallelism") or 0) > _MUCH_PARALLELISM
    ):
        found.append(f"{path}: {_UNTRACKABLE}")
    return found + template_warnings(spec, path)
