"""Pybernetes: the Kubernetes control plane and node, in Python.

The folders of this package stand at the root of the repository; what is here are links to them.
"""
