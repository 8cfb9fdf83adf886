"""Each plugin by itself: this cluster and this pod in, these nodes, reasons and scores out."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.scheduler.decision import Decider
from pybernetes.scheduler.explain import COLUMNS, Explanation, explain
from pybernetes.scheduler.node import read_node
from pybernetes.scheduler.nominated import Nominations
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.table import Table
from tests.scheduler.cluster_objects import HOSTNAME, ZONE, a_node, a_pod

classes = PodClasses()


def judged(nodes: list[Json], placed: list[Json], pod: Json, *, services: list[Json] | None = None) -> Explanation:
    table = Table()
    table.index.set_namespace("default", {"kubernetes.io/metadata.name": "default"})
    table.index.set_namespace("team", {"kind": "team"})
    for service in services or []:
        table.workloads.set("Service", service, service["spec"]["selector"])
    for node in nodes:
        table.set_node(read_node(node))
    for other in placed:
        table.set_pod(classes.read(other))
    return explain(Decider(table, Nominations(), seed=1), classes.read(pod))


def fits(explanation: Explanation) -> list[str]:
    return sorted(one.node for one in explanation.nodes)


def scores(explanation: Explanation, plugin: str) -> dict[str, int]:
    column = COLUMNS.index(plugin)
    return {one.node: one.scores[column] for one in explanation.nodes}


def reasons(explanation: Explanation) -> list[tuple[str, str, int]]:
    return list(explanation.turned_down)


# Filters that look at one node


def test_cordoned_nodes_take_only_who_tolerates_it() -> None:
    nodes = [a_node("a", unschedulable=True), a_node("b")]
    found = judged(nodes, [], a_pod("p"))
    assert fits(found) == ["b"]
    assert reasons(found) == [("NodeUnschedulable", "node(s) were unschedulable", 1)]
    bearing = a_pod("p", tolerations=[{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}])
    assert fits(judged(nodes, [], bearing)) == ["a", "b"]


@pytest.mark.parametrize(
    ("taint", "tolerations", "admitted"),
    [
        ({"key": "k", "effect": "NoSchedule"}, [], False),
        ({"key": "k", "effect": "NoExecute"}, [], False),
        ({"key": "k", "effect": "PreferNoSchedule"}, [], True),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, [{"key": "k", "value": "v"}], True),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, [{"key": "k", "value": "w"}], False),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, [{"key": "k", "operator": "Exists"}], True),
        ({"key": "k", "effect": "NoSchedule"}, [{"operator": "Exists"}], True),
        (
            {"key": "k", "effect": "NoSchedule"},
            [{"key": "k", "operator": "Exists", "effect": "NoExecute"}],
            False,
        ),
    ],
)
def test_taints_and_tolerations(taint: Json, tolerations: list[Json], admitted: bool) -> None:
    found = judged([a_node("a", taints=[taint])], [], a_pod("p", tolerations=tolerations))
    assert fits(found) == (["a"] if admitted else [])
    if not admitted:
        assert reasons(found) == [("TaintToleration", "node(s) had untolerated taint(s)", 1)]


def test_fewer_soft_taints_are_better() -> None:
    soft = [{"key": key, "effect": "PreferNoSchedule"} for key in "xyz"]
    nodes = [a_node("a", taints=soft), a_node("b", taints=soft[:1]), a_node("c")]
    assert scores(judged(nodes, [], a_pod("p")), "TaintToleration") == {"a": 0, "b": 67, "c": 100}
    bears = a_pod("p", tolerations=[{"key": "x", "operator": "Exists"}])
    assert scores(judged(nodes, [], bears), "TaintToleration") == {"a": 0, "b": 100, "c": 100}
    hard_only = a_pod("p", tolerations=[{"operator": "Exists", "effect": "NoSchedule"}])
    assert scores(judged(nodes, [], hard_only), "TaintToleration") == {"a": 0, "b": 67, "c": 100}


_NODES = [
    a_node("a", labels={"disk": "ssd", "cores": "8"}),
    a_node("b", labels={"disk": "hdd", "cores": "16"}),
    a_node("c", labels={"cores": "many"}),
]


def _terms(*terms: Json) -> Json:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


def _on(key: str, operator: str, *values: str) -> Json:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": list(values)} if values else {})}]}


def _named(*values: str, operator: str = "In") -> Json:
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, ["a"]),
        ({"nodeSelector": {"disk": "tape"}}, []),
        ({"affinity": _terms(_on("disk", "In", "ssd", "hdd"))}, ["a", "b"]),
        ({"affinity": _terms(_on("disk", "NotIn", "ssd"))}, ["b", "c"]),
        ({"affinity": _terms(_on("disk", "Exists"))}, ["a", "b"]),
        ({"affinity": _terms(_on("disk", "DoesNotExist"))}, ["c"]),
        ({"affinity": _terms(_on("cores", "Gt", "8"))}, ["b"]),
        ({"affinity": _terms(_on("cores", "Lt", "16"))}, ["a"]),
        ({"affinity": _terms(_on("disk", "In", "ssd"), _on("cores", "In", "many"))}, ["a", "c"]),
        ({"affinity": _terms({})}, []),
        ({"affinity": _terms(_on("disk", "Exists")), "nodeSelector": {"disk": "hdd"}}, ["b"]),
        ({"affinity": _terms(_named("c"))}, ["c"]),
        ({"affinity": _terms(_named("a", "c"))}, ["a", "c"]),
        ({"affinity": _terms(_named("a", operator="NotIn"))}, ["b", "c"]),
        ({"affinity": _terms({**_on("disk", "Exists"), **_named("a", "c")})}, ["a"]),
        ({"affinity": _terms({**_on("disk", "Exists"), **_named("c")}, _named("c"))}, ["c"]),
        ({"affinity": _terms(_named("gone"))}, []),
    ],
)
def test_node_selectors_and_required_node_affinity(spec: dict[str, Any], wanted: list[str]) -> None:
    assert fits(judged(_NODES, [], a_pod("p", **spec))) == wanted


def test_nodes_that_a_pinned_pod_does_not_name_have_a_reason_of_their_own() -> None:
    found = judged(_NODES, [], a_pod("p", affinity=_terms(_named("a")), cpu="100"))
    assert found.message == (
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )


def test_preferred_node_affinity_adds_up() -> None:
    preferred = [
        {"weight": 20, "preference": _on("disk", "In", "ssd")},
        {"weight": 60, "preference": _on("disk", "In", "hdd")},
        {"weight": 20, "preference": _on("cores", "Exists")},
    ]
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    assert scores(judged(_NODES, [], a_pod("p", affinity=affinity)), "NodeAffinity") == {"a": 50, "b": 100, "c": 25}


@pytest.mark.parametrize(
    ("taken", "wanted", "free"),
    [
        ({"hostPort": 80}, {"hostPort": 80}, False),
        ({"hostPort": 80}, {"hostPort": 81}, True),
        ({"hostPort": 80}, {"hostPort": 80, "protocol": "UDP"}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, {"hostPort": 80, "hostIP": "10.0.0.2"}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, {"hostPort": 80, "hostIP": "10.0.0.1"}, False),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, {"hostPort": 80}, False),
        ({"hostPort": 80}, {"hostPort": 80, "hostIP": "10.0.0.1"}, False),
        ({"containerPort": 80}, {"hostPort": 80}, True),
    ],
)
def test_host_ports(taken: Json, wanted: Json, free: bool) -> None:
    found = judged([a_node("a")], [a_pod("q", node="a", ports=[taken])], a_pod("p", ports=[wanted]))
    assert fits(found) == (["a"] if free else [])


def test_ports_of_sidecars_count() -> None:
    sidecar = {"name": "s", "restartPolicy": "Always", "ports": [{"hostPort": 80}]}
    found = judged(
        [a_node("a")], [a_pod("q", node="a", initContainers=[sidecar])], a_pod("p", ports=[{"hostPort": 80}])
    )
    assert reasons(found) == [("NodePorts", "node(s) didn't have free ports for the requested pod ports", 1)]


@pytest.mark.parametrize(
    ("node", "pod", "missing"),
    [
        ({"cpu": "1"}, {"cpu": "1"}, []),
        ({"cpu": "1"}, {"cpu": "1001m"}, ["Insufficient cpu"]),
        ({"memory": "1Gi"}, {"memory": "1025Mi"}, ["Insufficient memory"]),
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "2", "memory": "2Gi"}, ["Insufficient cpu", "Insufficient memory"]),
        ({"pods": "0"}, {}, ["Too many pods"]),
        ({"pods": "0", "cpu": "1"}, {"cpu": "2"}, ["Insufficient cpu", "Too many pods"]),
        ({}, {"requests": {"example.com/gpu": "1"}}, ["Insufficient example.com/gpu"]),
        ({"example.com_gpu": "2"}, {"requests": {"example.com/gpu": "2"}}, []),
        ({}, {"requests": {"ephemeral-storage": "1Gi"}}, ["Insufficient ephemeral-storage"]),
        ({}, {"overhead": {"cpu": "5"}, "cpu": "1"}, ["Insufficient cpu"]),
    ],
)
def test_resources(node: dict[str, Any], pod: dict[str, Any], missing: list[str]) -> None:
    found = judged([a_node("a", **node)], [], a_pod("p", **pod))
    assert [reason for _, reason, _ in found.turned_down] == missing


def test_the_largest_init_container_counts() -> None:
    init = [{"name": "i", "resources": {"requests": {"cpu": "3"}}}]
    used = a_pod("q", cpu="2", node="a")
    assert fits(judged([a_node("a")], [used], a_pod("p", cpu="1", initContainers=init))) == []
    assert fits(judged([a_node("a")], [], a_pod("p", cpu="1", initContainers=init))) == ["a"]


def test_least_allocated_scores() -> None:
    nodes = [a_node("a", cpu="4", memory="10000"), a_node("b", cpu="6", memory="10000")]
    found = judged(nodes, [], a_pod("p", cpu="3", memory="5000"))
    assert scores(found, "NodeResourcesFit") == {"a": (25 + 50) // 2, "b": (50 + 50) // 2}


def test_containers_without_requests_count_as_small_ones_in_scores_only() -> None:
    nodes = [a_node("a", cpu="1", memory="1000Mi")]
    found = judged(nodes, [a_pod("q", node="a")], a_pod("p"))
    assert scores(found, "NodeResourcesFit") == {"a": (80 + 60) // 2}


@pytest.mark.parametrize(
    ("used", "pod", "score"),
    [
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "1", "memory": "1Gi"}, 75),
        ({"cpu": "2", "memory": "1Gi"}, {"memory": "1Gi"}, 81),
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "2"}, 62),
        ({"cpu": "1"}, {}, 0),
    ],
    ids=["unchanged", "closer together", "further apart", "asks for nothing"],
)
def test_balanced_allocation_scores(used: dict[str, str], pod: dict[str, str], score: int) -> None:
    found = judged([a_node("a", cpu="4", memory="4Gi")], [a_pod("q", node="a", **used)], a_pod("p", **pod))
    assert scores(found, "NodeResourcesBalancedAllocation") == {"a": score}


def test_images_that_are_there_count_by_size_and_spread() -> None:
    image = "registry.example/app:v1"
    nodes = [a_node("a", images={image: 1000 << 20}), a_node("b")]
    found = judged(nodes, [], a_pod("p", image=image))
    assert scores(found, "ImageLocality") == {"a": 100 * (500 - 23) // (1000 - 23), "b": 0}


def test_an_image_without_a_tag_is_latest() -> None:
    nodes = [a_node("a", images={"localhost:5000/app:latest": 900 << 20})]
    assert scores(judged(nodes, [], a_pod("p", image="localhost:5000/app")), "ImageLocality")["a"] > 80


# Spread


def _spread(**parts: Any) -> Json:
    wanted = {
        "topologyKey": ZONE,
        "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    return {**wanted, **parts}


def _zones(a: int, b: int, c: int = 0) -> tuple[list[Json], list[Json]]:
    nodes = [a_node("a", zone="z1"), a_node("b", zone="z2"), a_node("c", zone="z3")]
    pods = [
        a_pod(f"{node}{i}", node=node, labels={"app": "web"})
        for node, count in (("a", a), ("b", b), ("c", c))
        for i in range(count)
    ]
    return nodes, pods


@pytest.mark.parametrize(
    ("counts", "constraint", "wanted"),
    [
        ((1, 1, 1), {}, ["a", "b", "c"]),
        ((2, 1, 1), {}, ["b", "c"]),
        ((1, 1, 0), {}, ["c"]),
        ((2, 1, 1), {"maxSkew": 2}, ["a", "b", "c"]),
        ((1, 1, 1), {"minDomains": 4}, []),
        ((1, 1, 1), {"minDomains": 4, "maxSkew": 2}, ["a", "b", "c"]),
        ((5, 0, 0), {"labelSelector": {"matchLabels": {"app": "other"}}}, ["a", "b", "c"]),
        ((5, 0, 0), {"labelSelector": None}, ["a", "b", "c"]),
        ((1, 0, 0), {"topologyKey": "rack"}, []),
        ((1, 1, 0), {"matchLabelKeys": ["version"]}, ["a", "b", "c"]),
    ],
)
def test_hard_spread_constraints(counts: tuple[int, int, int], constraint: Json, wanted: list[str]) -> None:
    nodes, placed = _zones(*counts)
    pod = a_pod("p", labels={"app": "web", "version": "2"}, topologySpreadConstraints=[_spread(**constraint)])
    assert fits(judged(nodes, placed, pod)) == wanted


def test_the_reasons_of_spread() -> None:
    nodes, placed = _zones(1, 1, 0)
    nodes.append(a_node("d"))
    pod = a_pod("p", labels={"app": "web"}, topologySpreadConstraints=[_spread()], cpu="1", nodeSelector={})
    assert reasons(judged(nodes, placed, pod)) == [
        ("PodTopologySpread", "node(s) didn't match pod topology spread constraints", 2),
        ("PodTopologySpread", "node(s) didn't match pod topology spread constraints (missing required label)", 1),
    ]


@pytest.mark.parametrize(
    ("policies", "wanted"),
    [({}, ["b"]), ({"nodeAffinityPolicy": "Ignore"}, []), ({"nodeTaintsPolicy": "Honor"}, ["b"])],
)
def test_which_nodes_count_for_spread(policies: Json, wanted: list[str]) -> None:
    """Zone 3 is empty, but the pod cannot go there."""
    nodes, placed = _zones(2, 1, 0)
    pod = a_pod(
        "p",
        labels={"app": "web"},
        topologySpreadConstraints=[_spread(**policies)],
        affinity=_terms(_on(ZONE, "In", "z1", "z2")),
    )
    assert fits(judged(nodes, placed, pod)) == wanted


def test_pods_on_their_way_out_do_not_count_for_spread() -> None:
    nodes, placed = _zones(2, 1, 1)
    placed[0]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    pod = a_pod("p", labels={"app": "web"}, topologySpreadConstraints=[_spread()])
    assert fits(judged(nodes, placed, pod)) == ["a", "b", "c"]


def test_soft_spread_prefers_the_emptier_place() -> None:
    nodes, placed = _zones(3, 1, 0)
    pod = a_pod("p", labels={"app": "web"}, topologySpreadConstraints=[_spread(whenUnsatisfiable="ScheduleAnyway")])
    found = scores(judged(nodes, placed, pod), "PodTopologySpread")
    assert found["c"] == 100 and found["a"] == 0 and 0 < found["b"] < 100


def test_pods_of_a_service_are_spread_by_default() -> None:
    nodes, placed = _zones(3, 1, 0)
    service = {"metadata": {"name": "web", "namespace": "default"}, "spec": {"selector": {"app": "web"}}}
    pod = a_pod("p", labels={"app": "web"})
    assert set(scores(judged(nodes, placed, pod), "PodTopologySpread").values()) == {0}
    found = scores(judged(nodes, placed, pod, services=[service]), "PodTopologySpread")
    assert found["c"] > found["b"] > found["a"]


# Affinity between pods


def _term(**parts: Any) -> Json:
    return {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"app": "db"}}, **parts}


def _require(part: str, *terms: Json) -> Json:
    return {part: {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}


def _prefer(part: str, weight: int, term: Json) -> Json:
    preferred = [{"weight": weight, "podAffinityTerm": term}]
    return {part: {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}


_THREE = [a_node("a", zone="z1"), a_node("b", zone="z1"), a_node("c", zone="z2")]
_DB = a_pod("db", node="a", labels={"app": "db"})
_TEAM_DB = a_pod("db", node="a", namespace="team", labels={"app": "db"})


@pytest.mark.parametrize(
    ("placed", "pod", "wanted"),
    [
        ([_DB], {"affinity": _require("podAffinity", _term())}, ["a", "b"]),
        ([_DB], {"affinity": _require("podAffinity", _term(topologyKey=HOSTNAME))}, ["a"]),
        ([_DB], {"affinity": _require("podAffinity", _term(topologyKey="rack"))}, []),
        ([], {"affinity": _require("podAffinity", _term())}, []),
        ([], {"affinity": _require("podAffinity", _term()), "labels": {"app": "db"}}, ["a", "b", "c"]),
        ([_DB], {"affinity": _require("podAffinity", _term()), "labels": {"app": "db"}}, ["a", "b"]),
        ([_DB], {"affinity": _require("podAntiAffinity", _term())}, ["c"]),
        ([_DB], {"affinity": _require("podAntiAffinity", _term(topologyKey=HOSTNAME))}, ["b", "c"]),
        ([_TEAM_DB], {"affinity": _require("podAntiAffinity", _term())}, ["a", "b", "c"]),
        ([_TEAM_DB], {"affinity": _require("podAntiAffinity", _term(namespaces=["team"]))}, ["c"]),
        ([_TEAM_DB], {"affinity": _require("podAntiAffinity", _term(namespaceSelector={}))}, ["c"]),
        (
            [_TEAM_DB],
            {"affinity": _require("podAntiAffinity", _term(namespaceSelector={"matchLabels": {"kind": "team"}}))},
            ["c"],
        ),
        (
            [_TEAM_DB],
            {"affinity": _require("podAntiAffinity", _term(namespaceSelector={"matchLabels": {"kind": "x"}}))},
            ["a", "b", "c"],
        ),
        (
            [a_pod("q", node="a", affinity=_require("podAntiAffinity", _term()))],
            {"labels": {"app": "db"}},
            ["c"],
        ),
        ([a_pod("q", node="a", affinity=_require("podAntiAffinity", _term()))], {}, ["a", "b", "c"]),
        (
            [a_pod("old", node="a", labels={"app": "db", "v": "1"})],
            {
                "labels": {"app": "db", "v": "2"},
                "affinity": _require("podAntiAffinity", _term(matchLabelKeys=["v"])),
            },
            ["a", "b", "c"],
        ),
        (
            [a_pod("old", node="a", labels={"app": "db", "v": "1"})],
            {
                "labels": {"app": "db", "v": "2"},
                "affinity": _require("podAntiAffinity", _term(mismatchLabelKeys=["v"])),
            },
            ["c"],
        ),
    ],
)
def test_required_affinity_between_pods(placed: list[Json], pod: dict[str, Any], wanted: list[str]) -> None:
    assert fits(judged(_THREE, placed, a_pod("p", **pod))) == wanted


@pytest.mark.parametrize(
    ("placed", "pod", "reason"),
    [
        ([], {"affinity": _require("podAffinity", _term())}, "node(s) didn't match pod affinity rules"),
        (
            [_DB, a_pod("db2", node="c", labels={"app": "db"})],
            {"affinity": _require("podAntiAffinity", _term())},
            "node(s) didn't match pod anti-affinity rules",
        ),
        (
            [a_pod(f"q{n}", node=n, affinity=_require("podAntiAffinity", _term())) for n in "ac"],
            {"labels": {"app": "db"}},
            "node(s) didn't satisfy existing pods anti-affinity rules",
        ),
    ],
)
def test_the_reasons_of_affinity(placed: list[Json], pod: dict[str, Any], reason: str) -> None:
    assert reasons(judged(_THREE, placed, a_pod("p", **pod))) == [("InterPodAffinity", reason, 3)]


@pytest.mark.parametrize(
    ("placed", "pod", "wanted"),
    [
        ([_DB], {"affinity": _prefer("podAffinity", 10, _term())}, {"a": 100, "b": 100, "c": 0}),
        ([_DB], {"affinity": _prefer("podAntiAffinity", 10, _term())}, {"a": 0, "b": 0, "c": 100}),
        (
            [a_pod("q", node="a", affinity=_prefer("podAffinity", 5, _term()))],
            {"labels": {"app": "db"}},
            {"a": 100, "b": 100, "c": 0},
        ),
        (
            [a_pod("q", node="a", affinity=_prefer("podAntiAffinity", 5, _term(topologyKey=HOSTNAME)))],
            {"labels": {"app": "db"}},
            {"a": 0, "b": 100, "c": 100},
        ),
        (
            [a_pod("q", node="c", labels={"app": "db"}, affinity=_require("podAffinity", _term()))],
            {"labels": {"app": "db"}},
            {"a": 0, "b": 0, "c": 100},
        ),
        ([_DB], {}, {"a": 0, "b": 0, "c": 0}),
    ],
)
def test_preferred_affinity_between_pods(placed: list[Json], pod: dict[str, Any], wanted: dict[str, int]) -> None:
    assert scores(judged(_THREE, placed, a_pod("p", **pod)), "InterPodAffinity") == wanted


def test_a_namespace_that_changes_its_labels_changes_who_is_selected() -> None:
    table = Table()
    decider = Decider(table, Nominations(), seed=1)
    for node in _THREE:
        table.set_node(read_node(node))
    table.set_pod(classes.read(_TEAM_DB))
    term = _term(namespaceSelector={"matchLabels": {"kind": "team"}})
    pod = classes.read(a_pod("p", affinity=_require("podAntiAffinity", term)))
    assert len(decider.candidates(pod)) == 3
    table.index.set_namespace("team", {"kind": "team"})
    assert len(decider.candidates(pod)) == 1
    table.index.set_namespace("team", None)
    assert len(decider.candidates(pod)) == 3


def test_explanations_have_all_columns_in_one_order() -> None:
    found = judged(_THREE, [], a_pod("p", cpu="1")).as_json()
    assert [column["plugin"] for column in found["columns"]] == [
        "TaintToleration",
        "NodeAffinity",
        "NodeResourcesFit",
        "PodTopologySpread",
        "InterPodAffinity",
        "NodeResourcesBalancedAllocation",
        "ImageLocality",
    ]
    assert [column["weight"] for column in found["columns"]] == [3, 2, 1, 2, 2, 1, 1]
    assert found["message"] == "3/3 nodes are available."
    weights = [column["weight"] for column in found["columns"]]
    for node in found["nodes"]:
        assert node["total"] == sum(w * s for w, s in zip(weights, node["scores"], strict=True))
