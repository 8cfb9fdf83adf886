"""The table is a function of what was last said of each object, whatever the order of events."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pybernetes.api.selectors import parse_label_selector
from pybernetes.scheduler.changelog import ChangeLog
from pybernetes.scheduler.node import Node, read_node
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.pod_index import Counter, SpreadQuery
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.table import Table
from tests.scheduler.cluster_objects import ZONE, a_node, a_pod
from tests.scheduler.random_clusters import random_cluster


def contents(table: Table, counters: list[Counter]) -> dict[str, Any]:
    """Everything in the table by names, without row numbers."""
    zone = table.label(ZONE)
    found: dict[str, Any] = {}
    for name, row in table.rows.items():
        found[name] = {
            "node": table.nodes[row],
            "pods": sorted(table.pods_on[row]),
            "allocatable": {
                resource: int(column[row]) for resource, column in table.allocatable.items() if column[row]
            },
            "requested": {resource: int(column[row]) for resource, column in table.requested.items() if column[row]},
            "scored": table.core_scored[:, row].tolist(),
            "counts": (int(table.pod_counts[row]), int(table.max_pods[row])),
            "ports": {port: rows[row] for port, rows in table.ports.items() if row in rows},
            "images": {image: rows[row] for image, rows in table.images.items() if row in rows},
            "zone": {code: value for value, code in zone.values.items()}.get(int(zone.codes[row])),
            "counted": [int(counter.counts[row]) for counter in counters],
            "in zone": [int(counter.sums(zone)[zone.codes[row]]) for counter in counters],
            "terms": sorted(
                (repr(column.term), column.repels, int(column.counts[row]))
                for column in table.index._columns.values()
                if column.counts[row]
            ),
        }
    return {"nodes": found, "least": table.least_priority(), "known": sorted(pod.key for pod in table.pods())}


def with_counters() -> tuple[Table, list[Counter]]:
    table = Table()
    queries = [
        SpreadQuery(namespace, parse_label_selector(selector))
        for namespace in ("default", "team")
        for selector in ("app=web", "tier", "app in (db,cache),!tier")
    ]
    return table, [table.index.open_counter(query) for query in queries]


@pytest.mark.parametrize("seed", range(60))
def test_events_in_any_order_give_the_table_built_from_scratch(seed: int) -> None:
    r = random.Random(seed)
    classes = PodClasses()
    table, counters = with_counters()
    nodes: dict[str, Node] = {}
    pods: dict[str, Pod] = {}
    for _ in range(6):
        some_nodes, some_pods, _, _ = random_cluster(r)
        events: list[tuple[str, Any]] = [("node", read_node(node)) for node in some_nodes]
        events += [("pod", classes.read(pod)) for pod in some_pods if pod["spec"].get("nodeName")]
        events += [("no node", name) for name in nodes if r.random() < 0.3]
        events += [("no pod", key) for key in pods if r.random() < 0.3]
        r.shuffle(events)
        for kind, what in events:
            if kind == "node":
                nodes[what.name] = what
                table.set_node(what)
            elif kind == "pod":
                pods[what.key] = what
                table.set_pod(what)
            elif kind == "no node":
                nodes.pop(what, None)
                table.remove_node(what)
            else:
                pods.pop(what, None)
                table.remove_pod(what)
    fresh, fresh_counters = with_counters()
    for node in nodes.values():
        fresh.set_node(node)
    for pod in pods.values():
        fresh.set_pod(pod)
    assert contents(table, counters) == contents(fresh, fresh_counters)


def test_rows_of_nodes_that_went_are_used_again_and_the_table_grows() -> None:
    table = Table()
    for number in range(200):
        table.set_node(read_node(a_node(f"n{number}")))
    assert table.capacity == 256 and len(table) == 200
    for number in range(100):
        table.remove_node(f"n{number}")
    for number in range(100):
        table.set_node(read_node(a_node(f"m{number}", cpu="8")))
    assert table.size == 200 and len(table) == 200
    assert {int(table.allocatable["cpu"][row]) for name, row in table.rows.items() if name[0] == "m"} == {8000}


def test_a_heartbeat_changes_nothing() -> None:
    table = Table()
    node = a_node("n1")
    table.set_node(read_node(node))
    before = table.nodes_version, table.node_changes.position
    node["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-01-01T00:00:00Z"}]
    table.set_node(read_node(node))
    assert (table.nodes_version, table.node_changes.position) == before


def test_an_assumed_pod_that_the_api_shows_bound_changes_no_row() -> None:
    table, classes = Table(), PodClasses()
    table.set_node(read_node(a_node("n1")))
    pod = a_pod("p1", cpu="1")
    table.set_pod(classes.read(pod).on("n1"))
    position = table.pod_changes.position
    pod["spec"]["nodeName"] = "n1"
    pod["status"] = {"phase": "Running"}
    table.set_pod(classes.read(pod))
    assert table.pod_changes.position == position
    assert int(table.requested["cpu"][table.rows["n1"]]) == 1000


def test_a_log_forgets_what_is_long_past() -> None:
    log = ChangeLog(kept=4)
    start = log.position
    for row in (3, 1, 3):
        log.add(row)
    assert log.since(start) == [1, 3]
    assert log.since(log.position) == []
    for row in range(20):
        log.add(row)
    assert log.since(start) is None
    assert log.since(log.position - 2) == [18, 19]
