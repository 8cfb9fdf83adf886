"""Service addresses on a node: whoever connects to a Service reaches one of its endpoints.

    Services, EndpointSlices, this Node  →  tracker  →  targets  →  backend (iptables)  →  kernel

- `services`, `endpoints`: what Services and EndpointSlices say, reduced to what rules need (pure)
- `tracker`: the present targets and which of them changed (pure)
- `backend`: the seam behind which a way to program the kernel stands
- `iptables/`: the backend that speaks to iptables
- `conntrack`: forgets UDP flows that lead to endpoints that are gone
- `proxier`: the loop that decides when to write
- `healthcheck`: what load balancers ask, and /healthz
- `sysctl`, `node_addresses`, `commands`: the machine around it
- `agent`, `__main__`: the process

The rules outlive the process: stopping or restarting it disturbs no connection. Counterpart: kube-proxy.
"""
