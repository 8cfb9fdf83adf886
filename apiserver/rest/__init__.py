"""The verbs, the same for every resource: one file each.

- `context`: one request for one resource, with all that a verb needs
- `bodies`: from a request's body to an object of the resource's shape
- `negotiation`: which media type and form the client wants; `forms`: the object, a Table, or metadata alone;
  `media`: the finished answer in YAML, protobuf, indented or compressed
- `protobuf_forms`: objects and lists in protobuf, joined from what the cache keeps; `own_answers`: the form of what a
  resource's own handler answers
- `list_options`, `write_options`, `delete_options`: what the query or the body asks for besides
- `metadata`: what the server itself writes into an object's metadata
- `create`, `get`, `list`, `watch`, `update`, `patch`, `delete`, `deletecollection`
- `apply`, `managed_fields`: who owns which field; `patched`: what comes out of a patch
- `described`: the object that a request describes to a subresource
- `store_write`: the one road into the store: encode, compare and swap, wait for the caches
"""
