"""Changing an object by a patch, and making the patch that changes one object into another.

- `json_patch`: RFC 6902, a list of operations with JSON pointers
- `merge_patch`: RFC 7396, an object that is laid over another; and the three-way patch made of three objects
- `strategic_merge`: Kubernetes' own, which merges lists by key as the kind's shape says
- `strategic_create`: the strategic patch that `apply` sends, made of what was applied last, what shall be, and what is

All are pure functions of JSON values: they change nothing that they are given.
"""
