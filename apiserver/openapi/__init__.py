"""The OpenAPI documents, made from the same declarations that requests are checked by.

- `schemas`: a tree as an OpenAPI schema, for v2 and v3
- `operations`: the paths and verbs of a resource
- `subresources`, `bare_paths`: those of subresources, and those that belong to no resource
- `parameters`, `path_items`: what operations are made of, and how a document writes them down
- `common_kinds`: the kinds that every group version has
- `documents`: whole documents, built when they are first asked for and kept as bytes
- `serving`: documents over HTTP, with what lets clients keep them
- `protobuf`: the v2 document in the binary form that older kubectls ask for
"""
