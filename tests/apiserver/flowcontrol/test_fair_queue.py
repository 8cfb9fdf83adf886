"""Whose turn it is, and which queues a flow may use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pybernetes.apiserver.flowcontrol.fair_queue import FairQueue
from pybernetes.apiserver.flowcontrol.shuffle import deal, flow_hash


@given(st.integers(0, 2**64 - 1), st.integers(1, 200), st.data())
def test_a_hand_is_of_different_queues(value: int, queues: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, min(queues, 10)))
    hand = deal(value, queues, size)
    assert len(set(hand)) == size
    assert all(0 <= queue < queues for queue in hand)
    assert hand == deal(value, queues, size)


def test_flows_seldom_share_a_hand() -> None:
    hands = {frozenset(deal(flow_hash("s", f"user-{number}"), 128, 6)) for number in range(1000)}
    assert len(hands) == 1000


def drained(queue: FairQueue[str]) -> str:
    taken = ""
    while queue.peek() is not None:
        taken += queue.pop().item
    return taken


def test_a_flow_with_one_request_does_not_wait_for_all_of_another() -> None:
    queue: FairQueue[str] = FairQueue(64, 1, 50)
    for _ in range(6):
        queue.add("a", 1, 1)
    queue.add("b", 2, 1)
    assert drained(queue) == "abaaaaa"


def test_wide_requests_count_for_more() -> None:
    queue: FairQueue[str] = FairQueue(64, 1, 50)
    for _ in range(3):
        queue.add("a", 1, 3)
    for _ in range(6):
        queue.add("b", 2, 1)
    assert drained(queue) == "abbbabbba"


def test_a_queue_that_was_empty_has_no_claim_for_the_past() -> None:
    queue: FairQueue[str] = FairQueue(64, 1, 50)
    for _ in range(10):
        queue.add("a", 1, 1)
    for _ in range(5):
        queue.pop()
    for _ in range(3):
        queue.add("b", 2, 1)
    assert drained(queue) == "bababaaa"


def test_a_full_queue_takes_nobody_and_a_removed_request_makes_room() -> None:
    queue: FairQueue[str] = FairQueue(4, 1, 2)
    first, second = queue.add("a", 1, 1), queue.add("b", 1, 1)
    assert first is not None and second is not None
    assert queue.add("c", 1, 1) is None
    queue.remove(first)
    queue.remove(first)
    assert queue.length == 1
    assert queue.add("d", 1, 1) is not None
    assert drained(queue) == "bd"
    assert queue.length == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4), st.sampled_from(("add", "pop", "drop")))))
def test_every_request_is_taken_once_or_removed(steps: list[tuple[int, int, str]]) -> None:
    queue: FairQueue[int] = FairQueue(8, 3, 100)
    waiting = {}
    for number, (flow, width, step) in enumerate(steps):
        if step == "add":
            waiting[number] = queue.add(number, flow_hash("s", str(flow)), width)
        elif step == "pop" and queue.peek() is not None:
            del waiting[queue.pop().item]
        elif step == "drop" and waiting:
            removed = waiting.pop(min(waiting))
            assert removed is not None
            queue.remove(removed)
        assert queue.length == len(waiting)
    rest = []
    while queue.peek() is not None:
        rest.append(queue.pop().item)
    assert sorted(rest) == sorted(waiting)
