"""URLs in, parts out."""

from __future__ import annotations

import pytest

from pybernetes.pyctl.urls import Server, path_text, query_text, split_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://a:6443", Server(True, "a", 6443, "a:6443", "")),
        ("https://a", Server(True, "a", 443, "a", "")),
        ("http://a/", Server(False, "a", 80, "a", "")),
        ("https://[::1]:6443/k8s/x/", Server(True, "::1", 6443, "[::1]:6443", "/k8s/x")),
        ("https://[::1]", Server(True, "::1", 443, "[::1]", "")),
    ],
)
def test_servers(url: str, server: Server) -> None:
    assert split_server(url) == server


def test_paths_and_queries() -> None:
    assert path_text("/api/v1/x y/ü:%2F") == "/api/v1/x%20y/%C3%BC:%2F"
    assert query_text([("a", "b=c,d"), ("e", "")]) == "?a=b%3Dc%2Cd&e="
    assert query_text([]) == ""
