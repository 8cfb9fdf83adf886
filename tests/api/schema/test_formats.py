"""Which strings are of which format."""

from __future__ import annotations

import pytest

from pybernetes.api.schema.formats import fits_format

TABLE = [
    (
        "date-time",
        ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678+01:00"],
        ["2026-01-02", "now", "2026-13-02T03:04:05Z"],
    ),
    ("date", ["2026-01-02"], ["2026-1-2", "2026-02-30"]),
    ("byte", ["", "YWJj"], ["a", "***"]),
    ("ipv4", ["10.0.0.1"], ["10.0.0", "::1"]),
    ("ipv6", ["::1"], ["10.0.0.1"]),
    ("cidr", ["10.0.0.0/8", "fd00::/8"], ["10.0.0.0", "10.0.0.0/99"]),
    ("uuid", ["6f1ed002-ab59-4e3c-b0a8-4f4d5a2f6a1c"], ["6f1ed002"]),
    ("uuid4", ["6f1ed002-ab59-4e3c-b0a8-4f4d5a2f6a1c"], ["6f1ed002-ab59-1e3c-b0a8-4f4d5a2f6a1c"]),
    ("email", ["a@b.c"], ["a", "@b"]),
    ("hostname", ["a.example.com"], ["-a", "a" * 300]),
    ("mac", ["01:23:45:67:89:ab"], ["01:23"]),
    ("duration", ["5s", "1h30m", "1.5h"], ["5", "s"]),
    ("uri", ["https://example.com/a"], ["example"]),
    ("something else", ["anything"], []),
]


@pytest.mark.parametrize(("name", "good", "bad"), TABLE)
def test_formats(name: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not fits_format(text, name)] == []
    assert [text for text in bad if fits_format(text, name)] == []
