"""Answers of /healthz and its like, to the letter."""

from __future__ import annotations

import pytest
from prometheus_client import generate_latest

from pybernetes.component.health_checks import Check, CheckResults, HealthAnswer, answer_all, answer_one


async def well() -> None:
    """All is well."""


async def ill() -> None:
    raise RuntimeError("no leader")


CASES: list[tuple[dict[str, Check], bool, tuple[str, ...], HealthAnswer]] = [
    ({"ping": well}, False, (), HealthAnswer(200, "ok")),
    ({"ping": well, "log": well}, True, (), HealthAnswer(200, "[+]ping ok\n[+]log ok\nlivez check passed\n")),
    (
        {"ping": well, "etcd": ill},
        False,
        (),
        HealthAnswer(500, "[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n"),
    ),
    ({"ping": well, "etcd": ill}, False, ("etcd",), HealthAnswer(200, "ok")),
    (
        {"ping": well, "etcd": ill},
        True,
        ("etcd", "b", "a"),
        HealthAnswer(
            200,
            "[+]ping ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "
            '"a", "b"\nlivez check passed\n',
        ),
    ),
]


@pytest.mark.parametrize(("checks", "verbose", "exclude", "answer"), CASES)
async def test_all_checks(
    checks: dict[str, Check], verbose: bool, exclude: tuple[str, ...], answer: HealthAnswer
) -> None:
    assert await answer_all("livez", checks, verbose=verbose, exclude=exclude) == answer


async def test_a_single_check_tells_its_reason() -> None:
    assert await answer_one(well) == HealthAnswer(200, "ok")
    assert await answer_one(ill) == HealthAnswer(500, "internal server error: no leader\n")


async def test_results_are_counted() -> None:
    results = CheckResults()
    for _ in range(2):
        await answer_all("readyz", {"ping": well, "etcd": ill}, results=results)
    lines = generate_latest(results.registry).decode().splitlines()
    assert 'kubernetes_healthcheck{name="etcd",type="readyz"} 0.0' in lines
    assert 'kubernetes_healthcheck{name="ping",type="readyz"} 1.0' in lines
    assert 'kubernetes_healthchecks_total{name="etcd",status="error",type="readyz"} 2.0' in lines
