"""A component as a process: how it ends, and what is set for it."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from prometheus_client import CollectorRegistry, Counter, enable_created_metrics, generate_latest

from pybernetes.component.process import run_component


async def _told_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()


async def _failing() -> None:
    raise ValueError("broken")


async def _nothing() -> None:
    pass


def test_told_to_stop_it_ends_well() -> None:
    assert run_component("test", _told_to_stop()) == 0


def test_a_failure_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    assert run_component("test", _failing()) == 1
    assert "component failed" in caplog.text


def test_counters_have_no_series_for_when_they_were_created() -> None:
    registry = CollectorRegistry()
    Counter("some", "Counted.", registry=registry).inc()
    try:
        run_component("test", _nothing())
        assert b"some_total 1.0" in generate_latest(registry)
        assert b"some_created" not in generate_latest(registry)
    finally:
        enable_created_metrics()
