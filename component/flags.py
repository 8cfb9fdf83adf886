"""Options that all components share, spelled as Kubernetes spells them."""

from __future__ import annotations

import argparse

from pybernetes.component import logs


def component_parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with the options that every component has: ``-v``, ``--logging-format``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m pybernetes.{name}",
        description=description,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-v", "--v", dest="verbosity", type=int, default=0, help="how much to log; 4 shows all")
    parser.add_argument("--logging-format", choices=("text", "json"), default="text", help="form of log lines")
    return parser


def add_client_flags(parser: argparse.ArgumentParser) -> None:
    """``--kubeconfig`` and the address for health and metrics, for everything that is a client of the API server."""
    parser.add_argument("--kubeconfig", required=True, help="file that says where the API server is and who we are")
    parser.add_argument("--healthz-bind-address", default="127.0.0.1", help="where to serve health and metrics")


def add_leader_election_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--leader-elect",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let only one copy of this component act at a time",
    )
    parser.add_argument("--leader-elect-lease-duration", type=float, default=15.0, help="seconds a lease is held")
    parser.add_argument(
        "--leader-elect-renew-deadline", type=float, default=10.0, help="seconds to keep trying to renew"
    )
    parser.add_argument("--leader-elect-retry-period", type=float, default=2.0, help="seconds between tries")


def configure_logs(options: argparse.Namespace) -> None:
    logs.configure(verbosity=options.verbosity, form=options.logging_format)
