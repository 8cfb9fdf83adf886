"""Which cluster comes of which wishes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pybernetes.launcher.arguments import Arguments
from pybernetes.launcher.plan import SLOTS, Plan, check_name, context_name, read_plan, write_plan
from pybernetes.launcher.up import parse
from pybernetes.launcher.wishes import UpError, Wishes, plan_for

HOME = Path("/home/me/.kube/config")
PLAN = Plan("one", 0, "/data/one", "/cache", 6443, 1, str(HOME))


def anything(port: int) -> bool:
    return True


def test_the_first_cluster_gets_what_everybody_expects() -> None:
    plan = plan_for(Wishes(), None, [], anything, HOME)
    assert (plan.slot, plan.port, plan.node_count, plan.store) == (0, 6443, 1, "sqlite")
    assert plan.service_cidr == "10.96.0.0/16"
    assert plan.pod_cidr == "10.244.0.0/16"
    assert plan.dns_address == "10.96.0.10"
    assert plan.context == "pybernetes"
    assert plan.kubeconfig_out == str(HOME)


def test_a_second_one_shares_nothing_with_it() -> None:
    second = plan_for(Wishes(name="two"), None, [PLAN], anything, HOME)
    assert (second.slot, second.port, second.context) == (1, 6444, "pybernetes-two")
    for name in ("bridge", "chain", "gateway", "node_subnet", "service_cidr", "pod_cidr", "cgroup", "server"):
        assert getattr(second, name) != getattr(PLAN, name), name


def test_no_two_slots_share_a_range() -> None:
    plans = [replace(PLAN, slot=slot) for slot in range(SLOTS)]
    ranges = [cidr for plan in plans for cidr in (plan.service_cidr, plan.pod_cidr, plan.node_subnet)]
    assert len(set(ranges)) == 3 * SLOTS


def test_names_fit_into_what_the_kernel_takes() -> None:
    plan = replace(PLAN, slot=SLOTS - 1, node_count=200)
    assert max(len(node.interface) for node in plan.nodes) <= 15
    assert len(plan.chain) <= 28
    assert plan.nodes[-1].address == f"10.89.{SLOTS - 1}.210"


def test_a_cluster_comes_back_as_it_was() -> None:
    before = replace(PLAN, slot=3, port=7000, node_count=4, store="etcd=http://e:2379")
    assert plan_for(Wishes(name="one"), before, [before], anything, Path("/other")) == before
    wished = plan_for(Wishes(name="one", nodes=2, store="sqlite"), before, [before], anything, HOME)
    assert (wished.node_count, wished.store, wished.slot) == (2, "sqlite", 3)


def test_its_slot_may_be_another_s_by_now() -> None:
    other = replace(PLAN, name="other")
    assert plan_for(Wishes(name="one"), PLAN, [other], anything, HOME).slot == 1


def test_a_slot_that_a_stranger_uses_is_left_to_it() -> None:
    assert plan_for(Wishes(name="two"), None, [PLAN], anything, HOME, occupied=[1, 2]).slot == 3


def test_a_control_plane_alone_has_no_nodes() -> None:
    plan = plan_for(Wishes(control_plane_only=True), None, [], anything, HOME)
    assert plan.nodes == []
    assert plan.advertise_address == ""


@pytest.mark.parametrize(("wishes", "said"), [(Wishes(), "6443 is taken"), (Wishes(port=99), "99 is taken")])
def test_a_port_of_somebody_else_s_is_an_error(wishes: Wishes, said: str) -> None:
    with pytest.raises(UpError, match=said):
        plan_for(wishes, None, [], lambda port: False, HOME)


def test_there_is_room_for_so_many() -> None:
    others = [replace(PLAN, name=f"c{slot}", slot=slot) for slot in range(SLOTS)]
    with pytest.raises(UpError, match="16 clusters"):
        plan_for(Wishes(), None, others, anything, HOME)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = replace(PLAN, data_dir=str(tmp_path))
    assert read_plan(tmp_path) is None
    write_plan(plan)
    assert read_plan(tmp_path) == plan
    assert (tmp_path / "cluster.json").stat().st_mode & 0o077 == 0
    (tmp_path / "cluster.json").write_text('{"unknown": 1}')
    with pytest.raises(ValueError, match="another version"):
        read_plan(tmp_path)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a b", "a/b", "a" * 33, "..", "é"])
def test_names_that_no_cluster_can_have(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a cluster"):
        check_name(name)


def test_contexts() -> None:
    assert context_name("pybernetes") == "pybernetes"
    assert context_name("dev") == "pybernetes-dev"


def test_command_line() -> None:
    wishes, foreground = parse(["--name", "dev", "--port=7443", "--nodes", "3", "--foreground"])
    assert wishes == Wishes(name="dev", port=7443, nodes=3)
    assert foreground
    assert parse(["--help"]) == (None, False)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--bogus"], "unknown argument '--bogus'"),
        (["word"], "unknown argument 'word'"),
        (["--name"], "--name needs a value"),
        (["--port", "x"], "--port x: is not a number"),
        (["--nodes", "2", "--control-plane-only"], "exclude each other"),
        (["--store", "mysql"], "neither sqlite nor etcd"),
        (["--name", "A"], "cannot name a cluster"),
        (["--separate=maybe"], "neither true nor false"),
    ],
)
def test_command_lines_that_make_no_sense(argv: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(argv)


def test_arguments() -> None:
    given = Arguments(["--a=1", "--on", "--off=false", "--b", "x y"], values=("a", "b"), switches=("on", "off"))
    assert (given.text("a"), given.number("a"), given.text("b"), given.text("c")) == ("1", 1, "x y", None)
    assert given.on("on")
    assert not given.on("off")
