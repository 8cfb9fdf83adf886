"""The control loops: each reads what is wanted and what is, and takes one step from one towards the other.

Every loop is a file with the same form: informers put keys into a work queue; `reconcile(key)` looks at the caches,
lets pure functions decide, and writes. A loop may be stopped at any line and started again.

- `manager`: which loops there are, and running them; `options`: their flags; `context`: what each is given
- `replication`: replica sets and replication controllers (`expectations`, `slow_start`, `pod_control`,
  `pod_ranking`, `replication_status`, `ownership`)
- `deployment/`: deployments
- `endpointslice`, `endpoints`, `endpointslicemirroring`: what stands behind services (`endpoint_pods`, `slice_plan`,
  `slice_writer`, `subsets`)
- `namespace`: the end of namespaces (`discovery`, `namespace_content`, `namespace_conditions`)
- `serviceaccount`, `rootca`: what each namespace is given
- `garbagecollector`: what has lost its owners (`owner_graph`)
- `nodelifecycle`, `tainteviction`, `podgc`: nodes that fall silent, and their pods; `nodeipam`: pod addresses of nodes
- `resourcequota`: what quotas count; `clusterroleaggregation`: cluster roles made of others

Shared parts: `indices` over caches, `status_writer`, `write_tracker`.

Counterpart: kube-controller-manager.
"""
