"""What to do next for a pod, as a table: spec and runtime in, actions out."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from pybernetes.kubelet.pod_actions import Actions, KillReason, ProbeResult, ProbeResults, compute_actions
from tests.kubelet.pod_values import EXITED, RUNNING, UNKNOWN, container, pod_of, runtime_of, sandbox_of

SIDECAR = {"restartPolicy": "Always"}


def shown(actions: Actions) -> Json:
    """Actions in few words."""
    result: Json = {"start": [start.spec["name"] for start in actions.start]}
    if actions.kill_pod:
        result["kill_pod"] = True
    if actions.create_sandbox:
        result["sandbox"] = actions.attempt
    if actions.kill:
        result["kill"] = [kill.container.name for kill in actions.kill]
    return result


def test_a_new_pod_gets_a_sandbox_and_all_its_containers() -> None:
    assert shown(compute_actions(pod_of("a", "b"), runtime_of())) == {"sandbox": 0, "start": ["a", "b"]}


def test_a_new_pod_with_init_containers_starts_with_the_first() -> None:
    pod = pod_of("a", init=[{"name": "i"}, {"name": "j"}])
    assert shown(compute_actions(pod, runtime_of())) == {"sandbox": 0, "start": ["i"]}


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        (runtime_of(sandbox=sandbox_of(ready=False)), {"kill_pod": True, "sandbox": 1, "start": ["a"]}),
        (runtime_of(sandbox=sandbox_of(ips=())), {"kill_pod": True, "sandbox": 1, "start": ["a"]}),
        (runtime_of(sandbox=sandbox_of(attempt=3)), {"start": ["a"]}),
        (runtime_of(("a", RUNNING), sandbox=sandbox_of()), {"start": []}),
    ],
)
def test_a_sandbox_that_is_gone_or_has_no_network_is_replaced(runtime: object, expected: Json) -> None:
    assert shown(compute_actions(pod_of("a"), runtime)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "exit_code", "restarts"),
    [
        ("Always", 0, True),
        ("Always", 1, True),
        ("OnFailure", 0, False),
        ("OnFailure", 1, True),
        ("Never", 0, False),
        ("Never", 1, False),
    ],
)
def test_restart_policies(policy: str, exit_code: int, restarts: bool) -> None:
    pod = pod_of("a", "b", restartPolicy=policy)
    runtime = runtime_of(container("a", EXITED, exit_code=exit_code), ("b", RUNNING), sandbox=sandbox_of())
    assert shown(compute_actions(pod, runtime)) == {"start": ["a"] if restarts else []}


def test_a_container_may_have_a_policy_and_rules_of_its_own() -> None:
    rules = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]
    spec = {"name": "a", "restartPolicy": "Never", "restartPolicyRules": rules}
    for code, restarts in ((42, True), (1, False)):
        runtime = runtime_of(container("a", EXITED, exit_code=code, spec=spec), ("b", RUNNING), sandbox=sandbox_of())
        assert shown(compute_actions(pod_of(spec, "b"), runtime)) == {"start": ["a"] if restarts else []}


def test_a_pod_whose_containers_are_all_done_is_killed() -> None:
    pod = pod_of("a", restartPolicy="Never")
    runtime = runtime_of(container("a", EXITED), sandbox=sandbox_of())
    assert shown(compute_actions(pod, runtime)) == {"kill_pod": True, "start": []}


def test_a_done_pod_gets_no_new_sandbox() -> None:
    pod = pod_of("a", restartPolicy="OnFailure")
    runtime = runtime_of(container("a", EXITED), sandbox=sandbox_of(ready=False))
    assert shown(compute_actions(pod, runtime)) == {"kill_pod": True, "start": []}


def test_a_changed_image_replaces_the_container() -> None:
    pod = pod_of({"name": "a", "image": "new"})
    runtime = runtime_of(container("a", RUNNING, spec={"name": "a", "image": "old"}), sandbox=sandbox_of())
    actions = compute_actions(pod, runtime)
    assert shown(actions) == {"kill": ["a"], "start": ["a"]}
    assert actions.kill[0].message == "Container a definition changed, will be restarted"


@pytest.mark.parametrize("policy", ["Always", "Never"])
def test_a_failed_liveness_probe_kills(policy: str) -> None:
    runtime = runtime_of(("a", RUNNING), sandbox=sandbox_of())
    probes = ProbeResults({runtime.latest["a"].id: ProbeResult.FAILURE}, {})
    actions = compute_actions(pod_of("a", restartPolicy=policy), runtime, probes)
    (kill,) = actions.kill
    assert kill.reason is KillReason.LIVENESS
    tail = ", will be restarted" if policy == "Always" else ""
    assert kill.message == f"Container a failed liveness probe{tail}"
    assert [start.spec["name"] for start in actions.start] == (["a"] if policy == "Always" else [])


def test_a_container_in_unknown_state_is_killed_before_it_is_started_again() -> None:
    runtime = runtime_of(("a", UNKNOWN), sandbox=sandbox_of())
    assert shown(compute_actions(pod_of("a"), runtime)) == {"kill": ["a"], "start": ["a"]}


def test_ephemeral_containers_start_at_once_and_only_once() -> None:
    pod = pod_of("a", ephemeralContainers=[{"name": "debug"}])
    runtime = runtime_of(("a", RUNNING), sandbox=sandbox_of())
    assert shown(compute_actions(pod, runtime)) == {"start": ["debug"]}
    runtime = runtime_of(("a", RUNNING), container("debug", EXITED), sandbox=sandbox_of())
    assert shown(compute_actions(pod, runtime)) == {"start": []}


INIT = [{"name": "i"}, {"name": "side", **SIDECAR}, {"name": "j"}]


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ([("i", RUNNING)], {"start": []}),
        ([container("i", EXITED)], {"start": ["side"]}),
        ([container("i", EXITED, exit_code=1)], {"start": ["i"]}),
        ([container("i", EXITED), ("side", RUNNING)], {"start": ["j"]}),
        ([container("i", EXITED), container("side", EXITED)], {"start": ["side"]}),
        ([container("i", EXITED), ("side", RUNNING), ("j", RUNNING)], {"start": []}),
        ([container("i", EXITED), container("side", EXITED), ("j", RUNNING)], {"start": ["side"]}),
        ([container("i", EXITED), ("side", RUNNING), container("j", EXITED)], {"start": ["a"]}),
        ([container("j", EXITED), ("side", RUNNING)], {"start": ["a"]}),
        ([("side", RUNNING), ("a", RUNNING)], {"start": []}),
        ([container("side", EXITED), ("a", RUNNING)], {"start": ["side"]}),
        ([("a", RUNNING)], {"start": ["side"]}),
    ],
)
def test_initialisation_goes_on_where_it_stands(containers: list[object], expected: Json) -> None:
    runtime = runtime_of(*containers, sandbox=sandbox_of())
    assert shown(compute_actions(pod_of("a", init=INIT), runtime)) == expected


def test_a_sidecars_startup_probe_holds_up_what_follows() -> None:
    side = {"name": "side", **SIDECAR, "startupProbe": {"exec": {}}}
    pod = pod_of("a", init=[side])
    runtime = runtime_of(("side", RUNNING), sandbox=sandbox_of())
    identity = runtime.latest["side"].id
    assert shown(compute_actions(pod, runtime)) == {"start": []}
    started = ProbeResults({}, {identity: ProbeResult.SUCCESS})
    assert shown(compute_actions(pod, runtime, started)) == {"start": ["a"]}
    failed = ProbeResults({}, {identity: ProbeResult.FAILURE})
    assert shown(compute_actions(pod, runtime, failed)) == {"kill": ["side"], "start": ["side"]}


def test_a_failed_init_container_ends_a_pod_that_never_restarts() -> None:
    pod = pod_of("a", init=[{"name": "i"}], restartPolicy="Never")
    runtime = runtime_of(container("i", EXITED, exit_code=1), sandbox=sandbox_of())
    assert shown(compute_actions(pod, runtime)) == {"kill_pod": True, "start": []}
