"""The kubelet's hands: everything that touches containers and cgroups on this machine.

    client.py     class Runtime: every CRI v1 call the kubelet makes, over grpc.aio, with deadlines
    images.py     class Images (Runtime.images): list, status, pull, remove
    types.py      what goes in and comes out of it: plain dataclasses
    requests.py   types.py to protobuf, and responses.py the way back: pure
    errors.py     gRPC failures as our exceptions; what a failed pull is called in a pod's status
    labels.py     the labels and annotations by which a pod is found again after the kubelet restarted
    cgroups.py    pod and QoS cgroups on v1 (also hybrid) and v2: made, updated, measured, removed
    resources.py  milliCPU to shares, quota and weight; the OOM score of a QoS class: pure arithmetic
    cri/          the wire format

State lives in the runtime and in cgroupfs, never here: after a restart of the kubelet,
`Runtime.list_pod_sandboxes`, `Runtime.list_containers` and `Cgroups.pod_uids` say what exists.
"""
