"""What an expression may use, and the way from its text to a program.

    text → `parser` → tree → `checker` → typed tree → `validators` → `program`

`KUBERNETES` is the environment that all expressions of Kubernetes start from; a use of expressions extends it with its
variables and types. It has what release 1.36 has: the standard library with optional types and two-variable macros,
the extended strings, sets and lists, and Kubernetes' own libraries.

Counterpart: apiserver/pkg/cel/environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pybernetes.apiserver.cel.checker import check
from pybernetes.apiserver.cel.functions import Functions, together
from pybernetes.apiserver.cel.library import LIBRARIES
from pybernetes.apiserver.cel.literals import check_literals
from pybernetes.apiserver.cel.macros import MACROS, Macros
from pybernetes.apiserver.cel.parser import parse
from pybernetes.apiserver.cel.program import Program
from pybernetes.apiserver.cel.standard import STANDARD
from pybernetes.apiserver.cel.types import NoTypes, Type, TypeProvider

# k8s.io/apiserver/pkg/apis/cel: about a tenth of a second, a second and 50 milliseconds in Go.
PER_CALL_LIMIT = 1_000_000
RUNTIME_COST_BUDGET = 10_000_000
MAX_MESSAGE_BYTES = 5 * 1024


@dataclass(frozen=True)
class Environment:
    """Variables with their types, functions, and what struct types there are."""

    variables: Mapping[str, Type] = field(default_factory=dict)
    functions: Functions = field(default_factory=dict)
    provider: TypeProvider = field(default_factory=NoTypes)
    macros: Macros = field(default_factory=lambda: MACROS)

    def extend(
        self,
        *,
        variables: Mapping[str, Type] | None = None,
        functions: Functions | None = None,
        provider: TypeProvider | None = None,
        macros: Macros | None = None,
    ) -> Environment:
        """An environment with more in it."""
        return Environment(
            {**self.variables, **(variables or {})},
            together((self.functions, functions)) if functions else self.functions,
            provider or self.provider,
            {**self.macros, **macros} if macros else self.macros,
        )

    def compile(self, source: str) -> Program:
        """The program of an expression. Raises `CompileError`."""
        tree = parse(source, self.macros)
        check(source, tree, self.variables, self.functions, self.provider)
        check_literals(source, tree)
        return Program(source, tree, self.provider)


KUBERNETES = Environment(functions=together((STANDARD, *LIBRARIES)))
