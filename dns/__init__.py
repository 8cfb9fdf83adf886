"""Cluster DNS: Services, endpoints and pods by name, and everything else from the resolvers above.

    datagram or TCP message → `wire` (query) → `resolver` ─ name of the cluster → `records` (index) → reply
                                                          └ any other → `upstream` (cache, resolvers) → reply

- `wire`: the part of the DNS protocol that is needed, bytes to values and back (no I/O)
- `entries`: what an object says that names resolve to; `records`: an index of that, and what it answers (no I/O)
- `foreign`: replies of other resolvers, in the same form as our own answers (no I/O)
- `resolver`: a query to a reply, or to a question for upstream (no I/O)
- `cache`: answers from upstream, for as long as they may be kept (no I/O)
- `upstream`: asking other resolvers; `resolv_conf`: which
- `server`: UDP and TCP; `metrics`: what is counted
- `publish`: keeps this server's own address in the cluster's DNS Service
- `agent`, `__main__`: the process

Follows the Kubernetes DNS specification 1.1. Counterpart: CoreDNS with its kubernetes, forward and cache plugins.
"""
