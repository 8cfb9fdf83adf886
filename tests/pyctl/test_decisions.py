"""The decisions of single commands, as tables of this in, that out."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.pyctl.commands.cp import Place, parse_place
from pybernetes.pyctl.commands.create.deployment import container_name
from pybernetes.pyctl.commands.create.ingress import rules as ingress_rules
from pybernetes.pyctl.commands.diff import masked
from pybernetes.pyctl.commands.port_forward import parse_ports, remote_port
from pybernetes.pyctl.commands.rollout.undo import choose_revision
from pybernetes.pyctl.commands.set.env import merged
from pybernetes.pyctl.commands.taint import changed, parse_changes
from pybernetes.pyctl.commands.wait import parse_for
from pybernetes.pyctl.describing.nodes import pod_amount
from pybernetes.pyctl.draining import DAEMON_SET, LOCAL_DATA, UNMANAGED, Rules, plan
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.key_values import append_hash, env_pairs
from pybernetes.pyctl.marking import changed_marks, split_changes
from pybernetes.pyctl.rollouts import status_of
from pybernetes.pyctl.sorting import sort_by

Json = dict[str, Any]


def deployment(spec: int, **status: int) -> Json:
    return {
        "kind": "Deployment",
        "metadata": {"name": "web", "generation": 2},
        "spec": {"replicas": spec},
        "status": {"observedGeneration": 2, **status},
    }


@pytest.mark.parametrize(
    ("obj", "text", "done"),
    [
        ({**deployment(2), "status": {}}, "Waiting for deployment spec update to be observed...", False),
        (
            deployment(2, replicas=2, updatedReplicas=1),
            'Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...',
            False,
        ),
        (
            deployment(2, replicas=3, updatedReplicas=2),
            'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
            False,
        ),
        (
            deployment(2, replicas=2, updatedReplicas=2, availableReplicas=1),
            'Waiting for deployment "web" rollout to finish: 1 of 2 updated replicas are available...',
            False,
        ),
        (
            deployment(2, replicas=2, updatedReplicas=2, availableReplicas=2),
            'deployment "web" successfully rolled out',
            True,
        ),
    ],
)
def test_how_far_a_deployment_is(obj: Json, text: str, done: bool) -> None:
    assert status_of(obj) == (text, done)


def test_a_deployment_that_ran_out_of_time() -> None:
    obj = deployment(2)
    obj["status"]["conditions"] = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]
    with pytest.raises(Failure, match='deployment "web" exceeded its progress deadline'):
        status_of(obj)


def pod(name: str, owner: str = "", *, phase: str = "Running", empty_dir: bool = False) -> Json:
    metadata: Json = {"name": name, "namespace": "n"}
    if owner:
        metadata["ownerReferences"] = [{"kind": owner, "name": "o", "controller": True}]
    spec = {"volumes": [{"name": "v", "emptyDir": {}}] if empty_dir else []}
    return {"metadata": metadata, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("one", "rules", "evicted", "why"),
    [
        (pod("a", "ReplicaSet"), Rules(), True, None),
        (pod("a"), Rules(), False, UNMANAGED),
        (pod("a"), Rules(force=True), True, None),
        (pod("a", phase="Succeeded"), Rules(), True, None),
        (pod("a", "DaemonSet"), Rules(), False, DAEMON_SET),
        (pod("a", "DaemonSet"), Rules(ignore_daemon_sets=True), False, None),
        (pod("a", "ReplicaSet", empty_dir=True), Rules(), False, LOCAL_DATA),
        (pod("a", "ReplicaSet", empty_dir=True), Rules(delete_empty_dir=True), True, None),
    ],
)
def test_whom_a_drain_evicts(one: Json, rules: Rules, evicted: bool, why: str | None) -> None:
    decided = plan([one], rules)
    assert (bool(decided.evict), decided.forbidden[0][1] if decided.forbidden else None) == (evicted, why)


def test_a_drain_leaves_mirror_pods_alone() -> None:
    mirror = pod("a")
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    assert plan([mirror], Rules()) == ([], [], [])


@pytest.mark.parametrize(
    ("current", "texts", "overwrite", "after", "word"),
    [
        ([], ["a=b:NoSchedule"], False, [{"key": "a", "value": "b", "effect": "NoSchedule"}], "tainted"),
        ([{"key": "a", "effect": "NoSchedule"}], ["a-"], False, [], "untainted"),
        ([{"key": "a", "effect": "NoSchedule"}], ["a:NoSchedule-"], False, [], "untainted"),
        (
            [{"key": "a", "effect": "NoSchedule"}],
            ["a=c:NoSchedule"],
            True,
            [{"key": "a", "value": "c", "effect": "NoSchedule"}],
            "modified",
        ),
    ],
)
def test_taints(current: list[Json], texts: list[str], overwrite: bool, after: list[Json], word: str) -> None:
    assert changed(current, parse_changes(texts), overwrite=overwrite, node="n") == (after, word)


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [(["a=b"], "invalid taint spec: a=b"), (["a=b:X"], "invalid taint effect: X, unsupported taint effect")],
)
def test_no_taints(texts: list[str], complaint: str) -> None:
    with pytest.raises(Failure, match=complaint):
        parse_changes(texts)


def test_marks() -> None:
    assert split_changes(["pod", "a", "x=1", "y-"]) == (["pod", "a"], {"x": "1"}, ["y"])
    change = changed_marks({"x": "1", "y": "2"}, {"x": "1", "z": "3"}, ["y", "no"], overwrite=False, word="label")
    assert change == {"z": "3", "y": None}
    with pytest.raises(Failure, match="'x' already has a value \\(1\\), and --overwrite is false"):
        changed_marks({"x": "1"}, {"x": "2"}, [], overwrite=False, word="label")


def test_environment_keeps_its_order() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    after = merged(env, [{"name": "A", "value": "x"}, {"name": "C", "value": "3"}], {"B"})
    assert after == [{"name": "A", "value": "x"}, {"name": "C", "value": "3"}]


@pytest.mark.parametrize(
    ("text", "obj", "met"),
    [
        ("condition=Ready", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, True),
        ("condition=ready", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, False),
        ("condition=Ready=False", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, True),
        ("condition=Ready", {}, False),
        ("jsonpath={.spec.x}=1", {"spec": {"x": 1}}, True),
        ("jsonpath='{.spec.x}'=2", {"spec": {"x": 1}}, False),
        ("jsonpath={.spec.x}", {"spec": {"x": 1}}, True),
        ("jsonpath={.spec.x}", {"spec": {}}, False),
    ],
)
def test_what_wait_waits_for(text: str, obj: Json, met: bool) -> None:
    _, check = parse_for(text)
    assert check is not None
    assert check({"metadata": {}, **obj}) is met


@pytest.mark.parametrize(
    ("image", "name"),
    [("nginx", "nginx"), ("nginx:1.2", "nginx"), ("host:5000/a/web_app:1@sha256:x", "web-app")],
)
def test_container_names(image: str, name: str) -> None:
    assert container_name(image) == name


def test_ingress_rules() -> None:
    made = ingress_rules(["a.com/=web:80", "a.com/x*=web:http,tls=s"])
    (rule,) = made["rules"]
    assert [path["pathType"] for path in rule["http"]["paths"]] == ["Exact", "Prefix"]
    assert made["tls"] == [{"hosts": ["a.com"], "secretName": "s"}]


def test_a_diff_of_secrets_shows_that_values_differ_and_not_what_they_are() -> None:
    before, after = masked({"data": {"a": "1", "b": "2", "c": "3"}}, {"data": {"a": "1", "b": "x", "d": "4"}})
    assert before == {"data": {"a": "***", "b": "*** (before)", "c": "***"}}
    assert after == {"data": {"a": "***", "b": "*** (after)", "d": "***"}}


@pytest.mark.parametrize(
    ("texts", "ports"),
    [
        (["80"], [("80", "80")]),
        (["8080:80"], [("8080", "80")]),
        ([":80"], [("0", "80")]),
        (["1:http"], [("1", "http")]),
    ],
)
def test_ports_to_forward(texts: list[str], ports: list[tuple[str, str]]) -> None:
    assert parse_ports(texts) == ports


def test_a_services_port_leads_to_its_target() -> None:
    container = {"ports": [{"name": "http", "containerPort": 8080}]}
    one = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    service = {"kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80, "targetPort": "http"}]}}
    assert remote_port(service, one, "80") == 8080
    assert remote_port(one, one, "http") == 8080
    with pytest.raises(Failure, match="Service s does not have a service port 81"):
        remote_port(service, one, "81")


@pytest.mark.parametrize(("numbers", "wanted", "chosen"), [([1, 2, 3], 0, 2), ([3, 1], 0, 1), ([1, 2, 3], 1, 1)])
def test_the_revision_to_go_back_to(numbers: list[int], wanted: int, chosen: int) -> None:
    assert choose_revision(numbers, wanted, 'deployment "web"') == chosen


def test_no_revision_to_go_back_to() -> None:
    with pytest.raises(Failure, match='no rollout history found for deployment "web"'):
        choose_revision([1], 0, 'deployment "web"')
    with pytest.raises(Failure, match="unable to find specified revision 9 in history"):
        choose_revision([1, 2], 9, "")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a/b", Place("", "", "a/b")),
        ("pod:/x", Place("def", "pod", "/x")),
        ("ns/pod:/x", Place("ns", "pod", "/x")),
        ("./a/b/c:d", Place("", "", "./a/b/c:d")),
    ],
)
def test_places_to_copy(text: str, place: Place) -> None:
    assert parse_place(text, "def") == place


def test_sorting_counts_digits_and_puts_what_has_no_value_first() -> None:
    items = [{"n": "web-10"}, {"n": "web-2"}, {}]
    assert sort_by(".n", items, lambda item: item) == [{}, {"n": "web-2"}, {"n": "web-10"}]
    with pytest.raises(Failure, match="couldn't find any field with path"):
        sort_by(".x", items, lambda item: item)


def test_an_env_file() -> None:
    assert env_pairs("# c\n\nA=1\n  B=x=y\n") == [("A", "1"), ("B", "x=y")]


def test_the_hash_of_a_config_map() -> None:
    obj: Json = {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"A": "1", "B": "x y"}}
    append_hash(obj)
    assert obj["metadata"]["name"].startswith("c-") and len(obj["metadata"]["name"]) == 12


def test_what_a_pod_asks_for_is_the_larger_of_starting_and_running() -> None:
    def container(cpu: str, **more: str) -> Json:
        return {"resources": {"requests": {"cpu": cpu}}, **more}

    spec = {
        "containers": [container("100m"), container("200m")],
        "initContainers": [container("1"), container("50m", restartPolicy="Always")],
    }
    assert pod_amount({"spec": spec}, "requests", "cpu") == 1
    assert pod_amount({"spec": {"containers": spec["containers"]}}, "requests", "cpu") * 1000 == 300
