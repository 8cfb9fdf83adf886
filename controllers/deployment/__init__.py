"""Deployments: from one pod template to the next, never with too few pods or too many.

    deployment, its replica sets, their pods (informers) → `controller`: one step, then the status

- `revisions`: which replica set is the template's own, revision numbers, history and its clean-up
- `replica_set`: the replica set made for a template; the notes that a deployment keeps on its sets
- `rolling`: how many pods may be surplus or missing; the step of a rolling update
- `scaling`: a change of spec.replicas shared out among the sets in proportion
- `progress`: the status and its conditions

All of these are pure functions of objects and give back what to do; `controller` does it. Rolling back is nothing
special: the old template is written into the deployment, its replica set is found to be the template's own again
and gets a new revision number.

Counterpart: pkg/controller/deployment.
"""
