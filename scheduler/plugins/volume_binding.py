"""VolumeBinding: the claims that a pod mounts must be there.

Only that is looked at so far: whether volumes can be reached from a node, and the binding of claims that wait for
their first consumer, is to be decided here, for rows (`reject`), once the volume controllers exist.
"""

from __future__ import annotations

from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.table import Table

NAME = "VolumeBinding"


def reject_everywhere(pod: Pod, table: Table) -> str:
    """Why no node can take the pod because of its claims; empty when that is not so."""
    for claim, made_for_pod in pod.claims:
        deleting = table.claims.get(f"{pod.namespace}/{claim}")
        if deleting is None and made_for_pod:
            return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{claim}"'
        if deleting is None:
            return f'persistentvolumeclaim "{claim}" not found'
        if deleting:
            return f'persistentvolumeclaim "{claim}" is being deleted'
    return ""
