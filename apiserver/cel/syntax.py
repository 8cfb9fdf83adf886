"""What is wrong with text that is no expression, in the words of the grammar that all CEL implementations share.

The messages come from ANTLR's error recovery over that grammar and are part of what a client sees, so they are asked
of cel-cpp, whose parser is made from the same grammar. Its library is loaded only here, when there is an error to tell.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from pybernetes.apiserver.cel.errors import CompileError, Issue, compile_error, place_of

_ISSUE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_NO_LINE = 2**32 - 1
_WORDS = (  # where cel-go says it in other words than cel-cpp
    (re.compile(r"has\(\) argument must be a field selection"), "invalid argument to has() macro"),
    (
        re.compile(r"(?:all|exists|exists_one)\(\) variable name must be a simple identifier"),
        "argument must be a simple name",
    ),
    (re.compile(r"(?:map|filter)\(\) variable name must be a simple identifier"), "argument is not an identifier"),
    (
        re.compile(r"no viable alternative at input '\.(true|false|null)'"),
        r"mismatched input '\1' expecting IDENTIFIER",
    ),
)


def syntax_error(source: str) -> CompileError:
    """The error of a text that our parser does not take."""
    return compile_error(source, _issues(source) or [Issue(*place_of(source, len(source)), "Syntax error")])


def _issues(source: str) -> list[Issue]:
    try:
        _environment().compile(source, disable_check=True)
    except RuntimeError as error:
        found = [(int(line), int(column), text) for line, column, text in _ISSUE.findall(str(error))]
        return [Issue(line, column - 1, _worded(text)) for line, column, text in found if line != _NO_LINE]
    return []


def _worded(text: str) -> str:
    text = text.removesuffix(" [INVALID_ARGUMENT]")
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return text


@lru_cache(1)
def _environment() -> Any:
    from cel_expr_python import cel
    from cel_expr_python.ext.ext_optional import ExtOptional

    return cel.NewEnv(extensions=[ExtOptional()])
