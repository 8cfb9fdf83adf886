"""Names of fields as an expression has to write them, since not every field's name is an identifier.

Counterpart: apiserver/pkg/cel/escaping.go.
"""

from __future__ import annotations

import re

_RESERVED = frozenset(
    (
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if"),
        *("import", "let", "loop", "package", "namespace", "return", "var", "void", "while"),
    )
)
_FORM = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./-]*")
_PARTS = re.compile(r"__|[-./]")
_WORDS = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


def escape(name: str) -> str | None:
    """``my-field.x`` as ``my__dash__field__dot__x``; None for a name that cannot be written at all."""
    if name in _RESERVED:
        return f"__{name}__"
    if not _FORM.fullmatch(name):
        return None
    return _PARTS.sub(lambda found: _WORDS[found[0]], name)
