"""The wire format of CRI v1: runtime.proto (our subset) and runtime_pb2.py, which hack/generate-protos makes.

Nothing outside kubelet/runtime imports it: the rest of the kubelet sees the dataclasses of
pybernetes.kubelet.runtime.types.
"""

from __future__ import annotations

from typing import Any

from pybernetes.kubelet.runtime.cri import runtime_pb2

# The generated classes come into being at run time; a type checker is told so here, once.
wire: Any = runtime_pb2
