"""Who may do what: from a request's `Attributes` to a `Decision`.

`chain.AuthorizerChain` asks the authorizers of --authorization-mode in order; the first that allows or denies
decides, and a request on which none has an opinion is refused. Members of system:masters may do everything.

- `decision`: the answer, and the message of a refusal.
- `rules`: what one RBAC rule covers; pure.
- `rbac_index`: roles and bindings by whom they concern, following the cluster; `rbac`: RBAC over it, with verdicts
  cached by user.
- `node_graph`, `node`: what each node's agent may read and write, by the pods bound to it.
- `webhook`: what somebody else decides, over `match_conditions` and `access_review`.
- `always`: AlwaysAllow and AlwaysDeny; `abac`: policies of a file; `chain`: all of them as one; `options`,
  `authorization_configuration`: which.
- `covering`, `escalation`: nobody grants more than they have.
- `reviews`: the same questions asked through the API; `selector_attributes`: the selectors in them.
"""
