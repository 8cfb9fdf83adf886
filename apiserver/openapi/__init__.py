"""The OpenAPI documents, made from the same declarations that requests are checked by.

- `schemas`: a tree as an OpenAPI schema, for v2 and v3
- `operations`: the paths and verbs of a resource
- `documents`: whole documents, built when they are first asked for and kept as bytes
- `protobuf`: the v2 document in the binary form that older kubectls ask for
"""
