"""Services as iptables rules.

- `names`: names of chains
- `rules`: the rules of one service port (pure)
- `shared`: the chains that all services share, and the rules that lead into them (pure)
- `restore`: input for iptables-restore, whole or only what changed (pure)
- `apply`: runs it, and sees to it that the rules stay

Chains and the marks in them are those of kube-proxy, so that either can take over from the other on a live node.
"""
