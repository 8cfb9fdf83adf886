"""The descriptions of the fields of a declaration, for `explain` and the OpenAPI documents.

A description is a string literal on the line below its field. Python drops such literals when it compiles a module, so
they cost nothing to import; here they are read from the source, one module at a time, when somebody asks for them.
(A field whose name is a word of Python's, such as `from`, is described by a `Doc` mark: a call has no line below it.)
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from pybernetes.api.schema.tree import Field, Struct

_NO_FIELDS: Mapping[str, str] = MappingProxyType({})
_NO_DECLARATIONS: Mapping[str, Mapping[str, str]] = MappingProxyType({})


def field_docs(module: str, declaration: str) -> Mapping[str, str]:
    """The descriptions of a TypedDict's fields by name; fields that have none are missing."""
    return _docs_of_module(module).get(declaration, _NO_FIELDS)


def field_doc(struct: Struct, field: Field) -> str:
    """What a field means: what its schema or its mark says, or else its declaration; empty if nothing says it.

    The default comes from the declaration's mark, so that no text has to repeat it.
    """
    if field.doc or not struct.module:
        return field.doc
    text, default = field_docs(struct.module, struct.name).get(field.name, ""), _default(field)
    return f"{text} The default is {default}." if text and default else text


def _default(field: Field) -> str:
    """A field's default as it is written; empty if there is none, or if it is a value that says nothing."""
    match field.default:
        case bool(value):
            return "true" if value else "false"
        case int(value):
            return str(value)
        case str(value):
            return value
    return ""


@cache
def _docs_of_module(module: str) -> Mapping[str, Mapping[str, str]]:
    """By declaration, then by field, those of its base above it among them. A module without a file says nothing."""
    file = importlib.import_module(module).__file__
    if file is None or not Path(file).is_file():
        return _NO_DECLARATIONS
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    docs: dict[str, Mapping[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = [docs.get(base.id, _NO_FIELDS) for base in node.bases if isinstance(base, ast.Name)]
            docs[node.name] = dict(chain(*(base.items() for base in bases), _described(node)))
    return docs


def _described(declaration: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, following in zip(declaration.body, declaration.body[1:], strict=False):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())
