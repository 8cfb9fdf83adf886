"""What a new cluster has before anyone asks: roles, bindings, namespaces, priority classes. Data, and one function.

- `policy_rule`: how rules and roles are written down.
- `roles`: the roles of people, nodes and components; `user_roles`: those that aggregate into admin, edit and view;
  `controller_roles`: one for each control loop; `namespace_roles`: those inside kube-system and kube-public.
- `bindings`: who has them.
- `reconcile`: what to write, given what is there.
- `objects`: the namespaces and priority classes.
- `trust`: the config maps by which others trust whom we trust; `identity`: the lease that says that a server runs.

Names and rules are Kubernetes': tools and people rely on both.
"""
