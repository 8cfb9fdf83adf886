"""A pod's status from what is known, as a table."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from pybernetes.kubelet.pod_actions import ProbeResult
from pybernetes.kubelet.pod_status import Outcome, Surroundings, Verdicts, Wait, final_status, make_status
from pybernetes.kubelet.runtime_status import PodRuntime
from tests.kubelet.pod_values import CREATED, EXITED, RUNNING, container, pod_of, runtime_of, sandbox_of

NOW = "2026-01-01T00:10:00Z"
HERE = Surroundings(["192.168.0.1"], NOW)
SIDE = {"name": "side", "restartPolicy": "Always"}


def conditions(status: Json) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each.get("reason", "")) for each in status["conditions"]}


@pytest.mark.parametrize(
    ("policy", "containers", "phase"),
    [
        ("Always", [], "Pending"),
        ("Always", [("a", CREATED)], "Pending"),
        ("Always", [("a", RUNNING)], "Pending"),
        ("Always", [("a", RUNNING), ("b", RUNNING)], "Running"),
        ("Always", [("a", RUNNING), container("b", EXITED, exit_code=1)], "Running"),
        ("Always", [container("a", EXITED), container("b", EXITED)], "Running"),
        ("OnFailure", [container("a", EXITED), container("b", EXITED)], "Succeeded"),
        ("OnFailure", [container("a", EXITED), container("b", EXITED, exit_code=2)], "Running"),
        ("Never", [container("a", EXITED), container("b", EXITED)], "Succeeded"),
        ("Never", [container("a", EXITED), container("b", EXITED, exit_code=2)], "Failed"),
        ("Never", [("a", RUNNING), container("b", EXITED, exit_code=2)], "Running"),
    ],
)
def test_phases(policy: str, containers: list[object], phase: str) -> None:
    runtime = runtime_of(*containers, sandbox=sandbox_of())
    assert make_status(pod_of("a", "b", restartPolicy=policy), runtime, HERE)["phase"] == phase


@pytest.mark.parametrize(
    ("policy", "containers", "phase"),
    [
        ("Always", [("i", RUNNING)], "Pending"),
        ("Always", [container("i", EXITED, exit_code=1)], "Pending"),
        ("Never", [container("i", EXITED, exit_code=1)], "Failed"),
        ("Always", [container("i", EXITED)], "Pending"),
        ("Always", [container("i", EXITED), ("a", RUNNING)], "Running"),
    ],
)
def test_phases_while_initialising(policy: str, containers: list[object], phase: str) -> None:
    runtime = runtime_of(*containers, sandbox=sandbox_of())
    pod = pod_of("a", init=[{"name": "i"}], restartPolicy=policy)
    assert make_status(pod, runtime, HERE)["phase"] == phase


def test_a_restarting_sidecar_does_not_make_a_running_pod_pending() -> None:
    runtime = runtime_of(container("side", EXITED), ("a", RUNNING), sandbox=sandbox_of())
    assert make_status(pod_of("a", init=[SIDE]), runtime, HERE)["phase"] == "Running"


def test_a_new_pod() -> None:
    status = make_status(pod_of("a", resources={}), PodRuntime("u1"), HERE)
    assert status["containerStatuses"] == [
        {
            "name": "a",
            "state": {"waiting": {"reason": "ContainerCreating"}},
            "lastState": {},
            "ready": False,
            "started": False,
            "restartCount": 0,
            "image": "busybox",
            "imageID": "",
        }
    ]
    assert status["hostIP"] == "192.168.0.1"
    assert status["startTime"] == NOW
    assert status["qosClass"] == "BestEffort"
    assert status["observedGeneration"] == 2
    assert "podIP" not in status
    assert conditions(status) == {
        "PodReadyToStartContainers": ("False", ""),
        "Initialized": ("True", ""),
        "Ready": ("False", "ContainersNotReady"),
        "ContainersReady": ("False", "ContainersNotReady"),
        "PodScheduled": ("True", ""),
    }


def test_containers_wait_for_initialisation() -> None:
    status = make_status(pod_of("a", init=[{"name": "i"}]), runtime_of(("i", RUNNING), sandbox=sandbox_of()), HERE)
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}
    message = next(each["message"] for each in status["conditions"] if each["type"] == "Initialized")
    assert message == "containers with incomplete status: [i]"


def test_a_running_pod() -> None:
    status = make_status(pod_of("a"), runtime_of(("a", RUNNING), sandbox=sandbox_of()), HERE)
    (entry,) = status["containerStatuses"]
    assert entry["state"] == {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    assert (entry["ready"], entry["started"], entry["containerID"]) == (True, True, "containerd://a-0")
    assert status["podIPs"] == [{"ip": "10.0.0.5"}]
    assert conditions(status)["Ready"] == ("True", "")


def test_probes_decide_on_ready_and_started() -> None:
    spec = {"name": "a", "image": "busybox", "startupProbe": {"exec": {}}, "readinessProbe": {"exec": {}}}
    runtime = runtime_of(("a", RUNNING), sandbox=sandbox_of())
    identity = runtime.latest["a"].id
    for startup, readiness, expected in (
        (ProbeResult.UNKNOWN, ProbeResult.SUCCESS, (False, False)),
        (ProbeResult.SUCCESS, ProbeResult.FAILURE, (True, False)),
        (ProbeResult.SUCCESS, ProbeResult.SUCCESS, (True, True)),
    ):
        verdicts = Verdicts({identity: startup}, {identity: readiness})
        status = make_status(pod_of(spec), runtime, Surroundings(["h"], NOW, verdicts=verdicts))
        (entry,) = status["containerStatuses"]
        assert (entry["started"], entry["ready"]) == expected


def test_a_crash_loop_waits_with_its_end_as_last_state() -> None:
    runtime = runtime_of(
        container("a", EXITED, exit_code=1, restarts=2), container("a", EXITED, restarts=1), sandbox=sandbox_of()
    )
    waits = {"a": Wait("CrashLoopBackOff", "back-off 10s")}
    (entry,) = make_status(pod_of("a"), runtime, Surroundings(["h"], NOW, waits))["containerStatuses"]
    assert entry["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
    assert entry["lastState"]["terminated"]["exitCode"] == 1
    assert entry["restartCount"] == 2


def test_a_restarted_container_shows_its_last_end() -> None:
    ended = container("a", EXITED, exit_code=137, restarts=0, reason="OOMKilled", message="out")
    runtime = runtime_of(container("a", RUNNING, restarts=1), ended, sandbox=sandbox_of())
    (entry,) = make_status(pod_of("a"), runtime, HERE)["containerStatuses"]
    assert entry["lastState"]["terminated"] == {
        "exitCode": 137,
        "reason": "OOMKilled",
        "message": "out",
        "startedAt": "2026-01-01T00:00:00Z",
        "finishedAt": "2026-01-01T00:00:01Z",
        "containerID": "containerd://a-0",
    }


def test_a_container_that_vanished_is_told_of() -> None:
    running = make_status(pod_of("a"), runtime_of(("a", RUNNING), sandbox=sandbox_of()), HERE)
    (entry,) = make_status(pod_of("a", status=running), PodRuntime("u1"), HERE)["containerStatuses"]
    assert entry["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert entry["lastState"]["terminated"]["reason"] == "ContainerStatusUnknown"
    assert entry["lastState"]["terminated"]["exitCode"] == 137
    assert entry["restartCount"] == 1


def test_an_end_the_runtime_forgot_is_kept() -> None:
    done = make_status(pod_of("a"), runtime_of(container("a", EXITED), sandbox=sandbox_of()), HERE)
    (entry,) = make_status(pod_of("a", status=done), PodRuntime("u1"), HERE)["containerStatuses"]
    assert entry["state"]["terminated"]["exitCode"] == 0


def test_times_of_conditions_move_only_with_their_status() -> None:
    pod = pod_of("a")
    first = make_status(pod, runtime_of(("a", RUNNING), sandbox=sandbox_of()), HERE)
    later = Surroundings(["192.168.0.1"], "2026-01-01T01:00:00Z")
    again = make_status({**pod, "status": first}, runtime_of(("a", RUNNING), sandbox=sandbox_of()), later)
    assert again == first
    broken = make_status({**pod, "status": first}, runtime_of(("a", RUNNING), sandbox=sandbox_of(ready=False)), later)
    times = {each["type"]: each["lastTransitionTime"] for each in broken["conditions"]}
    assert times["PodReadyToStartContainers"] == "2026-01-01T01:00:00Z"
    assert times["Ready"] == NOW


def test_readiness_gates_and_foreign_conditions() -> None:
    pod = pod_of("a", readinessGates=[{"conditionType": "x/gate"}], status={"conditions": []})
    runtime = runtime_of(("a", RUNNING), sandbox=sandbox_of())
    status = make_status(pod, runtime, HERE)
    assert conditions(status)["Ready"] == ("False", "ReadinessGatesNotReady")
    assert conditions(status)["ContainersReady"] == ("True", "")
    pod["status"] = {"conditions": [{"type": "x/gate", "status": "True"}]}
    status = make_status(pod, runtime, HERE)
    assert conditions(status)["Ready"] == ("True", "")
    assert conditions(status)["x/gate"] == ("True", "")


def test_ends_from_outside() -> None:
    outcome = Outcome("Evicted", "low on memory", conditions=({"type": "DisruptionTarget", "status": "True"},))
    runtime = runtime_of(container("a", EXITED, exit_code=137), sandbox=sandbox_of(ready=False))
    status = make_status(pod_of("a"), runtime, HERE, is_terminal=True, outcome=outcome)
    assert (status["phase"], status["reason"], status["message"]) == ("Failed", "Evicted", "low on memory")
    assert conditions(status)["DisruptionTarget"] == ("True", "")
    assert conditions(status)["Ready"] == ("False", "PodFailed")


def test_a_terminal_phase_stays() -> None:
    pod = pod_of("a", status={"phase": "Succeeded"})
    assert make_status(pod, PodRuntime("u1"), HERE)["phase"] == "Succeeded"


def test_the_final_status_leaves_nothing_running() -> None:
    status = make_status(pod_of("a"), runtime_of(("a", RUNNING), sandbox=sandbox_of()), HERE)
    final = final_status(status)
    assert final["phase"] == "Failed"
    assert final["containerStatuses"][0]["state"]["terminated"]["reason"] == "ContainerStatusUnknown"
