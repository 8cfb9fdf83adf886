"""The node API on port 10250: what the API server, metrics collectors and people ask of a node.

front.py        TLS connections: streams go one way, everything else to aiohttp
authentication.py who asks: client certificate or bearer token (TokenReview)
authorization.py  may they: SubjectAccessReview for nodes/<subresource>
streams.py      exec, attach, port-forward: handed to the runtime's streaming server
routes.py       pods, logs, stats, metrics
stats.py        usage of containers, pods and the node, as the summary API shows it
metrics.py      the same for Prometheus
certificate.py  a serving certificate where none is given
"""
