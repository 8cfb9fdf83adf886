"""What the kubelet writes on containers is what it reads back."""

from __future__ import annotations

from pybernetes.kubelet.runtime import labels

POD = {
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "uid": "u-1",
        "labels": {"app": "web", "io.kubernetes.pod.name": "forged"},
        "annotations": {"note": "x"},
        "deletionGracePeriodSeconds": 5,
    },
    "spec": {"terminationGracePeriodSeconds": 30},
}
CONTAINER = {
    "name": "nginx",
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "lifecycle": {"preStop": {"exec": {"command": ["true"]}}},
    "ports": [{"containerPort": 80}],
}


def test_a_sandbox_carries_the_pods_labels_and_ours_win() -> None:
    assert labels.sandbox_labels(POD) == {
        "app": "web",
        "io.kubernetes.pod.name": "web",
        "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.uid": "u-1",
    }
    assert labels.sandbox_annotations(POD) == {"note": "x"}


def test_a_containers_owner_is_read_back() -> None:
    found = labels.owner(labels.container_labels(POD, "nginx"))
    assert found == labels.Owner("shop", "web", "u-1", "nginx")
    assert labels.owner({"app": "web"}) is None


def test_what_must_be_remembered_is_read_back() -> None:
    annotations = labels.container_annotations(POD, CONTAINER, "1a2b", 3)
    assert annotations["io.kubernetes.container.hash"] == "1a2b"
    assert annotations["io.kubernetes.container.restartCount"] == "3"
    assert labels.remembered(annotations) == labels.Remembered(
        hash="1a2b",
        restart_count=3,
        termination_message_path="/dev/termination-log",
        termination_message_policy="File",
        pod_deletion_grace_period_seconds=5,
        pod_termination_grace_period_seconds=30,
        pre_stop_handler={"exec": {"command": ["true"]}},
        ports=({"containerPort": 80},),
    )


def test_broken_annotations_are_taken_for_missing_ones() -> None:
    broken = {
        labels.CONTAINER_RESTART_COUNT: "many",
        labels.CONTAINER_PORTS: "{",
        labels.CONTAINER_PRE_STOP_HANDLER: "[]",
    }
    assert labels.remembered(broken) == labels.Remembered()
