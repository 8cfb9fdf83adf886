"""Containers' logs: the runtime writes them (CRI's format), the kubelet reads, rotates and removes them.

cri_format.py   lines of the format: pure
reader.py       tail, since, follow, across rotations
rotation.py     files that have grown too large
"""
