"""The pod network of a node: every pod reaches every pod, on any node, under its own address.

    cni.py         what the runtime does for each pod: the CNI configuration list it reads (bridge, addresses, ports)
    vxlan.py       what the kernel must hold so that other nodes' pods are reachable: pure planning
    links.py       the kernel's network state read and changed, through iproute2
    masquerade.py  packets that leave the cluster take the node's address; forwarding is allowed
    agent.py       run(): watches Nodes and keeps all of that true

    Nodes (informer) -> vxlan.plan(nodes, kernel state) -> changes -> links.apply

A node needs to know of another only what its Node object says anyway (InternalIP, podCIDRs): the hardware address
of its tunnel end is computed from its pod CIDR, so nothing is published and a new node is reachable with one event.
"""
