"""Aggregation: group versions that another API server answers for, behind this one.

    an APIService with a service → checked (`availability`) → its requests go there (`proxy`)
                                                            → told of in discovery and OpenAPI (`documents`)
    every group version served here has an APIService too, made by the server itself (`registration`)

- `priorities`: in which order clients should prefer groups and versions
- `remote`: what an APIService says, read once, and all of them by group version
- `connection`: TLS to those servers as the front proxy, which may say who the user is
- `aggregator`: the parts put together

Counterpart: kube-aggregator.
"""
