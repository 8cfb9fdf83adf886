"""What of a log a request wants: how it is read, and what is refused."""

from __future__ import annotations

import pytest

from pybernetes.api.errors import APIError
from pybernetes.apiserver.resources.pod_log_options import log_options


def test_what_the_kubelet_is_asked_for() -> None:
    query = {
        "container": "main",
        "follow": "1",
        "previous": "false",
        "timestamps": "yes",
        "tailLines": "0",
        "limitBytes": "10",
        "sinceTime": "2026-01-01T00:00:00Z",
    }
    assert log_options(query, "p") == {
        "follow": "true",
        "timestamps": "true",
        "tailLines": "0",
        "limitBytes": "10",
        "sinceTime": "2026-01-01T00:00:00Z",
    }
    assert log_options({"sinceSeconds": "5", "stream": "Stdout"}, "p") == {"sinceSeconds": "5", "stream": "Stdout"}


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"tailLines": "x"}, 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            {"sinceTime": "x"},
            400,
            'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
        ),
        (
            {"tailLines": "-1"},
            422,
            'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
        ),
        (
            {"limitBytes": "0", "sinceSeconds": "0"},
            422,
            'PodLogOptions "p" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, '
            "sinceSeconds: Invalid value: 0: must be greater than 0]",
        ),
        (
            {"sinceSeconds": "1", "sinceTime": "2026-01-01T00:00:00Z"},
            422,
            'PodLogOptions "p" is invalid: : Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
        ),
        (
            {"stream": "Both"},
            422,
            'PodLogOptions "p" is invalid: stream: Unsupported value: "Both": supported values: "All", '
            '"Stderr", "Stdout"',
        ),
    ],
)
def test_what_is_refused(query: dict[str, str], code: int, message: str) -> None:
    with pytest.raises(APIError) as refused:
        log_options(query, "p")
    assert (refused.value.code, refused.value.message) == (code, message)
