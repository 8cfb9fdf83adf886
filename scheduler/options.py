"""The scheduler's options."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from pybernetes.component.flags import add_client_flags, add_leader_election_flags, component_parser

DEFAULT_NAME = "default-scheduler"
DEFAULT_PORT = 10259
LEASE_NAME = "kube-scheduler"


@dataclass(frozen=True, slots=True)
class Options:
    """What `run` needs to know. `seed` makes the choice among equal nodes repeatable."""

    scheduler_name: str = DEFAULT_NAME
    leader_elect: bool = False
    identity: str = ""
    lease_duration: float = 15.0
    renew_deadline: float = 10.0
    retry_period: float = 2.0
    seed: int | None = None


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of ``python -m pybernetes.scheduler``."""
    parser = component_parser("scheduler", "Finds a node for each pod.")
    add_client_flags(parser)
    add_leader_election_flags(parser)
    parser.add_argument("--scheduler-name", default=DEFAULT_NAME, help="serve pods that ask for this scheduler")
    parser.add_argument("--secure-port", type=int, default=DEFAULT_PORT, help="port for health and metrics; 0: none")
    parser.add_argument("--seed", type=int, default=None, help="choose among equal nodes in the same way every time")
    return parser.parse_args(arguments)


def options_from(parsed: argparse.Namespace, identity: str) -> Options:
    return Options(
        scheduler_name=parsed.scheduler_name,
        leader_elect=parsed.leader_elect,
        identity=identity,
        lease_duration=parsed.leader_elect_lease_duration,
        renew_deadline=parsed.leader_elect_renew_deadline,
        retry_period=parsed.leader_elect_retry_period,
        seed=parsed.seed,
    )
