"""From an expression's tokens to its tree, with the macros expanded.

A recursive descent: one method for each level of precedence that can nest, loops for what stands in a row. The tree,
the places that errors are told at, and the limits are those of cel-go, since its messages are part of the API. What
is wrong with text that is no expression at all is worded by `syntax`.

Counterpart: cel-go/parser.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from pybernetes.apiserver.cel.ast import (
    Call,
    Entry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
)
from pybernetes.apiserver.cel.errors import Issue, compile_error, place_of
from pybernetes.apiserver.cel.lexer import LexError, Token, tokens
from pybernetes.apiserver.cel.macros import MACROS, MacroError, Macros
from pybernetes.apiserver.cel.syntax import syntax_error
from pybernetes.apiserver.cel.values import UInt

MAX_DEPTH = 250
MAX_LENGTH = 100_000
# A level of nesting is up to six frames here and two in each walk over the tree; 250 of them need more than the 1000
# that Python starts with. Frames of Python functions take no C stack.
_FRAMES = 4_000
_MAX_INT, _MAX_UINT = 2**63 - 1, 2**64 - 1

_RESERVED = frozenset(
    (
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"),
        *("package", "namespace", "null", "return", "true", "var", "void", "while"),
    )
)
_RELATIONS = {"<": "_<_", "<=": "_<=_", ">": "_>_", ">=": "_>=_", "==": "_==_", "!=": "_!=_", "in": "@in"}
_SUMS = {"+": "_+_", "-": "_-_"}
_PRODUCTS = {"*": "_*_", "/": "_/_", "%": "_%_"}
_CONSTANTS = {"true": True, "false": False, "null": None}


class _Unexpected(Exception):
    """A token that cannot stand here."""


def parse(source: str, macros: Macros = MACROS) -> Node:
    """The tree of an expression. Raises `CompileError`."""
    if len(source) > MAX_LENGTH:
        message = f"expression code point size exceeds limit: size: {len(source)}, limit {MAX_LENGTH}"
        raise compile_error(source, [Issue(-1, 0, message)])
    if sys.getrecursionlimit() < _FRAMES:
        sys.setrecursionlimit(_FRAMES)
    try:
        parser = _Parser(source, list(tokens(source)), macros)
        tree = parser.whole()
    except (LexError, _Unexpected) as error:
        raise syntax_error(source) from error
    if parser.issues:
        raise compile_error(source, parser.issues)
    return tree


class _Parser:
    def __init__(self, source: str, read: list[Token], macros: Macros):
        self.issues: list[Issue] = []
        self._macros = macros
        self._source, self._tokens, self._next, self._depth = source, read, 0, 0

    def whole(self) -> Node:
        tree = self._expression()
        self._take("end")
        return tree

    # Tokens

    @property
    def _kind(self) -> str:
        """The kind of the next token; a word that is an operator or a constant is a kind of its own."""
        token = self._tokens[self._next]
        if token.kind == "name" and (token.value == "in" or token.value in _CONSTANTS):
            return str(token.value)
        return token.kind

    def _take(self, kind: str) -> Token:
        if self._kind != kind:
            raise _Unexpected
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _skip(self, kind: str) -> bool:
        """Whether the next token is of this kind; it is taken then."""
        if self._kind != kind:
            return False
        self._next += 1
        return True

    def _issue(self, offset: int, message: str) -> Node:
        self.issues.append(Issue(*place_of(self._source, offset), message))
        return Literal(offset, None)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            text = f"expression recursion limit exceeded: {MAX_DEPTH}"
            raise compile_error(self._source, [Issue(-1, 0, text)])

    # Operators

    def _expression(self) -> Node:
        self._deeper()
        condition = self._either()
        if self._kind == "?":
            mark = self._take("?")
            if_true = self._either()
            self._take(":")
            condition = Call(mark.offset, "_?_:_", None, [condition, if_true, self._expression()])
        self._depth -= 1
        return condition

    def _either(self) -> Node:
        return self._balanced("||", "_||_", self._both)

    def _both(self) -> Node:
        return self._balanced("&&", "_&&_", self._relation)

    def _balanced(self, operator: str, function: str, term: Callable[[], Node]) -> Node:
        """A row of logical operators, as a tree that is as flat as can be."""
        terms, places = [term()], []
        while self._kind == operator:
            places.append(self._take(operator).offset)
            terms.append(term())
        return _tree(function, terms, places, 0, len(places) - 1) if places else terms[0]

    def _relation(self) -> Node:
        return self._row(_RELATIONS, self._sum)

    def _sum(self) -> Node:
        return self._row(_SUMS, self._product)

    def _product(self) -> Node:
        return self._row(_PRODUCTS, self._unary)

    def _row(self, operators: dict[str, str], term: Callable[[], Node]) -> Node:
        left, depth = term(), self._depth
        while self._kind in operators:
            self._deeper()
            operator = self._take(self._kind)
            left = Call(operator.offset, operators[operator.value], None, [left, term()])
        self._depth = depth
        return left

    def _unary(self) -> Node:
        first = self._tokens[self._next]
        if first.kind == "-" and self._tokens[self._next + 1].kind in ("int", "float"):
            return self._member()
        for operator, function in (("!", "!_"), ("-", "-_")):
            count = 0
            while self._skip(operator):
                count += 1
            if count:
                operand = self._member()
                return Call(first.offset, function, None, [operand]) if count % 2 else operand
        return self._member()

    # Members and primaries

    def _member(self) -> Node:
        node, depth = self._primary(), self._depth
        while self._kind in (".", "["):
            self._deeper()
            node = self._field(node) if self._kind == "." else self._index(node)
        self._depth = depth
        return node

    def _field(self, operand: Node) -> Node:
        dot = self._take(".")
        if self._skip("?"):
            name = self._take_name()
            return Call(dot.offset, "_?._", None, [operand, Literal(name.offset, name.value)])
        if self._kind == "escaped":
            name = self._take("escaped")
            self._issue(name.offset, "unsupported syntax: '`'")
            return Select(dot.offset, operand, name.value)
        name = self._take_name()
        if self._kind == "(":
            opening = self._take("(")
            return self._call(opening.offset, name.value, operand, self._list(")"))
        return Select(dot.offset, operand, name.value)

    def _take_name(self) -> Token:
        return self._take("name")

    def _index(self, operand: Node) -> Node:
        opening = self._take("[")
        function = "_[?_]" if self._skip("?") else "_[_]"
        index = self._expression()
        self._take("]")
        return Call(opening.offset, function, None, [operand, index])

    def _list(self, closing: str) -> list[Node]:
        """Expressions up to the closing token; no comma may stand before it."""
        found: list[Node] = []
        if self._skip(closing):
            return found
        found.append(self._expression())
        while self._skip(","):
            found.append(self._expression())
        self._take(closing)
        return found

    def _primary(self) -> Node:
        token = self._tokens[self._next]
        match self._kind:
            case "name" | ".":
                return self._name()
            case "(":
                self._next += 1
                inner = self._expression()
                self._take(")")
                return inner
            case "[":
                return self._list_literal()
            case "{":
                self._next += 1
                return MapLiteral(token.offset, self._entries(self._expression))
            case "-" | "int" | "uint" | "float":
                return self._number()
            case "string" | "bytes":
                self._next += 1
                return Literal(token.offset, token.value)
            case "true" | "false" | "null":
                self._next += 1
                return Literal(token.offset, _CONSTANTS[token.value])
        raise _Unexpected

    def _number(self) -> Node:
        start = self._tokens[self._next].offset
        sign = -1 if self._skip("-") else 1
        token = self._tokens[self._next]
        self._next += 1
        match token.kind:
            case "int":
                value = sign * token.value
                fits = -_MAX_INT - 1 <= value <= _MAX_INT
                return Literal(start, value) if fits else self._issue(start, "invalid int literal")
            case "uint":
                fits = token.value <= _MAX_UINT
                return Literal(start, UInt(token.value)) if fits else self._issue(start, "invalid uint literal")
        if token.value == float("inf"):
            return self._issue(start, "invalid double literal")
        return Literal(start, sign * token.value)

    def _name(self) -> Node:
        """A variable, a call of a function, or a struct literal."""
        start = self._tokens[self._next].offset
        dot = "." if self._skip(".") else ""
        opening = self._struct_opening()
        if opening:
            names = [token.value for token in self._tokens[self._next : opening] if token.kind == "name"]
            self._next = opening
            mark = self._take("{")
            return StructLiteral(mark.offset, dot + ".".join(names), self._entries(self._field_name))
        token = self._take_name()
        if token.value in _RESERVED:
            self._issue(start, f"reserved identifier: {token.value}")
        if self._kind == "(":
            mark = self._take("(")
            return self._call(mark.offset, dot + token.value, None, self._list(")"))
        return Ident(token.offset, dot + token.value)

    def _struct_opening(self) -> int:
        """Where the brace of a struct literal stands when names and dots lead to one, else 0."""
        at = self._next
        while self._tokens[at].kind == "name":
            if self._tokens[at + 1].kind == "{":
                return at + 1
            if self._tokens[at + 1].kind != ".":
                return 0
            at += 2
        return 0

    def _list_literal(self) -> Node:
        opening = self._take("[")
        elements: list[Node] = []
        optional: set[int] = set()
        while not self._skip("]"):
            if self._skip("?"):
                optional.add(len(elements))
            elements.append(self._expression())
            if not self._skip(","):
                self._take("]")
                break
        return ListLiteral(opening.offset, elements, frozenset(optional))

    def _field_name(self) -> str:
        token = self._tokens[self._next]
        if self._kind == "escaped":
            self._issue(token.offset, "unsupported syntax: '`'")
            self._next += 1
            return str(token.value)
        return str(self._take_name().value)

    def _entries(self, key: Callable[[], object]) -> list[Entry]:
        found: list[Entry] = []
        while not self._skip("}"):
            optional = self._skip("?")
            name = key()
            colon = self._take(":")
            found.append(Entry(colon.offset, name, self._expression(), optional))
            if not self._skip(","):
                self._take("}")
                break
        return found

    def _call(self, offset: int, function: str, target: Node | None, arguments: list[Node]) -> Node:
        macro = self._macros.get((function, len(arguments), target is not None))
        try:
            expanded = macro(offset, target, arguments) if macro is not None else None
        except MacroError as error:
            return self._issue(error.offset, error.message)
        return Call(offset, function, target, arguments) if expanded is None else expanded


def _tree(function: str, terms: list[Node], places: list[int], low: int, high: int) -> Node:
    middle = (low + high + 1) // 2
    left = terms[middle] if middle == low else _tree(function, terms, places, low, middle - 1)
    right = terms[middle + 1] if middle == high else _tree(function, terms, places, middle + 1, high)
    return Call(places[middle], function, None, [left, right])
