"""Kubernetes' protobuf form of the API: what client-go's typed clients send and read by default.

- `numbers`: which number each field has, the one fact that the declarations do not hold
- `wire`: varints, tags and frames
- `leaves`: how each scalar type of a declaration stands in a message (Time, Quantity, IntOrString, ...)
- `reading`, `writing`: a declared struct compiled to a table, and the loop that follows it
- `kinds`: from an apiVersion and a kind to the struct
- `codec`: whole bodies, in their envelope, and frames of a watch

Nothing here declares a field a second time: a message is a declared struct seen through its numbers.
"""
