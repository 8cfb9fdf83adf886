"""What a request is warned of, as the headers that kubectl prints it from: RFC 7234, code 299, one for each text.

Each text is sent once. All of them together are at most 4,096 characters: beyond that, each is cut to 256, and once the
limit is reached nothing follows. Counterpart: WithWarningRecorder of apiserver.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_MAX_CHARACTERS = 4096
_CUT_TO_CHARACTERS = 256


def warning_header(warnings: Iterable[str]) -> str:
    """The values of the Warning headers, a line each: `sending` makes a header of every line."""
    texts = [text for text in dict.fromkeys(warnings) if text and not _has_controls(text)]
    if sum(map(len, texts)) > _MAX_CHARACTERS:
        texts = _cut(texts)
    return "\n".join(f'299 - "{_quoted(text)}"' for text in texts)


def _cut(texts: list[str]) -> list[str]:
    result, written = [], 0
    for text in texts:
        if written >= _MAX_CHARACTERS:
            break
        result.append(text[:_CUT_TO_CHARACTERS])
        written += len(result[-1])
    return result


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _has_controls(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(letter) == "Cc" for letter in text)
