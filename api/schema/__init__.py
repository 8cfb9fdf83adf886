"""What a shape is, and everything that follows from declaring it once.

- `marks`: what a declaration can say of a field beyond its type
- `tree`: the shape as values (Struct, ListOf, MapOf, Scalar) that all else works from
- `declare`: from a TypedDict to its tree
- `documentation`: the descriptions that stand below fields, read from the source only when somebody asks for them
- `decode`: from what a client sent to an object of that shape, defaults filled in, or the errors Kubernetes gives
- `validator`: the shape compiled for pydantic's core, which does nearly all of that in one pass
- `prune`: dropping nulls and what counts as unset, where that pass refuses
- `constraints`: the limits that a declaration states, checked in Kubernetes' words
- `names`: how Go spells a type, for error messages

Resources are declared as TypedDicts, which pydantic understands natively, and validated by pydantic's core into
plain dictionaries. A custom resource's tree is made from its OpenAPI schema instead; past that point there is no
difference.
"""
