"""The verbs, the same for every resource: one file each.

- `context`: one request for one resource, with all that a verb needs
- `bodies`: from a request's body to an object of the resource's shape
- `forms`: how the answer is wanted: the object, a Table, or metadata alone
- `metadata`: what the server itself writes into an object's metadata
- `create`, `get`, `list`, `watch`, `update`, `patch`, `delete`, `deletecollection`
- `described`: the object that a request describes to a subresource
- `store_write`: the one road into the store: encode, compare and swap, wait for the caches
"""
